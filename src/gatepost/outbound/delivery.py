"""One attempt: a claim and an open or new connection in, an outcome for each recipient out.

Everything that could be decided was decided in `routing`; here is the order in which it is asked.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gatepost.mail import Deferred, Delivered, Failed, Outcome
from gatepost.mail import reply as say
from gatepost.routing import (
    NO_ADDRESS,
    GraphRoute,
    HostPort,
    MailboxRoute,
    MxHost,
    MxRoute,
    Route,
    SmartHostRoute,
    Way,
    attempt_order,
    cut_at_ourselves,
    host_failed,
    judge,
    prohibited,
)
from gatepost.smtp import ClosedByServer, Sent
from gatepost.spool import Claim

from .dial import Dialler
from .graph import Graph
from .mailbox import deliver_to_mailbox, mailbox_folder
from .resolver import Resolver
from .session import OutboundSession
from .terms import OutboundSettings

MOST_ADDRESSES = 4  # tried of one host
SHUN = 120.0  # seconds an address that did not answer is tried last


@dataclass(slots=True)
class Attempt:
    """What came of a claim. `outcomes` stand in the order of `claim.waiting`; `session` is what is left to
    reuse.

    `unreached`: no session came about, so nothing was said of this message: others would fare the same. `retry_after`
    are seconds for which the host asks to be left alone.
    """

    outcomes: list[Outcome]
    session: OutboundSession | None = None
    dsn_passed: bool = False
    final: bool = False
    unreached: bool = False
    retry_after: float = 0.0
    story: dict[str, Any] = field(default_factory=dict)


class Delivery:
    """Carries out attempts. Owns no connection: they live in the lanes."""

    def __init__(
        self,
        dialler: Dialler,
        resolver: Resolver,
        graph: Graph,
        *,
        hostname: str,
        settings: OutboundSettings,
        dice: random.Random,
        monotonic: Callable[[], float],
    ) -> None:
        self._dialler = dialler
        self._resolver = resolver
        self._graph = graph
        self._settings = settings
        self._dice = dice
        self._monotonic = monotonic
        self._ourselves = frozenset((hostname, *settings.own_names))
        self._shunned: dict[tuple[str, int], float] = {}

    async def attempt(self, claim: Claim, route: Route, session: OutboundSession | None) -> Attempt:
        """Try to hand the claim over. `session` is the lane's open connection, if there is one."""
        if isinstance(route, MailboxRoute):
            return await self._to_mailboxes(claim, route)
        if isinstance(route, GraphRoute):
            return await self._to_graph(claim, route.way)
        way = route.way
        if session is not None and not (session.reusable and (session.way is way or session.way == way)):
            await session.quit()  # closed, worn out, or opened on terms that are no longer the route's
            session = None
        if session is None:
            reached = await self.reach(route)
            if not isinstance(reached, OutboundSession):
                return Attempt([reached] * len(claim.waiting), unreached=True)
            session = reached
        attempt = await self._send(claim, session)
        if attempt is not None:
            return attempt
        # The idle connection had been closed under us before this message was heard: dial once more. A new
        # connection never ends so, hence this goes one level deep.
        return await self.attempt(claim, route, None)

    async def _send(self, claim: Claim, session: OutboundSession) -> Attempt | None:
        """One transaction; None when the connection ended before the server can have taken the message."""
        if (lacking := session.machine.lacks(claim.envelope, claim.content.octets)) is not None:
            words = f"{session.host} cannot take this message: {lacking.text}"
            return Attempt([Failed("", words, lacking)] * len(claim.waiting), session)
        event = await session.deliver(claim.envelope, claim.content)
        story: dict[str, Any] = {"host": session.host, "address": session.address, "port": session.port}
        if session.tls_version is not None:
            story["tls"], story["cipher"] = session.tls_version, session.cipher
            if session.certificate is not None:
                story["certificate"] = session.certificate
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
        return Attempt([outcome] * len(claim.waiting), story=story)

    async def reach(self, route: SmartHostRoute | MxRoute) -> OutboundSession | Deferred | Failed:
        """Open a session to the first host of the route that lets us; else why the last one did not."""
        targets = await self._targets(route)
        if not isinstance(targets, list):
            return targets
        now = self._monotonic()
        targets.sort(key=lambda t: self._shunned.get((t[1], t[0].port), 0.0) > now)  # stable: else in their order
        outcome: Deferred | Failed = Deferred("", "no host could be tried", NO_ADDRESS, host_trouble=True)
        for target, address in targets:
            dialled = await self._dialler.dial(target, address, route.way)
            if isinstance(dialled, OutboundSession):
                return dialled
            if not (isinstance(dialled, Failed) and outcome.host):  # one host's "never" is not another's
                outcome = dialled
            if len(self._shunned) > 4_096:
                self._shunned.clear()
            self._shunned[(address, target.port)] = self._monotonic() + SHUN
        return outcome

    async def _targets(self, route: SmartHostRoute | MxRoute) -> list[tuple[HostPort, str]] | Deferred | Failed:
        """Hosts with the addresses to connect to, resolved once and pinned (hazards 2.6: DNS rebinding)."""
        if isinstance(route, SmartHostRoute):
            return await self._smart_hosts(route.way)
        if route.domain.startswith("["):  # an address literal: implicit and alone, and still a stranger's word
            hosts: tuple[MxHost, ...] = (MxHost(preference=0, host=_literal(route.domain)),)
        else:
            order = attempt_order(
                route.domain,
                await self._resolver.mx(route.domain),
                ourselves=self._ourselves,
                shuffle=self._dice.shuffle,
            )
            if isinstance(order, Deferred | Failed):
                return order
            hosts = order
        answers = await asyncio.gather(*(self._resolver.addresses(mx.host) for mx in hosts))
        ours = [any(a in self._ourselves for a in answer.addresses) for answer in answers]
        kept = cut_at_ourselves(hosts, ours)
        if not kept:
            return Failed("", f"the best mail host of {route.domain} is this relay itself", say.MX_LOOP)
        targets: list[tuple[HostPort, str]] = []
        refused: list[str] = []
        for mx, answer in zip(hosts, answers, strict=True):
            if mx not in kept:
                continue
            if not answer.addresses:
                refused.append(f"{mx.host} has no usable address ({answer.detail or answer.answer})")
            for address in answer.addresses[:MOST_ADDRESSES]:
                why = prohibited(address, allow_private_mx=self._settings.allow_private_mx)
                if why is not None:
                    refused.append(f"{mx.host} is at {address}, which no MX may lead to ({why})")
                else:
                    targets.append((HostPort(host=mx.host, port=self._settings.mx_port), address))
        if targets:
            return targets
        return Deferred("", "; ".join(refused), NO_ADDRESS, host_trouble=True)

    async def _smart_hosts(self, way: Way) -> list[tuple[HostPort, str]] | Deferred:
        targets: list[tuple[HostPort, str]] = []
        refused: list[str] = []
        for host in way.smart_hosts:
            answer = await self._resolver.addresses(host.host)
            if not answer.addresses:
                refused.append(f"smart host {host.host} has no address ({answer.detail or answer.answer})")
            targets.extend((host, address) for address in answer.addresses[:MOST_ADDRESSES])
        return targets or Deferred("", "; ".join(refused), NO_ADDRESS, host_trouble=True)

    async def _to_graph(self, claim: Claim, way: Way) -> Attempt:
        handed = await self._graph.hand_over(claim, way)
        outcome = handed.outcome
        return Attempt(
            [outcome] * len(claim.waiting),
            unreached=isinstance(outcome, Deferred) and outcome.host_trouble,
            retry_after=handed.retry_after,
            story={"host": handed.host, "mailbox": way.user_name, "transport": "MicrosoftGraph"},
        )

    async def _to_mailboxes(self, claim: Claim, route: MailboxRoute) -> Attempt:
        outcomes: list[Outcome] = []
        for one in claim.waiting:
            address = one.recipient.address
            folder = mailbox_folder(route.folder, address)
            outcomes.append(
                await asyncio.to_thread(deliver_to_mailbox, folder, address, claim.envelope.sender, claim.content)
            )
        return Attempt(outcomes, final=True, story={"mailbox": route.domain})


def _literal(domain: str) -> str:
    return domain.strip("[]").removeprefix("IPv6:")
