"""Tokens of applications at Microsoft Entra, by client credentials: got in a thread, kept until they near their end.

However many connections wait for a token, one request is under way. While the old token is good, nobody waits for the
new one. A token is never written anywhere, and no error has one in it.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gatepost.errors import CertificateUnusable, NotFound
from gatepost.routing import Application
from gatepost.tls import load_pfx

from .entra import explain_refusal

AHEAD = 600.0  # seconds before its end from which a token is replaced; tokens live for an hour or so
LEAST = 30.0  # a token with less to live is not shown any more: it must outlive the sign-in
THREADS = 4


class TokenUnavailable(Exception):
    """There is no token; the argument is a sentence with its remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and when it ends, in seconds since 1970."""

    text: str = field(repr=False)
    ends: float


class Tokens:
    """The tokens of one relay, by application and what they are for."""

    def __init__(self, *, secrets: Callable[[str], str], clock: Callable[[], float] = time.time) -> None:
        self._secrets = secrets
        self._clock = clock
        self._kept: dict[Application, Token] = {}
        self._asking: dict[Application, asyncio.Task[Token]] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="entra")

    def __repr__(self) -> str:
        return f"<Tokens of {len(self._kept)} applications>"

    async def token(
        self, application: Application, authorities: tuple[str, ...] = (), *, instead_of: str | None = None
    ) -> str:
        """A token that is good. `instead_of` is one that was refused: then a new one is asked for.

        `authorities` are PEM texts of CAs that are trusted besides the public ones. Raises TokenUnavailable.
        """
        kept = self._kept.get(application)
        if kept is not None and kept.text == instead_of:
            del self._kept[application]
            kept = None
        left = 0.0 if kept is None else kept.ends - self._clock()
        if kept is None or left < LEAST:
            return (await asyncio.shield(self._ask(application, authorities))).text
        if left < AHEAD:
            self._ask(application, authorities)  # nobody waits for it: the old one is good
        return kept.text

    def close(self) -> None:
        """Wait for nothing that is still under way."""
        for task in self._asking.values():
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, application: Application, authorities: tuple[str, ...]) -> "asyncio.Task[Token]":
        """The request that is under way for this application, or a new one."""
        task = self._asking.get(application)
        if task is None:
            task = asyncio.create_task(self._get(application, authorities))
            self._asking[application] = task
            task.add_done_callback(lambda done: self._asked(application, done))
        return task

    def _asked(self, application: Application, task: "asyncio.Task[Token]") -> None:
        del self._asking[application]
        if not task.cancelled() and task.exception() is None:
            self._kept[application] = task.result()

    async def _get(self, application: Application, authorities: tuple[str, ...]) -> Token:
        loop = asyncio.get_running_loop()
        asked_at = self._clock()
        proof = await loop.run_in_executor(self._threads, self._proof, application)
        answer = await loop.run_in_executor(self._threads, request_token, application, proof, authorities)
        return Token(text=answer["access_token"], ends=asked_at + float(answer.get("expires_in", 0)))

    def _proof(self, application: Application) -> str | dict[str, str]:
        """What the application proves itself with, as msal takes it."""
        try:
            if application.certificate_pfx is None:
                return self._secrets(application.client_secret_secret or "")
            name = application.certificate_password_secret
            credentials = load_pfx(Path(application.certificate_pfx), None if name is None else self._secrets(name))
        except (NotFound, LookupError):
            raise TokenUnavailable("The application's secret is not set. Remedy: set it again.") from None
        except CertificateUnusable as unusable:
            raise TokenUnavailable(f"The application's certificate cannot be used: {unusable.detail}") from None
        if not isinstance(credentials.key, RSAPrivateKey):
            raise TokenUnavailable(
                "The application's certificate has no RSA key, and Microsoft Entra takes no other. "
                "Remedy: make one with RSA, and add it to the app registration."
            )
        key = credentials.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return {
            "private_key": key.decode(),
            "public_certificate": credentials.certificate.public_bytes(Encoding.PEM).decode(),
        }


def request_token(
    application: Application, proof: str | dict[str, str], authorities: tuple[str, ...]
) -> dict[str, Any]:
    """Ask the authority for a token, in this thread; raises TokenUnavailable."""
    import msal  # late: a quarter of a second that only those pay who use it
    import requests

    from .https import https_session

    where = f"{application.authority}/{application.tenant}"
    try:
        with https_session(authorities) as session:
            # The operator has named the authority: nobody else is asked whether it is one. The relay's own cache is
            # the one that counts, so every question is one to the authority.
            asking = msal.ConfidentialClientApplication(
                application.client_id,
                client_credential=proof,
                authority=where,
                instance_discovery=False,
                http_client=session,
            )
            answer: dict[str, Any] = asking.acquire_token_for_client([f"{application.resource}/.default"])
    except requests.RequestException as trouble:
        raise TokenUnavailable(_unreachable(application.authority, trouble)) from None
    except msal.exceptions.MsalServiceError as trouble:
        raise TokenUnavailable(_unreachable(application.authority, trouble)) from None
    except ValueError as wrong:  # what the authority says of a tenant that it does not know
        raise TokenUnavailable(explain_refusal(str(wrong), application)) from None
    if not answer.get("access_token"):
        said = f"{answer.get('error', '')}: {answer.get('error_description', '')}"
        raise TokenUnavailable(explain_refusal(said, application))
    return answer


def _unreachable(authority: str, trouble: Exception) -> str:
    from .https import trouble_with

    remedy = "check DNS, proxy and firewall; it is tried again"
    return f"{authority} gives no token: {trouble_with(trouble)}. Remedy: {remedy}."
