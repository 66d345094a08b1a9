"""The rows that compare: plain, connections reused, and STARTTLS with a client certificate."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from identities import Identities
from load import Figure, Load, Sink, measure
from relays import CannotRunError, Gatepost, Postfix, Relay, Scene, free_port
from report import Result, Row

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One kind of load that both relays get; how many times faster we mean to be, for what processor time."""

    key: str
    what: str
    load: Load
    times_faster: float
    cpu_ms: float | None


CONTESTS = (
    Contest(
        key="plain", what="durable relay, a connection a message, 4 KiB, 20 sessions",
        load=Load(messages=5000), times_faster=5, cpu_ms=0.45,
    ),
    Contest(
        key="reuse", what="the same, connections reused",
        load=Load(messages=8000, reuse=True), times_faster=5, cpu_ms=None,
    ),
    Contest(
        key="tls", what="STARTTLS with a client certificate, a connection a message",
        load=Load(messages=2000, tls=True), times_faster=3, cpu_ms=1.8,
    ),
)  # fmt: skip


def middle(figures: list[Figure]) -> Figure:
    """The run with the median rate, and the median processor time of all."""
    chosen = sorted(figures, key=lambda figure: figure.rate)[len(figures) // 2]
    return replace(chosen, cpu_ms=median(figure.cpu_ms for figure in figures))


def _started(relay: Relay, contest: Contest, sink: Sink, say: Say) -> bool:
    """Run the relay and warm it up; says why where that fails."""
    try:
        relay.start()
        measure(relay, sink, replace(contest.load, messages=300))
    except (CannotRunError, OSError) as reason:
        say(f"  {relay.name} was not measured: {reason}")
        relay.stop()
        return False
    return True


def _round(relay: Relay, contest: Contest, sink: Sink, say: Say) -> list[Figure]:
    """One figure, or none with the reason said."""
    try:
        figure = measure(relay, sink, contest.load)
    except CannotRunError as reason:
        say(f"  {relay.name}: this round failed: {reason}")
        return []
    say(
        f"  {relay.name:8} {figure.rate:6.0f}/s, {figure.cpu_ms:.2f} ms of processor time a message "
        f"(generator {figure.generator_cpu_ms:.2f}); accepted after {figure.accepted_seconds:.1f} s, "
        f"arrived after {figure.seconds:.1f} s"
    )
    return [figure]


def run_contest(contest: Contest, folder: Path, *, identities: Identities, rounds: int, say: Say) -> Result:
    """Start both, each with a fresh queue and a sink of its own, and let them take turns."""
    say(f"{contest.key}: {contest.what} ({contest.load.messages} messages, {rounds} rounds)")
    found: dict[str, list[Figure]] = {}
    with ExitStack() as stack:
        sides: list[tuple[Relay, Sink]] = []
        for kind in (Postfix, Gatepost):
            place = folder / contest.key / kind.name.lower()
            sink = stack.enter_context(Sink(folder / contest.key))
            scene = Scene(
                folder=place, port=free_port(), sink=sink.port,
                identities=identities, by_certificate=contest.load.tls,
            )  # fmt: skip
            relay: Relay = kind(scene)
            if _started(relay, contest, sink, say):
                stack.callback(relay.stop)
                sides.append((relay, sink))
        for _ in range(rounds):
            for relay, sink in sides:
                found.setdefault(relay.name, []).extend(_round(relay, contest, sink, say))
    middles = {name: middle(figures) for name, figures in found.items() if figures}
    return _judge(contest, middles.get("Postfix"), middles.get("Gatepost"))


def _judge(contest: Contest, theirs: Figure | None, ours: Figure | None) -> Result:
    times = ours.rate / theirs.rate if ours and theirs else 0.0
    rows = [
        Row(
            what=contest.what,
            postfix=f"{theirs.rate:.0f}/s" if theirs else "not measured",
            gatepost=f"{ours.rate:.0f}/s" + (f" ({times:.1f} ×)" if times else "") if ours else "not measured",
            target=f"≥ {contest.times_faster:g} × Postfix",
            reached=times >= contest.times_faster,
        )
    ]
    notes = []
    if contest.cpu_ms is not None:
        rows.append(
            Row(
                what="processor time a message, of the row above",
                postfix=f"{theirs.cpu_ms:.2f} ms" if theirs else "not measured",
                gatepost=f"{ours.cpu_ms:.2f} ms" if ours else "not measured",
                target=f"≤ {contest.cpu_ms:g} ms",
                reached=ours is not None and ours.cpu_ms <= contest.cpu_ms,
            )
        )
    if ours:
        notes.append(
            f"{contest.key}: Gatepost had accepted all after {ours.accepted_seconds:.1f} s and sent all "
            f"after {ours.seconds:.1f} s; the generator took {ours.generator_cpu_ms:.2f} ms of processor "
            "time a message."
        )
    return Result(rows=tuple(rows), notes=tuple(notes))
