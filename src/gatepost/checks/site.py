"""What a check is, what it finds, and the relay it looks at."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from gatepost.config import Settings
from gatepost.connectors import AcceptedDomain, Directory, DomainSigning, Organization, OutboundConnector
from gatepost.errors import NotFound

from .lookups import Lookups

T = TypeVar("T")

MOST_DOMAINS = 25  # accepted domains looked at: a report of thousands is read by nobody
MOST_HOSTS = 20  # hosts connected to


class Level(StrEnum):
    """How grave a finding is, worst last. `skipped`: nothing is known, and the sentence says why."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    FAILED = "failed"


_GRAVITY = tuple(Level)


def worst(levels: Iterable[Level]) -> Level:
    """The gravest of them; ok where there are none."""
    return max(levels, key=_GRAVITY.index, default=Level.OK)


class Section(StrEnum):
    """What a check is about. Checks of one section share what they learn, so they are best run together."""

    MACHINE = "This machine"
    CERTIFICATES = "Certificates"
    LISTENERS = "Listeners"
    OUTSIDE = "The world outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found. `about` is what it concerns (a domain, a host), empty for the check as a whole.

    `remedy` is a sentence where there is something to do. `seconds` is the time that the check took.
    """

    level: Level
    sentence: str
    about: str = ""
    remedy: str = ""
    seconds: float = 0.0


def finding_values(finding: Finding, *, check: str = "", section: str = "") -> dict[str, object]:
    """The same for `--json` and REST."""
    return {
        "check": check,
        "section": section,
        "about": finding.about,
        "level": str(finding.level),
        "sentence": finding.sentence,
        "remedy": finding.remedy,
        "seconds": finding.seconds,
    }


def no_secrets(name: str) -> str:
    """The secrets of a relay that does not run: there are none."""
    raise NotFound(f"The secret '{name}' is known to the running server alone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One relay as it is set up, and where its questions go. Made anew for every run.

    `running`: the relay serves, so its domains and connectors are known; else only its settings are. `whole`: the
    asker may see the whole server, and not only the domains and connectors of one organization. `secret` gives the
    value of a secret by its name; it may raise. `mx_port` is 25 everywhere but in tests.
    """

    settings: Settings
    lookups: Lookups
    clock: Callable[[], float]
    running: bool = False
    whole: bool = True
    listening: tuple[tuple[str, int], ...] = ()
    organizations: tuple[Organization, ...] = ()
    domains: tuple[AcceptedDomain, ...] = ()
    outbound: tuple[OutboundConnector, ...] = ()
    signings: tuple[DomainSigning, ...] = ()
    directory: Directory = field(
        default_factory=lambda: Directory.build(organizations=(), accepted_domains=(), inbound=())
    )
    secret: Callable[[str], str] = no_secrets
    mx_port: int = 25
    begun: dict[str, "asyncio.Task[Any]"] = field(default_factory=dict, repr=False, compare=False)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    async def once(self, what: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of work that several checks need and that is done once."""
        if what not in self.begun:
            self.begun[what] = asyncio.create_task(work())
        return cast(T, await asyncio.shield(self.begun[what]))

    @property
    def domain_names(self) -> tuple[str, ...]:
        """The accepted domains in alphabetical order, without stars, and not more than are looked at."""
        names = {it.domain_name.removeprefix("*.") for it in self.domains}
        return tuple(sorted(names))[:MOST_DOMAINS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of the table of checks.

    `whole`: it concerns the whole server, so that who sees one organization is not told. `needs_server`: without a
    running relay there is nothing to look at.
    """

    name: str
    section: Section
    question: str
    run: Callable[[Site], Awaitable[Sequence[Finding]]]
    whole: bool = False
    needs_server: bool = False


def ok(sentence: str, about: str = "") -> Finding:
    return Finding(level=Level.OK, sentence=sentence, about=about)


def warning(sentence: str, remedy: str, about: str = "") -> Finding:
    return Finding(level=Level.WARNING, sentence=sentence, about=about, remedy=remedy)


def failed(sentence: str, remedy: str, about: str = "") -> Finding:
    return Finding(level=Level.FAILED, sentence=sentence, about=about, remedy=remedy)


def skipped(sentence: str, about: str = "", remedy: str = "") -> Finding:
    return Finding(level=Level.SKIPPED, sentence=sentence, about=about, remedy=remedy)


async def per_domain(site: Site, look: Callable[[str], Awaitable[Finding]]) -> tuple[Finding, ...]:
    """The same question of each accepted domain."""
    names = site.domain_names
    if not names:
        return (skipped("There is no accepted domain.", remedy="Add one with gatepost domain add."),)
    found = list(await asyncio.gather(*map(look, names)))
    if (more := len({it.domain_name.removeprefix("*.") for it in site.domains}) - len(names)) > 0:
        found.append(skipped(f"Further accepted domains that were not looked at: {more}."))
    return tuple(found)
