"""Handing mail to Microsoft Graph: one POST of sendMail a message, as the mailbox that the connector names.

`routing.graph` says which messages may go this way and what the answers mean; here is the request, and who waits.
"""

import asyncio
import base64
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

import orjson

from gatepost.mail import Cause, Deferred, Failed, HeaderBlock, Outcome
from gatepost.routing import (
    MOST_FOR_GRAPH,
    Application,
    Way,
    host_failed,
    judge_graph,
    refused_by_graph,
    with_blind_copies,
)
from gatepost.spool import Claim, Content

from .tokens import Tokens, TokenUnavailable

AT_ONCE = 4  # requests for one mailbox: Graph refuses more with 429 (MailboxConcurrency)
THREADS = 16
LONGEST_WAIT = 3600.0  # seconds, whatever Retry-After says


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What came of one message. `unfit`: Graph is no way for it. `retry_after` are seconds for which it wants rest."""

    host: str
    outcome: Outcome
    unfit: bool = False
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer over HTTP, as far as it is looked at; `trouble` where there was none."""

    status: int = 0
    code: str = ""
    words: str = ""
    retry_after: float = 0.0
    trouble: str = ""


class Graph:
    """Sends for all connectors that name Graph; never more for one mailbox than it takes at once."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._gates: dict[tuple[str, str], asyncio.Semaphore] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="graph")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hand_over(self, claim: Claim, way: Way) -> Handed:
        """Send one message to all its recipients, or to none."""
        host = urlsplit(way.graph or "").hostname or ""
        mailbox, application = way.user_name or "", way.application
        if application is None:
            return Handed(host=host, outcome=host_failed(host, f"connector '{way.connector}' names no application"))
        octets = claim.content.octets
        content = await asyncio.to_thread(_read, claim.content) if octets <= MOST_FOR_GRAPH else b""
        header = HeaderBlock(content)
        refusal = refused_by_graph(header, claim.envelope, octets)
        if refusal is not None:
            reply, words = refusal
            return Handed(host=host, outcome=Failed("", f"it cannot go by Microsoft Graph: {words}", reply), unfit=True)
        body = base64.b64encode(with_blind_copies(content, header, claim.envelope))
        gate = self._gates.setdefault((way.graph or "", mailbox.lower()), asyncio.Semaphore(AT_ONCE))
        async with gate:
            try:
                answer = await self._post(way, application, body)
            except TokenUnavailable as trouble:
                return Handed(host=host, outcome=_no_token(host, trouble))
        if answer.trouble:
            return Handed(host=host, outcome=host_failed(host, answer.trouble))
        outcome = judge_graph(answer.status, answer.code, answer.words, host)
        throttled = isinstance(outcome, Deferred) and answer.status in (429, 503)
        return Handed(host=host, outcome=outcome, retry_after=answer.retry_after if throttled else 0.0)

    async def _post(self, way: Way, application: Application, body: bytes) -> Answer:
        """One request; a second one with a new token where the first one's was refused."""
        loop = asyncio.get_running_loop()
        address = f"{way.graph}/v1.0/users/{quote(way.user_name or '', safe='@')}/sendMail"
        authorities = way.certificate_authorities
        token = await self._tokens.token(application, authorities)
        answer = await loop.run_in_executor(self._threads, post_message, address, token, body, authorities)
        if answer.status == 401:
            token = await self._tokens.token(application, authorities, instead_of=token)
            answer = await loop.run_in_executor(self._threads, post_message, address, token, body, authorities)
        return answer


def post_message(address: str, token: str, body: bytes, authorities: tuple[str, ...]) -> Answer:
    """One POST, in this thread."""
    import requests  # late: only those pay for it who use it

    from .https import https_session, trouble_with

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain", "Accept": "application/json"}
    try:
        with https_session(authorities) as session:
            response = session.post(address, data=body, headers=headers)
    except requests.RequestException as trouble:
        host = urlsplit(address).hostname
        late = isinstance(trouble, requests.ReadTimeout)
        doubt = "; the message may have been sent" if late else ""
        return Answer(trouble=f"Microsoft Graph at {host} was not reached: {trouble_with(trouble)}{doubt}")
    code, words = read_error(response.content)
    return Answer(
        status=response.status_code,
        code=code,
        words=words,
        retry_after=read_retry_after(response.headers.get("Retry-After", ""), time.time()),
    )


def read_error(body: bytes) -> tuple[str, str]:
    """Graph's error code and message; empty where there are none."""
    try:
        error = orjson.loads(body)["error"]
        return str(error["code"])[:100], str(error.get("message", ""))[:300]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return "", ""


def read_retry_after(text: str, now: float) -> float:
    """Seconds to wait, of either form of RFC 9110 §10.2.3; 0 where it says nothing that can be read.

    >>> [read_retry_after(it, 0.0) for it in ("120", "Thu, 01 Jan 1970 00:01:00 GMT", "soon")]
    [120.0, 60.0, 0.0]
    """
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT)
    try:
        return min(max(parsedate_to_datetime(text).timestamp() - now, 0.0), LONGEST_WAIT)
    except (ValueError, TypeError):
        return 0.0


def _read(content: Content) -> bytes:
    if content.inline is not None:
        return content.inline
    assert content.file is not None
    return content.file.read_bytes()


def _no_token(host: str, trouble: TokenUnavailable) -> Deferred:
    return replace(host_failed(host, f"no token for Microsoft Graph: {trouble}"), cause=Cause.SIGN_IN)
