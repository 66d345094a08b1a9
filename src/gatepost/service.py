"""The process around one relay: its signals, its signs of life, and what a service manager is told."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import fields

from gatepost.app import Relay, running
from gatepost.config import Settings, load_settings
from gatepost.errors import SettingsRefused
from gatepost.inbound import file_limit
from gatepost.journal import Journal, Level, LogTerms
from gatepost.supervisor import Supervisor


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
            syslog_authorities=log.syslog_authorities,
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
