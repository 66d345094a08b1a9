"""The queue: what waits, where, and why."""

from collections.abc import Callable
from typing import Any

from gatepost.errors import ConfigRefused, NotFound
from gatepost.spool import QueueRow, State

from .asked import MOST_ROWS, page, unknown, whose
from .desk import Answer, Call
from .shown import message_shown, moment

_LIVE = (State.WAITING, State.SENDING, State.HELD)


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
        for row in await spool.queue(state=state, limit=MOST_ROWS, organization=own):
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
