"""Conversations with other hosts on their way: each goes on by itself, and can be read meanwhile."""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from gatepost.errors import NotFound, TooManyAttempts
from gatepost.mail import Address
from gatepost.tools import ProbeRequest, ProbeResult, Said, Witness, probe

_MOST = 50
_OFTEN, _WITHIN = 10, 60.0  # trials of one caller, and the seconds in which


class Run(Protocol):
    """What goes on by itself, and whose it is."""

    @property
    def who(self) -> str: ...


Kept = TypeVar("Kept", bound=Run)


@dataclass(slots=True, kw_only=True)
class Trial:
    """One test message: whose, what it is known by, what has been said so far, and the result once there is one."""

    who: str
    target: str
    subject: str
    token: str
    message_id: str
    recipients: tuple[Address, ...]
    said: list[Said] = field(default_factory=list)
    result: ProbeResult | None = None


class Trials(Generic[Kept]):
    """Those of the last hour or so, by a key that only who began one knows."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._begun: dict[str, deque[float]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, trial: Kept, work: Coroutine[Any, Any, None]) -> str:
        """Its key; the work goes on by itself."""
        key = secrets.token_hex(16)
        self._kept[key] = trial
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        task = self._tasks[key] = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return key

    def find(self, key: str, who: str) -> Kept:
        found = self._kept.get(key)
        if found is None or found.who != who:
            raise NotFound("There is no such test. Remedy: send another; old ones are forgotten.")
        return found

    async def stop(self, key: str) -> None:
        """End the work, and wait until it has ended."""
        if (task := self._tasks.get(key)) is not None:
            task.cancel()
            await asyncio.wait([task])

    def allow(self, who: str, now: float) -> None:
        """Raise TooManyAttempts where one caller sends too often."""
        times = self._begun.setdefault(who, deque(maxlen=_OFTEN))
        if len(times) == _OFTEN and now - times[0] < _WITHIN:
            wait = _WITHIN - (now - times[0])
            raise TooManyAttempts(f"Too many tests. Remedy: wait {wait:.0f} seconds.", retry_after=wait)
        times.append(now)
        if len(self._begun) > 1000:
            del self._begun[next(iter(self._begun))]


async def converse(trial: Trial, request: ProbeRequest) -> None:
    """Send the test message, and keep what is said and what came of it."""
    trial.result = await probe(request, witness=Witness(heard=trial.said.append))
