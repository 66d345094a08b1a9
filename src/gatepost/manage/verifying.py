"""Verify a path: a message that was sent is looked for where it arrives, and read for the way that it took.

What `gatepost verify` does once it has sent. The message is a test of `test.send`, or any that this relay has taken;
it is looked for in the relay's own mailboxes, and where it arrives elsewhere in headers that somebody pastes, or in the
mailbox that somebody opens (`verifying_mailbox.py`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gatepost.errors import ConfigRefused, GatepostError, NotFound
from gatepost.headers import Own
from gatepost.mail import Address, without_detail
from gatepost.outbound import mailbox_folder
from gatepost.routing import MailboxRoute, choose
from gatepost.tools import Entry, MaildirPlace, PastedPlace, Place, Search, Sent, Verified, find_copy, verified_values

from . import trace
from .desk import Answer, Call

if TYPE_CHECKING:
    from .desk import Desk
    from .trials import Trial

_SECONDS = 60.0
_MOST_RECIPIENTS = 10


@dataclass(slots=True, kw_only=True)
class Quest:
    """The search for one recipient's copy. `kept_here`: the mailbox is one that this relay fills."""

    sent: Sent
    kept_here: bool
    search: Search
    verified: Verified | None = None

    @property
    def standing(self) -> str:
        """looking, found, elsewhere (it has left this relay, and only pasted headers can tell more), or missing."""
        if self.verified is None:
            return "looking"
        if self.verified.found is not None:
            return "found"
        refused = self.sent.result is not None and not self.sent.result.accepted
        entry = self.verified.entry
        gone = not refused and (entry is None or entry.status == "delivered")
        return "elsewhere" if gone and not self.kept_here else "missing"


@dataclass(slots=True, kw_only=True)
class Verification:
    """One run: whose, of which message, and a quest for each of its recipients."""

    who: str
    subject: str
    test: str | None
    message: str | None
    quests: list[Quest] = field(default_factory=list)


async def begin(
    call: Call,
    *,
    test: str | None = None,
    message: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Begin to look for the copies of a test message (`test`: the id that test.send gave) or of any message that this
    relay has taken (`message`: its queue id). `id` is what `verify.show` wants.

    Raises ConfigRefused, NotFound, or TooManyAttempts.
    """
    if (test is None) == (message is None):
        raise ConfigRefused(["test and message: one of the two is wanted. Remedy: say which message is meant."])
    story = trial = None
    if test is not None:
        trial = call.desk.trials.find(test, call.who)
        if trial.result is None:
            raise ConfigRefused(["The test is still being sent. Remedy: wait until it has ended."])
        story = await _taken(call, trial, organization)
    else:
        story = (await trace.show(call, id=str(message), organization=organization)).value
        if not any(event["kind"] == "accepted" for event in story["events"]):
            raise ConfigRefused(["The message was refused and went nowhere. Remedy: choose one that was accepted."])
    run = Verification(
        who=call.who,
        subject=trial.subject if trial is not None else story["subject"] if story is not None else "",
        test=test,
        message=message,
    )
    if trial is not None:
        run.quests += _of_test(call, trial, story, organization)
    elif story is not None:
        run.quests += _of_message(call, story, organization)
    if what_if:
        return Answer(value={"id": None})
    call.desk.verifications.allow(call.who, call.desk.clock())
    return Answer(value={"id": call.desk.verifications.begin(run, _looked_for(run))})


async def show(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """How far it is, recipient by recipient; only for whoever began it.

    `standing` is looking, found, elsewhere or missing; what is known besides has the shape of `gatepost verify --json`.
    """
    return Answer(value=shown(call.desk.verifications.find(id, call.who)))


async def paste(
    call: Call,
    *,
    id: str,  # noqa: A002
    recipient: str,
    headers: str,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Read headers that somebody has copied from the recipient's mailbox; raises ConfigRefused for other ones."""
    run, quest = sought(call, id, recipient)
    place = PastedPlace(lambda: headers, subject=run.subject)
    found = await find_copy(quest.sent, replace(quest.search, places=(place,), wait=0.0))
    if found.found is None:
        raise ConfigRefused([found.problems[-1]])
    if not what_if:
        quest.verified = found
    return Answer(value=shown(run))


def sought(call: Call, key: str, recipient: str) -> tuple[Verification, Quest]:
    """A run of the caller's own and the search for this recipient's copy; raises NotFound."""
    run = call.desk.verifications.find(key, call.who)
    quest = next((it for it in run.quests if str(it.sent.recipient) == recipient), None)
    if quest is None:
        raise NotFound(f"The message has no recipient '{recipient}'. Remedy: choose one of verify.show.")
    return run, quest


async def _looked_for(run: Verification) -> None:
    async def one(quest: Quest) -> None:
        try:
            quest.verified = await find_copy(quest.sent, quest.search)
        except GatepostError as trouble:  # the trace cannot be read now
            quest.verified = Verified(
                sent=quest.sent, found=None, analysis=None, entry=None, seconds=0.0, problems=(str(trouble),)
            )

    await asyncio.gather(*(one(it) for it in run.quests))


# --- what to look for ------------------------------------------------------------------------------------------------


async def _taken(call: Call, trial: "Trial", organization: str | None) -> dict[str, Any] | None:
    """The story of a test that came to a listener of this relay."""
    if not call.desk.has_spool:
        return None
    rows = (await trace.find(call, message_id=trial.message_id, limit=1, organization=organization)).value
    accepted = [row for row in rows if row["status"] != "refused"]
    return (await trace.show(call, id=accepted[0]["id"], organization=organization)).value if accepted else None


def _of_test(call: Call, trial: "Trial", story: Mapping[str, Any] | None, organization: str | None) -> Sequence[Quest]:
    """Those of whom the server said yes or no. Where it was this relay, it knows whom aliases lead to."""
    assert trial.result is not None
    answers = {it.address: it for it in trial.result.answers}
    quests = []
    for recipient in trial.recipients:
        answer = answers.get(str(recipient))
        if story is not None and answer is not None and answer.accepted:
            continue  # the trace tells more of it
        result = replace(trial.result, answers=() if answer is None else (answer,))
        sent = Sent(
            recipient=recipient,
            token=trial.token,
            message_id=trial.message_id,
            result=result,
            server=trial.target,
        )
        quests.append(_quest(call, sent, organization, since=None))
    return quests if story is None else [*_of_message(call, story, organization), *quests]


def _of_message(call: Call, story: Mapping[str, Any], organization: str | None) -> Sequence[Quest]:
    """The queue id is the token: it stands in our Received line, wherever the message goes from here."""
    since = datetime.fromisoformat(story["received_at"]).timestamp()
    quests = []
    for it in story["recipients"][:_MOST_RECIPIENTS]:
        local, _, domain = it["address"].rpartition("@")
        sent = Sent(
            recipient=Address(local, domain),
            token=story["id"],
            message_id=story["message_id"],
            result=None,
            server=call.desk.settings.hostname,
        )
        quests.append(_quest(call, sent, organization, since=since, known=story["id"]))
    return quests


def _quest(call: Call, sent: Sent, organization: str | None, *, since: float | None, known: str | None = None) -> Quest:
    place = _mailbox(call.desk, sent.recipient, organization, since=since)

    async def entry(message_id: str, recipient: str) -> Entry | None:
        """What this relay knows of the message for this recipient: the one that is known, else by its Message-ID."""
        if not call.desk.has_spool:
            return None
        id_ = known
        if id_ is None:
            found = await trace.find(
                call, message_id=message_id, recipient=recipient, limit=1, organization=organization
            )
            id_ = found.value[0]["id"] if found.value else None
        return None if id_ is None else await _entry(call, id_, recipient, organization)

    search = Search(
        places=() if place is None else (place,),
        wait=_SECONDS,
        own=Own(hosts=frozenset({call.desk.settings.hostname.lower()})),
        trace=entry,
    )
    return Quest(sent=sent, kept_here=place is not None, search=search)


async def _entry(call: Call, id_: str, recipient: str, organization: str | None) -> Entry | None:
    try:
        story = (await trace.show(call, id=id_, organization=organization)).value
    except NotFound:  # its trace has been kept for long enough
        return None
    row = next((it for it in story["recipients"] if it["address"] == recipient), None)
    if row is None:
        return None
    return Entry(
        id=id_,
        status=row["state"],
        connector=story["connector"],
        last_reply=row["last_reply"] or "",
        story=story,
    )


def _mailbox(desk: "Desk", recipient: Address, organization: str | None, *, since: float | None) -> Place | None:
    """The Maildir that this relay fills for the recipient; one organization looks into none of another's."""
    snapshot = desk.config.current()
    route = choose(recipient, organization, snapshot.routes)
    if not isinstance(route, MailboxRoute):
        return None
    if organization is not None and snapshot.routes.owner(recipient.domain) != desk.config.world.organization(
        organization
    ):
        return None
    owner = without_detail(recipient) if route.plus else recipient
    return MaildirPlace(mailbox_folder(route.folder, owner), since=since)


# --- as JSON ---------------------------------------------------------------------------------------------------------


def shown(run: Verification) -> dict[str, Any]:
    """The run as `verify.show` tells it."""
    return {
        "subject": run.subject,
        "test": run.test,
        "message": run.message,
        "running": any(it.verified is None for it in run.quests),
        "held": all(it.verified is not None and it.verified.held for it in run.quests),
        "recipients": [_told(it) for it in run.quests],
    }


def _told(quest: Quest) -> dict[str, Any]:
    so_far = Verified(sent=quest.sent, found=None, analysis=None, entry=None, seconds=0.0, problems=())
    verified = quest.verified or so_far
    copy = None if verified.found is None else verified.found.content
    return {
        **verified_values(verified),
        "standing": quest.standing,
        "held": quest.verified is not None and verified.held,
        "kept_here": quest.kept_here,
        "header": None if copy is None else copy.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"),
    }
