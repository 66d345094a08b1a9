"""Static members of the few .NET types that are always here: `[datetime]::Now`, `[string]::IsNullOrEmpty($x)`."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gatepost.mail import visible

from ..failures import failed
from .convert import cast, known_type, to_list, to_moment, to_number, to_text, to_whole
from .kinds import Credential, HashEntries, PSObject, SecureString
from .text_operators import filled, join

if TYPE_CHECKING:
    from ..running.session import Shell


def _rounded(given: Sequence[Any], shell: "Shell") -> Any:
    number, places = to_number(given[0]), 0
    away = False
    for extra in given[1:]:
        if isinstance(extra, int):
            places = to_whole(extra)
        else:
            away = "awayfromzero" in to_text(extra).lower()
    if isinstance(number, int) or not math.isfinite(number) or not 0 <= places <= 15:
        return number
    step = Decimal(1).scaleb(-places)
    exact = Decimal(repr(number))
    if exact.adjusted() > 15:
        return number
    return float(exact.quantize(step, rounding=ROUND_HALF_UP if away else ROUND_HALF_EVEN))


def _number(work: Callable[..., Any]) -> Callable[[Sequence[Any], "Shell"], Any]:
    def run(given: Sequence[Any], shell: "Shell") -> Any:
        try:
            return work(*(to_number(item) for item in given))
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            raise failed(
                "The calculation has no result for these arguments. Remedy: check their number and their signs."
            ) from None

    return run


def _span(unit: str) -> Callable[[Sequence[Any], "Shell"], timedelta]:
    return _number(lambda amount: timedelta(**{unit: amount}))


def _credential(given: Sequence[Any], shell: "Shell") -> Credential:
    if len(given) != 2 or not isinstance(given[1], SecureString):
        raise failed(
            "A PSCredential is made from a user name and a SecureString. "
            "Remedy: [pscredential]::new('name', (ConvertTo-SecureString 'password' -AsPlainText -Force))."
        )
    return Credential(to_text(given[0]), given[1])


def _moment(given: Sequence[Any], shell: "Shell") -> datetime:
    try:
        return datetime(*(to_whole(item) for item in given[:6]))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise failed(
            "There is no such date. Remedy: write [datetime]::new(2026, 1, 31) or with hour, minute and second behind."
        ) from None


def _object(given: Sequence[Any], shell: "Shell") -> PSObject:
    return PSObject(given[0] if given and isinstance(given[0], HashEntries) else ())


Static = Callable[[Sequence[Any], "Shell"], Any]

METHODS: dict[tuple[str, str], Static] = {
    ("string", "isnullorempty"): lambda given, _: to_text(given[0]) == "",
    ("string", "isnullorwhitespace"): lambda given, _: to_text(given[0]).strip() == "",
    ("string", "join"): lambda given, shell: join(
        given[1] if len(given) == 2 else list(given[1:]), to_text(given[0]), shell.meter
    ),
    ("string", "format"): lambda given, shell: filled(given[0], _values(given), shell.meter),
    ("string", "concat"): lambda given, shell: join(list(given), "", shell.meter),
    ("datetime", "parse"): lambda given, _: to_moment(to_text(given[0])),
    ("datetime", "new"): _moment,
    ("timespan", "fromdays"): _span("days"),
    ("timespan", "fromhours"): _span("hours"),
    ("timespan", "fromminutes"): _span("minutes"),
    ("timespan", "fromseconds"): _span("seconds"),
    ("timespan", "new"): _number(lambda hours, minutes, seconds: timedelta(0, seconds, 0, 0, minutes, hours)),
    ("math", "abs"): _number(abs),
    ("math", "ceiling"): _number(lambda number: float(math.ceil(number))),
    ("math", "floor"): _number(lambda number: float(math.floor(number))),
    ("math", "max"): _number(max),
    ("math", "min"): _number(min),
    ("math", "pow"): _number(math.pow),
    ("math", "round"): _rounded,
    ("math", "sqrt"): _number(math.sqrt),
    ("math", "truncate"): _number(lambda number: float(math.trunc(number))),
    ("int", "parse"): lambda given, _: cast("int", to_text(given[0])),
    ("long", "parse"): lambda given, _: cast("long", to_text(given[0])),
    ("guid", "parse"): lambda given, _: cast("guid", given[0]),
    ("regex", "escape"): lambda given, _: re.escape(to_text(given[0])),
    ("pscredential", "new"): _credential,
    ("pscustomobject", "new"): _object,
}
VALUES: dict[tuple[str, str], Callable[["Shell"], Any]] = {
    ("datetime", "now"): lambda shell: shell.host.now(),
    ("datetime", "today"): lambda shell: shell.host.now().replace(hour=0, minute=0, second=0, microsecond=0),
    ("datetime", "utcnow"): lambda shell: shell.host.now().astimezone(UTC),
    ("datetime", "minvalue"): lambda _: datetime.min,
    ("datetime", "maxvalue"): lambda _: datetime.max,
    ("timespan", "zero"): lambda _: timedelta(),
    ("string", "empty"): lambda _: "",
    ("int", "maxvalue"): lambda _: 2**31 - 1,
    ("int", "minvalue"): lambda _: -(2**31),
    ("long", "maxvalue"): lambda _: 2**63 - 1,
    ("long", "minvalue"): lambda _: -(2**63),
    ("math", "pi"): lambda _: math.pi,
    ("guid", "empty"): lambda _: UUID(int=0),
    ("environment", "newline"): lambda _: "\n",
    ("text.encoding", "utf8"): lambda _: "utf-8",
    ("text.encoding", "ascii"): lambda _: "ascii",
    ("text.encoding", "unicode"): lambda _: "utf-16",
    ("text.encoding", "default"): lambda _: "utf-8",
    ("midpointrounding", "awayfromzero"): lambda _: "AwayFromZero",
    ("midpointrounding", "toeven"): lambda _: "ToEven",
    ("stringcomparison", "ordinalignorecase"): lambda _: "OrdinalIgnoreCase",
    ("stringcomparison", "invariantcultureignorecase"): lambda _: "InvariantCultureIgnoreCase",
    ("stringcomparison", "currentcultureignorecase"): lambda _: "CurrentCultureIgnoreCase",
    ("stringsplitoptions", "removeemptyentries"): lambda _: "RemoveEmptyEntries",
}
TYPES = frozenset(type_name for type_name, _ in (*METHODS, *VALUES))


def _values(given: Sequence[Any]) -> list[Any]:
    return to_list(given[1]) if len(given) == 2 and isinstance(given[1], list) else list(given[1:])


def static_value(type_name: str, member: str, shell: "Shell") -> Any:
    """`[type]::Member`."""
    known = VALUES.get((known_type(type_name), member.lower()))
    if known:
        return known(shell)
    net = shell.static_type(type_name)
    if net:
        found = {name.lower(): value for name, value in net.statics.items()}
        if member.lower() in found:
            return found[member.lower()]
    raise _unknown(type_name, member)


def static_call(type_name: str, member: str, arguments: Sequence[Any], shell: "Shell") -> Any:
    """`[type]::Method(arguments)`; `::new(…)` makes an object."""
    known = METHODS.get((known_type(type_name), member.lower()))
    if known:
        try:
            return known(arguments, shell)
        except IndexError:
            raise failed(
                f'Cannot find an overload for "{visible(member)}" and the argument count: "{len(arguments)}". '
                "Remedy: check how many it takes."
            ) from None
    net = shell.net_type(type_name)
    if net and member.lower() == "new":
        return net.new(arguments, shell)
    raise _unknown(type_name, member)


def _unknown(type_name: str, member: str) -> Exception:
    return failed(f"[{visible(type_name)}] has no static member '{visible(member)}' here.", error_id="MethodNotFound")
