"""The outbound room as the house sees it: built of its parts, run, stopped, and asked.

What happens to a message is the scheduler's; here is what concerns the room as a whole.
"""

import asyncio
import itertools
import random
import secrets as chance
import time
from collections import Counter
from collections.abc import Callable, Iterable

from gatepost.connectors import SigningTable
from gatepost.journal import ProtocolLog
from gatepost.mail import Address, Cause
from gatepost.routing import MtaSts, Patience, PolicyKind, RouteTable, TlsFault
from gatepost.spool import Claim

from .delivery import Delivery
from .dial import Dialler
from .graph import Graph
from .lane import Resting
from .letters import Letters
from .owing import Owing
from .resolver import Resolver
from .returns import Returns
from .scheduler import Scheduler
from .settling import Settling
from .signing import Signer
from .sts_fetch import FetchTerms
from .sts_policies import StsPolicies
from .targets import Targets
from .terms import Journal, OutboundSettings, Queue
from .tls_counts import TlsCounts
from .tokens import Tokens
from .ways import Ways

UPKEEP = 60.0  # seconds between two writings of the counts; policies are looked at every 60th time


class Outbound:
    """The outbound room. Its `scheduler` is the spool's courier; `run` it, and `stop` it."""

    def __init__(
        self,
        *,
        spool: Queue,
        routes: Callable[[], RouteTable],
        resolver: Resolver,
        secrets: Callable[[str], str],
        journal: Journal,
        hostname: str,
        letters: Letters,
        clock: Callable[[], float] = time.time,
        settings: OutboundSettings | None = None,
        patience: Patience | None = None,
        dice: random.Random | None = None,
        owner_of: Callable[[Claim], Address | None] = lambda _: None,
        signing: Callable[[], SigningTable] = SigningTable,
        protocol_log: ProtocolLog | None = None,
    ) -> None:
        self._spool = spool
        self._journal = journal
        self._clock = clock
        settings = settings or OutboundSettings()
        dice = dice or random.SystemRandom()
        patience = patience or Patience()
        self._tokens = Tokens(secrets=secrets, clock=clock)
        self._graph = Graph(self._tokens)
        folder = settings.folder
        self.tls_counts = TlsCounts(
            folder=None if folder is None else folder / "tls-reports", clock=clock, journal=journal
        )
        self._policies = StsPolicies(
            resolver,
            folder=None if folder is None else folder / "mta-sts",
            terms=FetchTerms(
                context=settings.policy_context,
                port=settings.policy_port,
                allow_private=settings.allow_private_mx,
            ),
            clock=clock,
            journal=journal,
            failed=self._policy_failed,
        )
        dialler = Dialler(
            hostname,
            timeouts=settings.timeouts,
            secrets=secrets,
            tokens=self._tokens,
            counts=self.tls_counts,
            protocol_log=protocol_log,
        )
        targets = Targets(resolver, self._policies, self.tls_counts, hostname=hostname, settings=settings, dice=dice)
        delivery = Delivery(
            dialler,
            targets,
            self._graph,
            settings=settings,
            monotonic=time.monotonic,
            signer=Signer(table=signing, secrets=secrets, journal=journal, clock=clock, relay=hostname),
        )
        returns = Returns(
            letters,
            new_id=spool.new_id,
            boundary=lambda: f"=_{chance.token_hex(16)}",
            give_up_after=patience.give_up_after,
        )
        self.ways = Ways(journal=journal, clock=clock, dice=dice)
        self._settling = Settling(patience, returns, Owing(owner_of), journal=journal, jitter=dice.random)
        self.scheduler = Scheduler(
            spool=spool,
            routes=routes,
            delivery=delivery,
            ways=self.ways,
            settling=self._settling,
            journal=journal,
            clock=clock,
            settings=settings,
            dice=dice,
        )

    async def run(self) -> None:
        """Carry mail until `stop`."""
        upkeep = asyncio.get_running_loop().create_task(self._keep_up())
        try:
            await self.scheduler.run()
        finally:
            self._tokens.close()
            self._graph.close()
            upkeep.cancel()
            await self.tls_counts.keep()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is being sent is done, or after a short grace."""
        self.scheduler.stop()

    # --- what operators ask -----------------------------------------------------------------------------

    def wake(self, destinations: Iterable[str]) -> None:
        """Try these destinations now, however long their hosts, or the ways there, were to be left alone."""
        self.ways.wake()
        self.scheduler.wake(destinations)

    def resting(self) -> dict[str, Resting]:
        """The destinations that are being left alone now."""
        return self.scheduler.resting()

    async def send_back(self, claims: Iterable[Claim], *, by: str) -> None:
        """Give up what an operator recalled from the queue, with a report to each sender; raises SpoolUnavailable."""
        for claim in claims:
            settlement = self._settling.returned(claim, self._clock(), by=by)
            await self._spool.settle(settlement)
            self._settling.tell(settlement)

    @property
    def failures(self) -> Counter[Cause]:
        """Recipients given up since the start, by cause."""
        return self._settling.failures

    # --- upkeep -----------------------------------------------------------------------------------------

    async def _keep_up(self) -> None:
        """Write the counts down, and renew the policies that are in use, now and then."""
        for minute in itertools.count():
            await asyncio.sleep(UPKEEP)
            try:
                await self.tls_counts.keep()
                if minute % 60 == 0:
                    await self._policies.renew()
            except Exception as trouble:  # neither is worth the end of the other
                self._journal.fact("trouble", where="tls policies", reason=repr(trouble))

    def _policy_failed(self, domain: str, policy: MtaSts) -> None:
        fault = TlsFault.POLICY_INVALID if policy.invalid else TlsFault.POLICY_NOT_FETCHED
        self.tls_counts.add(PolicyKind.MTA_STS, domain, fault=fault)
