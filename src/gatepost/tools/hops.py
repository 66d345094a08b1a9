"""The way a message took, read from its own headers: hops oldest first, with delays, and our relays' marks.

Whatever a header says may be forged by any hop before the one that wrote it; this only reads. Nothing raises.
"""

from dataclasses import dataclass

from gatepost.mail import HeaderBlock, Hop, TraceMark, parse_received, parse_trace_line

MAX_HOPS = 100  # far beyond every loop limit

_TRACE = "x-gatepost-trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One hop. `delay` is in seconds since the hop before it, None without dates.

    A negative delay means that the clocks differ. `mark` is the trace line of a Gatepost's hop.
    """

    number: int
    hop: Hop
    delay: float | None
    mark: TraceMark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """All hops, oldest first. `total` is in seconds from the first date to the last, None without two."""

    stops: tuple[Stop, ...]
    total: float | None


def read_hops(message: bytes) -> Path:
    """Read the Received lines of a message (or of its header alone; bare LF line ends will do)."""
    block = HeaderBlock(_with_crlf(message))
    found: list[tuple[Hop, TraceMark | None]] = []
    waiting: TraceMark | None = None
    for field in block:
        # A relay writes both lines at once; its mark stands right above or below its Received line.
        if field.name == _TRACE:
            mark = parse_trace_line(_text(field.value))
            if mark is not None and found and found[-1][1] is None and _wrote(mark, found[-1][0]):
                found[-1] = (found[-1][0], mark)
            else:
                waiting = mark
        elif field.name == "received" and len(found) < MAX_HOPS:
            hop = parse_received(_text(field.value))
            if waiting is not None and _wrote(waiting, hop):
                found.append((hop, waiting))
                waiting = None
            else:
                found.append((hop, None))
    stops: list[Stop] = []
    before = None
    for number, (hop, mark) in enumerate(reversed(found), 1):
        delay = None
        if hop.at is not None:
            delay = None if before is None else (hop.at - before).total_seconds()
            before = hop.at
        stops.append(Stop(number=number, hop=hop, delay=delay, mark=mark))
    dates = [hop.at for hop, _ in reversed(found) if hop.at is not None]
    total = (dates[-1] - dates[0]).total_seconds() if len(dates) > 1 else None
    return Path(stops=tuple(stops), total=total)


def _wrote(mark: TraceMark, hop: Hop) -> bool:
    """A mark belongs to the Received line with the same queue id."""
    return mark.queue_id == hop.id


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _with_crlf(message: bytes) -> bytes:
    """The header part with CRLF line ends; at most the 256 KiB that a header may have."""
    head = message[: 256 * 1024]
    return head if b"\r\n" in head[:2000] else head.replace(b"\n", b"\r\n")
