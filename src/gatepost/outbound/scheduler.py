"""The scheduler: which mail is tried now, on which connection.

One lane a destination, one coroutine a connection. A new message comes straight from the commit (`take`);
what must wait stays in the spool and is fetched when it is due and its lane has room. So memory is bounded,
and a dead or slow host holds up its own lane only.
"""

import asyncio
import math
import random
from collections.abc import Callable, Coroutine, Iterable

from gatepost.errors import SpoolUnavailable
from gatepost.routing import RouteTable, Window
from gatepost.spool import Claim

from .carrier import Carrier
from .delivery import Delivery
from .lane import Lane, Resting, weight
from .passage import Passage
from .session import OutboundSession
from .settling import Settling
from .terms import Journal, OutboundSettings, Queue
from .ways import Ways

SHORTEST_PAUSE = 0.05  # seconds between two looks into the spool, however much changes there
LONGEST_PAUSE = 60.0
FORGET = 3_600.0  # seconds for which it is remembered how often a destination has failed
GRACE = 10.0  # seconds that messages being sent have when we are told to stop


class Scheduler:
    """The lanes and their connections: a `spool.Courier` that has what it takes carried. `run` it, and `stop` it."""

    def __init__(
        self,
        *,
        spool: Queue,
        routes: Callable[[], RouteTable],
        delivery: Delivery,
        ways: Ways,
        settling: Settling,
        journal: Journal,
        clock: Callable[[], float],
        settings: OutboundSettings,
        dice: random.Random,
    ) -> None:
        self._spool = spool
        self._routes = routes
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._carrier = Carrier(
            delivery=delivery,
            passage=Passage(delivery=delivery, ways=ways),
            settling=settling,
            spool=spool,
            routes=routes,
            journal=journal,
            clock=clock,
            dice=dice,
            connect=self._connect,
            done=self._done,
        )
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0  # claims in memory, waiting and being sent
        self._octets = 0
        self._open = 0
        self._full = False  # something was turned away because all lanes together hold too much
        self._starved: dict[str, None] = {}  # lanes that could not open a connection because all have too many
        self._stopping = False

    # --- spool.Courier --------------------------------------------------------------------------------

    def takes(self, destination: str) -> bool:
        """Whether a message for this destination may be tried at once, without waiting in the spool."""
        settings = self._settings
        if self._stopping:
            return False
        if self._held >= settings.all_claims or self._octets >= settings.all_octets:
            self._full = True
            return False
        lane = self._lanes.get(destination)
        if lane is None:
            return len(self._lanes) < settings.most_lanes
        if lane.backlog:  # first those that have waited longer
            return False
        if (
            lane.held >= settings.lane_claims
            or lane.octets >= settings.lane_octets
            or lane.window.resting_until > self._clock()
        ):
            lane.backlog = True
            return False
        return True

    def take(self, claim: Claim) -> None:
        """Begin with a claim that is already recorded as an attempt."""
        lane = self._lane(claim.destination)
        if lane.window.resting_until > self._clock():  # it fell silent while this one was being committed
            self._start(self._give_back(claim, lane.window.resting_until))
            return
        octets = weight(claim)
        lane.held += 1
        lane.octets += octets
        self._held += 1
        self._octets += octets
        if not lane.offer(claim):
            self._connect(lane)

    # --- life -----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look into the spool whenever something may be due there, until `stop`."""
        loop = asyncio.get_running_loop()
        changed = self._spool.changed
        try:
            while not self._stopping:
                changed.clear()
                began = loop.time()
                try:
                    wake = await self._look()
                except Exception as trouble:  # nothing that happens here may end the sending of mail
                    self._journal.fact("trouble", where="queue", reason=str(trouble))
                    wake = self._clock() + 5.0
                took = loop.time() - began
                await asyncio.sleep(max(SHORTEST_PAUSE, 4 * took))  # changes come faster than looks are worth
                if not changed.is_set() and not self._stopping:
                    pause = min(max(wake - self._clock(), 0.0), LONGEST_PAUSE)
                    timer = loop.call_later(pause, changed.set)
                    await changed.wait()
                    timer.cancel()
        finally:
            await self._wind_up()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is being sent is done, or after a short grace."""
        self._stopping = True
        self._spool.changed.set()

    def wake(self, destinations: Iterable[str]) -> None:
        """Try these destinations now, however long their hosts were to be left alone."""
        for destination in destinations:
            if (lane := self._lanes.get(destination)) is not None:
                lane.window = lane.window.woken()
                self._connect(lane)
        self._spool.changed.set()

    def resting(self) -> dict[str, Resting]:
        """The destinations that are being left alone now."""
        now = self._clock()
        return {
            name: Resting(
                until=lane.window.resting_until,
                reason=lane.blocked or lane.limited,
                since=lane.blocked_since,
                failures=lane.window.failures,
            )
            for name, lane in self._lanes.items()
            if lane.window.resting_until > now
        }

    async def _wind_up(self) -> None:
        self._stopping = True
        left: list[Claim] = []
        for lane in self._lanes.values():
            left.extend(lane.claims)
            lane.claims.clear()
            for future in lane.idle:
                if not future.done():
                    future.set_result(None)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        now = self._clock()
        await asyncio.gather(*(self._give_back(claim, now) for claim in left))

    async def _look(self) -> float:
        """Fetch what is due for lanes that have room; returns when to look again."""
        now = self._clock()
        wake = math.inf
        settings = self._settings
        self._full = False
        for state in await self._spool.destinations(now):
            lane = self._lanes.get(state.destination)
            at = state.earliest if lane is None else max(state.earliest, lane.window.resting_until)
            if at > now:
                wake = min(wake, at)
                if lane is not None and state.earliest > now:
                    lane.backlog = False
                continue
            room = min(settings.lane_claims, settings.all_claims - self._held)
            if self._octets >= settings.all_octets or (lane is None and len(self._lanes) >= settings.most_lanes):
                room = 0
            if lane is not None:
                page = settings.lane_claims if lane.page is None else min(lane.page, settings.lane_claims)
                room = 0 if lane.octets >= settings.lane_octets else min(room, page - lane.held)
            if room < 1:
                self._full = True
                if lane is not None:
                    lane.backlog = True
                continue
            lane = self._lane(state.destination)
            claims = await self._spool.due(state.destination, now=now, room=room)
            claimed = sum(len(claim.waiting) for claim in claims)
            # The spool gives what is large, or suspected of a crash, in smaller pages: more comes when these have gone.
            lane.backlog = claimed >= room or (claimed < state.waiting and bool(claimed or lane.held))
            for claim in claims:
                self.take(claim)
        for destination, lane in list(self._lanes.items()):
            if lane.empty and lane.window.resting_until + FORGET <= now and not lane.backlog:
                del self._lanes[destination]  # a dead host that nobody writes to any more is forgotten
        return wake

    # --- connections ----------------------------------------------------------------------------------

    def _lane(self, destination: str) -> Lane:
        lane = self._lanes.get(destination)
        if lane is None:
            most = float(self._settings.most_connections_a_destination)
            window = Window(size=min(Window().size, most), most=most)
            lane = self._lanes[destination] = Lane(destination, window)
        return lane

    def _allowed(self, lane: Lane) -> int:
        """How many connections the lane may have now: its window, and what its way may have at most."""
        allowed = lane.window.allowed(self._clock())
        for most in (lane.most, self._routes().most_connections(lane.destination)):
            if most is not None and most < allowed:
                allowed = most
        return allowed

    def _connect(self, lane: Lane) -> None:
        """One more connection for the lane, if it has use for it and may have it."""
        if len(lane.claims) <= lane.starting or lane.open >= self._allowed(lane):
            return
        if self._stopping:
            return
        if self._open >= self._settings.most_connections:
            self._starved[lane.destination] = None
            return
        lane.open += 1
        lane.starting += 1
        self._open += 1
        self._start(self._carry(lane))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give_back(self, claim: Claim, due: float) -> None:
        """Return a claim untried. In trouble it stays `sending`, and the next start finds it."""
        try:
            await self._spool.release_claim(claim, due)
        except SpoolUnavailable as trouble:
            self._journal.fact("trouble", where="release", id=claim.id, reason=str(trouble))

    async def _carry(self, lane: Lane) -> None:
        """The life of one connection: message after message until there is none or it may not go on."""
        session: OutboundSession | None = None
        claim = lane.next()
        lane.starting -= 1
        live = False
        try:
            while claim is not None:
                session = await self._carrier.deliver(lane, claim, session)
                if (session is not None) is not live:
                    live = not live
                    lane.live += 1 if live else -1
                if self._stopping or lane.open > max(self._allowed(lane), 1):
                    break
                if session is not None and session.used >= self._settings.most_messages_a_connection:
                    break
                claim = lane.next()
                if claim is None and session is not None:
                    claim = await self._idle(lane, session)
        except Exception as fault:  # of ours; the claim stays `sending` and the next start finds it
            self._journal.fact("trouble", where="connection", reason=repr(fault))
        finally:
            lane.live -= live
            lane.open -= 1
            self._open -= 1
            self._follow(lane)
            if session is not None:
                session.on_close = None
                await session.quit()

    async def _idle(self, lane: Lane, session: OutboundSession) -> Claim | None:
        """Wait a little for the next claim on an open connection."""
        if session.closed or self._stopping:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Claim | None] = loop.create_future()

        def enough() -> None:
            if not future.done():
                future.set_result(None)

        session.on_close = enough
        timer = loop.call_later(self._settings.timeouts.idle, enough)
        lane.idle.append(future)
        try:
            return await future
        finally:
            timer.cancel()
            session.on_close = None
            if future in lane.idle:
                lane.idle.remove(future)

    def _follow(self, lane: Lane) -> None:
        """After a connection ended: its lane may need another or be forgotten; others may have its place."""
        if lane.claims:
            self._connect(lane)
        elif lane.empty and not lane.backlog and not lane.window.failures and not lane.limited:
            self._lanes.pop(lane.destination, None)
        while self._starved and self._open < self._settings.most_connections:
            destination = next(iter(self._starved))
            del self._starved[destination]
            if (other := self._lanes.get(destination)) is not None:
                self._connect(other)

    def _done(self, lane: Lane, claim: Claim) -> None:
        """A claim is settled: its place is free, and where there was no room there may be some now."""
        octets = weight(claim)
        lane.held -= 1
        lane.octets -= octets
        self._held -= 1
        self._octets -= octets
        settings = self._settings
        if (lane.backlog and lane.held <= settings.lane_claims // 2) or (
            self._full and self._held <= settings.all_claims // 2
        ):
            self._spool.changed.set()
