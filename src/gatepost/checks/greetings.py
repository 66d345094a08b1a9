"""The hosts that mail leaves to, greeted once: TCP, banner, EHLO, STARTTLS, and goodbye. No mail is sent."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gatepost.connectors import OutboundConnector
from gatepost.errors import GatepostError
from gatepost.routing import prohibited
from gatepost.tls import Credentials
from gatepost.tools import ProbeRequest, ProbeResult, Side, TlsMode, client_credentials, own_authorities, probe

from .site import MOST_HOSTS, Site

SECONDS = 12.0  # for one host; a firewall that drops packets is no reason to wait longer
_HOSTS_OF_A_DOMAIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A host that mail leaves to. `connector` None: it is the MX of `domain`, an accepted one."""

    host: str
    port: int
    connector: OutboundConnector | None = None
    domain: str = ""

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What one host said. `result` None: nothing was tried, and `problem` says why."""

    target: Target
    result: ProbeResult | None = None
    problem: str = ""
    heard_at: datetime | None = None

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def heard(self) -> tuple[str, ...]:
        """The server's lines."""
        return () if self.result is None else tuple(it.text for it in self.result.transcript if it.side is Side.SERVER)

    @property
    def banner(self) -> str:
        """Its first line; empty where it said nothing."""
        return self.heard[0] if self.heard else ""

    @property
    def offers_tls(self) -> bool:
        return any(line[4:].strip().upper() == "STARTTLS" for line in self.heard if line.startswith("250"))


async def targets(site: Site) -> tuple[Target, ...]:
    """Every smart host of an enabled connector, and the best mail hosts of the accepted domains."""
    return await site.once("targets", lambda: _find_targets(site))


async def greetings(site: Site) -> tuple[Greeting, ...]:
    """What the first of them said."""
    return await site.once("greetings", lambda: _greet_all(site))


async def _greet_all(site: Site) -> tuple[Greeting, ...]:
    return tuple(await asyncio.gather(*(_greet(site, it) for it in (await targets(site))[:MOST_HOSTS])))


async def _find_targets(site: Site) -> tuple[Target, ...]:
    found = list(_smart_hosts(site))
    known = {(it.host, it.port) for it in found} | {(site.settings.hostname, site.mx_port)}
    answers = await asyncio.gather(*map(site.lookups.mail_hosts, site.domain_names))
    for domain, answer in zip(site.domain_names, answers, strict=True):
        for it in answer.hosts[:_HOSTS_OF_A_DOMAIN]:
            if (it.host, site.mx_port) not in known:
                known.add((it.host, site.mx_port))
                found.append(Target(host=it.host, port=site.mx_port, domain=domain))
    return tuple(found)


def _smart_hosts(site: Site) -> Iterator[Target]:
    for connector in site.outbound:
        for text in connector.smart_hosts if connector.enabled else ():
            host, _, port = text.rpartition(":")
            yield Target(host=host.strip("[]"), port=int(port), connector=connector)


async def _greet(site: Site, target: Target) -> Greeting:
    found = await site.lookups.addresses(target.host)
    if not found.addresses:
        trouble = found.detail or "the name has no address"
        return Greeting(target=target, problem=f"It cannot be looked up: {trouble}.")
    addresses = sorted(found.addresses, key=lambda it: ":" in it)  # IPv4 first: it is what connectors list
    if target.connector is None:  # a stranger's DNS may lead anywhere; smart hosts were named by the operator
        allow = site.settings.delivery.allow_private_mx
        reasons = {it: prohibited(it, allow_private_mx=allow) for it in addresses}
        addresses = [it for it in addresses if reasons[it] is None]
        if not addresses:
            one, why = next(iter(reasons.items()))
            return Greeting(target=target, problem=f"Its address {one} is one that no MX may lead to ({why}).")
    certificate: Credentials | None = None
    trusted: tuple[x509.Certificate, ...] = ()
    if target.connector is not None:
        with suppress(GatepostError):  # the check of certificates says what is wrong with it
            certificate, trusted = await asyncio.to_thread(_terms, site, target.connector)
    result = await probe(
        ProbeRequest(
            host=target.host,
            port=target.port,
            address=addresses[0],
            sender=None,
            recipients=(),
            message=b"",
            tls=TlsMode.STARTTLS,
            certificate=certificate,
            trusted=trusted,
            certificate_name=target.connector.tls_domain if target.connector is not None else None,
            hello=site.settings.hostname,
            timeout=SECONDS,
        )
    )
    return Greeting(target=target, result=result, heard_at=site.now())


def _terms(site: Site, connector: OutboundConnector) -> tuple[Credentials | None, tuple[x509.Certificate, ...]]:
    return client_credentials(connector, site.secret), own_authorities(connector)
