"""The composition root: builds the rooms, hands each what it needs, and owns the tasks.

No globals and no registry: what is not passed here does not exist. `Relay` is one running relay; `service.py` is the
process around it, and the lab runs several in one process.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, replace

from gatepost import __version__
from gatepost.config import AdminSettings, Config, Settings, made_certificate
from gatepost.connectors import Organization, expand
from gatepost.inbound import Inbound
from gatepost.journal import Journal, ProtocolLog, Room
from gatepost.mail import Address, Language, parse_mailbox
from gatepost.manage import Desk, Watch, serve_admin_socket
from gatepost.outbound import Digests, DnsResolver, Letters, Outbound, OutboundSettings, TlsReports
from gatepost.retention import Retention
from gatepost.routing import Patience, choose, limits_of
from gatepost.spool import Spool
from gatepost.supervisor import Supervisor
from gatepost.tls import keep_made_certificate, load_pem
from gatepost.web import serve_web

_EXAMINING_SECONDS = 4.0  # for one question about a stranger's message: its client waits for the answer
_DAY_REMEMBERED = 25 * 3600.0  # the limits of a day are counted by hours, the one under way included


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A relay that is running. `desk` changes it, `addresses` are where it takes SMTP, `admin` where it is operated."""

    desk: Desk
    config: Config
    spool: Spool
    addresses: list[tuple[str, int]]
    admin: AdminSettings
    refresh_certificates: Callable[[], None]


@contextlib.asynccontextmanager
async def running(settings: Settings, journal: Journal, supervisor: Supervisor | None = None) -> AsyncIterator[Relay]:
    """Run a relay for the length of the block, at the sockets that a service manager hands over and its own.

    The house is emptied before the door is opened, and the door is closed before the rooms are left: what was accepted
    is stored, and what is being sent is finished or given back.
    """
    if settings.admin.certificate is not None:
        load_pem(settings.admin.certificate, settings.admin.key)  # raises CertificateUnusable, which says why
    supervisor = supervisor or Supervisor()
    admin = settings.admin
    supervisor.check([*((it.address, it.port) for it in settings.listeners), (admin.address, admin.port)])
    with contextlib.closing(supervisor.socket_at(admin.address, admin.port) or _admin_door(admin)) as door:
        async with _traced(settings, journal), _running(settings, journal, door, supervisor) as relay:
            yield relay


@contextlib.asynccontextmanager
async def _running(
    settings: Settings, journal: Journal, door: socket.socket, supervisor: Supervisor
) -> AsyncIterator[Relay]:
    async with (
        Spool.open(settings.data_dir, hostname=settings.hostname) as spool,  # first: it locks the data directory
        Config.open(settings, journal) as config,
    ):
        spool.min_free_octets = settings.limits.min_free_space
        if any(asdict(spool.swept).values()):
            journal.fact("swept", **asdict(spool.swept))
        await _certificate_for_trying(settings, journal)
        resolver = DnsResolver([str(it) for it in settings.resolvers], trusted=settings.trust_resolvers)
        if not resolver.trusted:
            journal.fact(
                "dane_off",
                remedy="Run a validating resolver on this machine and name it in resolvers, or set trust_resolvers.",
            )
        protocol_log, letters = _protocol_log(settings, journal), _letters(config, settings.hostname)
        outbound = Outbound(
            spool=spool,
            routes=lambda: config.current().routes,
            resolver=resolver,
            secrets=config.secret,
            journal=journal,
            hostname=settings.hostname,
            settings=_outbound_settings(settings),
            patience=_patience(settings),
            letters=letters,
            owner_of=lambda claim: config.current().owners.owner_of(
                organization=claim.organization, connector=claim.connector, client=claim.client
            ),
            signing=lambda: config.current().signing,
            protocol_log=protocol_log,
        )
        if any(limits_of(it).recipients_per_day is not None for it in config.current().outbound):
            outbound.ways.remember(await spool.sent_by_way(since=time.time() - _DAY_REMEMBERED))
        spool.courier = outbound.scheduler
        digests = Digests(
            ledger=spool,
            journal=journal,
            letters=letters,
            every=settings.delivery.digest_minutes * 60.0,
            clock=time.time,
        )
        tls_reports = TlsReports(
            ledger=spool,
            counts=outbound.tls_counts,
            resolver=resolver,
            journal=journal,
            letters=letters,
            folder=settings.data_dir,
            reporter=lambda: _reporter(config, settings.hostname),
            clock=time.time,
        )
        servers = [str(it) for it in settings.resolvers]
        examining = DnsResolver(servers, lifetime=_EXAMINING_SECONDS, remembers=True)
        inbound = Inbound(
            settings,
            current=config.current,
            spool=spool,
            journal=journal,
            resolver=examining,
            protocol_log=protocol_log,
        )
        desk = Desk(
            config=config,
            settings=settings,
            spool=spool,
            journal=journal,
            inbound=inbound,
            outbound=outbound,
            protocol_log=protocol_log,
        )
        await inbound.open(supervisor.socket_at)
        askable = asyncio.Event()
        tasks = [
            asyncio.create_task(work, name=name)
            for name, work in {
                "outbound": outbound.run(),
                "inbound": inbound.run(),
                "digests": digests.run(),
                "tls reports": tls_reports.run(),
                "watch": Watch(desk).run(),
                "admin socket": serve_admin_socket(desk, settings.data_dir, opened=askable),
                "web": serve_web(desk, settings, door),
                "retention": Retention(spool=spool, desk=desk, journal=journal).run(),
                "protocol log": protocol_log.run(),
            }.items()
        ]
        try:
            async with _watched(tasks):
                await askable.wait()  # who is told that the relay runs may ask it at once
                yield Relay(
                    desk=desk,
                    config=config,
                    spool=spool,
                    addresses=inbound.addresses,
                    admin=replace(settings.admin, port=door.getsockname()[1]),
                    refresh_certificates=inbound.refresh_certificates,
                )
        finally:
            await inbound.close()
            outbound.stop()
            await asyncio.wait(tasks[:1])
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await protocol_log.flush()


async def _certificate_for_trying(settings: Settings, journal: Journal) -> None:
    """Make the certificate of the listener that nobody has described, where it is missing or about to end."""
    file = made_certificate(settings.data_dir)
    if file is None or file not in {it.certificate for it in settings.listeners}:
        return
    try:
        await asyncio.to_thread(keep_made_certificate, file, settings.hostname)
    except OSError as trouble:  # the listener says the rest: it offers no TLS without a certificate
        journal.fact("trouble", where="certificate", what=f"{file}: {trouble.strerror}.")


@contextlib.asynccontextmanager
async def _traced(settings: Settings, journal: Journal) -> AsyncIterator[None]:
    """Let a collector hear what the journal tells, where there is one; elsewhere nothing of it is even imported."""
    tracing = settings.tracing
    if tracing.endpoint is None:
        yield
        return
    from gatepost.tracing import Traces, TraceTerms

    terms = TraceTerms(
        endpoint=tracing.endpoint,
        hostname=settings.hostname,
        service=tracing.service_name,
        version=__version__,
        headers=dict(tracing.headers),
        ratio=tracing.sample_ratio,
        addresses=tracing.addresses,
        refusals=tracing.refusals,
    )
    traces = Traces(terms, journal)
    journal.listener = traces.hear
    try:
        yield
    finally:
        journal.listener = None
        await traces.close()


@contextlib.asynccontextmanager
async def _watched(tasks: list["asyncio.Task[None]"]) -> AsyncIterator[None]:
    """A task that ends by itself has failed: the block is cancelled, and its error is raised."""
    block = asyncio.current_task()
    assert block is not None
    failed: list[BaseException] = []

    def ended(task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            failed.append(error)
            block.cancel()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        if failed:
            raise failed[0] from None
        raise
    finally:
        for task in tasks:
            task.remove_done_callback(ended)


def _admin_door(admin: AdminSettings) -> socket.socket:
    """The socket of the admin listener, or an OSError that names its address: better before the doors are opened."""
    family = socket.AF_INET6 if ":" in admin.address else socket.AF_INET
    door = socket.socket(family)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as asyncio does
        door.bind((admin.address, admin.port))
        door.listen()
    except OSError as trouble:
        door.close()
        words = os.strerror(trouble.errno or 0).lower()
        raise OSError(trouble.errno, f"the admin address {admin.address}:{admin.port}: {words}") from None
    return door


def _reporter(config: Config, hostname: str) -> tuple[str, Address] | None:
    """In whose name TLS reports are sent, and from where: the first organization that wants them and may write."""
    found = next((it for it in config.current().organizations if it.tls_reports and not it.sandbox), None)
    if found is None:
        return None
    own = found.postmaster if found.postmaster is not None and found.postmaster.isascii() else None
    return found.name, parse_mailbox(own or f"postmaster@{hostname}")


def _letters(config: Config, hostname: str) -> Letters:
    """How the relay's own mail is written and where it goes, by the configuration of the moment."""

    def of(organization: str | None) -> Organization | None:
        return config.current().directory.organizations.get(organization or "")

    return Letters(
        hostname=hostname,
        destination=lambda address, organization: choose(address, organization, config.current().routes).destination,
        expand=lambda address: expand(address, config.current().directory),
        postmaster=lambda organization: None if (found := of(organization)) is None else found.postmaster,
        language=lambda organization: (
            Language.ENGLISH if (found := of(organization)) is None else found.notification_language
        ),
        in_sandbox=lambda organization: config.current().rulebook.is_sandbox(organization),
    )


def _protocol_log(settings: Settings, journal: Journal) -> ProtocolLog:
    kept = settings.protocol_log
    return ProtocolLog(
        settings.data_dir / "log" / "protocol",
        journal=journal,
        version=__version__,
        room=Room(file=kept.max_file_size, folder=kept.max_folder_size, days=kept.keep_days),
        without_connector=kept.without_connector,
    )


def _outbound_settings(settings: Settings) -> OutboundSettings:
    return OutboundSettings(
        most_connections_a_destination=settings.delivery.max_connections_per_destination,
        allow_private_mx=settings.delivery.allow_private_mx,
        folder=settings.data_dir,
    )


def _patience(settings: Settings) -> Patience:
    delivery = settings.delivery
    return Patience(
        ladder=tuple(60.0 * minutes for minutes in delivery.retry_minutes),
        give_up_after=delivery.expire_after_hours * 3600.0,
        warn_after=delivery.warn_after_hours * 3600.0,
    )
