"""The queue: what is waiting, and what an operator does about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from gatepost.config import utc
from gatepost.errors import ConfigRefused, NotFound
from gatepost.mail import Cause, remedy
from gatepost.routing import SmartHostRoute
from gatepost.spool import Choice, QueueMessage, QueueRow, State

from .desk import Answer, Call

_LIVE = (State.WAITING, State.SENDING, State.HELD)
_MOST = 5000  # rows of one answer


async def list_queue(
    call: Call,
    *,
    destination: str | None = None,
    state: str | None = None,
    limit: int = 100,
    after: str | None = None,
    rule: str | None = None,
    sandbox: bool | None = None,
    organization: str | None = None,
) -> Answer:
    """Recipients that have not left; `after` is the `cursor` of the last row seen.

    What waits for a host that is being left alone says until when, and why. `rule` asks for what that transport rule
    holds, `sandbox` for what is held in the sandbox, or outside it.
    """
    if state is None and (rule is not None or sandbox is not None):
        state = State.HELD
    if state is not None and state not in _LIVE:
        raise ConfigRefused([f"state '{state}' is not one of a queue. Remedy: use {', '.join(_LIVE)}."])
    own = whose(call, organization)
    rows = await call.desk.spool.queue(
        destination=destination,
        state=state,
        limit=page(limit),
        after=after,
        organization=own,
        rule=rule,
        sandbox=sandbox,
    )
    left_alone = _left_alone(call)
    return Answer(value=[_row(row) | left_alone(row) for row in rows])


async def counts(call: Call, *, organization: str | None = None) -> Answer:
    """The queue in numbers of recipients; `in_sandbox` are part of `held`, and `held_by` says what holds how many."""
    own = whose(call, organization)
    found = await call.desk.spool.counts(organization=own)
    groups = await call.desk.spool.held_by(organization=own) if found.held else []
    value = {"waiting": found.waiting, "sending": found.sending, "held": found.held}
    value["in_sandbox"] = sum(it.recipients for it in groups if it.sandbox)
    held_by = [
        {
            "organization": it.organization,
            "rule": it.rule,
            "sandbox": it.sandbox,
            "recipients": it.recipients,
            "oldest": moment(it.oldest),
        }
        for it in groups
    ]
    return Answer(value={**value, "by_destination": found.by_destination, "held_by": held_by})


async def destinations(
    call: Call,
    *,
    destination: str | None = None,
    sort: str = "name",
    limit: int = 1000,
    organization: str | None = None,
) -> Answer:
    """Where mail waits: a row for each destination, with its recipients in numbers and what was last said there.

    `sort` is name, or fullest. `oldest` is when the oldest of the 1000 recipients that are due first came. Of the
    recipients that are being sent or held, the first 5000 are counted.
    """
    if sort not in ("name", "fullest"):
        raise ConfigRefused([f"sort '{sort}' is not known. Remedy: use name or fullest."])
    spool, own = call.desk.spool, whose(call, organization)
    waiting = (await spool.counts(organization=own)).by_destination
    numbers = {name: {State.WAITING: count} for name, count in waiting.items() if count}
    for state in (State.SENDING, State.HELD):
        for row in await spool.queue(state=state, limit=_MOST, organization=own):
            of_one = numbers.setdefault(row.destination, {})
            of_one[state] = of_one.get(state, 0) + 1
    if destination is not None and destination not in numbers:
        raise NotFound(f"No mail waits for '{destination}'. Remedy: look at what waits with queue list.")
    names = sorted(numbers, key=lambda name: (-sum(numbers[name].values()) if sort == "fullest" else 0, name))
    names = names[: page(limit)] if destination is None else [destination]
    oldest = await spool.oldest(names, organization=own)
    first = {
        name: await spool.queue(  # who waits, before others: it says what the destination does with mail
            destination=name,
            state=State.WAITING if numbers[name].get(State.WAITING) else None,
            limit=1,
            organization=own,
        )
        for name in names
    }
    left_alone = _left_alone(call)
    value = [
        {
            "destination": name,
            **{str(state): numbers[name].get(state, 0) for state in _LIVE},
            "oldest": moment(oldest.get(name)),
            "due": moment(first[name][0].due) if first[name] else None,
            "last_reply": first[name][0].last_reply if first[name] else None,
            **(left_alone(first[name][0]) if first[name] else _apart()),
        }
        for name in names
    ]
    return Answer(value=value)


async def show(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """One message with all its recipients."""
    message = await call.desk.spool.show(id, organization=whose(call, organization))
    if message is None:
        raise unknown(id)
    return Answer(value=message_shown(message))


async def retry(
    call: Call,
    *,
    ids: Sequence[str] = (),
    destination: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Make waiting recipients due now, and ask their hosts at once even if those were to be left alone for a while.

    An outbound connector that is left alone is asked by the next message, even where none waits for it now.
    """
    which, own = _which(ids, destination=destination), whose(call, organization)
    if what_if:
        return await _would(call, which, (State.WAITING,), own)
    answer = await _operate(call, call.desk.spool.retry, which, own)
    if call.desk.outbound is not None and (answer.value["recipients"] or _is_way(call, destination, own)):
        call.desk.outbound.wake(await _destinations(call, which, own))
    return answer


async def hold(
    call: Call,
    *,
    ids: Sequence[str] = (),
    destination: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Keep waiting recipients back until they are released."""
    which, own = _which(ids, destination=destination), whose(call, organization)
    if what_if:
        return await _would(call, which, (State.WAITING,), own)
    return await _operate(call, call.desk.spool.hold, which, own)


async def release(
    call: Call,
    *,
    ids: Sequence[str] = (),
    destination: str | None = None,
    held: bool = False,
    rule: str | None = None,
    sandbox: bool = False,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Let held recipients go on: those of the messages, or all that are held (for the destination, by the rule).

    Of what is in the sandbox only what `sandbox` or a queue id asks for.
    """
    which, own = _which(ids, destination=destination, held=held, rule=rule, sandbox=sandbox), whose(call, organization)
    if isinstance(which, Choice) and not which.held:
        which = Choice(destination=destination, held=True)
    if what_if:
        return await _would(call, which, (State.HELD,), own)
    return await _operate(call, call.desk.spool.release, which, own)


async def drop(
    call: Call,
    *,
    ids: Sequence[str] = (),
    destination: str | None = None,
    held: bool = False,
    rule: str | None = None,
    sandbox: bool = False,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Give recipients up without a report to the sender. Of the sandbox only where `sandbox` or a queue id says so."""
    which, own = _which(ids, destination=destination, held=held, rule=rule, sandbox=sandbox), whose(call, organization)
    if what_if:
        return await _would(call, which, (State.WAITING, State.HELD), own)
    return await _operate(call, call.desk.spool.drop, which, own)


async def bounce(
    call: Call,
    *,
    ids: Sequence[str] = (),
    destination: str | None = None,
    held: bool = False,
    rule: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Give recipients up now, and tell the sender as if they had been refused. A report is itself never reported on.

    What is in the sandbox stays there: nobody is told of it.
    """
    which, own = _which(ids, destination=destination, held=held, rule=rule), whose(call, organization)
    if what_if:
        return await _would(call, which, (State.WAITING, State.HELD), own, spared=True)
    outbound = call.desk.outbound
    if outbound is None:
        raise ConfigRefused(["This server sends nothing, so no reports either. Remedy: start it with gatepost serve."])
    count = 0
    async for claims in call.desk.spool.recall(which, organization=own):
        await outbound.send_back(claims, by=call.who)
        count += sum(len(claim.waiting) for claim in claims)
    return await _reached(call, count, which, own)


async def _would(
    call: Call,
    which: Sequence[str] | Choice,
    states: Sequence[State],
    organization: str | None,
    *,
    spared: bool = False,
) -> Answer:
    """How many recipients an order for those in these states would move; nothing is moved.

    `spared`: what is in the sandbox stays there.
    """
    spool = call.desk.spool
    if isinstance(which, Choice):
        if not which.held:
            counted = await spool.counts(organization=organization)
            return Answer(value={"recipients": counted.by_destination.get(which.destination or "", 0)})
        if which.destination is None:
            groups = await spool.held_by(organization=organization)
            meant = [it for it in groups if it.sandbox is which.sandbox and which.rule in (None, it.rule)]
            return Answer(value={"recipients": sum(it.recipients for it in meant)})
        rows = await spool.queue(
            destination=which.destination,
            state=State.HELD,
            limit=_MOST,
            organization=organization,
            rule=which.rule,
            sandbox=which.sandbox,
        )
        return Answer(value={"recipients": len(rows)})  # of very many the first 5000
    count = 0
    for it in which:
        message = await spool.show(it, organization=organization)
        if message is None:
            raise unknown(it)
        count += sum(it.state in states and not (spared and it.sandbox) for it in message.recipients)
    return Answer(value={"recipients": count})


async def _operate(
    call: Call, act: Callable[..., Awaitable[int]], which: Sequence[str] | Choice, organization: str | None
) -> Answer:
    count = await act(which, by=call.who, organization=organization)
    return await _reached(call, count, which, organization)


async def _reached(call: Call, count: int, which: Sequence[str] | Choice, organization: str | None) -> Answer:
    """How many recipients an order reached; raises NotFound where it named a message that is none."""
    if not count and not isinstance(which, Choice):
        for it in which:
            if await call.desk.spool.show(it, organization=organization) is None:
                raise unknown(it)
    return Answer(value={"recipients": count})


async def _destinations(call: Call, which: Sequence[str] | Choice, organization: str | None) -> set[str]:
    if isinstance(which, Choice):
        return set() if which.destination is None else {which.destination}
    messages = [await call.desk.spool.show(it, organization=organization) for it in which]
    return {
        it.destination
        for found in messages
        if found is not None
        for it in found.recipients
        if it.state is State.WAITING
    }


def _is_way(call: Call, destination: str | None, organization: str | None) -> bool:
    """Whether a destination is an outbound connector's, as far as the caller may see."""
    snapshot = call.desk.config.current()
    ways = [
        snapshot.routes.way(it.organization, it.name)
        for it in snapshot.outbound
        if destination is not None and organization in (None, it.organization)
    ]
    return any(way is not None and SmartHostRoute(way=way).destination == destination for way in ways)


def _which(
    ids: Sequence[str],
    *,
    destination: str | None = None,
    held: bool = False,
    rule: str | None = None,
    sandbox: bool = False,
) -> Sequence[str] | Choice:
    """Named messages, or what waits for a destination, or what is held (for it, by a rule, in the sandbox, or at all):
    never "all" by silence."""
    held = held or sandbox or rule is not None
    if bool(ids) == (destination is not None or held):
        raise ConfigRefused(
            ["Nothing, or too much, is named. Remedy: give queue ids, or a destination, or held, a rule or sandbox."]
        )
    if isinstance(ids, str):
        ids = [ids]
    return list(ids) if ids else Choice(destination=destination, held=held, rule=rule, sandbox=sandbox)


def whose(call: Call, organization: str | None) -> str | None:
    """The one organization that is asked about, by its name; None for all, and for mail that is nobody's."""
    return call.desk.config.world.organization(organization) if organization else None


def unknown(id: str) -> NotFound:  # noqa: A002
    return NotFound(f"No message has the queue id '{id}'. Remedy: look it up with queue list or trace find.")


def page(limit: int) -> int:
    return max(1, min(int(limit), _MOST))


def moment(seconds: float | None) -> str | None:
    return None if seconds is None else utc(seconds)


def _row(row: QueueRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "sender": row.sender or "<>",
        "recipient": row.recipient,
        "destination": row.destination,
        "state": str(row.state),
        "attempts": row.attempts,
        "due": moment(row.due),
        "received_at": moment(row.received_at),
        "octets": row.octets,
        "subject": row.subject,
        "organization": row.organization,
        "connector": row.connector,
        "last_reply": row.last_reply,
        "rule": row.rule,
        "sandbox": row.sandbox,
        "cursor": row.cursor,
    }


def _left_alone(call: Call) -> Callable[[QueueRow], dict[str, Any]]:
    """Says of a row until when the host that its recipient waits for is not asked again, and why."""
    outbound = call.desk.outbound
    resting = {} if outbound is None else outbound.resting()
    ways = {} if outbound is None else {it.leg: it for it in outbound.ways.standings()}

    def told(row: QueueRow) -> dict[str, Any]:
        rest = resting.get(row.destination) if row.state is State.WAITING else None
        way = ways.get(row.destination)
        if rest is None and way is not None:
            words = f"its first way is not used, mail goes by the next: {way.reason}"
            return _apart(until=way.asked_again_at, because=words, since=way.since)
        if rest is None:
            return _apart()
        return _apart(until=rest.until, because=rest.reason, since=rest.since, failures=rest.failures)

    return told


def _apart(
    *, until: float | None = None, because: str | None = None, since: float | None = None, failures: int = 0
) -> dict[str, Any]:
    return {
        "left_alone_until": moment(until),
        "left_alone_because": because,
        "left_alone_since": moment(since),
        "left_alone_failures": failures,
    }


def message_shown(message: QueueMessage) -> dict[str, Any]:
    """A message with its recipients as JSON."""
    return {
        "id": message.id,
        "sender": message.sender or "<>",
        "subject": message.subject,
        "message_id": message.message_id,
        "received_at": moment(message.received_at),
        "finished_at": moment(message.finished_at),
        "octets": message.octets,
        "client": message.client,
        "organization": message.organization,
        "connector": message.connector,
        "recipients": [
            {
                "address": it.address,
                "state": str(it.state),
                "destination": it.destination,
                "attempts": it.attempts,
                "due": moment(it.due),
                "last_reply": it.last_reply,
                "rule": it.rule,
                "sandbox": it.sandbox,
                "cause": it.cause,
                "remedy": None if it.cause is None else remedy(Cause(it.cause)),
            }
            for it in message.recipients
        ],
        "extras": message.extras,
    }
