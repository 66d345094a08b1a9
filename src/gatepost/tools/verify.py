"""Proof of a path: a test message for each recipient, found again where it arrived, and read for the way it took.

Every recipient gets a message of its own, so that each copy has one token, one trace and one verdict.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

from gatepost.headers import NOBODY, Analysis, Own, analyse
from gatepost.headers import values as analysis_values
from gatepost.mail import Address

from .letter import Letter, compose
from .pickup import PROBE_HEADER, SUBJECT, Found, PickupFailed, Place
from .probe import probe
from .report import ProbeResult, report_values
from .request import ProbeRequest
from .transcript import plain

_UNDER_WAY = ("waiting", "sending", "held")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0  # seconds between two looks; a mailbox far away is not asked more often
_BODY = (
    "This message was sent with `gatepost verify`, which looks for it in this mailbox to prove the way here.\n\n"
    "It may be deleted.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A test message that was handed over, or refused: what `result` says. None: somebody else sent it, and this relay
    has taken it."""

    recipient: Address
    token: str
    message_id: str
    result: ProbeResult | None
    server: str

    @property
    def subject(self) -> str:
        return f"{SUBJECT} {self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What our own relay knows of the message: its queue id, and the recipient's status with the last reply.

    `story` is the whole trace as `gatepost trace show --json` prints it.
    """

    id: str
    status: str
    connector: str | None
    last_reply: str
    story: Mapping[str, Any] = field(repr=False)


Trace = Callable[[str, str], Awaitable[Entry | None]]


async def no_trace(_message_id: str, _recipient: str) -> Entry | None:
    """For servers that are not ours."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where and how long to look, in seconds. `connector` is the one that the copy must have come through, if any.

    Without places, it is waited until our relay has done with the message. `trace` takes a Message-ID and a recipient;
    `own` says which hosts are ours. `progress` is told what is waited for.
    """

    places: tuple[Place, ...]
    wait: float = 120.0
    connector: str | None = None
    own: Own = NOBODY
    trace: Trace = no_trace
    delete: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of one recipient. `problems` are sentences; without any, all is as it was asked.

    `seconds` passed from the last answer of the server to the copy. `remarks` are no reason to fail.
    """

    sent: Sent
    found: Found | None
    analysis: Analysis | None
    entry: Entry | None
    seconds: float
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        return not self.problems


def new_token() -> str:
    """What a copy is known by; nobody else can have made it."""
    return secrets.token_hex(8)


async def send_one(request: ProbeRequest, recipient: Address) -> Sent:
    """Send a test message for one recipient; the request's own recipients and message do not count."""
    token = new_token()
    domain = "localhost" if request.sender is None else request.sender.domain
    message_id = f"<{token}.verify@{domain if domain.isascii() else 'localhost'}>"
    letter = Letter(
        sender=request.sender,
        recipients=(recipient,),
        subject=f"{SUBJECT} {token}",
        body=_BODY,
        at=datetime.now().astimezone(),
        message_id=message_id,
        headers=((PROBE_HEADER, token),),
    )
    result = await probe(replace(request, recipients=(recipient,), message=compose(letter)))
    server = f"{request.host}:{request.port}"
    return Sent(recipient=recipient, token=token, message_id=message_id, result=result, server=server)


async def find_copy(sent: Sent, search: Search) -> Verified:
    """Look for the copy until it is there, or cannot come any more, or the time is over; then read it."""
    begun = monotonic()
    if sent.result is not None and not sent.result.accepted:
        return Verified(
            sent=sent, found=None, analysis=None, entry=None, seconds=0.0, problems=(_refusal(sent.result),)
        )
    broken: list[str] = []
    where, found, entry = await _await_copy(sent, search, broken)
    seconds = monotonic() - begun
    if found is None or where is None:
        return Verified(
            sent=sent,
            found=None,
            analysis=None,
            entry=entry,
            seconds=seconds,
            problems=(_absence(sent, search, entry, seconds), *broken),
        )
    analysis = analyse(found.content, search.own, now=datetime.now().astimezone())
    left = await where.remove(found) if search.delete else ""
    return Verified(
        sent=sent,
        found=found,
        analysis=analysis,
        entry=entry,
        seconds=seconds,
        problems=_unlike(search.connector, analysis, entry),
        remarks=tuple(it for it in (left, *broken) if it),
    )


async def _await_copy(sent: Sent, search: Search, broken: list[str]) -> tuple[Place | None, Found | None, Entry | None]:
    """Where the copy is, the copy, and what our relay says. A place that cannot be searched is left out and told of."""
    begun, pause = monotonic(), _FIRST_PAUSE
    places = list(search.places)
    while True:
        for place in tuple(places):
            try:
                if (found := await place.look(sent.token)) is not None:
                    return place, found, await search.trace(sent.message_id, str(sent.recipient))
            except PickupFailed as failed:
                places.remove(place)
                broken.append(str(failed))
        entry = await search.trace(sent.message_id, str(sent.recipient))
        left = search.wait - (monotonic() - begun)
        under_way = entry is not None and entry.status in _UNDER_WAY
        if left <= 0 or (entry is not None and entry.status == "failed"):
            return None, None, entry
        if not places and (search.places or not under_way):
            return None, None, entry
        search.progress(f"Waiting for the copy of {sent.recipient}, {left:.0f} s left")
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


# --- in words --------------------------------------------------------------------------------------------------------


def _refusal(result: ProbeResult) -> str:
    if result.answers:
        answer = result.answers[0]
        advice = f" Remedy: {answer.advice.next_step}" if answer.advice is not None else ""
        return f"The message was refused: {plain(str(answer.reply))}.{advice}"
    if result.trouble is not None:
        return f"The message was not taken: {plain(result.trouble.means)} Remedy: {plain(result.trouble.next_step)}"
    return "The message was not taken. Remedy: send it with gatepost send, which shows the whole conversation."


def _absence(sent: Sent, search: Search, entry: Entry | None, seconds: float) -> str:
    """Why there is no copy, as far as it is known."""
    if entry is not None and entry.status in ("failed", *_UNDER_WAY):
        said = plain(entry.last_reply) or "no reply yet"
        return (
            f"There is no copy, because this relay has not delivered it: {entry.status} ({said}). "
            f"Remedy: gatepost trace show {entry.id}."
        )
    missing = "; ".join(place.missing() for place in search.places) or "anywhere: no place was given"
    remedy = (
        "look into the junk folder and at the traces of the servers behind this one, or look for longer "
        "(gatepost verify --wait)"
    )
    if not search.places:
        remedy = "say where the copy arrives, with --maildir, --imap or --headers"
    return f"After {seconds:.0f} s the copy was not found {missing}. Remedy: {remedy}."


def _unlike(wanted: str | None, analysis: Analysis, entry: Entry | None) -> tuple[str, ...]:
    """How the way differs from what was asked."""
    if wanted is None:
        return ()
    seen = {hop.mark.connector for hop in analysis.hops if hop.mark is not None and hop.mark.connector is not None}
    if entry is not None and entry.connector is not None:
        seen.add(entry.connector)
    if wanted in seen:
        return ()
    instead = f"through {', '.join(repr(plain(one)) for one in sorted(seen))}" if seen else "through no connector"
    return (
        f"It was to come through connector '{plain(wanted)}', and came {instead}. "
        "Remedy: gatepost connector explain says why for an address, a certificate and a sender.",
    )


# --- as JSON ---------------------------------------------------------------------------------------------------------


def verified_values(verified: Verified) -> dict[str, Any]:
    """One recipient for `--json` and REST; `analysis` has the shape of `gatepost headers --json`."""
    sent, found, entry = verified.sent, verified.found, verified.entry
    return {
        "recipient": str(sent.recipient),
        "held": verified.held,
        "problems": list(verified.problems),
        "remarks": list(verified.remarks),
        "server": sent.server,
        "token": sent.token,
        "message_id": sent.message_id,
        "found": None if found is None else found.place,
        "seconds": round(verified.seconds, 3),
        "analysis": None if verified.analysis is None else analysis_values(verified.analysis),
        "trace": None if entry is None else entry.story,
        "sent": None if sent.result is None else report_values(sent.result),
    }
