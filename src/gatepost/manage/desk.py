"""The desk: one place where every face brings its wish, and gets an answer or a refusal in sentences."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gatepost.config import Changed, Config, Edit, Settings
from gatepost.errors import ConfigRefused, NotFound
from gatepost.spool import Spool


class Witness(Protocol):
    """Where facts are told (the journal)."""

    def fact(self, name: str, **facts: Any) -> None: ...


class ServedCertificate(Protocol):
    """The certificate of one listener, as far as readiness asks."""

    @property
    def name(self) -> str: ...
    @property
    def usable(self) -> bool: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def expires_at(self) -> float | None: ...
    def expires_soon(self, now: float) -> str | None: ...


class Doors(Protocol):
    """What the desk asks of inbound: where it listens, how many are in, and how its certificates are."""

    @property
    def addresses(self) -> Sequence[tuple[str, int]]: ...
    @property
    def sessions(self) -> int: ...
    @property
    def certificates(self) -> Sequence[ServedCertificate]: ...


class Carriers(Protocol):
    """What the desk asks of outbound: to try a destination now, though its host is being left alone."""

    def wake(self, destinations: Iterable[str]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON-ready value, and sentences worth a word."""

    value: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One wish on its way: whose, through which face (`cli`, `rest`, `cmdlet`), and the desk it came to."""

    desk: "Desk"
    who: str
    origin: str

    async def change(self, edits: Sequence[Edit]) -> Changed:
        """Store edits, in a thread because it waits for the disk."""
        config = self.desk.config
        return await asyncio.to_thread(config.change, edits, who=self.who, origin=self.origin)

    async def preview(self, edits: Sequence[Edit]) -> Changed:
        return await asyncio.to_thread(self.desk.config.preview, edits)


Verb = Callable[..., Awaitable[Answer]]


class Desk:
    """Everything an operator can do, once. `call` is the way in for every face."""

    def __init__(
        self,
        *,
        config: Config,
        settings: Settings,
        spool: Spool | None = None,
        journal: Witness | None = None,
        inbound: Doors | None = None,
        outbound: Carriers | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.config, self.settings, self.journal = config, settings, journal
        self.inbound, self.outbound, self.clock = inbound, outbound, clock
        self.started = clock()
        self._spool = spool

    @property
    def has_spool(self) -> bool:
        return self._spool is not None

    @property
    def spool(self) -> Spool:
        if self._spool is None:
            raise ConfigRefused(["This server has no queue. Remedy: start it with gatepost serve."])
        return self._spool

    async def call(self, verb: str, arguments: Mapping[str, Any], *, who: str, origin: str) -> Answer:
        """Do what the verb says; raises ConfigRefused, NotFound or SpoolUnavailable, whose texts are for people."""
        from .verbs import VERBS  # the table names every function, and they name the desk

        found = VERBS.get(verb)
        if found is None:
            raise NotFound(f"No verb is called '{verb}'. Remedy: use one of: {', '.join(sorted(VERBS))}.")
        _check_arguments(verb, found, arguments)
        return await found(Call(desk=self, who=who, origin=origin), **arguments)

    async def ready(self) -> dict[str, Any]:
        """For /readyz: `ready`, every trouble as a sentence, and notes on what will be one."""
        from .status import readiness

        return readiness(self)

    async def metrics(self) -> list[tuple[str, str, dict[str, str], float]]:
        """For /metrics: (name, kind, labels, value), samples of one name together."""
        from .status import samples

        return await samples(self)


def _check_arguments(verb: str, function: Verb, arguments: Mapping[str, Any]) -> None:
    known = [it for it in inspect.signature(function).parameters.values() if it.kind is it.KEYWORD_ONLY]
    names = [it.name for it in known]
    problems = [
        f"{verb}: {name} is not an argument. Remedy: known are: {', '.join(names)}."
        for name in arguments
        if name not in names
    ]
    problems += [
        f"{verb}: {it.name} is missing. Remedy: give it."
        for it in known
        if it.default is it.empty and it.name not in arguments
    ]
    if problems:
        raise ConfigRefused(problems)
