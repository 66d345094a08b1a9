"""Who looks at the admin centre: a browser with a session, and what it prefers.

The session's token lives in a cookie that no script reads and no other site sends. A change is taken only from a page
of our own: by the Origin that the browser tells, and by a word that stands in our forms and nowhere else.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gatepost.errors import NotAllowed, NotSignedIn
from gatepost.manage import Caller, Desk

from ..incoming import address_of, base_of
from ..refusals import AskedWrongly
from .catalogue import LANGUAGES, language_of

THEMES = ("system", "light", "dark")
_SESSION, _LANGUAGE, _THEME, _ORGANIZATION = "gatepost", "gatepost-language", "gatepost-theme", "gatepost-organization"
_YEAR = 365 * 86_400
_KEY = secrets.token_bytes(32)  # sessions end with the process, and their forms with them


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How somebody wants the pages; chosen by the browser until changed."""

    language: str
    theme: str

    @classmethod
    def of(cls, request: Request) -> "Preferences":
        language, theme = request.cookies.get(_LANGUAGE, ""), request.cookies.get(_THEME, "")
        return cls(
            language=language if language in LANGUAGES else language_of(request.headers.get("accept-language", "")),
            theme=theme if theme in THEMES else THEMES[0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody signed in. `organization` is the one being looked at, or None for all that the caller sees."""

    caller: Caller
    token: str = field(repr=False)
    organization: str | None

    @property
    def seal(self) -> str:
        """The word that our forms carry."""
        return hmac.new(_KEY, self.token.encode(), hashlib.sha256).hexdigest()


def visitor_of(request: Request, desk: Desk) -> Visitor:
    """Who looks; raises NotSignedIn."""
    token = token_of(request)
    if not token.startswith("gps_"):  # access tokens are for programs, not for cookies
        raise NotSignedIn("The session has ended. Remedy: sign in again.")
    attended = request.url.path != "/live" and "x-unattended" not in request.headers
    caller = desk.identify_token(token, origin="web", address=address_of(request), attended=attended)
    return Visitor(caller=caller, token=token, organization=_organization(request, desk, caller))


def token_of(request: Request) -> str:
    """What the browser shows as its session; empty where it shows none."""
    return request.cookies.get(_session_name(request), "")


def _organization(request: Request, desk: Desk, caller: Caller) -> str | None:
    if caller.organization is not None:
        return caller.organization
    chosen = unquote(request.cookies.get(_ORGANIZATION, ""))
    return chosen if chosen in {it.name for it in desk.config.current().organizations} else None


def from_here(request: Request) -> None:
    """Raise NotAllowed unless a page of ours sent this."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    same = urlsplit(origin).netloc == request.url.netloc if origin is not None else site in ("same-origin", "none")
    if not same:
        raise NotAllowed("The form came from another site. Remedy: open the page here and send it again.")


def sealed(visitor: Visitor, word: str) -> None:
    """Raise AskedWrongly unless the form carries this session's word."""
    if not hmac.compare_digest(visitor.seal.encode(), word.encode()):
        raise AskedWrongly(
            403, "not_allowed", "The form is not of this session. Remedy: open the page again, and send it from there."
        )


def open_session(response: Response, request: Request, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        _session_name(request), token, path="/", httponly=True, samesite="strict", secure=_is_secret(request)
    )


def end_session(response: Response, request: Request) -> None:
    response.delete_cookie(
        _session_name(request), path="/", httponly=True, samesite="strict", secure=_is_secret(request)
    )


def remember(response: Response, request: Request, **chosen: str) -> None:
    """Keep what somebody prefers: `language`, `theme`, `organization`."""
    names = {"language": _LANGUAGE, "theme": _THEME, "organization": _ORGANIZATION}
    for name, value in chosen.items():
        response.set_cookie(
            names[name],
            quote(value),
            max_age=_YEAR,
            path="/",
            httponly=True,
            samesite="strict",
            secure=_is_secret(request),
        )


def _is_secret(request: Request) -> bool:
    return base_of(request).startswith("https:")


def _session_name(request: Request) -> str:
    """With the prefix that binds it to this very host, where browsers honour it: over TLS."""
    return f"__Host-{_SESSION}" if _is_secret(request) else _SESSION
