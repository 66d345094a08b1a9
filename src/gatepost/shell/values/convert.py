"""One value as another type, by PowerShell's rules: what `[int]`, a string's `$x` and an operator's right side do."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gatepost.mail import visible

from ..failures import failed, unconvertible
from ..reading.numbers import read_number
from .figures import number_text, settled
from .kinds import (
    NOTHING,
    Block,
    Credential,
    HashEntries,
    PSObject,
    SecureString,
    TypeValue,
    items_of,
    plain,
    type_name_of,
)
from .moments import INVARIANT, format_moment, format_span, read_moment, read_span

_REMEDIES = {
    "System.Int32": "give a whole number such as 25.",
    "System.Int64": "give a whole number such as 25.",
    "System.Double": "give a number such as 2.5.",
    "System.DateTime": "write the date as '2026-01-31 17:00' or '2026-01-31T17:00:00Z'.",
    "System.TimeSpan": "write the span as 'days.hours:minutes:seconds', such as '1.12:00:00'.",
    "System.Guid": "check its length; it looks like 1f0c7a52-9f5a-4f0e-8a55-0c9f0d6c2b11.",
    "System.Char": "give one character.",
    "System.Collections.Hashtable": "write @{ Name = 'value' }.",
}
_NESTED = 8  # how deep an object is written inside a string; PowerShell stops at two


def to_text(value: Any, *, between: str = " ") -> str:
    """A value inside a string. `between` goes between the items of an array ($OFS)."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "True" if value else "False"
        case int() | float():
            return number_text(value)
        case datetime():
            return format_moment(value, INVARIANT)
        case timedelta():
            return format_span(value)
        case list():
            return between.join(to_text(item) if not isinstance(item, list) else "System.Object[]" for item in value)
        case HashEntries():
            return "System.Collections.Hashtable"
        case PSObject():
            return object_text(value)
        case Block():
            return value.text
        case _:
            return "" if value is NOTHING else str(value)


def object_text(value: PSObject, depth: int = 0) -> str:
    """`@{Name=x; Enabled=True}`, unless the object knows better."""
    if value.text is not None:
        return value.text
    if depth > _NESTED:
        return "…"
    parts = []
    for name, held in value.properties.items():
        written = object_text(held, depth + 1) if isinstance(held, PSObject) else _held_text(held)
        parts.append(f"{name}={written}")
    return f"@{{{'; '.join(parts)}}}"


def _held_text(held: Any) -> str:
    return "System.Object[]" if isinstance(held, list) else to_text(held)


def to_bool(value: Any) -> bool:
    """What `if` makes of a value: empty texts, zeros, `$null` and empty arrays are false (about_Booleans)."""
    if isinstance(value, list):
        return bool(value) if len(value) != 1 else to_bool(value[0])
    if value is None or value is NOTHING:
        return False
    if isinstance(value, str | int | float):
        return bool(value)
    return True


def to_number(value: Any) -> int | float:
    """A value as a number; `$null` and the empty text are 0."""
    match value:
        case bool():
            return int(value)
        case int() | float():
            return value
        case None:
            return 0
        case str():
            if not value.strip():
                return 0
            number = read_number(value.strip())
            if number is None:
                why = f"The input string '{visible(value)}' was not in a correct format."
                raise not_converted(value, "System.Int32", why)
            return settled(number)
        case timedelta():
            return value // timedelta(microseconds=1) * 10  # ticks
        case list() if len(value) == 1:
            return to_number(value[0])
        case _:
            if value is NOTHING:
                return 0
            raise not_converted(value, "System.Int32")


def not_converted(value: Any, full_name: str, why: str = "") -> Exception:
    """The sentence for a value that cannot become another type."""
    what = visible(to_text(value)) if isinstance(value, str | int | float) else type_name_of(value)
    error = f' Error: "{why}"' if why else ""
    remedy = _REMEDIES.get(full_name, "give a value of that type, or one of the object's properties.")
    return unconvertible(f'Cannot convert value "{what}" to type "{full_name}".{error} Remedy: {remedy}')


def to_whole(value: Any, *, bits: int = 32) -> int:
    """A whole number; halves go to the even side, as in .NET."""
    number = to_number(value)
    kind = f"System.Int{bits}"
    if isinstance(number, float):
        if not math.isfinite(number):
            raise not_converted(value, kind, f"Value was either too large or too small for an Int{bits}.")
        number = round(number)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise not_converted(value, kind, f"Value was either too large or too small for an Int{bits}.")
    return number


def to_moment(value: Any) -> datetime:
    """A date; one without a zone stays without."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return read_moment(value)
        except ValueError:
            why = f"String '{visible(value)}' was not recognized as a valid DateTime."
            raise not_converted(value, "System.DateTime", why) from None
    raise not_converted(value, "System.DateTime")


def instant(moment: datetime) -> datetime:
    """A date as a point in time. One without a zone is in UTC, as Exchange Online reads dates."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def to_list(value: Any) -> list[Any]:
    """A value as an array: itself if it is one, none for `$null`."""
    if value is None or value is NOTHING:
        return []
    return value if isinstance(value, list) else list(items_of(value))


def to_object(value: Any) -> Any:
    """`[pscustomobject]`: a hashtable becomes an object, anything else stays what it is."""
    return PSObject(value) if isinstance(value, HashEntries) else value


def to_hash(value: Any) -> HashEntries:
    if isinstance(value, HashEntries):
        return value
    if isinstance(value, Mapping):
        return HashEntries(value)
    raise not_converted(value, "System.Collections.Hashtable")


def _span(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return timedelta(microseconds=value // 10)
        return read_span(to_text(value))
    except (ValueError, OverflowError):
        raise not_converted(value, "System.TimeSpan") from None


def _guid(value: Any) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(to_text(value))
    except ValueError:
        raise not_converted(value, "System.Guid", "Guid should contain 32 digits with 4 dashes (8-4-4-4-12).") from None


def _secure(value: Any) -> SecureString:
    if isinstance(value, SecureString):
        return value
    raise failed(
        "A text does not become a SecureString by a cast. Remedy: ConvertTo-SecureString 'text' -AsPlainText -Force."
    )


def _credential(value: Any) -> Credential:
    if isinstance(value, Credential):
        return value
    raise not_converted(value, "System.Management.Automation.PSCredential")


def _char(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 0x10000:
        return chr(value)
    text = to_text(value)
    if len(text) != 1:
        raise not_converted(value, "System.Char", "String must be exactly one character long.")
    return text


def _double(value: Any) -> float:
    try:
        return float(to_number(value))
    except OverflowError:
        raise not_converted(value, "System.Double") from None


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: [convert(item) for item in to_list(value)]


CASTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "string": ("System.String", to_text),
    "char": ("System.Char", _char),
    "int": ("System.Int32", to_whole),
    "long": ("System.Int64", lambda value: to_whole(value, bits=64)),
    "double": ("System.Double", _double),
    "decimal": ("System.Decimal", to_number),
    "bool": ("System.Boolean", to_bool),
    "switch": ("System.Management.Automation.SwitchParameter", to_bool),
    "datetime": ("System.DateTime", to_moment),
    "timespan": ("System.TimeSpan", _span),
    "guid": ("System.Guid", _guid),
    "array": ("System.Array", to_list),
    "object[]": ("System.Object[]", to_list),
    "string[]": ("System.String[]", _each(to_text)),
    "int[]": ("System.Int32[]", _each(to_whole)),
    "hashtable": ("System.Collections.Hashtable", to_hash),
    "ordered": ("System.Collections.Specialized.OrderedDictionary", to_hash),
    "pscustomobject": ("System.Management.Automation.PSCustomObject", to_object),
    "object": ("System.Object", plain),
    "void": ("System.Void", lambda _: NOTHING),
    "securestring": ("System.Security.SecureString", _secure),
    "pscredential": ("System.Management.Automation.PSCredential", _credential),
}
_ALSO = {
    "int32": "int", "int64": "long", "single": "double", "float": "double", "boolean": "bool", "int32[]": "int[]",
    "psobject": "pscustomobject", "management.automation.psobject": "pscustomobject",
    "management.automation.pscustomobject": "pscustomobject", "collections.hashtable": "hashtable",
    "security.securestring": "securestring", "management.automation.pscredential": "pscredential",
    "switchparameter": "switch", "management.automation.switchparameter": "switch",
}  # fmt: skip


def known_type(name: str) -> str:
    """The language's own short name of a type: `System.String` and `STRING` are `string`."""
    short = name.lower().replace(" ", "").removeprefix("system.")
    return _ALSO.get(short, short)


def cast(name: str, value: Any) -> Any:
    """`[name]value`."""
    found = CASTS.get(known_type(name))
    if not found:
        raise failed(f"Unable to find type [{visible(name)}].", error_id="TypeNotFound")
    return found[1](value)


def is_type(value: Any, name: str) -> bool:
    """`-is`: a value's own type, or what it derives from."""
    short = known_type(name)
    if short == "object":
        return value is not None
    full = CASTS[short][0] if short in CASTS else name
    actual = type_name_of(value)
    if short == "array":
        return isinstance(value, list)
    if short == "pscustomobject":
        return isinstance(value, PSObject)
    return full.casefold().removeprefix("system.") == actual.casefold().removeprefix("system.")


def type_value(name: str) -> TypeValue:
    """`[name]` as a value."""
    short = known_type(name)
    return TypeValue(CASTS[short][0] if short in CASTS else name)
