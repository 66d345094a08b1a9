"""HTTPS to Microsoft's services, in threads: certificates always verified, every question with an end."""

import socket
import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter

CONNECT, READ = 10.0, 60.0  # seconds


class _Trusting(HTTPAdapter):
    """Verifies with a context of our own."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **more)

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context, **more)


class _Session(requests.Session):
    """Follows nobody elsewhere, for what is sent proves who we are."""

    def request(self, *args: Any, **more: Any) -> requests.Response:
        more["timeout"] = more.get("timeout") or (CONNECT, READ)
        more["allow_redirects"] = False
        return super().request(*args, **more)


def https_session(authorities: tuple[str, ...] = ()) -> requests.Session:
    """A session that trusts the public CAs and these (PEM). The system's proxy settings count, its .netrc does not."""
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cadata="\n".join(authorities))
    session = _Session()
    session.auth = _unchanged  # else a line of .netrc would take the place of our token
    session.mount("https://", _Trusting(context))
    session.mount("http://", _Nowhere())
    return session


class _Nowhere(HTTPAdapter):
    def send(self, *args: Any, **more: Any) -> requests.Response:
        raise requests.exceptions.InvalidSchema("only HTTPS is spoken")


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def trouble_with(trouble: Exception) -> str:
    """Why no answer came, in words without an address that might have a secret in it."""
    cause: BaseException | None = (
        trouble.args[0] if trouble.args and isinstance(trouble.args[0], BaseException) else None
    )
    reason = getattr(cause, "reason", cause)
    if isinstance(trouble, requests.exceptions.SSLError):
        found: object = reason
        while isinstance(found, BaseException) and found.args and isinstance(found.args[-1], BaseException):
            found = found.args[-1]
        detail = getattr(found, "verify_message", "") or "the handshake failed"
        return f"its certificate cannot be trusted ({detail})"
    if isinstance(trouble, requests.exceptions.ProxyError):
        return "the proxy does not let us through"
    if isinstance(trouble, requests.HTTPError) and trouble.response is not None:
        return f"it answered with HTTP status {trouble.response.status_code}"
    if isinstance(trouble, requests.Timeout):
        return "it did not answer in time"
    if isinstance(getattr(reason, "__cause__", None), socket.gaierror):
        return "its name has no address"
    if isinstance(trouble, requests.ConnectionError):
        return "no connection can be made"
    return "it answered with an error"
