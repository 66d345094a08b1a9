"""Commands about time: Get-Date, New-TimeSpan, Start-Sleep."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..failures import failed
from ..parameters import Bound, Parameter, Takes
from ..values.convert import to_moment, to_number
from ..values.operators import subtract
from ..values.text_operators import format_value
from .command import builtin, switch

if TYPE_CHECKING:
    from ..running.session import Shell

_PARTS = ("Year", "Month", "Day", "Hour", "Minute", "Second", "Millisecond")


@builtin(
    "Get-Date",
    Parameter(
        name="Date", takes=Takes.ANY, position=0, pipeline=True, aliases=("LastWriteTime",), help="Another date."
    ),
    Parameter(name="Format", help="The date as text, by a .NET format such as yyyy-MM-dd."),
    *(Parameter(name=part, takes=Takes.INTEGER, help=f"Another {part.lower()}.") for part in _PARTS),
    switch("AsUTC", "In coordinated universal time."),
    synopsis="The date and time.",
    example="(Get-Date).AddDays(-7).ToString('yyyy-MM-dd')",
)
def get_date(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    for item in pipe if pipe is not None and "Date" not in bound else [bound.get("Date")]:
        moment = shell.host.now() if item is None else to_moment(item)
        yield _shaped(moment, bound, shell)


def _shaped(moment: datetime, bound: Bound, shell: "Shell") -> Any:
    parts = {part.lower(): bound.get(part) for part in _PARTS if part in bound}
    if "millisecond" in parts:
        parts["microsecond"] = parts.pop("millisecond") * 1000
    try:
        moment = moment.replace(**parts)
    except (ValueError, OverflowError):
        raise failed("There is no such date. Remedy: check the numbers of the month, the day and the hour.") from None
    if bound.get("AsUTC"):
        local = moment if moment.tzinfo else moment.replace(tzinfo=shell.host.now().tzinfo)
        moment = local.astimezone(UTC)
    return format_value(moment, bound.get("Format")) if bound.get("Format") else moment


@builtin(
    "New-TimeSpan",
    Parameter(name="Start", takes=Takes.ANY, position=0, help="From when; now, if it is left out."),
    Parameter(name="End", takes=Takes.ANY, position=1, help="Until when; now, if it is left out."),
    *(
        Parameter(name=unit, takes=Takes.INTEGER, help=f"So many {unit.lower()}.")
        for unit in ("Days", "Hours", "Minutes", "Seconds")
    ),
    synopsis="A span of time.",
    example="New-TimeSpan -Start '2026-01-01' -End (Get-Date)",
)
def new_time_span(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    if "Start" in bound or "End" in bound:
        start, end = bound.get("Start"), bound.get("End")
        now = shell.host.now()
        yield subtract(now if end is None else to_moment(end), now if start is None else to_moment(start))
        return
    yield timedelta(
        days=bound.get("Days") or 0,
        hours=bound.get("Hours") or 0,
        minutes=bound.get("Minutes") or 0,
        seconds=bound.get("Seconds") or 0,
    )


@builtin(
    "Start-Sleep",
    Parameter(name="Seconds", takes=Takes.ANY, position=0, help="So many seconds; fractions are allowed."),
    Parameter(name="Milliseconds", takes=Takes.INTEGER, aliases=("m", "ms"), help="So many thousandths."),
    aliases=("sleep",),
    synopsis="Waits.",
    example="Start-Sleep -Seconds 5",
)
def start_sleep(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    seconds = to_number(bound.get("Seconds")) + (bound.get("Milliseconds") or 0) / 1000
    if not 0 <= seconds <= 2_147_483:
        raise failed("Start-Sleep takes from 0 to 2,147,483 seconds. Remedy: give such a number.")
    shell.host.sleep(seconds)
    yield from ()


COMMANDS = (get_date, new_time_span, start_sleep)
