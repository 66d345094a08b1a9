"""Test messages on their way: each conversation goes on by itself, and can be read meanwhile."""

import asyncio
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from gatepost.errors import NotFound, TooManyAttempts
from gatepost.tools import ProbeRequest, Said, Witness, probe, report_values

_MOST = 50
_OFTEN, _WITHIN = 10, 60.0  # trials of one caller, and the seconds in which


@dataclass(slots=True)
class Trial:
    """One conversation: whose, what has been said so far, and the report once there is one."""

    who: str
    target: str
    began: float
    said: list[Said] = field(default_factory=list)
    report: dict[str, Any] | None = None


class Trials:
    """Those of the last hour or so, by a key that only who began one knows."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Trial] = OrderedDict()
        self._begun: dict[str, deque[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, trial: Trial, request: ProbeRequest) -> str:
        """Its key; the conversation goes on by itself."""
        key = secrets.token_hex(16)
        self._kept[key] = trial
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        task = asyncio.create_task(_hold(trial, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return key

    def find(self, key: str, who: str) -> Trial:
        found = self._kept.get(key)
        if found is None or found.who != who:
            raise NotFound("There is no such test. Remedy: send another; old ones are forgotten.")
        return found

    def allow(self, who: str, now: float) -> None:
        """Raise TooManyAttempts where one caller sends too often."""
        times = self._begun.setdefault(who, deque(maxlen=_OFTEN))
        if len(times) == _OFTEN and now - times[0] < _WITHIN:
            wait = _WITHIN - (now - times[0])
            raise TooManyAttempts(f"Too many tests. Remedy: wait {wait:.0f} seconds.", retry_after=wait)
        times.append(now)
        if len(self._begun) > 1000:
            del self._begun[next(iter(self._begun))]


async def _hold(trial: Trial, request: ProbeRequest) -> None:
    result = await probe(request, witness=Witness(heard=trial.said.append))
    trial.report = report_values(result)
