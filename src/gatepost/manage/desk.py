"""The desk: one place where every face brings its wish, and gets an answer or a refusal in sentences."""

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from gatepost.config import Changed, Config, Edit, Settings
from gatepost.errors import ConfigRefused, NotFound
from gatepost.journal import ProtocolLog
from gatepost.mail import Cause
from gatepost.routing import Way
from gatepost.spool import Claim, Spool

from .checkups import Checkups
from .names import HostNames
from .roles import Caller, Verb, permitted, within_reach
from .signing_in import Doorkeeper, SignedIn
from .trials import Trial, Trials
from .welcome import Welcome

if TYPE_CHECKING:
    from .validation_tasks import Validation
    from .verifying import Verification


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


class Rest(Protocol):
    """How long a destination is left alone (seconds since 1970), what its host last did, since when, and how often."""

    @property
    def until(self) -> float: ...
    @property
    def reason(self) -> str: ...
    @property
    def since(self) -> float | None: ...
    @property
    def failures(self) -> int: ...


class TlsCounted(Protocol):
    """How sessions secured themselves: the days known, latest first; a day's policies; totals since the start."""

    def days(self) -> Sequence[str]: ...
    def of(self, day: str) -> list[dict[str, Any]]: ...
    @property
    def totals(self) -> Mapping[tuple[str, str], int]: ...


class WayLeftAlone(Protocol):
    """A way that is not asked now: `leg` is its name as a destination, times are seconds since 1970."""

    @property
    def leg(self) -> str: ...
    @property
    def way(self) -> str: ...
    @property
    def standing(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def since(self) -> float | None: ...
    @property
    def asked_again_at(self) -> float | None: ...


class UseOfWay(Protocol):
    """What goes by a way: connections now, messages of a minute, recipients of 24 hours."""

    @property
    def connections(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def recipients(self) -> int: ...


class WaysOut(Protocol):
    """What the desk asks about the ways."""

    def standings(self) -> Sequence[WayLeftAlone]: ...
    def use(self, way: Way) -> UseOfWay: ...


class Carriers(Protocol):
    """What the desk asks of outbound: which destinations and ways are being left alone, to try some now all the same,
    to send mail back to its senders, and how sessions were secured."""

    @property
    def ways(self) -> WaysOut: ...
    @property
    def tls_counts(self) -> TlsCounted: ...
    @property
    def failures(self) -> Mapping[Cause, int]: ...
    def resting(self) -> Mapping[str, Rest]: ...
    def wake(self, destinations: Iterable[str]) -> None: ...
    async def send_back(self, claims: Iterable[Claim], *, by: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON-ready value, and sentences worth a word."""

    value: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One wish on its way: whose, and the desk it came to."""

    desk: "Desk"
    caller: Caller

    @property
    def who(self) -> str:
        return self.caller.who

    async def change(self, edits: Sequence[Edit], *, what_if: bool = False, seen: str | None = None) -> Changed:
        from .traffic import carry_on  # it asks the desk

        """Store edits, in a thread because it waits for the disk; `what_if` only looks at what they would do.

        `seen` is the fingerprint of the world that they are meant for; None takes any.

        Raises NotAllowed where they reach beyond the caller's organization.
        """
        config, caller = self.desk.config, self.caller
        if what_if or caller.organization is not None:
            foreseen = await self.preview(edits)
            within_reach(caller, foreseen.pairs)
            if what_if:
                return foreseen
        changed = await asyncio.to_thread(
            config.change, edits, who=caller.who, origin=caller.origin, address=caller.address, seen=seen
        )
        await carry_on(self, changed.pairs)
        return changed

    async def note(self, act: str, kind: str, name: str, detail: Mapping[str, Any]) -> None:
        """Leave a row in the audit for what was done and changed no object, such as a test message."""
        entry = {
            "action": act,
            "kind": kind,
            "organization": self.caller.organization or "",
            "object": name,
            "after": json.dumps(detail),
        }
        caller = self.caller
        await asyncio.to_thread(
            self.desk.config.note, entry, who=caller.who, origin=caller.origin, address=caller.address
        )

    async def preview(self, edits: Sequence[Edit]) -> Changed:
        return await asyncio.to_thread(self.desk.config.preview, edits)


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
        protocol_log: ProtocolLog | None = None,
    ) -> None:
        self.protocol_log = protocol_log
        self.config, self.settings, self.journal = config, settings, journal
        self.inbound, self.outbound, self.clock = inbound, outbound, clock
        self.started = clock()
        self.doorkeeper = Doorkeeper(config, journal=journal, clock=clock)
        self.host_names = HostNames([str(it) for it in settings.resolvers])
        self.trials: Trials[Trial] = Trials()
        self.validations: Trials[Validation] = Trials()
        self.verifications: Trials[Verification] = Trials()
        self.checkups = Checkups()
        self._welcome = Welcome(config, clock=clock)
        self._spool = spool

    @property
    def has_spool(self) -> bool:
        return self._spool is not None

    @property
    def spool(self) -> Spool:
        if self._spool is None:
            raise ConfigRefused(["This server has no queue. Remedy: start it with gatepost serve."])
        return self._spool

    async def call(self, verb: str, arguments: Mapping[str, Any], *, caller: Caller) -> Answer:
        """Do what the verb says, as far as the caller's role goes.

        Raises ConfigRefused, NotFound, NotAllowed or SpoolUnavailable, whose texts are for people.
        """
        from .verbs import VERBS  # the table names every function, and they name the desk

        found = VERBS.get(verb)
        if found is None:
            raise NotFound(f"No verb is called '{verb}'. Remedy: use one of: {', '.join(sorted(VERBS))}.")
        allowed = permitted(verb, found, arguments, caller=caller, world=self.config.world)
        _check_arguments(verb, found, allowed)
        return await found.function(Call(desk=self, caller=caller), **allowed)

    def identify_token(
        self, token: str, *, origin: str = "rest", address: str | None = None, attended: bool = True
    ) -> Caller:
        """Whose token this is, of a session or a program; raises NotSignedIn."""
        return self.doorkeeper.identify(token, origin=origin, address=address, attended=attended)

    async def sign_in(self, name: str, password: str, *, address: str | None, origin: str = "rest") -> SignedIn:
        """A session token, good for eight hours; raises NotSignedIn, or TooManyAttempts."""
        return await self.doorkeeper.sign_in(name, password, origin=origin, address=address)

    def sign_out(self, token: str) -> None:
        """End a session; a token that is none is as good as ended."""
        self.doorkeeper.sign_out(token)

    def new_welcome(self) -> str | None:
        """The key of a fresh one-time link for the first administrator, or None where somebody can sign in."""
        return self._welcome.new_key()

    def check_welcome(self, key: str, *, address: str | None) -> None:
        """Raise NotFound unless the link is good now, or TooManyAttempts."""
        self._welcome.check(key, address=address)

    async def welcome(self, key: str, name: str, password: str, *, address: str | None) -> dict[str, Any]:
        """Make the first administrator, as shown; raises NotFound, TooManyAttempts, ConfigRefused."""
        return await self._welcome.use(key, name, password, address=address)

    async def ready(self) -> dict[str, Any]:
        """For /readyz: `ready`, every trouble as a sentence, and notes on what will be one."""
        from .status import readiness

        return readiness(self)

    async def metrics(self) -> list[tuple[str, str, dict[str, str], float]]:
        """For /metrics: (name, kind, labels, value), samples of one name together."""
        from .status import samples

        return await samples(self)


@cache
def _known_arguments(verb: Verb) -> tuple[inspect.Parameter, ...]:
    return tuple(it for it in inspect.signature(verb.function).parameters.values() if it.kind is it.KEYWORD_ONLY)


def _check_arguments(name: str, verb: Verb, arguments: Mapping[str, Any]) -> None:
    known = _known_arguments(verb)
    names = [it.name for it in known]
    problems = [
        f"{name}: {given} is not an argument. Remedy: known are: {', '.join(names)}."
        for given in arguments
        if given not in names
    ]
    problems += [
        f"{name}: {it.name} is missing. Remedy: give it."
        for it in known
        if it.default is it.empty and it.name not in arguments
    ]
    if problems:
        raise ConfigRefused(problems)
