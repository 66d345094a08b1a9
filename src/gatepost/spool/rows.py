"""Between values and rows: what an arrival, a settlement or a claim is in the tables. No SQL here and no
disk."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Address, BodyKind, Deferred, Delivered, Envelope, Failed, Notify, Recipient, TlsWish, cause_of

from .message import Arrival, Claim, Content, Hold, Settlement, Waiting
from .states import On, State, move
from .store import MOST_PLACES

Done = Callable[[SpoolUnavailable | None], None]

FRESH_SECONDS = 10  # so long after an arrival its rows are surely in memory still
MAX_TEXT = 998  # octets a subject or reply may take in the tables: one unfolded line (RFC 5322 §2.1.1)


def text(value: str) -> str:
    """Fit for a TEXT column: bounded, and without lone surrogates."""
    if len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def document(value: Any) -> str:
    """JSON of a story; what JSON cannot say becomes its text, for a story must never stop a message."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode("utf-8")
    except TypeError:
        words = json.dumps(value, default=str, ensure_ascii=False, skipkeys=True)
        return words.encode("utf-8", "replace").decode("utf-8")


def read_document(words: str) -> dict[str, Any]:
    try:
        read = orjson.loads(words)
    except orjson.JSONDecodeError:
        return {"unreadable": words[:MAX_TEXT]}
    return read if isinstance(read, dict) else {"value": read}


class Arriving:
    """An arrival as rows, made in the loop's thread; `offers` are a courier's claims after the commit, `held` the
    recipients that are held, with the reason."""

    __slots__ = (
        "body",
        "brief",
        "done",
        "file",
        "held",
        "late",
        "message",
        "number",
        "offers",
        "recipients",
        "sending",
        "waiting",
    )

    def __init__(
        self, arrival: Arrival, number: int, *, takes: Callable[[str], bool] | None, done: Done | None
    ) -> None:
        envelope, content, at = arrival.envelope, arrival.content, arrival.received_at
        recipients, destinations = envelope.recipients, arrival.destinations
        if not 0 < len(recipients) <= MOST_PLACES or len(recipients) != len(destinations):
            raise SpoolUnavailable(f"A message has 1 to {MOST_PLACES} recipients, each with a destination.")
        assert not arrival.holds or len(arrival.holds) == len(recipients), "each recipient is held or is not"
        file = content.file
        self.number = number
        self.done = done
        self.file = file
        self.late = False
        self.brief = True
        self.body = content.inline
        if file is None and content.inline is None:
            raise SpoolUnavailable("The content has neither octets nor a file.")
        self.message = (
            number,
            at,
            envelope.reverse_path,
            content.octets,
            arrival.client,
            arrival.organization,
            arrival.connector,
            text(arrival.subject),
            text(arrival.message_id),
            _extras(envelope),
            None if file is None else file.name,
            document(arrival.story),
        )
        self.sending = 0
        self.waiting: dict[str, int] = {}
        self.offers: list[Claim] = []
        self.held: list[tuple[int, Hold]] = []
        if len(recipients) == 1 and not arrival.holds:
            self._one(arrival, takes)
        else:
            self._many(arrival, takes)

    def _one(self, arrival: Arrival, takes: Callable[[str], bool] | None) -> None:
        """The usual message: one recipient, so the envelope is the claim's as it stands."""
        recipient, destination = arrival.envelope.recipients[0], arrival.destinations[0]
        taken = takes is not None and takes(destination)
        self.recipients = [_recipient(self.number, recipient, destination, taken, arrival)]
        if taken:
            self.sending = 1
            waiting = (Waiting(row=self.number, recipient=recipient, attempts=1),)
            self.offers.append(_claim(arrival, arrival.envelope, destination, waiting))
        else:
            self.waiting = {destination: 1}

    def _many(self, arrival: Arrival, takes: Callable[[str], bool] | None) -> None:
        lanes: dict[str, list[Waiting]] = {}
        answers: dict[str, bool] = {}
        self.recipients = []
        pairs = zip(arrival.envelope.recipients, arrival.destinations, strict=True)
        holds = arrival.holds
        for row, (recipient, destination) in enumerate(pairs, self.number):
            if holds and (hold := holds[row - self.number]) is not None:
                self.held.append((row, hold))
                self.recipients.append(_held(row, recipient, destination, arrival))
                continue
            taken = answers.get(destination)
            if taken is None:
                taken = answers[destination] = takes is not None and takes(destination)
            self.recipients.append(_recipient(row, recipient, destination, taken, arrival))
            if taken:
                lanes.setdefault(destination, []).append(Waiting(row=row, recipient=recipient, attempts=1))
            else:
                self.waiting[destination] = self.waiting.get(destination, 0) + 1
        for destination, waiting in lanes.items():
            self.sending += len(waiting)
            envelope = narrowed(arrival.envelope, [one.recipient for one in waiting])
            self.offers.append(_claim(arrival, envelope, destination, tuple(waiting)))


def _recipient(row: int, recipient: Recipient, destination: str, taken: bool, arrival: Arrival) -> tuple[Any, ...]:
    """One row; the attempt of a recipient that a courier takes at once is recorded before it begins."""
    state, attempts = ("sending", 1) if taken else ("waiting", 0)
    return (*_who(row, recipient), destination, state, attempts, arrival.received_at, arrival.organization)


def _held(row: int, recipient: Recipient, destination: str, arrival: Arrival) -> tuple[Any, ...]:
    """One row of a recipient that nobody sends to before somebody releases it."""
    return (*_who(row, recipient), destination, State.HELD.value, 0, None, arrival.organization)


def _who(row: int, recipient: Recipient) -> tuple[int, str, str | None, str | None]:
    local, domain = recipient.address
    notify = ",".join(recipient.notify) if recipient.notify else None
    return (row, f"{local}@{domain}", notify, recipient.orcpt)


def _claim(arrival: Arrival, envelope: Envelope, destination: str, waiting: tuple[Waiting, ...]) -> Claim:
    return Claim(
        id=arrival.id,
        envelope=envelope,
        content=arrival.content,
        destination=destination,
        received_at=arrival.received_at,
        organization=arrival.organization,
        connector=arrival.connector,
        waiting=waiting,
        client=arrival.client,
    )


def narrowed(envelope: Envelope, recipients: Iterable[Recipient]) -> Envelope:
    """The same envelope for some of its recipients."""
    return Envelope(
        sender=envelope.sender,
        recipients=tuple(recipients),
        body=envelope.body,
        smtputf8=envelope.smtputf8,
        ret=envelope.ret,
        envid=envelope.envid,
        tls=envelope.tls,
    )


def _extras(envelope: Envelope) -> str | None:
    usual = envelope.body is BodyKind.SEVEN_BIT and envelope.tls is TlsWish.USUAL
    if usual and not (envelope.smtputf8 or envelope.ret or envelope.envid):
        return None
    told = {"body": envelope.body, "smtputf8": envelope.smtputf8, "ret": envelope.ret, "envid": envelope.envid}
    return document(told if envelope.tls is TlsWish.USUAL else {**told, "tls": envelope.tls})


def address_of(written: str) -> Address:
    """An address of ours as it was stored; local parts never hold an `@`."""
    local, _, domain = written.rpartition("@")
    return Address(local, domain)


def claim_of(
    row: tuple[Any, ...], recipients: list[tuple[Any, ...]], *, queue_id: str, destination: str, folder: Path
) -> Claim:
    """A claim from a row of `claimed_messages` and the rows of `claim` that belong to it."""
    _, received_at, sender, octets, organization, connector, extras, file, inline, client = row
    more = read_document(extras) if extras else {}
    waiting = tuple(
        Waiting(
            row=number,
            recipient=Recipient(
                address=address_of(address),
                notify=tuple(map(Notify, notify.split(","))) if notify else (),
                orcpt=orcpt,
            ),
            attempts=attempts,
            warned=bool(warned),
        )
        for number, address, notify, orcpt, attempts, warned in recipients
    )
    return Claim(
        id=queue_id,
        envelope=Envelope(
            sender=address_of(sender) if sender else None,
            recipients=tuple(one.recipient for one in waiting),
            body=BodyKind(more.get("body", BodyKind.SEVEN_BIT)),
            smtputf8=bool(more.get("smtputf8")),
            ret=more.get("ret"),
            envid=more.get("envid"),
            tls=TlsWish(more.get("tls", TlsWish.USUAL)),
        ),
        content=Content(octets=octets, inline=None if file else inline, file=folder / file if file else None),
        destination=destination,
        received_at=received_at,
        organization=organization,
        connector=connector,
        waiting=waiting,
        client=client,
    )


# The three ends of an attempt, looked up once: hashing enum members is dear on the hot path.
_ACCEPTED = move(State.SENDING, On.ACCEPTED).value
_DEFERRED = move(State.SENDING, On.DEFERRED).value
_REFUSED = move(State.SENDING, On.REFUSED).value


class Settling:
    """A settlement as rows, made in the loop's thread."""

    __slots__ = (
        "again",
        "at",
        "brief",
        "deferred",
        "delivered",
        "done",
        "event",
        "file",
        "notices",
        "number",
        "reports",
        "results",
        "sent",
    )

    def __init__(self, settlement: Settlement, number: int, *, reports: list[Arriving], done: Done) -> None:
        claim, at = settlement.claim, settlement.at
        self.number = number
        self.at = at
        self.again = False  # its commit failed before, and may have happened all the same
        self.done = done
        self.notices = settlement.notices
        self.brief = not (reports or settlement.notices) and at - claim.received_at < FRESH_SECONDS
        self.reports = reports
        self.file = claim.content.file
        self.delivered: list[int] = []  # by far the most: one statement without values
        self.results: list[tuple[Any, ...]] = []
        self.deferred: dict[str, int] = {}
        self.sent = len(settlement.results)
        addresses = {one.row: one.recipient.address for one in claim.waiting}
        told = []
        for settled in settlement.results:
            outcome, row = settled.outcome, settled.row
            local, domain = addresses[row]
            fate: dict[str, Any] = {"recipient": f"{local}@{domain}", "host": outcome.host}
            if outcome.reply is not None:
                fate["reply"] = str(outcome.reply)
            if type(outcome) is Delivered:
                fate["outcome"] = _ACCEPTED
                self.delivered.append(row)
            elif type(outcome) is Deferred:
                lane = settled.destination or claim.destination
                due = at if settled.due is None else settled.due
                fate |= {"outcome": "deferred", "reason": outcome.reason, "due": due, "destination": lane}
                cause = None
                if settled.destination is None:  # one that only goes elsewhere now has nothing the matter with it
                    cause = fate["cause"] = cause_of(outcome).value
                self.results.append((row, _DEFERRED, due, settled.warned, said(outcome), settled.destination, cause))
                self.deferred[lane] = self.deferred.get(lane, 0) + 1
            else:
                assert type(outcome) is Failed
                cause = cause_of(outcome).value
                fate |= {"outcome": _REFUSED, "reason": outcome.reason, "cause": cause}
                self.results.append((row, _REFUSED, None, settled.warned, said(outcome), settled.destination, cause))
            told.append(fate)
        story = {"destination": claim.destination, **settlement.story, "results": told}
        self.event = (number, at, settlement.kind, document(story))


def said(outcome: Deferred | Failed) -> str:
    """What an operator reads of the last attempt: the host's own words; ours where no host has spoken."""
    return text(str(outcome.reply) if outcome.reply is not None and outcome.host else outcome.reason)
