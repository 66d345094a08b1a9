"""Carrying a trial out: send, wait for the mailboxes, read what was decided, and compare with the table."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from gatepost.headers import Analysis, Hop, Own
from gatepost.mail import parse_mailbox
from gatepost.tools import (
    DEFAULT_BODY,
    Entry,
    Letter,
    MaildirPlace,
    ProbeRequest,
    ProbeResult,
    RecipientAnswer,
    Search,
    Sent,
    TlsMode,
    compose,
    find_copy,
    plain,
    probe,
)

from .authority import Pfx
from .houses import BY_CERTIFICATE, BY_OTHER_WAY, CLOUD, LOCAL, House, Lab
from .trials import Leg, Trial

_NAME = "TlsSenderCertificateName"
_OURS = Own(hosts=frozenset({LOCAL, CLOUD}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation and what was seen instead, or just that."""

    what: str
    expected: str
    seen: str

    @property
    def held(self) -> bool:
        return self.expected == self.seen

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, saw {self.seen}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The message as one recipient got it; `way` None when nothing came in time, and then `instead` says what did."""

    address: str
    way: Analysis | None
    file: Path | None
    instead: str = "not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """All that came of a trial. `queue_ids` are the message's ids by house title, `passed_over` sentences on ways of
    the local relay that were not used; `seconds` is for all of it."""

    trial: Trial
    result: str
    connector: str | None
    organization: str | None
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    sent: ProbeResult
    copies: tuple[Copy, ...]
    queue_ids: Mapping[str, str]
    passed_over: tuple[str, ...]
    checks: tuple[Check, ...]
    seconds: float

    @property
    def held(self) -> bool:
        return all(check.held for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What a relay decided about the message, from its trace or, for a refusal, from its journal."""

    result: str = "nothing"
    reply: str = ""
    connector: str | None = None
    organization: str | None = None
    reasons: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()


async def play(trial: Trial, lab: Lab, *, patience: float) -> Played:
    """Carry out one trial; `patience` is how many seconds a message may take to its mailboxes."""
    clock = asyncio.get_running_loop().time
    started = clock()
    async with _changed(trial, lab):
        return await _played(trial, lab, until=started + patience, started=started)


@contextlib.asynccontextmanager
async def _changed(trial: Trial, lab: Lab) -> AsyncIterator[None]:
    """The cloud relay as the trial wants it, and as it was before once the trial is over."""
    cloud = lab.cloud
    before = {name: (await cloud.ask("organization.list"))[0][name] for name in trial.settings}
    name = trial.certificate_name and (await cloud.ask("connector.show", identity=BY_CERTIFICATE))[_NAME]
    if before:
        await cloud.ask("organization.set", properties=trial.settings)
    if name is not None:
        await cloud.ask("connector.set", identity=BY_CERTIFICATE, properties={_NAME: trial.certificate_name})
    try:
        yield
    finally:
        if before:
            await cloud.ask("organization.set", properties=before)
        if name is not None:
            await cloud.ask("connector.set", identity=BY_CERTIFICATE, properties={_NAME: name})


async def _played(trial: Trial, lab: Lab, *, until: float, started: float) -> Played:
    heard = {house.title: len(house.ear.told) for house in lab.houses}
    message_id = f"<{trial.name}.{secrets.token_hex(6)}@lab.test>"
    sent = await probe(_request(trial, lab, message_id, within=until - started))
    arrivals = (_copy(address, message_id, lab, sent, until=until) for address in trial.legs)
    copies = tuple(await asyncio.gather(*arrivals))
    queue_ids = {
        house.title: rows[0]["id"]
        for house in lab.houses
        if (rows := await house.ask("trace.find", message_id=message_id, limit=1))
    }
    refused = _refused(lab.cloud, heard[lab.cloud.title]) or _refused(lab.local, heard[lab.local.title])
    decided = await _taken(lab.cloud, queue_ids.get(lab.cloud.title), refused) or refused or _Decided()
    checks = [
        *(Check(what=f"reply for {it.address}", expected=trial.replies, seen=_said(it, trial)) for it in sent.answers),
        Check(what="decision", expected=trial.result, seen=decided.result),
        Check(
            what="connector",
            expected=trial.connector or "no connector",
            seen=decided.connector or "no connector",
        ),
        *(check for copy in copies for check in _compared(copy, trial.legs[copy.address])),
    ]
    if lab.cloud.title in queue_ids or trial.by == "cloud":
        checks.append(await _explained(trial, lab, decided))
    passed_over: tuple[str, ...] = ()
    if trial.passed_over is not None:
        passed_over, more = await _passed_over(trial, lab, queue_ids.get(lab.local.title))
        checks += more
    if not sent.answers:
        trouble = "no answer" if sent.trouble is None else plain(sent.trouble.means)
        checks.insert(0, Check(what="conversation", expected=trial.replies, seen=trouble))
    return Played(
        trial=trial,
        result=decided.result,
        connector=decided.connector,
        organization=decided.organization,
        reasons=decided.reasons,
        remedies=decided.remedies,
        sent=sent,
        copies=copies,
        queue_ids=queue_ids,
        passed_over=passed_over,
        checks=tuple(checks),
        seconds=asyncio.get_running_loop().time() - started,
    )


def _request(trial: Trial, lab: Lab, message_id: str, *, within: float) -> ProbeRequest:
    house: House = getattr(lab, trial.by)
    pfx = _pfx(trial, lab)
    sender = parse_mailbox(trial.sender)
    recipients = tuple(parse_mailbox(one) for one in trial.recipients)
    letter = Letter(
        sender=sender,
        recipients=recipients,
        subject=f"Gatepost lab: {trial.title}",
        body=DEFAULT_BODY,
        at=datetime.now(UTC),
        message_id=message_id,
    )
    return ProbeRequest(
        host="127.0.0.1",
        port=house.port,
        sender=sender,
        recipients=recipients,
        message=compose(letter),
        tls=TlsMode.NONE if pfx is None else TlsMode.STARTTLS,
        certificate=None if pfx is None else pfx.load(),
        trusted=(lab.authority.root,),
        source=trial.source,
        hello="scanner.test",
        timeout=within,
    )


def _pfx(trial: Trial, lab: Lab) -> Pfx | None:
    found: Pfx | None = None if trial.pfx is None else getattr(lab, trial.pfx)
    return found


# --- what came of it ---------------------------------------------------------------------------------------------


async def _copy(address: str, message_id: str, lab: Lab, sent: ProbeResult, *, until: float) -> Copy:
    """Look into the recipient's mailbox until the message is there, as `gatepost verify` does, or is given up."""

    async def trace(message_id: str, recipient: str) -> Entry | None:
        _, entry = await _whereabouts(recipient, message_id, lab)
        return entry

    search = Search(
        places=(MaildirPlace(lab.mailbox_of(address)),),
        wait=until - asyncio.get_running_loop().time(),
        own=_OURS,
        trace=trace,
    )
    token, recipient = message_id.strip("<>"), parse_mailbox(address)
    wanted = Sent(recipient=recipient, token=token, message_id=message_id, result=sent, server="")
    verified = await find_copy(wanted, search)
    if verified.found is not None:
        return Copy(address=address, way=verified.analysis, file=Path(verified.found.key))
    title, entry = await _whereabouts(address, message_id, lab)
    if entry is None:
        return Copy(address=address, way=None, file=None)
    instead = f"{entry.status} at {title} ({plain(entry.last_reply or 'no reply yet')})"
    return Copy(address=address, way=None, file=None, instead=instead)


async def _whereabouts(address: str, message_id: str, lab: Lab) -> tuple[str, Entry | None]:
    """The last relay that has the message for this recipient, and what became of it there."""
    title, entry = "", None
    for house in lab.houses:
        for row in await house.ask("trace.find", message_id=message_id, recipient=address, limit=1):
            title = house.title
            entry = Entry(
                id=row["id"],
                status=row["status"],
                connector=row["connector"],
                last_reply=row["last_reply"] or "",
                story=row,
            )
    return title, entry


async def _taken(house: House, queue_id: str | None, refused: _Decided | None) -> _Decided | None:
    """The decision about the first recipient of a message that was taken, as its trace tells it.

    Where another recipient was refused, the reasons for that come behind.
    """
    if queue_id is None:
        return None
    story = await house.ask("trace.show", id=queue_id)
    came_in = story["events"][0]
    return _Decided(
        result=came_in["results"][0],
        connector=story["connector"],
        organization=story["organization"],
        reasons=(*came_in["reasons"], *(refused.reasons if refused else ())),
        remedies=refused.remedies if refused else (),
    )


def _refused(house: House, heard: int) -> _Decided | None:
    """The refusal that a relay told its journal, with what it said of the client's certificate."""
    refusals = house.ear.since(heard, "recipient_refused", "sender_refused")
    if not refusals:
        return None
    first = refusals[0]
    told = " ".join(first["reasons"])
    problems = [fact["problem"] for fact in house.ear.since(heard, "certificate_ignored")]
    ignored = [f"The certificate does not count: {problem}" for problem in problems if problem not in told]
    return _Decided(
        result="reject" if first["reply"].startswith("5") else "defer",
        reply=first["reply"],
        connector=first["connector"],
        reasons=(*first["reasons"], *dict.fromkeys(ignored)),
        remedies=tuple(first["remedies"]),
    )


def _said(answer: RecipientAnswer, trial: Trial) -> str:
    """As much of the reply as the table tells."""
    text = plain(str(answer.reply))
    return trial.replies if f"{text} ".startswith(f"{trial.replies} ") else text


def _compared(copy: Copy, legs: Sequence[Leg]) -> list[Check]:
    """The hops of a delivered copy beside the table's."""
    if copy.way is None:
        return [Check(what=f"delivery to {copy.address}", expected="in the mailbox", seen=copy.instead)]
    expected = " > ".join(_leg(leg.by, leg.tls, leg.connector, leg.marked) for leg in legs)
    return [
        Check(what=f"delivery to {copy.address}", expected="in the mailbox", seen="in the mailbox"),
        Check(what=f"hops to {copy.address}", expected=expected, seen=" > ".join(map(_hop, copy.way.hops))),
    ]


def _hop(hop: Hop) -> str:
    connector = None if hop.mark is None else hop.mark.connector
    return _leg(hop.received.host, hop.received.tls.used, connector, hop.mark is not None)


def _leg(by: str, tls: bool, connector: str | None, marked: bool) -> str:
    parts = [by, "TLS" if tls else "clear"]
    if marked:
        parts.append("no connector" if connector is None else connector)
    return f"{parts[0]} ({', '.join(parts[1:])})"


async def _passed_over(trial: Trial, lab: Lab, queue_id: str | None) -> tuple[tuple[str, ...], list[Check]]:
    """What the local relay's trace and alerts tell of a way that was not used."""
    told: list[str] = []
    used = "nothing"
    story = {"events": []} if queue_id is None else await lab.local.ask("trace.show", id=queue_id)
    for event in story["events"]:
        used = event.get("way", used)
        told += [f"'{it['way']}' was not used because {it['because']}" for it in event.get("not_used", ())]
    alerts = [it["sentence"] for it in await lab.local.ask("alerts.list") if it["kind"] == "way"]
    begins = f"'{trial.passed_over}' was not used"
    wanted = f"{begins} ({trial.because})"
    held = any(it.startswith(begins) and trial.because in it for it in told)
    seen = wanted if held else "; ".join(told) or "no word of it"
    warned = any(f"'{trial.passed_over}'" in it for it in alerts)
    told += [f"Alert: {it}" for it in alerts]
    return tuple(told), [
        Check(what="way", expected=BY_OTHER_WAY, seen=used),
        Check(what="trace", expected=wanted, seen=seen),
        Check(what="alert", expected="told", seen="told" if warned else "none"),
    ]


async def _explained(trial: Trial, lab: Lab, decided: _Decided) -> Check:
    """`connector explain` about the same session has to say what the session was told: it is the same code."""
    through_local = trial.by == "local"
    source, shows = trial.comes_as if through_local else (trial.source, trial.pfx)
    pfx: Pfx | None = None if shows is None else getattr(lab, shows)
    arguments: dict[str, Any] = {
        "ip": source,
        "mail_from": trial.sender,
        "rcpt": trial.recipients[0],
        "hello": CLOUD,
    }
    if pfx is not None:
        shown = pfx.load().presented
        arguments["cert_pem"] = b"".join(one.public_bytes(Encoding.PEM) for one in shown).decode()
    told = await lab.cloud.ask("connector.explain", **arguments)
    return Check(
        what="connector explain",
        expected=_in_short(decided.result, decided.connector, decided.reply),
        seen=_in_short(told["result"], told["connector"], told["reply"]),
    )


def _in_short(result: str, connector: str | None, reply: str) -> str:
    """A decision in few words. What is said of a taken message at its end is not what was said of a recipient."""
    code = f", {' '.join(reply.split()[:2])}" if result in ("reject", "defer") else ""
    return f"{result} through {connector or 'no connector'}{code}"
