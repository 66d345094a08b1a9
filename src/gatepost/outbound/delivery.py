"""One attempt: a claim and an open or new connection in, an outcome for each recipient out.

Everything that could be decided was decided in `routing`; here is the order in which it is asked.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gatepost.mail import Deferred, Delivered, Failed, Outcome, TlsWish, without_detail
from gatepost.mail import reply as say
from gatepost.routing import (
    NO_ADDRESS,
    LmtpRoute,
    MailboxRoute,
    MxRoute,
    Route,
    SmartHostRoute,
    Way,
    host_failed,
    judge,
)
from gatepost.smtp import ClosedByServer, Sent
from gatepost.spool import Claim

from .dial import Dialler
from .graph import Graph
from .long_lines import Fitted, fits, fitted
from .mailbox import deliver_to_mailbox, mailbox_folder
from .session import OutboundSession
from .signing import Signed, Signer
from .targets import Targets
from .terms import OutboundSettings

SHUN = 120.0  # seconds an address that did not answer is tried last


@dataclass(slots=True)
class Attempt:
    """What came of a claim. `outcomes` stand in the order of `claim.waiting`; `session` is what is left to
    reuse.

    `unreached`: no session came about, so nothing was said of this message: others would fare the same. `stages` are
    the commands that the outcomes answer, as far as there was a session; `broken` says that the connection ended before
    the end of the message was sent, `uncertain` that it ended after. `unfit`: the way works, and is none for this
    message. `retry_after` are seconds for which the host asks to be left alone, `seconds` how long it all took.
    """

    outcomes: list[Outcome]
    session: OutboundSession | None = None
    dsn_passed: bool = False
    final: bool = False
    unreached: bool = False
    retry_after: float = 0.0
    stages: tuple[str, ...] = ()
    broken: bool = False
    uncertain: bool = False
    unfit: bool = False
    seconds: float = 0.0
    story: dict[str, Any] = field(default_factory=dict)


class Delivery:
    """Carries out attempts. Owns no connection: they live in the lanes."""

    def __init__(
        self,
        dialler: Dialler,
        targets: Targets,
        graph: Graph,
        *,
        settings: OutboundSettings,
        monotonic: Callable[[], float],
        signer: Signer,
    ) -> None:
        self._dialler = dialler
        self._targets = targets
        self._graph = graph
        self._monotonic = monotonic
        self._settings = settings
        self._signer = signer
        self._shunned: dict[tuple[str, int], float] = {}

    async def attempt(
        self, claim: Claim, route: Route, session: OutboundSession | None, *, hurry: bool = False
    ) -> Attempt:
        """Try to hand the claim over. `session` is the lane's open connection, if there is one.

        `hurry`: there is another way, which is better taken soon than this one late.
        """
        began = self._monotonic()
        attempt = await self._attempted(claim, route, session, hurry=hurry)
        attempt.seconds = self._monotonic() - began
        return attempt

    async def _attempted(self, claim: Claim, route: Route, session: OutboundSession | None, *, hurry: bool) -> Attempt:
        if isinstance(route, MailboxRoute):
            return await self._to_mailboxes(claim, route)
        wish = claim.envelope.tls
        way = None if isinstance(route, LmtpRoute) else route.way
        if way is not None and way.graph is not None:
            return await self._to_graph(claim, way)
        if session is not None and not (_fits(session, way) and session.suits(wish)):
            await session.quit()
            session = None
        if session is None:
            reached = await self._reach_soon(route, wish) if hurry else await self.reach(route, wish)
            if not isinstance(reached, OutboundSession):
                # A way that cannot keep the sender's promise may be as good as ever for other messages.
                unfit = isinstance(reached, Failed) and reached.reply is say.NEEDS_REQUIRETLS
                return Attempt([reached] * len(claim.waiting), unreached=True, unfit=unfit)
            session = reached
        attempt = await self._send(claim, session, hurry=hurry)
        if attempt is not None:
            if way is not None:
                attempt.story["way"] = way.name
            return attempt
        # The idle connection had been closed under us before this message was heard: dial once more. A new
        # connection never ends so, hence this goes one level deep.
        return await self._attempted(claim, route, None, hurry=hurry)

    async def _send(self, claim: Claim, session: OutboundSession, *, hurry: bool) -> Attempt | None:
        """One transaction; None when the connection ended before the server can have taken the message."""
        chunking = "CHUNKING" in session.extensions
        if fits(claim.envelope, claim.content, chunking=chunking):
            return await self._transact(claim, session, Fitted(content=claim.content), hurry=hurry)
        async with fitted(claim.content, chunking=chunking) as made:
            return await self._transact(claim, session, made, hurry=hurry)

    async def _transact(self, claim: Claim, session: OutboundSession, made: Fitted, *, hurry: bool) -> Attempt | None:
        if (lacking := session.machine.lacks(claim.envelope, made.content.octets)) is not None:
            words = f"{session.host} cannot take this message: {lacking.text}"
            return Attempt([Failed("", words, lacking)] * len(claim.waiting), session)
        # A mailbox server of ours stores what it gets: signatures are for those who carry mail on.
        signed = Signed() if session.machine.lmtp else await self._signer.sign(claim, made.content)
        if isinstance(signed, Deferred):
            return Attempt([signed] * len(claim.waiting), session)
        if session.record is not None:
            session.record.sending(claim.id)
        event = await session.deliver(
            claim.envelope, made.content, signed.fields, long_lines=made.long_lines, hurry=hurry
        )
        story: dict[str, Any] = {"host": session.host, "address": session.address, "port": session.port}
        if made.changes:
            story["changes"] = list(made.changes)
        if session.tls_version is not None:
            story["tls"], story["cipher"] = session.tls_version, session.cipher
            if session.certificate is not None:
                story["certificate"] = session.certificate
        if signed.by:
            story["sealed" if signed.sealed else "signed"] = list(signed.by)
        if session.machine.lmtp:
            story["protocol"] = "LMTP"
        if session.demand.because:
            story["policy"] = session.demand.because
        host = session.host
        if isinstance(event, Sent):
            outcomes = [judge(r, host, s) for r, s in zip(event.replies, event.stages, strict=True)]
            reusable = session.reusable
            if not reusable:  # it was refused half-way, or the server said good-bye behind its reply
                session.abort()
            return Attempt(
                outcomes,
                session if reusable else None,
                dsn_passed="DSN" in session.extensions,
                stages=event.stages,
                final=session.machine.lmtp,
                story=story,
            )
        return self._closed(event, session, claim, story)

    def _closed(
        self, event: ClosedByServer, session: OutboundSession, claim: Claim, story: dict[str, Any]
    ) -> Attempt | None:
        silent_or_full = event.reply is None or event.reply.code == 421  # "too many messages on this connection"
        if silent_or_full and not event.after_end and session.used > 1:
            return None
        outcome: Outcome
        if event.after_end:
            # RFC 5321 §4.2.5, §6.1: nobody knows whether it was taken. A duplicate is better than a loss.
            words = "the connection ended before the message was confirmed; it may have been accepted"
            outcome = Deferred(session.host, f"{event.stage}: {words} ({event.reason})", event.reply)
        elif event.reply is not None:
            outcome = judge(event.reply, session.host, event.stage)
            if isinstance(outcome, Delivered):
                outcome = host_failed(session.host, f"{event.stage}: {event.reason}", event.reply)
        else:
            outcome = Deferred(session.host, f"{event.stage}: {event.reason}")
        count = len(claim.waiting)
        return Attempt(
            [outcome] * count,
            stages=(event.stage,) * count,
            broken=not event.after_end,
            uncertain=event.after_end,
            story=story,
        )

    async def _reach_soon(
        self, route: SmartHostRoute | MxRoute | LmtpRoute, wish: TlsWish
    ) -> OutboundSession | Deferred | Failed:
        patience = self._settings.timeouts.another_way
        try:
            async with asyncio.timeout(patience):
                return await self.reach(route, wish)
        except TimeoutError:
            return host_failed(_named(route), f"{_named(route)} was not ready for mail within {patience:g} s")

    async def reach(
        self, route: SmartHostRoute | MxRoute | LmtpRoute, wish: TlsWish = TlsWish.USUAL
    ) -> OutboundSession | Deferred | Failed:
        """Open a session to the first host of the route that lets us; else why the last one did not."""
        targets = await self._targets.of(route, wish)
        if not isinstance(targets, list):
            return targets
        now = self._monotonic()
        targets.sort(key=lambda it: self._shunned.get((it.address, it.host.port), 0.0) > now)  # stable
        outcome: Deferred | Failed = Deferred("", "no host could be tried", NO_ADDRESS, host_trouble=True)
        way, lmtp = (None, True) if isinstance(route, LmtpRoute) else (route.way, False)
        for target, address, demand in targets:
            dialled = await self._dialler.dial(target, address, way, demand, lmtp=lmtp)
            if isinstance(dialled, OutboundSession):
                return dialled
            if not (isinstance(dialled, Failed) and outcome.host):  # one host's "never" is not another's
                outcome = dialled
            if isinstance(dialled, Failed) and wish is TlsWish.REQUIRED:
                continue  # this message asks for more than others do
            if len(self._shunned) > 4_096:
                self._shunned.clear()
            self._shunned[(address, target.port)] = self._monotonic() + SHUN
        return outcome

    async def _to_graph(self, claim: Claim, way: Way) -> Attempt:
        handed = await self._graph.hand_over(claim, way)
        outcome = handed.outcome
        return Attempt(
            [outcome] * len(claim.waiting),
            unreached=isinstance(outcome, Deferred) and outcome.host_trouble,
            unfit=handed.unfit,
            retry_after=handed.retry_after,
            story={
                "host": handed.host,
                "way": way.name,
                "transport": "MicrosoftGraph",
                "mailbox": way.user_name,
                "signature": "left to Exchange Online, which writes the message anew",  # decision 0014
            },
        )

    async def _to_mailboxes(self, claim: Claim, route: MailboxRoute) -> Attempt:
        outcomes: list[Outcome] = []
        for one in claim.waiting:
            address = one.recipient.address
            folder = mailbox_folder(route.folder, without_detail(address) if route.plus else address)
            outcomes.append(
                await asyncio.to_thread(deliver_to_mailbox, folder, address, claim.envelope.sender, claim.content)
            )
        return Attempt(outcomes, final=True, story={"mailbox": route.domain})


def _fits(session: OutboundSession, way: Way | None) -> bool:
    """Whether the connection may carry another message: not closed or worn out, and opened on the route's terms."""
    if not (session.reusable and (session.way is way or session.way == way)):
        return False
    oldest = None if way is None else way.limits.session_seconds
    return oldest is None or session.age < oldest


def _named(route: SmartHostRoute | MxRoute | LmtpRoute) -> str:
    """The host that a person would name: the first smart host, the mailbox server, or the domain whose MX was asked."""
    if isinstance(route, LmtpRoute):
        return route.server
    return route.way.smart_hosts[0].host if isinstance(route, SmartHostRoute) else route.domain
