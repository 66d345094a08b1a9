"""One claim on one connection: routed anew, tried, judged, and committed before the next.

What an attempt says about the destination is learnt here too: its window, and the claims that wait behind this one.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Deferred, Delivered
from gatepost.mail import reply as say
from gatepost.routing import Route, RouteTable, choose
from gatepost.spool import Claim, Settled, Settlement

from .delivery import Attempt, Delivery
from .lane import Lane
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
        try:
            route, moved = self._route(claim)
            if route is None:
                await self._settle(lane, claim, Attempt([]), moved)
                return session
            tried = claim if not moved else _without(claim, moved)
            attempt = await self._delivery.attempt(tried, route, session)
        except Exception as error:  # a fault of ours must neither lose the message nor end the relay
            self._journal.fact("trouble", where="delivery", id=claim.id, reason=repr(error))
            words = "local trouble while sending"
            attempt = Attempt([Deferred("", words, say.INTERNAL_TROUBLE)] * len(claim.waiting))
            moved = []
            if session is not None:
                session.abort()
        others = lane.live - (session is not None)
        if attempt.unreached and others > 0 and _host_trouble(attempt):
            # The host takes some connections, only not this one more: leave the message to the others.
            lane.window = lane.window.troubled(self._clock(), jitter=0.0, others_work=True)
            if not lane.offer(claim):
                self._connect(lane)
            return None
        self._learn(lane, attempt, others)
        await self._settle(lane, claim, attempt, moved)
        if attempt.unreached and _host_trouble(attempt):
            await self._defer_all(lane, attempt)
        return attempt.session

    def _route(self, claim: Claim) -> tuple[Route | None, list[Settled]]:
        """The route by the current snapshot, and those recipients that it sends to another lane."""
        table = self._routes()
        route: Route | None = None
        moved: list[Settled] = []
        for one in claim.waiting:
            found = choose(one.recipient.address, claim.organization, table)
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
                    self._journal.fact("destination_blocked", destination=lane.destination, reason=lane.blocked)
        elif attempt.session is not None or any(isinstance(o, Delivered) for o in attempt.outcomes):
            lane.window = lane.window.succeeded()
            if lane.blocked:
                lane.blocked = ""
                self._journal.fact("destination_recovered", destination=lane.destination)
            if lane.claims:
                self._connect(lane)

    async def _defer_all(self, lane: Lane, attempt: Attempt) -> None:
        """The host is dead: what waits in memory has the same outcome and goes back to the spool."""
        while lane.claims:
            batch = [lane.claims.popleft() for _ in range(min(TOGETHER, len(lane.claims)))]
            outcome = attempt.outcomes[0]
            await asyncio.gather(
                *(self._settle(lane, claim, Attempt([outcome] * len(claim.waiting)), []) for claim in batch)
            )

    async def _settle(self, lane: Lane, claim: Claim, attempt: Attempt, moved: list[Settled]) -> None:
        """Commit; keeps trying while the spool is in trouble, for the result must not be forgotten."""
        settlement = self._settling.settlement(claim, attempt, self._clock(), moved=moved)
        await self._commit(settlement)
        self._done(lane, claim)
        self._settling.tell(settlement)

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


def _trouble(attempt: Attempt) -> str:
    """What the host did, without a word on the recipients that it did not want."""
    return next(o.reason for o in attempt.outcomes if isinstance(o, Deferred) and o.host_trouble)


def _without(claim: Claim, moved: list[Settled]) -> Claim:
    """The claim less the recipients that go elsewhere."""
    gone = {settled.row for settled in moved}
    waiting = tuple(one for one in claim.waiting if one.row not in gone)
    envelope = replace(claim.envelope, recipients=tuple(one.recipient for one in waiting))
    return replace(claim, envelope=envelope, waiting=waiting)
