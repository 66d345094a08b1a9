"""The composition root: builds the rooms, hands each what it needs, owns the tasks and the signals.

No globals and no registry: what is not passed here does not exist. `Relay` is one running relay; `serve` is the
process around it, and the lab runs several in one process.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, fields, replace

from gatepost import __version__
from gatepost.config import AdminSettings, Config, Settings, load_settings
from gatepost.connectors import expand
from gatepost.errors import SettingsRefused
from gatepost.inbound import Inbound, file_limit
from gatepost.journal import Journal, Level, LogTerms, ProtocolLog, Room
from gatepost.mail import Language
from gatepost.manage import Desk, Watch, serve_admin_socket
from gatepost.outbound import Digests, DnsResolver, Outbound, OutboundSettings
from gatepost.retention import Retention
from gatepost.routing import Patience, choose, limits_of
from gatepost.spool import Spool
from gatepost.supervisor import Supervisor
from gatepost.tls import load_pem
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
        resolver = DnsResolver([str(it) for it in settings.resolvers], trusted=settings.trust_resolvers)
        if not resolver.trusted:
            journal.fact(
                "dane_off",
                remedy="Run a validating resolver on this machine and name it in resolvers, or set trust_resolvers.",
            )
        protocol_log = _protocol_log(settings, journal)
        outbound = Outbound(
            spool=spool,
            routes=lambda: config.current().routes,
            resolver=resolver,
            secrets=config.secret,
            journal=journal,
            hostname=settings.hostname,
            settings=_outbound_settings(settings),
            patience=_patience(settings),
            postmaster=lambda organization: _postmaster(config, organization),
            language=lambda organization: _language(config, organization),
            owner_of=lambda claim: config.current().owners.owner_of(
                organization=claim.organization, connector=claim.connector, client=claim.client
            ),
            signing=lambda: config.current().signing,
            expand=lambda address: expand(address, config.current().directory),
            protocol_log=protocol_log,
            in_sandbox=lambda organization: config.current().rulebook.is_sandbox(organization),
        )
        if any(limits_of(it).recipients_per_day is not None for it in config.current().outbound):
            outbound.ways.remember(await spool.sent_by_way(since=time.time() - _DAY_REMEMBERED))
        spool.courier = outbound.scheduler
        digests = Digests(
            ledger=spool,
            journal=journal,
            hostname=settings.hostname,
            every=settings.delivery.digest_minutes * 60.0,
            destination=lambda address, organization: (
                choose(address, organization, config.current().routes).destination
            ),
            expand=lambda address: expand(address, config.current().directory),
            postmaster=lambda organization: _postmaster(config, organization),
            language=lambda organization: _language(config, organization),
            in_sandbox=lambda organization: config.current().rulebook.is_sandbox(organization),
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


def _postmaster(config: Config, organization: str | None) -> str | None:
    """Whom an organization's reports come from, where it says so."""
    found = config.current().directory.organizations.get(organization or "")
    return None if found is None else found.postmaster


def _protocol_log(settings: Settings, journal: Journal) -> ProtocolLog:
    kept = settings.protocol_log
    return ProtocolLog(
        settings.data_dir / "log" / "protocol",
        journal=journal,
        version=__version__,
        room=Room(file=kept.max_file_size, folder=kept.max_folder_size, days=kept.keep_days),
        without_connector=kept.without_connector,
    )


def _language(config: Config, organization: str | None) -> Language:
    """In which language an organization's people are written to."""
    found = config.current().directory.organizations.get(organization or "")
    return Language.ENGLISH if found is None else found.notification_language


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


async def _serve(settings: Settings, journal: Journal, supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, journal, supervisor) as relay, _watchdog(supervisor):
        loop.add_signal_handler(signal.SIGHUP, _reload, relay, settings, journal, supervisor)
        journal.fact(
            "started",
            listeners=[f"{address}:{port}" for address, port in relay.addresses],
            admin=f"{relay.admin.address}:{relay.admin.port}",
            hostname=settings.hostname,
            data=str(settings.data_dir),
        )
        if relay.admin.exposed:
            journal.fact(
                "admin_unencrypted",
                admin=relay.admin.url(settings.hostname),
                remedy="Set certificate and key under [admin], or address = '127.0.0.1' behind a proxy with HTTPS.",
            )
        if (key := relay.desk.new_welcome()) is not None:
            journal.fact("welcome", link=f"{relay.admin.url(settings.hostname)}/welcome/{key}")
        places = ", ".join(f"{address}:{port}" for address, port in relay.addresses)
        supervisor.tell("READY=1", f"STATUS=Taking mail at {places}.")
        await stop.wait()
        supervisor.tell("STOPPING=1", "STATUS=Finishing what is on its way.")
        journal.fact("stopping")
    journal.fact("stopped")


@contextlib.asynccontextmanager
async def _watchdog(supervisor: Supervisor) -> AsyncIterator[None]:
    """Signs of life from the event loop itself: a loop that hangs gives none, and the relay is started again."""
    if supervisor.watchdog_seconds is None:
        yield
        return
    seconds = supervisor.watchdog_seconds / 3

    async def live() -> None:
        while True:
            supervisor.tell("WATCHDOG=1")
            await asyncio.sleep(seconds)

    living = asyncio.create_task(live(), name="watchdog")
    try:
        yield
    finally:
        living.cancel()


def _reload(relay: Relay, settings: Settings, journal: Journal, supervisor: Supervisor) -> None:
    """SIGHUP: look at the certificates now, and at the settings, which count only after a restart."""
    supervisor.tell_reloading()
    relay.refresh_certificates()
    try:
        changed = _differences(settings, load_settings(settings.source))
    except SettingsRefused as refused:
        journal.fact("reload_refused", problems=list(refused.problems), remedy="The settings of the start stay.")
    else:
        journal.fact("reloaded", **({"needs_restart": changed} if changed else {}))
    supervisor.tell("READY=1")


def _differences(old: object, new: object, within: str = "") -> list[str]:
    """The keys of gatepost.toml whose values differ; never the values, for some are secrets."""
    found = []
    for field in fields(old):  # type: ignore[arg-type]  # settings are dataclasses of dataclasses
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after and hasattr(before, "__dataclass_fields__"):
            found += _differences(before, after, f"{within}{field.name}.")
        elif before != after:
            found.append(within + field.name)
    return found


def serve(settings: Settings, journal: Journal | None = None) -> None:
    """Run one relay until SIGTERM or SIGINT; raises GatepostError or OSError when it cannot start."""
    file_limit(settings.limits.max_connections)
    gc.collect()
    gc.freeze()  # modules and classes stay for ever: no collection need look at them again
    with asyncio.Runner(loop_factory=event_loop()) as runner:
        journal = journal or _journal(settings)
        try:
            runner.run(_serve(settings, journal, Supervisor.around(os.environ, os.getpid())))
        finally:
            journal.close()


def _journal(settings: Settings) -> Journal:
    log = settings.log
    return Journal.open(
        LogTerms(
            format=log.format,
            level=Level(log.level),
            file=log.file,
            syslog=log.syslog,
            facility=log.facility,
            hostname=settings.hostname,
        )
    )


def event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it exists: half the CPU of a message is the loop's."""
    if sys.platform == "win32":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
