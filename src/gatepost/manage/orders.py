"""Orders on queued mail: try it now, hold it, let it go, give it up."""

from collections.abc import Awaitable, Callable, Sequence

from gatepost.errors import ConfigRefused
from gatepost.routing import SmartHostRoute
from gatepost.spool import Choice, State

from .asked import MOST_ROWS, unknown, whose
from .desk import Answer, Call


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
            limit=MOST_ROWS,
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
    spared = []
    if not count and not isinstance(which, Choice):
        for it in which:
            message = await call.desk.spool.show(it, organization=organization)
            if message is None:
                raise unknown(it)
            if any(one.sandbox and one.state is State.HELD for one in message.recipients):
                spared.append(
                    f"Message {it} is in the sandbox, and stays there. Remedy: send it with gatepost sandbox release "
                    f"{it}, or throw it away with gatepost sandbox drop {it}."
                )
    return Answer(value={"recipients": count}, warnings=tuple(spared))


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
