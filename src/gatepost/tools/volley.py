"""The same message many times, several at once: what became of them, and how long the server took.

It is a test's load, not a bench: each message has a connection of its own, as from a device that sends one and goes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from .advice import Advice
from .probe import probe
from .report import ProbeResult
from .request import ProbeRequest
from .transcript import plain

MAX_KINDS = 20  # of answers that are told apart; a server that numbers its refusals has no end of them


@dataclass(slots=True, kw_only=True)
class AnswerKind:
    """One way in which messages were answered, and how often. `reply` is empty where there was none."""

    reply: str
    stage: str
    advice: Advice | None
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from the first packet to the final answer, of the messages that were accepted."""

    least: float
    median: float
    p95: float
    most: float


@dataclass(slots=True)
class Volley:
    """How it goes so far. `refused`: a recipient was turned away; `failed`: there was no answer at all.

    `first_bad` is the first conversation that did not end well, whole.
    """

    wanted: int
    accepted: int = 0
    refused: int = 0
    failed: int = 0
    kinds: dict[tuple[str, str], AnswerKind] = field(default_factory=dict)
    first_bad: ProbeResult | None = None
    _begun: float = field(default_factory=monotonic)
    _ended: float = 0.0
    _latencies: list[float] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.accepted + self.refused + self.failed

    @property
    def seconds(self) -> float:
        """From the first message's start to the last one's end."""
        return max(0.0, self._ended - self._begun)

    @property
    def per_second(self) -> float:
        """Accepted messages a second."""
        return self.accepted / self.seconds if self.seconds else 0.0

    @property
    def latency(self) -> Latency | None:
        """None where no message was accepted."""
        return latency_of(self._latencies)

    def note(self, result: ProbeResult) -> None:
        """One more conversation has ended."""
        self._ended = monotonic()
        if result.accepted:
            self.accepted += 1
            if result.seconds is not None:
                self._latencies.append(result.seconds)
        elif result.answers or result.trouble_reply is not None:
            self.refused += 1
        else:
            self.failed += 1
        if not result.accepted and self.first_bad is None:
            self.first_bad = result
        for kind in _kinds(result):
            key = (kind.reply, kind.stage)
            if key not in self.kinds and len(self.kinds) >= MAX_KINDS:
                key, kind = ("", "other"), AnswerKind(reply="other answers", stage="other", advice=None)
            self.kinds.setdefault(key, kind).count += 1


def latency_of(seconds: list[float]) -> Latency | None:
    """Nearest-rank figures, None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def rank(share: float) -> float:
        return ordered[max(0, ceil(share * len(ordered)) - 1)]

    return Latency(least=ordered[0], median=rank(0.5), p95=rank(0.95), most=ordered[-1])


async def send_repeatedly(
    make: Callable[[], ProbeRequest], volley: Volley, *, concurrency: int, told: Callable[[], None]
) -> None:
    """Send what `make` makes as often as the volley wants, `concurrency` at once; `told` after each.

    The volley can be read when this is cancelled, too: it then holds what was done.
    """
    numbers = iter(range(volley.wanted))

    async def work() -> None:
        for _ in numbers:  # shared: each number is taken once
            volley.note(await probe(make()))
            told()

    async with asyncio.TaskGroup() as workers:
        for _ in range(min(concurrency, volley.wanted)):
            workers.create_task(work())


def volley_values(volley: Volley) -> dict[str, object]:
    """The figures for `--json`: times in milliseconds."""
    latency = volley.latency
    return {
        "messages": volley.done,
        "accepted_messages": volley.accepted,
        "refused_messages": volley.refused,
        "failed_messages": volley.failed,
        "seconds": round(volley.seconds, 3),
        "per_second": round(volley.per_second, 2),
        "latency_ms": None
        if latency is None
        else {
            "min": _milliseconds(latency.least),
            "median": _milliseconds(latency.median),
            "p95": _milliseconds(latency.p95),
            "max": _milliseconds(latency.most),
        },
        "answers": [
            {
                "count": kind.count,
                "reply": kind.reply,
                "stage": kind.stage,
                "means": None if kind.advice is None else kind.advice.means,
                "next_step": None if kind.advice is None else kind.advice.next_step,
            }
            for kind in answer_kinds(volley)
        ],
    }


def answer_kinds(volley: Volley) -> list[AnswerKind]:
    """The ways in which messages were answered, the most frequent first."""
    return sorted(volley.kinds.values(), key=lambda kind: -kind.count)


def _kinds(result: ProbeResult) -> list[AnswerKind]:
    """What each recipient was told, an accepted one without the queue's number; or the trouble."""
    if not result.answers:
        reply = "" if result.trouble_reply is None else plain(str(result.trouble_reply))
        means = "" if result.trouble is None else result.trouble.means
        return [AnswerKind(reply=reply or means, stage="CONNECT", advice=result.trouble)]
    return [
        AnswerKind(
            reply=f"{one.reply.code} {one.reply.enhanced or ''}".strip() if one.accepted else plain(str(one.reply)),
            stage=one.stage,
            advice=one.advice,
        )
        for one in result.answers
    ]


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
