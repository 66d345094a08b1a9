"""The machine under the relay: its clock, its disk, who may read its files, its resolver, its SQLite."""

import asyncio
import ctypes
import os
import re
import secrets
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from gatepost.outbound import DnsResolver
from gatepost.routing import Answer
from gatepost.tools import plain

from .greetings import Greeting, greetings
from .site import Finding, Level, Site, failed, ok, skipped, warning

_CLOSE, _FAR = timedelta(seconds=60), timedelta(minutes=5)  # a greeting's date may be a minute old
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_ROOMY = 4  # times the least free space: below that the disk will soon be full
_SQLITE_SOUND = (3, 51, 3)
_DATE = re.compile(r"[A-Z][a-z]{2}, {1,2}\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_SYNCHRONISE = "Let the system keep the time: chrony, or systemd-timesyncd (timedatectl set-ntp true)."


async def clock(site: Site) -> Sequence[Finding]:
    """Our clock against the dates in other hosts' greetings; where none tells one, the kernel is asked."""
    told = [(it, date) for it in await greetings(site) if (date := greeting_date(it)) is not None]
    if told:
        greeting, date = told[0]
        assert greeting.heard_at is not None
        away = greeting.heard_at - date
        seconds = abs(away.total_seconds())
        words = f"{seconds:.0f} seconds {'ahead of' if away > timedelta(0) else 'behind'} the clock of {greeting.name}"
        if abs(away) <= _CLOSE:
            return (ok(f"It agrees with the clock of {greeting.name}."),)
        level = Level.FAILED if abs(away) > _FAR else Level.WARNING
        return (Finding(level=level, sentence=f"It is {words}.", remedy=_SYNCHRONISE),)
    synchronised = await asyncio.to_thread(kernel_is_synchronised)
    if synchronised is None:
        return (skipped("No host told its time, and the system does not say whether its clock is kept right."),)
    if synchronised:
        return (ok("The system keeps it synchronised."),)
    return (warning("The system says that nothing keeps it right.", _SYNCHRONISE),)


def greeting_date(greeting: Greeting) -> datetime | None:
    """The date in a server's 220 line, as Exchange and Exim write one."""
    found = _DATE.search(greeting.banner)
    if found is None or greeting.heard_at is None:
        return None
    try:
        return parsedate_to_datetime(found[0])
    except ValueError:
        return None


def kernel_is_synchronised() -> bool | None:
    """What Linux says of its own clock, None where it cannot be asked."""
    if sys.platform != "linux":
        return None
    try:
        asked = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))  # modes = 0: only look
    except (OSError, AttributeError):
        return None
    return None if asked < 0 else bool(asked != _TIME_ERROR)


async def disk(site: Site) -> Sequence[Finding]:
    """Room in the data directory, against the floor below which mail is answered 452."""
    folder, least = site.settings.data_dir, site.settings.limits.min_free_space
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    except FileNotFoundError:
        return (skipped(f"{folder} does not exist yet; gatepost serve makes it."),)
    except OSError as trouble:
        sentence = f"{folder}: cannot be looked at ({trouble.strerror})."
        return (failed(sentence, "Check the folder's path and permissions."),)
    told = f"{_size(free)} are free in {folder}"
    if free < least:
        return (failed(f"{told}: below {_size(least)} clients are answered 452.", "Make room on the disk."),)
    if free < _ROOMY * least:
        return (warning(f"{told}: not far from the {_size(least)} below which clients are answered 452.", _MAKE_ROOM),)
    return (ok(f"{told}."),)


_MAKE_ROOM = "Make room on the disk before it is full."


def _size(octets: int) -> str:
    return f"{octets / 1e9:.1f} GB" if octets >= 1e9 else f"{octets / 1e6:.0f} MB"


async def files(site: Site) -> Sequence[Finding]:
    """Whether other users of the machine may read keys and mail."""
    if os.name != "posix":
        return (skipped("This system keeps file permissions in another way."),)
    return await asyncio.to_thread(_permissions, site)


def _permissions(site: Site) -> Sequence[Finding]:
    found = []
    for path, what, secret in _private(site):
        try:
            mode = path.stat().st_mode
        except OSError as trouble:
            found.append(failed(f"It cannot be looked at ({trouble.strerror}).", "Check its path.", str(path)))
            continue
        if not os.access(path, os.R_OK):
            found.append(failed(f"{what} cannot be read by this user.", "Give it to the relay's user.", str(path)))
        elif mode & (stat.S_IRWXO if secret else stat.S_IWOTH):
            may = "changed" if not secret else "read or changed" if mode & stat.S_IWOTH else "read"
            remedy = f"chmod o-{'rwx' if secret else 'w'} {path}"
            found.append(failed(f"{what} may be {may} by every user of this machine.", remedy, str(path)))
    return found or (ok("Keys, mail and settings are closed to other users."),)


def _private(site: Site) -> Iterator[tuple[Path, str, bool]]:
    """Each file or folder, what it is, and whether it holds secrets."""
    settings = site.settings
    if site.running or settings.data_dir.exists():
        yield settings.data_dir, "The data directory", True
    if settings.source is not None:
        holds = any(it.pfx_password for it in settings.listeners) and "pfx_password " in _text(settings.source)
        yield settings.source, "The settings file", holds
    keys = [it.pfx or it.key or it.certificate for it in settings.listeners]
    keys += [settings.admin.key or settings.admin.certificate]
    keys += [Path(it.client_certificate_pfx) for it in site.outbound if it.enabled and it.client_certificate_pfx]
    for path in dict.fromkeys(it for it in keys if it is not None):
        yield path, "The private key", True


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


async def sqlite(_: Site) -> Sequence[Finding]:
    """The library under the queue. Its WAL-reset defect needs two writers, and the relay has one."""
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= _SQLITE_SOUND:
        return (ok(f"SQLite {version}."),)
    return (
        ok(
            f"SQLite {version}. Before 3.51.3 a second program that writes to queue.db could damage it: the relay "
            "alone writes there, and nobody else should open it."
        ),
    )


async def resolver(site: Site) -> Sequence[Finding]:
    """Each name server: does it answer, does it tell when a name does not exist, and does it prove answers?"""
    servers = [str(it) for it in site.settings.resolvers]
    found = [_name_server(DnsResolver([it], trusted=site.settings.trust_resolvers), it) for it in servers]
    return await asyncio.gather(*(found or [_name_server(site.lookups, "the system's resolver")]))


async def _name_server(asked: DnsResolver, name: str) -> Finding:
    root, nonsense = await asyncio.gather(
        asked.records("", "NS"), asked.records(f"{secrets.token_hex(8)}.example.com", "A")
    )
    if root.answer is not Answer.FOUND:
        why = root.detail or "it does not know the root of the DNS"
        remedy = 'Name a resolver that works: resolvers = ["ADDRESS"] in gatepost.toml, or the system\'s.'
        return failed(f"It is of no use: {why}.", remedy, name)
    if nonsense.answer is Answer.FOUND:
        address = plain(nonsense.records[0].to_text())
        remedy = "Use a resolver that tells the truth: with this one, mail to a misspelt domain goes to a stranger."
        return failed(f"It invents an address ({address}) for a name that does not exist.", remedy, name)
    if not root.authenticated:
        return ok("It answers, and does not prove answers by DNSSEC, so DANE is off.", name)
    if not asked.trusted:
        return ok(
            "It answers, and proves answers by DNSSEC; but it is not on this machine, so its word may be changed on "
            "the way, and DANE is off. Where the way to it is safe, say trust_resolvers = true in gatepost.toml.",
            name,
        )
    return ok("It answers, and proves answers by DNSSEC, so DANE is on.", name)
