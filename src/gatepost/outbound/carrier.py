"""One claim on one connection: routed anew, tried, judged, and committed before the next.

What an attempt says about the destination is learnt here too: its window, and the claims that wait behind this one.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Deferred, Delivered, TlsWish
from gatepost.mail import reply as say
from gatepost.routing import LmtpRoute, MailboxRoute, Route, RouteTable, choose, finding_of
from gatepost.spool import Claim, Settled, Settlement

from .delivery import Attempt, Delivery
from .lane import Lane
from .passage import Passage, Pause, governed, narrowed
from .session import OutboundSession
from .settling import Settling
from .terms import Journal, Queue

TOGETHER = 100  # settlements written at once when a host is found dead
COMMIT_PAUSES = (0.5, 1.0, 5.0, 30.0, 60.0)  # then the recipients stay `sending` until the next start


class Carrier:
    """Carries claims for the scheduler.

    `connect` is asked for one more connection of a lane, `done` told that a claim is settled and out of memory.
    """

    def __init__(
        self,
        *,
        delivery: Delivery,
        passage: Passage,
        settling: Settling,
        spool: Queue,
        routes: Callable[[], RouteTable],
        journal: Journal,
        clock: Callable[[], float],
        dice: random.Random,
        connect: Callable[[Lane], None],
        done: Callable[[Lane, Claim], None],
    ) -> None:
        self._delivery = delivery
        self._passage = passage
        self._settling = settling
        self._spool = spool
        self._routes = routes
        self._journal = journal
        self._clock = clock
        self._dice = dice
        self._connect = connect
        self._done = done

    async def deliver(self, lane: Lane, claim: Claim, session: OutboundSession | None) -> OutboundSession | None:
        """Try one claim and commit the result; returns the connection if it may be used again."""
        others = lane.live - (session is not None)
        left = claim
        moved: list[Settled] = []
        try:
            route, moved = self._route(claim)
            if route is None:
                await self._settle(lane, claim, Attempt([]), moved)
                return session
            left = claim if not moved else _without(claim, moved)
            if isinstance(route, MailboxRoute | LmtpRoute) or not governed(route):
                attempt = await self._delivery.attempt(left, route, session)
            else:
                async for step in self._passage.steps(left, route, session):
                    if isinstance(step, Pause):
                        await self._pause(lane, claim, step, moved)
                        return None
                    left, attempt = step.claim, step.attempt
                    if not step.last:
                        await self._write(left, attempt, [])
        except Exception as error:  # a fault of ours must neither lose the message nor end the relay
            self._journal.fact("trouble", where="delivery", id=claim.id, reason=repr(error))
            words = "local trouble while sending"
            attempt = Attempt([Deferred("", words, say.INTERNAL_TROUBLE)] * len(left.waiting))
            if session is not None:
                session.abort()
        if attempt.unreached and others > 0 and _host_trouble(attempt):
            # The host takes some connections, only not this one more: leave the message to the others.
            lane.window = lane.window.troubled(self._clock(), jitter=0.0, others_work=True)
            if not moved and left is claim:
                if not lane.offer(claim):
                    self._connect(lane)
                return None
        self._learn(lane, attempt, others)
        await self._settle(lane, claim, attempt, moved, left)
        if attempt.unreached and _host_trouble(attempt):
            again = attempt.session
            for spared in await self._defer_all(lane, attempt, claim.envelope.tls):
                again = await self.deliver(lane, spared, again)
            return again
        return attempt.session

    async def _pause(self, lane: Lane, claim: Claim, pause: Pause, moved: list[Settled]) -> None:
        """A limit is reached: what is left of the claim, and what waits behind it, goes back until it may go."""
        if moved:
            await self._write(_part(claim, moved=moved), Attempt([]), moved)
        if pause.crowded and lane.open > 1:  # its other connections go on; this one was one too many
            lane.most = lane.open - 1
            await self._release(lane, claim, pause.claim, pause.until)
            return
        lane.window = lane.window.paused(pause.until)
        lane.limited = f"'{pause.way}' has reached its limit: {pause.reason}"
        lane.page = pause.page
        self._journal.fact(
            "way_limited", way=pause.way, reason=pause.reason, until=datetime.fromtimestamp(pause.until, UTC)
        )
        await self._release(lane, claim, pause.claim, pause.until)
        while lane.claims:
            batch = [lane.claims.popleft() for _ in range(min(TOGETHER, len(lane.claims)))]
            await asyncio.gather(*(self._release(lane, one, one, pause.until) for one in batch))

    async def _release(self, lane: Lane, claim: Claim, left: Claim, due: float) -> None:
        """Give back what is left of a claim untried."""
        try:
            await self._spool.release_claim(left, due)
        except SpoolUnavailable as trouble:  # it stays `sending`, and the next start finds it
            self._journal.fact("trouble", where="release", id=claim.id, reason=str(trouble))
        self._done(lane, claim)

    def _route(self, claim: Claim) -> tuple[Route | None, list[Settled]]:
        """The route by the current snapshot, and those recipients that it sends to another lane."""
        table = self._routes()
        route: Route | None = None
        moved: list[Settled] = []
        for one in claim.waiting:
            found = choose(
                one.recipient.address,
                claim.organization,
                table,
                sender=claim.envelope.sender,
                connector=claim.connector,
            )
            destination = found.destination
            if destination == claim.destination:
                route = found
            else:
                outcome = Deferred("", f"the configuration now routes it to {destination}")
                moved.append(
                    Settled(
                        row=one.row,
                        outcome=outcome,
                        due=self._clock(),
                        destination=destination,
                        warned=one.warned,
                    )
                )
        return route, moved

    def _learn(self, lane: Lane, attempt: Attempt, others: int) -> None:
        """What the attempt says about the destination."""
        if _host_trouble(attempt):
            lane.window = lane.window.troubled(
                self._clock(), jitter=self._dice.random(), others_work=others > 0, at_least=attempt.retry_after
            )
            if lane.window.failures:
                told, lane.blocked = lane.blocked, _trouble(attempt)
                if not told:
                    lane.blocked_since = self._clock()
                    self._journal.fact("destination_blocked", destination=lane.destination, reason=lane.blocked)
        elif attempt.session is not None or any(isinstance(o, Delivered) for o in attempt.outcomes):
            lane.window = lane.window.succeeded()
            lane.limited = ""
            if lane.blocked:
                lane.blocked, lane.blocked_since = "", None
                self._journal.fact("destination_recovered", destination=lane.destination)
            if lane.claims:
                self._connect(lane)
        if (asked := _asked_pause(attempt)) is not None:
            seconds, reason = asked
            lane.window = lane.window.paused(self._clock() + seconds)
            lane.limited = f"the host is left alone for a while: {reason}"

    async def _defer_all(self, lane: Lane, attempt: Attempt, wish: TlsWish) -> list[Claim]:
        """The host is dead: what waits in memory has the same outcome and goes back to the spool.

        What says `TLS-Required: No` is not held to a policy that the host did not meet. It is returned to be tried now,
        for while the lane rests nobody would.
        """
        spared = [it for it in lane.claims if it.envelope.tls is TlsWish.OPTIONAL and wish is not TlsWish.OPTIONAL]
        if spared:
            kept = {id(it) for it in spared}
            others = [it for it in lane.claims if id(it) not in kept]
            lane.claims.clear()
            lane.claims.extend(others)
        while lane.claims:
            batch = [lane.claims.popleft() for _ in range(min(TOGETHER, len(lane.claims)))]
            outcome = attempt.outcomes[0]
            await asyncio.gather(
                *(self._settle(lane, claim, Attempt([outcome] * len(claim.waiting)), []) for claim in batch)
            )
        return spared

    async def _settle(
        self, lane: Lane, claim: Claim, attempt: Attempt, moved: list[Settled], left: Claim | None = None
    ) -> None:
        """Commit what came of the claim, or of what was left of it, and let it go."""
        whole = claim if left is None else _part(claim, left, moved=moved)
        settlement = self._settling.settlement(whole, attempt, self._clock(), moved=moved)
        await self._commit(settlement)
        self._done(lane, claim)
        self._settling.tell(settlement, attempt)

    async def _write(self, claim: Claim, attempt: Attempt, moved: list[Settled]) -> None:
        """Commit what came of a part of a claim."""
        settlement = self._settling.settlement(claim, attempt, self._clock(), moved=moved)
        await self._commit(settlement)
        self._settling.tell(settlement, attempt)

    async def _commit(self, settlement: Settlement) -> None:
        for pause in COMMIT_PAUSES:
            try:
                await self._spool.settle(settlement)
            except SpoolUnavailable as trouble:
                self._journal.fact("trouble", where="settle", id=settlement.claim.id, reason=str(trouble))
                await asyncio.sleep(pause)
            else:
                return


def _host_trouble(attempt: Attempt) -> bool:
    return any(isinstance(o, Deferred) and o.host_trouble for o in attempt.outcomes)


def _asked_pause(attempt: Attempt) -> tuple[float, str] | None:
    """For how many seconds the host wants to be left alone, and its words, where it says so of more than a message."""
    stages = attempt.stages or ("",) * len(attempt.outcomes)
    for outcome, stage in zip(attempt.outcomes, stages, strict=True):
        if isinstance(outcome, Deferred) and (found := finding_of(outcome, stage)) is not None and found.pause:
            return found.pause, found.reason
    return None


def _trouble(attempt: Attempt) -> str:
    """What the host did, without a word on the recipients that it did not want."""
    return next(o.reason for o in attempt.outcomes if isinstance(o, Deferred) and o.host_trouble)


def _without(claim: Claim, moved: list[Settled]) -> Claim:
    """The claim less the recipients that go elsewhere."""
    gone = {settled.row for settled in moved}
    return narrowed(claim, [one for one in claim.waiting if one.row not in gone])


def _part(claim: Claim, left: Claim | None = None, *, moved: list[Settled]) -> Claim:
    """The claim for what is left of it and for the recipients that go elsewhere."""
    if left is claim:
        return claim
    rows = {settled.row for settled in moved} | {one.row for one in (left.waiting if left is not None else ())}
    return narrowed(claim, [one for one in claim.waiting if one.row in rows])
