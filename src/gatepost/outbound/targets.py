"""Where an attempt may go: the hosts of a route in their order, each with its addresses and what TLS must be there.

Resolved once and pinned (DNS rebinding). Nothing is decided here; `routing` decides on what was found.
"""

import asyncio
import random
from dataclasses import replace
from ipaddress import ip_address
from typing import NamedTuple

from gatepost.mail import Deferred, Failed, TlsWish
from gatepost.mail import reply as say
from gatepost.routing import (
    NO_ADDRESS,
    UNFIT,
    DaneMode,
    Demand,
    DomainSays,
    HostPort,
    LmtpRoute,
    MtaSts,
    MxHost,
    MxRoute,
    SmartHostRoute,
    TlsPolicy,
    Unfit,
    Way,
    attempt_order,
    cut_at_ourselves,
    demand_of,
    host_port,
    prohibited,
)

from .resolver import Resolver
from .sts_policies import StsPolicies
from .terms import OutboundSettings
from .tls_counts import TlsCounts

MOST_ADDRESSES = 4  # tried of one host


class Target(NamedTuple):
    """One address of one host, and what TLS must be there."""

    host: HostPort
    address: str
    demand: Demand


class Targets:
    """Finds the hosts of routes."""

    def __init__(
        self,
        resolver: Resolver,
        policies: StsPolicies,
        counts: TlsCounts,
        *,
        hostname: str,
        settings: OutboundSettings,
        dice: random.Random,
    ) -> None:
        self._resolver = resolver
        self._policies = policies
        self._counts = counts
        self._settings = settings
        self._dice = dice
        self._ourselves = frozenset((hostname, *settings.own_names))

    async def of(self, route: SmartHostRoute | MxRoute | LmtpRoute, wish: TlsWish) -> list[Target] | Deferred | Failed:
        """The targets of a route, best first, for a message with this wish; or why there is none."""
        if isinstance(route, LmtpRoute):
            return await self._mailbox_server(route)
        if isinstance(route, SmartHostRoute):
            return await self._smart_hosts(route.way, wish)
        return await self._mail_hosts(route, wish)

    async def _mail_hosts(self, route: MxRoute, wish: TlsWish) -> list[Target] | Deferred | Failed:
        domain, way = route.domain, route.way
        terms, port = way or _PLAIN, self._settings.mx_port
        asks = _asks(terms, wish)
        if asks and terms.mta_sts and not domain.startswith("["):
            self._policies.soon(domain)  # a web server has to be asked: beside the look-ups, not after them
        found = await self._order(domain)
        if isinstance(found, Deferred | Failed):
            return found
        hosts, proved = found
        dane = asks and terms.dane is not DaneMode.NONE
        policy, answers, says = await asyncio.gather(
            self._policy(domain, asked=asks and terms.mta_sts),
            asyncio.gather(*(self._resolver.addresses(mx.host) for mx in hosts)),
            asyncio.gather(
                *(
                    heard(self._resolver, HostPort(host=mx.host, port=port), domain=domain, proved=proved, dane=dane)
                    for mx in hosts
                )
            ),
        )
        kept = cut_at_ourselves(hosts, [any(a in self._ourselves for a in it.addresses) for it in answers])
        if not kept:
            return Failed("", f"the best mail host of {domain} is this relay itself", say.MX_LOOP)
        targets: list[Target] = []
        refused: list[str] = []
        reply = NO_ADDRESS
        for mx, answer, said in zip(hosts, answers, says, strict=True):
            if mx not in kept:
                continue
            if not answer.addresses:
                refused.append(f"{mx.host} has no usable address ({answer.detail or answer.answer})")
                continue
            demand = self._demand(mx.host, replace(said, policy=policy), way, wish)
            if isinstance(demand, Unfit):
                refused.append(f"{mx.host} is not used: {demand.reason}")
                reply = UNFIT
                continue
            for address in answer.addresses[:MOST_ADDRESSES]:
                why = prohibited(address, allow_private_mx=self._settings.allow_private_mx)
                if why is not None:
                    refused.append(f"{mx.host} is at {address}, which no MX may lead to ({why})")
                else:
                    targets.append(Target(HostPort(host=mx.host, port=self._settings.mx_port), address, demand))
        return targets or Deferred("", "; ".join(refused), reply, host_trouble=True)

    async def _order(self, domain: str) -> tuple[tuple[MxHost, ...], bool] | Deferred | Failed:
        """The mail hosts of a domain, and whether DNSSEC proves that they are."""
        if domain.startswith("["):  # an address literal: implicit and alone, and still a stranger's word
            return (MxHost(preference=0, host=domain.strip("[]").removeprefix("IPv6:")),), False
        answer = await self._resolver.mx(domain)
        order = attempt_order(domain, answer, ourselves=self._ourselves, shuffle=self._dice.shuffle)
        return order if isinstance(order, Deferred | Failed) else (order, answer.proved)

    async def _smart_hosts(self, way: Way, wish: TlsWish) -> list[Target] | Deferred:
        targets: list[Target] = []
        refused: list[str] = []
        reply = NO_ADDRESS
        hosts = list(way.smart_hosts)
        if way.shuffled:
            self._dice.shuffle(hosts)
        for host in hosts:
            answer = await self._resolver.addresses(host.host)
            if not answer.addresses:
                refused.append(f"smart host {host.host} has no address ({answer.detail or answer.answer})")
                continue
            dane = _asks(way, wish) and way.dane is not DaneMode.NONE
            said = await heard(self._resolver, host, proved=answer.proved, dane=dane)
            demand = self._demand(host.host, said, way, wish)
            if isinstance(demand, Unfit):
                refused.append(f"smart host {host.host} is not used: {demand.reason}")
                reply = UNFIT
                continue
            targets.extend(Target(host, address, demand) for address in answer.addresses[:MOST_ADDRESSES])
        return targets or Deferred("", "; ".join(refused), reply, host_trouble=True)

    async def _mailbox_server(self, route: LmtpRoute) -> list[Target] | Deferred:
        """TLS is used where it is offered; what does not leave this machine needs none."""
        if route.socket is not None:
            return [Target(HostPort(host=route.server, port=0), route.socket, _CLEAR)]
        host = host_port(route.server)
        answer = await self._resolver.addresses(host.host)
        if not answer.addresses:
            words = f"LMTP server {host.host} has no address ({answer.detail or answer.answer})"
            return Deferred("", words, NO_ADDRESS, host_trouble=True)
        offered = Demand(domain=host.host)
        return [
            Target(host, address, _CLEAR if ip_address(address).is_loopback else offered)
            for address in answer.addresses[:MOST_ADDRESSES]
        ]

    def _demand(self, host: str, said: DomainSays, way: Way | None, wish: TlsWish) -> Demand | Unfit:
        terms = way or _PLAIN
        demand = demand_of(host, said, level=terms.tls, dane=terms.dane, wish=wish)
        if isinstance(demand, Unfit):
            self._counts.add(demand.kind, said.domain or host, where=(host, ""), fault=demand.fault)
        return demand

    async def _policy(self, domain: str, *, asked: bool) -> MtaSts | None:
        return await self._policies.policy(domain) if asked and not domain.startswith("[") else None


_PLAIN = Way(connector="")  # the terms where no connector sets any
_CLEAR = Demand(level=TlsPolicy.NEVER)


async def heard(resolver: Resolver, host: HostPort, *, domain: str = "", proved: bool, dane: bool = True) -> DomainSays:
    """What the DNS says of a host. `proved`: it is the domain's (or the operator's own), so its TLSA records count."""
    tlsa = await resolver.tlsa(host.host, host.port) if dane and proved and resolver.trusted else None
    return DomainSays(domain=domain, resolver_trusted=resolver.trusted, mx_proved=proved, tlsa=tlsa)


def _asks(terms: Way, wish: TlsWish) -> bool:
    """Whether the policies of others count at all."""
    return terms.tls is not TlsPolicy.NEVER and wish is not TlsWish.OPTIONAL
