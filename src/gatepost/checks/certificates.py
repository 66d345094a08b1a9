"""The certificates this relay shows: as a server on its listeners, as a client where a connector presents one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gatepost.config import ListenerSettings, made_certificate
from gatepost.connectors import (
    PUBLIC,
    AcceptedDomain,
    Directory,
    InboundConnector,
    OutboundConnector,
    certificate_domains,
    name_matches,
)
from gatepost.errors import CertificateUnusable, GatepostError
from gatepost.tls import (
    Credentials,
    PemFiles,
    PfxFile,
    Roots,
    host_names,
    judge_client,
    judge_server,
    purposes,
    self_test,
    server_context,
)
from gatepost.tools import client_credentials

from .site import Finding, Site, failed, ok, skipped, warning

SOON = timedelta(days=21)  # renewals run at 30 days: one that has not happened by then has failed
_RENEW = "Renew it; gatepost check --certificate FILE says beforehand whether the new one still matches."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A certificate that this relay shows. `connector` None: a listener, the admin's too, shows it as a server."""

    name: str
    credentials: Credentials | None
    problem: str = ""
    connector: OutboundConnector | None = None


async def shown(site: Site) -> tuple[Shown, ...]:
    """Every certificate that is configured, read from its file."""
    return await site.once("certificates", lambda: asyncio.to_thread(_read_all, site))


def _read_all(site: Site) -> tuple[Shown, ...]:
    return tuple(_read(name, load, connector) for name, load, connector in _sources(site))


def _sources(site: Site) -> Iterator[tuple[str, Callable[[], Credentials | None], OutboundConnector | None]]:
    now = site.now()
    for listener in site.settings.listeners if site.whole else ():
        made = made_certificate(site.settings.data_dir)
        if made is not None and listener.certificate == made and not made.exists():
            continue  # the relay makes it at its first start
        if (source := _source(listener)) is not None:
            yield f"listener {listener.name}", lambda source=source: source.load(now), None  # type: ignore[misc]
    admin = site.settings.admin
    if site.whole and admin.certificate is not None:
        files = PemFiles(certificate=admin.certificate, key=admin.key)
        yield f"admin listener {admin.address}:{admin.port}", lambda: files.load(now), None
    for connector in site.outbound:
        if connector.enabled and connector.client_certificate_pfx:
            name = f"connector '{connector.name}'"
            yield name, lambda connector=connector: client_credentials(connector, site.secret), connector  # type: ignore[misc]


def _source(listener: ListenerSettings) -> PemFiles | PfxFile | None:
    if listener.tls == "none":
        return None
    if listener.pfx is not None:
        return PfxFile(pfx=listener.pfx, password=listener.pfx_password)
    return None if listener.certificate is None else PemFiles(certificate=listener.certificate, key=listener.key)


def _read(name: str, load: Callable[[], Credentials | None], connector: OutboundConnector | None) -> Shown:
    try:
        credentials = load()
        if credentials is not None:
            self_test(server_context(credentials, request_client_certificate=True), credentials)
    except CertificateUnusable as unusable:
        return Shown(name=name, credentials=None, problem=unusable.detail, connector=connector)
    except GatepostError as trouble:  # a secret that is not there
        return Shown(name=name, credentials=None, problem=str(trouble), connector=connector)
    return Shown(name=name, credentials=credentials, connector=connector)


async def _each(site: Site, look: Callable[[Site, Shown, Credentials], Finding]) -> Sequence[Finding]:
    """The same question of each certificate that can be read."""
    found = await shown(site)
    if not found:
        return (skipped("This relay shows no certificate: no listener has one, and no outbound connector."),)
    return [
        skipped("It cannot be read.", it.name) if it.credentials is None else look(site, it, it.credentials)
        for it in found
    ]


async def readable(site: Site) -> Sequence[Finding]:
    """Whether each file parses, holds the key that belongs to it, and makes a handshake."""
    rows = [
        failed(it.problem, "Correct the file or its settings; until then TLS goes without it.", it.name)
        if it.credentials is None
        else ok(f"{it.credentials.source}: certificate and key belong together.", it.name)
        for it in await shown(site)
    ]
    return rows or await _each(site, lambda *_: ok(""))


async def expiry(site: Site) -> Sequence[Finding]:
    """How long each certificate is valid, its intermediates included."""
    return await _each(site, _expiry)


def _expiry(site: Site, it: Shown, credentials: Credentials) -> Finding:
    ends = min(credentials.presented, key=lambda one: one.not_valid_after_utc)
    left = ends.not_valid_after_utc - site.now()
    which = "It" if ends is credentials.certificate else "An intermediate of it"
    day = f"{ends.not_valid_after_utc:%Y-%m-%d}"
    if left < timedelta(0):  # a leaf that has expired is refused when it is read
        return failed(f"{which} expired on {day}.", "Renew it, with its chain.", it.name)
    if left < SOON:
        days = left.days
        words = "today" if days < 1 else "in one day" if days == 1 else f"in {days} days"
        return warning(f"{which} expires {words}, on {day}.", _RENEW, it.name)
    return ok(f"It is valid until {day}, {left.days} days more.", it.name)


async def chain(site: Site) -> Sequence[Finding]:
    """Whether public CAs vouch for each, from the certificates that are presented and nothing else."""
    return await _each(site, _chain)


def _bare(problem: str) -> str:
    """A verdict without its remedy, which is for whoever meets the certificate and not for whoever owns it."""
    return problem.partition(" Remedy: ")[0]


def _chain(site: Site, it: Shown, credentials: Credentials) -> Finding:
    remedy = "Have it issued by a public CA, and put its intermediates into the same file."
    if it.connector is None:
        problem = judge_server(credentials.presented, name=None, now=site.now())
        if problem is not None:
            return warning(f"{_bare(problem)} Clients that check certificates turn away.", remedy, it.name)
    else:
        verdict = judge_client(credentials.presented, roots=roots_of(site), now=site.now())
        if verdict.problem is not None:
            return failed(f"{_bare(verdict.problem)} No connector at the far side will know it.", remedy, it.name)
        if PUBLIC not in verdict.trusted_by:
            sentence = "Only a CA that an organization here added vouches for it: Exchange Online will not know it."
            return warning(sentence, f"For Exchange Online: {remedy[:1].lower()}{remedy[1:]}", it.name)
    count = len(credentials.chain)
    return ok(f"Public CAs vouch for it, with {count} intermediate{'' if count == 1 else 's'} presented.", it.name)


def roots_of(site: Site) -> Roots:
    """The public CAs, and those that organizations added."""
    return Roots.build({it.name: it.certificate_authorities for it in site.organizations if it.certificate_authorities})


async def purpose(site: Site) -> Sequence[Finding]:
    """The extended key usages, and what they mean since public CAs stopped issuing clientAuth in 2026."""
    return await _each(site, _purpose)


def _purpose(_: Site, it: Shown, credentials: Credentials) -> Finding:
    uses = purposes(credentials.certificate)
    told = "any use" if uses is None else ", ".join(uses) or "no use"
    server = uses is None or "serverAuth" in uses or "anyExtendedKeyUsage" in uses
    client = uses is None or "clientAuth" in uses or "anyExtendedKeyUsage" in uses
    if it.connector is None:
        if server:
            return ok(f"It is for {told}, which a server needs.", it.name)
        return failed(f"It is for {told}; a server needs serverAuth.", "Have one issued with serverAuth.", it.name)
    if server and not client:
        return ok(
            f"It is for {told}. Public CAs stopped issuing clientAuth in 2026; Exchange Online and Gatepost take "
            "serverAuth for a client as well, other servers may want clientAuth.",
            it.name,
        )
    if client and not server:
        return ok(
            f"It is for {told}. When it is renewed, a public CA will give serverAuth only, which suffices.", it.name
        )
    if client:
        return ok(f"It is for {told}.", it.name)
    return failed(
        f"It is for {told}, so no server takes it for a client's.", "Have one issued with serverAuth.", it.name
    )


async def names(site: Site) -> Sequence[Finding]:
    """The names on each certificate, against our hostname, the accepted domains, and what connectors expect."""
    rows = list(await _each(site, _names)) if await shown(site) else []
    expecting = [it for it in site.directory.inbound if it.enabled and it.tls_sender_certificate_name]
    rows += [_expected(site, it, it.tls_sender_certificate_name or "") for it in expecting]
    return rows or await _each(site, _names)


def _names(site: Site, it: Shown, credentials: Credentials) -> Finding:
    borne = host_names(credentials.certificate, common_name=it.connector is not None)
    told = ", ".join(borne[:5]) + (", …" if len(borne) > 5 else "")
    if not borne:
        return failed("It bears no host name.", "Have one issued with the relay's name as SubjectAltName.", it.name)
    if it.connector is None:
        hostname = site.settings.hostname
        if any(name_matches(hostname, one) for one in borne):
            return ok(f"It bears {told}, which covers our hostname {hostname}.", it.name)
        return warning(
            f"It bears {told}, and not our hostname {hostname}: clients that check names turn away.",
            "Let clients connect to a name that it bears, or have one issued with the hostname.",
            it.name,
        )
    known = next(
        (found for one in borne if (found := accepted(site.directory, it.connector, one, one)) is not None), None
    )
    if known is not None:
        return ok(f"It bears {told}; {known.domain_name} is an accepted domain.", it.name)
    return warning(
        f"It bears {told}, and no accepted domain stands behind a name: a connector by certificate then relays only "
        "mail whose sender's domain is accepted there, and no reports (null sender).",
        "Add the name's domain as an accepted domain at the far side.",
        it.name,
    )


def _expected(site: Site, connector: InboundConnector, configured: str) -> Finding:
    about = f"connector '{connector.name}'"
    found = accepted(site.directory, connector, configured, configured.removeprefix("*."))
    if found is not None:
        return ok(f"It expects {configured}; {found.domain_name} is an accepted domain.", about)
    return warning(
        f"It expects {configured}, and no accepted domain stands behind that name: only mail whose sender's domain is "
        "accepted is relayed by it, and no reports (null sender).",
        f"Add the domain, or the name itself: gatepost domain add {configured.removeprefix('*.')}",
        about,
    )


def accepted(
    directory: Directory, connector: InboundConnector | OutboundConnector, configured: str, presented: str
) -> AcceptedDomain | None:
    """The accepted domain of the connector's organization that stands behind a certificate's name, if one does."""
    for domain in certificate_domains(configured, presented):
        found = directory.accepted_domain(domain)
        if found is not None and found.organization == connector.organization:
            return found
    return None
