"""The queue: what is waiting, and what an operator does about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from gatepost.config import utc
from gatepost.errors import ConfigRefused, NotFound
from gatepost.spool import Choice, QueueMessage, QueueRow, State

from .desk import Answer, Call

_LIVE = (State.WAITING, State.SENDING, State.HELD)


async def list_queue(
    call: Call,
    *,
    destination: str | None = None,
    state: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Answer:
    """Recipients that have not left; `after` is the `cursor` of the last row seen."""
    if state is not None and state not in _LIVE:
        raise ConfigRefused([f"state '{state}' is not one of a queue. Remedy: use {', '.join(_LIVE)}."])
    rows = await call.desk.spool.queue(destination=destination, state=state, limit=page(limit), after=after)
    return Answer(value=[_row(row) for row in rows])


async def counts(call: Call) -> Answer:
    """The queue in numbers of recipients."""
    found = await call.desk.spool.counts()
    value = {"waiting": found.waiting, "sending": found.sending, "held": found.held}
    return Answer(value={**value, "by_destination": found.by_destination})


async def show(call: Call, *, id: str) -> Answer:  # noqa: A002
    """One message with all its recipients."""
    message = await call.desk.spool.show(id)
    if message is None:
        raise unknown(id)
    return Answer(value=message_shown(message))


async def retry(call: Call, *, ids: Sequence[str] = (), destination: str | None = None) -> Answer:
    """Make waiting recipients due now, and ask their hosts at once even if those were to be left alone for a while."""
    which = _which(ids, destination=destination)
    answer = await _operate(call, call.desk.spool.retry, which)
    if call.desk.outbound is not None:
        call.desk.outbound.wake(await _destinations(call, which))
    return answer


async def hold(call: Call, *, ids: Sequence[str] = (), destination: str | None = None) -> Answer:
    """Keep waiting recipients back until they are released."""
    return await _operate(call, call.desk.spool.hold, _which(ids, destination=destination))


async def release(call: Call, *, ids: Sequence[str] = (), held: bool = False) -> Answer:
    """Let held recipients go on; `held` means all of them."""
    return await _operate(call, call.desk.spool.release, _which(ids, held=held))


async def drop(call: Call, *, ids: Sequence[str] = (), destination: str | None = None, held: bool = False) -> Answer:
    """Give recipients up without a report to the sender."""
    return await _operate(call, call.desk.spool.drop, _which(ids, destination=destination, held=held))


async def _operate(call: Call, act: Callable[..., Awaitable[int]], which: Sequence[str] | Choice) -> Answer:
    count = await act(which, by=call.who)
    if not count and not isinstance(which, Choice):
        for it in which:
            if await call.desk.spool.show(it) is None:
                raise unknown(it)
    return Answer(value={"recipients": count})


async def _destinations(call: Call, which: Sequence[str] | Choice) -> set[str]:
    if isinstance(which, Choice):
        return set() if which.destination is None else {which.destination}
    messages = [await call.desk.spool.show(it) for it in which]
    return {
        it.destination
        for found in messages
        if found is not None
        for it in found.recipients
        if it.state is State.WAITING
    }


def _which(ids: Sequence[str], *, destination: str | None = None, held: bool = False) -> Sequence[str] | Choice:
    """Named messages, or a destination, or what is held: exactly one of them, and never "all" by silence."""
    named = [bool(ids), destination is not None, held]
    if sum(named) != 1:
        raise ConfigRefused(["Nothing, or too much, is named. Remedy: give queue ids, or a destination, or held."])
    if isinstance(ids, str):
        ids = [ids]
    return list(ids) if ids else Choice(destination=destination, held=held)


def unknown(id: str) -> NotFound:  # noqa: A002
    return NotFound(f"No message has the queue id '{id}'. Remedy: look it up with queue list or trace find.")


def page(limit: int) -> int:
    return max(1, min(int(limit), 5000))


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
        "cursor": row.cursor,
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
            }
            for it in message.recipients
        ],
        "extras": message.extras,
    }
