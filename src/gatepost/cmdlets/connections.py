"""How the shell's cmdlets reach a server: over its admin socket, or as InvokeCommand over HTTP."""

import ipaddress
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from gatepost.errors import GatepostError
from gatepost.shell import Bound, CommandFailed

from .cmdlet import Cmdlet, Outcome, Shown
from .failures import NO_ANSWER, NOT_SIGNED_IN, TROUBLE, failure_of
from .ready import json_ready
from .translate import outcome_of, wish_of

SECONDS: Final = 120.0
MOST_OCTETS: Final = 64 << 20
MOST_PAGES: Final = 1000

Ask = Callable[[str, Mapping[str, Any]], tuple[Any, Sequence[str]]]


class Connection(Protocol):
    """A server that cmdlets can be put to."""

    def invoke(self, cmdlet: Cmdlet, bound: Bound) -> Outcome:
        """Do it; raises CommandFailed."""


class OverSocket:
    """The server on this machine: the cmdlet is translated here, and its verb asked.

    `ask` takes a verb with its arguments and gives value and warnings; it raises a GatepostError.
    `organization` is the one that is meant where a cmdlet names none.
    """

    def __init__(self, ask: Ask, *, organization: str | None = None) -> None:
        self._ask, self._organization = ask, organization

    def invoke(self, cmdlet: Cmdlet, bound: Bound) -> Outcome:
        bound = _within(self._organization, cmdlet, bound)
        try:
            wish = wish_of(cmdlet, bound)
            value, warnings = self._ask(wish.verb, wish.arguments)
            return outcome_of(cmdlet, bound, value, warnings)
        except CommandFailed:
            raise
        except GatepostError as error:
            raise CommandFailed(*failure_of(error)) from None


def _within(organization: str | None, cmdlet: Cmdlet, bound: Bound) -> Bound:
    """The same with the connection's organization, where the cmdlet takes one and names none."""
    if not organization or bound.get("Organization") or all(it.name != "Organization" for it in cmdlet.parameters):
        return bound
    given = {**bound.given, "Organization": organization}
    return Bound(given=given, parameter_set=bound.parameter_set, warnings=bound.warnings)


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the token to a place nobody named."""

    def redirect_request(self, *_: Any) -> None:
        return None


class OverHttp:
    """A server's InvokeCommand with a bearer token.

    `base_url` is the admin listener, such as https://relay.contoso.com:8025; `ca` is a PEM file that
    is trusted instead of the system's authorities.
    Plain http is taken for this machine alone, because the token is a secret. Raises CommandFailed.
    """

    def __init__(self, base_url: str, token: str, *, organization: str, ca: Path | None = None) -> None:
        self._base = base_url.rstrip("/")
        self._path = f"{self._base}/adminapi/beta/{quote(organization, safe='')}/InvokeCommand"
        self._token = token
        self._opener = opener(self._base, ca)

    def __repr__(self) -> str:
        return f"OverHttp({self._path!r})"  # without the token

    def invoke(self, cmdlet: Cmdlet, bound: Bound) -> Outcome:
        # What is ignored here is ignored there, and -ErrorAction and its like are the shell's own affair.
        sent = {it.name for it in cmdlet.parameters if not it.ignored} | {"WhatIf"}
        given = {name: _with_type(json_ready(value)) for name, value in bound.given.items() if name in sent}
        body = json.dumps({"CmdletInput": {"CmdletName": cmdlet.name, "Parameters": given}}).encode()
        objects: Shown = []
        warnings: list[str] = []
        link: str | None = self._path
        for _ in range(MOST_PAGES):
            if link is None:
                break
            page = self._post(link, body)
            objects += [_bare(it) for it in page.get("value", [])]
            warnings += [str(it) for it in page.get("@adminapi.warnings", []) if str(it) not in warnings]
            link = page.get("@odata.nextLink")
            if link is not None and not str(link).startswith(f"{self._base}/"):
                raise CommandFailed(TROUBLE, f"{self._base} names a next page elsewhere. Remedy: look at its log.")
        return Outcome(objects=objects, warnings=tuple(warnings))

    def _post(self, link: str, body: bytes) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            with self._opener.open(Request(link, body, headers, method="POST"), timeout=SECONDS) as reply:  # noqa: S310
                return self._read(reply.read(MOST_OCTETS + 1))
        except HTTPError as refusal:
            with refusal:
                raise refused(refusal, self._base) from None
        except (URLError, OSError, HTTPException) as trouble:
            raise CommandFailed(NO_ANSWER, unreached(self._base, trouble)) from None

    def _read(self, text: bytes) -> dict[str, Any]:
        try:
            found = json.loads(text) if len(text) <= MOST_OCTETS else None
        except ValueError:
            found = None
        if isinstance(found, dict) and _is_objects(found.get("value", [])):
            return found
        raise CommandFailed(TROUBLE, f"{self._base} answered something else. Remedy: is it a gatepost?")


def opener(base: str, ca: Path | None) -> OpenerDirector:
    """What opens pages of this server, and nothing else; raises CommandFailed for an address not to be used."""
    parts = urlsplit(base)
    here = _is_this_machine(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandFailed(NO_ANSWER, f"'{base}' is not a server. Remedy: write https://relay.contoso.com:8025.")
    if parts.scheme == "http" and not here:
        raise CommandFailed(
            NO_ANSWER, f"'{base}' would carry the token in the clear. Remedy: use https, or a tunnel to this machine."
        )
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as trouble:
        raise CommandFailed(
            NO_ANSWER, f"The CA file {ca} cannot be read: {trouble}. Remedy: give a PEM file."
        ) from None
    # An environment's proxy is for the way out, not for this machine.
    proxies = [ProxyHandler({})] if here else []
    return build_opener(_NoRedirects, HTTPSHandler(context=context), *proxies)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _with_type(value: Any) -> Any:
    """A hashtable as InvokeCommand wants it marked."""
    return {"@odata.type": "#Exchange.GenericHashTable", **value} if isinstance(value, dict) else value


def _is_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(it, dict) for it in value)


def _bare(it: dict[str, Any]) -> dict[str, Any]:
    """An object without OData's companions (`Name@data.type`)."""
    return {name: value for name, value in it.items() if "@" not in name}


def refused(refusal: HTTPError, base: str) -> CommandFailed:
    """What the server said, from `|Type|message` wherever it stands; else the status in words."""
    try:
        error = json.loads(refusal.read(1 << 20))["error"]
        inner = error.get("innererror", {}).get("internalexception", {}).get("message", "")
        details = [it.get("message", "") for it in error.get("details", [])]
        problems = " ".join(map(_sentence, error.get("problems", [])))
        texts = [inner, *details, problems, error.get("message", "")]
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        texts = []
    for text in texts:
        if isinstance(text, str) and text.startswith("|") and text.count("|") > 1:
            _, type_name, message = text.split("|", 2)
            return CommandFailed(type_name, message)
    said = next((text for text in texts if isinstance(text, str) and text), "")
    if refusal.code == 401:
        return CommandFailed(NOT_SIGNED_IN, said or f"{base} does not know the token. Remedy: make a new one.")
    if refusal.code == 429:
        wait = refusal.headers.get("Retry-After", "60")
        return CommandFailed(TROUBLE, said or f"{base} asks to be left alone. Remedy: try again in {wait} seconds.")
    return CommandFailed(TROUBLE, said or f"{base} answered {refusal.code} {refusal.reason}. Remedy: look at its log.")


def _sentence(problem: dict[str, Any]) -> str:
    """A problem of REST, whose remedy stands by itself, as one of our sentences."""
    message, remedy = problem.get("message", ""), problem.get("remedy")
    return f"{message} Remedy: {remedy}" if remedy else message


def unreached(base: str, trouble: Exception) -> str:
    """Why nothing was answered, in words."""
    reason = trouble.reason if isinstance(trouble, URLError) else trouble
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {base} is not trusted: {reason.verify_message}. "
            "Remedy: give the CA that issued it, or use the name the certificate carries."
        )
    return f"{base} does not answer: {reason}. Remedy: is the server running, and is this its admin listener?"
