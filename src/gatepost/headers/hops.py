"""The hops in order, oldest first: delays between neighbours, clocks that are wrong, and messages that went in circles.

A line says when a server took the message by that server's clock, and clocks differ. Delays are told as they stand,
but the total is taken only between times that fit together.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from gatepost.mail import TraceMark, parse_trace_line

from .notes import Finding, remark, warning
from .reading import HeaderField
from .received import Product, Received, read_received

MOST_HOPS = 1000  # far beyond every loop limit; the newest are kept

_TRACE = "x-gatepost-trace"
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # a clock before it was never set
_SLACK = timedelta(seconds=2)  # whole seconds are told, so that one may be lost on the way
_LONGEST_QUEUE = timedelta(days=30)  # no server keeps trying that long
_SLOW = timedelta(minutes=5)
_LONG_AHEAD = timedelta(minutes=10)  # beyond the reader's own clock


class Line(NamedTuple):
    """A Received line, and the trace mark that the same relay wrote beside it."""

    received: Received
    mark: TraceMark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """`delays` has an entry for each hop, in seconds since the last hop before it that has a time; negative where
    clocks differ, None without two times. `total` is in seconds between the first and the last time that fit.
    """

    delays: tuple[float | None, ...]
    total: float | None
    findings: tuple[Finding, ...]


def gather(fields: Sequence[HeaderField]) -> tuple[list[Line], list[Finding]]:
    """The Received lines, oldest first, each with its mark; and what was odd about them."""
    values = [field.value for field in fields if field.key == "received"]
    findings: list[Finding] = []
    once = list(dict.fromkeys(values))
    if len(once) < len(values):
        findings.append(remark("hops_repeated", count=len(values) - len(once)))
    if len(once) > MOST_HOPS:
        findings.append(warning("too_many_hops", count=len(once), kept=MOST_HOPS))
    marks = _marks(fields)
    read = [read_received(value, marks) for value in once[:MOST_HOPS]]
    lines = [Line(it, marks[it.id] if it.product is Product.GATEPOST else None) for it in read]
    if _oldest_on_top(lines):
        findings.append(warning("order_reversed"))
    else:
        lines.reverse()
    return lines, findings


def _marks(fields: Sequence[HeaderField]) -> dict[str, TraceMark]:
    found: dict[str, TraceMark] = {}
    for field in fields:
        if field.key == _TRACE and (mark := parse_trace_line(field.value)) is not None:
            found.setdefault(mark.queue_id, mark)
    return found


def _oldest_on_top(lines: Sequence[Line]) -> bool:
    """Some programs show the oldest line first: then times rise downwards, and each host sends what it took above."""
    times = [line.received.moment.at for line in lines if line.received.moment is not None]
    if len(times) < 2 or not all(one <= other for one, other in pairwise(times)):
        return False
    pairs = list(pairwise(lines))
    downwards = sum(_handed_on(above.received, below.received) for above, below in pairs)
    upwards = sum(_handed_on(below.received, above.received) for above, below in pairs)
    return times[-1] - times[0] >= _SLACK and (downwards > upwards or (len(times) > 2 and downwards == upwards))


def _handed_on(older: Received, newer: Received) -> bool:
    return bool(older.host) and older.host in (newer.hello.lower(), newer.name)


def circles(lines: Sequence[Line]) -> list[Finding]:
    """Hosts that took the message again after others had it. A content filter on the same machine is no other."""
    seen: dict[str, int] = {}
    findings: list[Finding] = []
    for number, line in enumerate(lines, 1):
        host = line.received.host
        before = seen.get(host, 0)
        between = {it.received.host for it in lines[before : number - 1]} if 0 < before < number - 1 else set()
        if between - {host, "localhost", "127.0.0.1", ""} and len(findings) < 5:
            findings.append(warning("cycle", number, host=host, first=before, again=number))
        if host:
            seen[host] = number
    return findings


# --- times ----------------------------------------------------------------------------------------------------------


class _Told(NamedTuple):
    """A time, and the place of its hop in the list."""

    at: datetime
    place: int


def timing(lines: Sequence[Line], now: datetime | None) -> Timing:
    """Delays, total and what is odd about the clocks. `now` is the reader's own time, None where it is unknown."""
    told: list[_Told] = []
    findings: list[Finding] = []
    delays: list[float | None] = []
    unzoned = 0
    for place, line in enumerate(lines):
        moment = line.received.moment
        if moment is None:
            findings.append(remark("no_time", place + 1))
        elif moment.at < _EARLIEST:
            findings.append(warning("clock_unset", place + 1, host=_name(lines, place), year=moment.at.year))
            moment = None
        delay = None
        if moment is not None:
            unzoned += not moment.zoned
            delay = (moment.at - told[-1].at).total_seconds() if told else None
            told.append(_Told(moment.at, place))
        delays.append(delay)
    if len(findings) > 10:
        findings = [*findings[:10], remark("and_more", count=len(findings) - 10)]
    if unzoned:
        findings.append(remark("zone_missing", count=unzoned))
    fitting = _fitting(told)
    if len(fitting) < len(told):
        findings += _wrong_clocks(lines, told, fitting)
    kept = _without_gaps(lines, fitting, findings)
    findings += _slow_hops(lines, kept)
    if now is not None and told and max(told).at - now > _LONG_AHEAD:
        latest = max(told)
        findings.append(warning("in_the_future", latest.place + 1, host=_name(lines, latest.place), by=latest.at - now))
    total = (kept[-1].at - kept[0].at).total_seconds() if len(kept) > 1 else None
    return Timing(delays=tuple(delays), total=total, findings=tuple(findings))


def _name(lines: Sequence[Line], place: int) -> str:
    received = lines[place].received
    return received.host or received.by or f"#{place + 1}"


def _fitting(told: Sequence[_Told]) -> list[_Told]:
    """The most times that never go back. Of several such choices the one is taken that tells of the least delay."""
    if all(one.at <= other.at for one, other in pairwise(told)):
        return list(told)
    start = _EARLIEST
    forward = _longest_run([(one.at - start).total_seconds() for one in told])
    backward = _longest_run([(start - one.at).total_seconds() for one in reversed(told)])
    other = [len(told) - 1 - number for number in reversed(backward)]
    runs = [[told[number] for number in run] for run in (forward, other)]
    return min(runs, key=lambda run: run[-1].at - run[0].at) if told else []


def _longest_run(values: Sequence[float]) -> list[int]:
    """The places of the longest part that never falls, by patience sorting; of several, that which ends lowest."""
    tails: list[float] = []
    ends: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        height = bisect_right(tails, value)
        before.append(ends[height - 1] if height else -1)
        tails[height : height + 1], ends[height : height + 1] = [value], [place]
    run: list[int] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        run.append(place)
        place = before[place]
    return run[::-1]


def _wrong_clocks(lines: Sequence[Line], told: Sequence[_Told], fitting: Sequence[_Told]) -> list[Finding]:
    """Name the clock of each time that does not fit, beside its neighbours that do."""
    fits = {one.place for one in fitting}
    findings: list[Finding] = []
    earlier: _Told | None = None
    following = iter([*fitting, None])
    later = next(following)
    for one in told:
        if one.place in fits:
            earlier, later = one, next(following)
        elif later is not None and one.at - later.at >= _SLACK:
            findings.append(_skew("clock_ahead", lines, one, later))
        elif earlier is not None and earlier.at - one.at >= _SLACK:
            findings.append(_skew("clock_behind", lines, one, earlier))
    return findings[:10]


def _skew(code: str, lines: Sequence[Line], one: _Told, other: _Told) -> Finding:
    host, right = _name(lines, one.place), _name(lines, other.place)
    return warning(code, one.place + 1, host=host, other=right, by=abs(one.at - other.at))


def _without_gaps(lines: Sequence[Line], fitting: list[_Told], findings: list[Finding]) -> list[_Told]:
    """The longest part without a gap that no queue explains (a clock that lost its year); the newest of equals."""
    parts: list[list[_Told]] = [[]]
    for one in fitting:
        if parts[-1] and one.at - parts[-1][-1].at > _LONGEST_QUEUE:
            last = parts[-1][-1]
            findings.append(
                warning(
                    "gap_unlikely",
                    one.place + 1,
                    host=_name(lines, one.place),
                    other=_name(lines, last.place),
                    by=one.at - last.at,
                )
            )
            parts.append([])
        parts[-1].append(one)
    return max(reversed(parts), key=len)


def _slow_hops(lines: Sequence[Line], kept: Sequence[_Told]) -> list[Finding]:
    """The three longest waits, where they are long."""
    waits = [(other.at - one.at, one, other) for one, other in pairwise(kept)]
    waits = sorted((it for it in waits if it[0] >= _SLOW), key=lambda it: -it[0])[:3]
    return [
        remark("slow_hop", later.place + 1, host=_name(lines, earlier.place), by=wait) for wait, earlier, later in waits
    ]
