"""Properties, methods and indexes: what a dot and a bracket mean for each kind of value."""

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gatepost.mail import visible

from ..failures import CommandFailed, failed
from .convert import to_text, to_whole
from .kinds import Credential, HashEntries, PSObject, SecureString, TypeValue, is_net, plain, single, type_name_of
from .methods import methods_of

if TYPE_CHECKING:
    from ..running.session import Shell

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TICKS_AT_YEAR_1 = datetime(1, 1, 1)
_ABSENT = object()


def properties_of(value: Any) -> dict[str, Any]:
    """Every property of a value in its order: for lists, Select-Object, ConvertTo-Json and Get-Member."""
    match value:
        case PSObject():
            return dict(value.properties.items())
        case HashEntries():
            return {to_text(key): held for key, held in value.items()}
        case str():
            return {"Length": len(value)}
        case datetime():
            return _of_moment(value)
        case timedelta():
            return _of_span(value)
        case Credential():
            return {"UserName": value.user_name, "Password": value.password}
        case SecureString():
            return {"Length": len(value)}
        case TypeValue():
            return {"Name": value.full_name.rpartition(".")[2], "FullName": value.full_name}
        case UUID():
            return {"Guid": str(value)}
        case _:
            return {name: value.get(name) for name in value.names()} if is_net(value) else {}


def _of_moment(moment: datetime) -> dict[str, Any]:
    clock = moment.replace(tzinfo=None)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    zone = "Unspecified" if moment.tzinfo is None else "Utc" if not moment.utcoffset() else "Local"
    return {
        "Date": midnight,
        "Day": moment.day,
        "DayOfWeek": _DAYS[moment.weekday()],
        "DayOfYear": moment.timetuple().tm_yday,
        "Hour": moment.hour,
        "Kind": zone,
        "Millisecond": moment.microsecond // 1000,
        "Minute": moment.minute,
        "Month": moment.month,
        "Second": moment.second,
        "Ticks": (clock - _TICKS_AT_YEAR_1) // timedelta(microseconds=1) * 10,
        "TimeOfDay": moment - midnight,
        "Year": moment.year,
    }


def _of_span(span: timedelta) -> dict[str, Any]:
    total = span.total_seconds()
    sign, seconds = (-1, -total) if total < 0 else (1, total)
    whole = int(seconds)
    return {
        "Days": sign * (whole // 86400),
        "Hours": sign * (whole // 3600 % 24),
        "Minutes": sign * (whole // 60 % 60),
        "Seconds": sign * (whole % 60),
        "Milliseconds": sign * (abs(span).microseconds // 1000),
        "Ticks": span // timedelta(microseconds=1) * 10,
        "TotalDays": total / 86400,
        "TotalHours": total / 3600,
        "TotalMinutes": total / 60,
        "TotalSeconds": total,
        "TotalMilliseconds": total * 1000,
    }


def get_property(value: Any, name: str) -> Any:
    """`$value.name`. What does not exist is `$null`; an array gives the property of each of its items."""
    found = _own_property(value, name)
    if found is not _ABSENT:
        return found
    if isinstance(value, list):
        each = [found for item in value if (found := _own_property(item, name)) is not _ABSENT]
        flat = [part for found in each for part in (found if isinstance(found, list) else [found])]
        return plain(single(flat))
    if name.lower() in ("count", "length"):
        return 0 if value is None else 1
    return None


def has_property(value: Any, name: str) -> bool:
    return _own_property(value, name) is not _ABSENT


def _own_property(value: Any, name: str) -> Any:
    wanted = name.lower()
    match value:
        case PSObject():
            if name in value:
                return value.get(name)
        case HashEntries():
            return _of_table(value, name)
        case list():
            return len(value) if wanted in ("count", "length") else _ABSENT
        case _ if is_net(value):
            try:
                return value.get(name)
            except (KeyError, AttributeError):
                return _ABSENT
        case None:
            return _ABSENT
        case _:
            for known, held in properties_of(value).items():
                if known.lower() == wanted:
                    return held
    if wanted == "psobject":
        shown = [PSObject({"Name": known, "Value": held}) for known, held in properties_of(value).items()]
        return PSObject({"Properties": shown})
    return _ABSENT


def _of_table(table: HashEntries, name: str) -> Any:
    if name in table:
        return table[name]
    match name.lower():
        case "count":
            return len(table)
        case "keys":
            return list(table)
        case "values":
            return list(table.values())
        case _:
            return _ABSENT


def set_property(value: Any, name: str, new: Any) -> None:
    """`$value.name = new`."""
    try:
        match value:
            case HashEntries():
                value[name] = new
                return
            case PSObject() if name in value:
                value.set(name, new)
                return
            case _ if is_net(value):
                value.set(name, new)
                return
    except (KeyError, AttributeError):
        pass
    raise failed(
        f"The property '{visible(name)}' cannot be found on this object. Remedy: {_property_remedy(value, name)}",
        error_id="PropertyNotFound",
    )


def _property_remedy(value: Any, name: str) -> str:
    if value is None:
        return "give the variable a value first; it is $null."
    near = _near(name, properties_of(value))
    return (
        f"did you mean {near}?"
        if near
        else f"list its properties with Get-Member; Add-Member -NotePropertyName {visible(name)} adds one."
    )


def call_method(value: Any, name: str, arguments: Sequence[Any], shell: "Shell") -> Any:
    """`$value.name(arguments)`."""
    if value is None:
        raise failed(
            f"You cannot call a method on a null-valued expression: {visible(name)}() has no object. "
            "Remedy: check that the variable is spelled right and has a value.",
            error_id="InvokeMethodOnNull",
        )
    known = methods_of(value)
    if is_net(value):
        try:
            return value.call(name, arguments, shell)
        except (KeyError, AttributeError):
            if name.lower() not in known:
                raise _no_method(value, name, ()) from None
    method = known.get(name.lower())
    if method is None:
        if isinstance(value, list) and value:
            found = [call_method(item, name, arguments, shell) for item in value]
            return plain(single([item for item in found if item is not None]))
        raise _no_method(value, name, [method.name for method in known.values()])
    if not method.least <= len(arguments) <= method.most:
        raise failed(
            f'Cannot find an overload for "{method.name}" and the argument count: "{len(arguments)}". '
            f"Remedy: give it {_count(method.least, method.most)}.",
            error_id="MethodCountCouldNotFindBest",
        )
    try:
        return method.runs(value, arguments, shell)
    except (TypeError, ValueError, OverflowError):
        raise failed(
            f'Exception calling "{method.name}": an argument has the wrong type. Remedy: check what it is given.'
        ) from None


def _count(least: int, most: int) -> str:
    wanted = str(least) if least == most else f"{least} to {most}"
    return f"{wanted} argument{'' if wanted == '1' else 's'}" if most else "no arguments"


def _no_method(value: Any, name: str, known: Sequence[str]) -> CommandFailed:
    near = _near(name, known)
    return failed(
        f"Method invocation failed because [{type_name_of(value)}] does not contain a method named "
        f"'{visible(name)}'. Remedy: " + (f"did you mean {near}?" if near else "list what it has with Get-Member."),
        error_id="MethodNotFound",
    )


def _near(name: str, known: Sequence[str] | dict[str, Any]) -> str:
    by_lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower()[:100], by_lower, n=1)
    return by_lower[found[0]] if found else ""


def get_index(value: Any, index: Any) -> Any:
    """`$value[index]`; several indexes give several items, one beyond the end gives `$null`."""
    if value is None:
        raise failed(
            "Cannot index into a null array. Remedy: check that the variable is spelled right and has a value.",
            error_id="NullArray",
        )
    if isinstance(value, HashEntries):
        return [value.get(key) for key in index] if isinstance(index, list) else value.get(index)
    if isinstance(index, list):
        return [found for at in index if (found := get_index(value, at)) is not None]
    if is_net(value) and isinstance(value, Iterable):
        value = list(value)
    if isinstance(value, list | str):
        at = to_whole(index)
        return value[at] if -len(value) <= at < len(value) else None
    if isinstance(value, PSObject) and isinstance(index, str):
        return value.get(index)
    if to_whole(index) in (0, -1):
        return value
    raise failed(
        f"Unable to index into an object of type {type_name_of(value)}. Remedy: only arrays, hashtables and texts "
        "have items.",
        error_id="CannotIndex",
    )


def set_index(value: Any, index: Any, new: Any) -> None:
    """`$value[index] = new`."""
    if isinstance(value, HashEntries):
        value[index] = new
        return
    if isinstance(value, PSObject) and isinstance(index, str):
        set_property(value, index, new)
        return
    if not isinstance(value, list):
        raise failed(
            f"Unable to set an item of an object of type {type_name_of(value)}. Remedy: only the items of arrays and "
            "hashtables can be set."
        )
    at = to_whole(index)
    if not -len(value) <= at < len(value):
        raise failed(
            f"Index was outside the bounds of the array: it has {len(value)} items. Remedy: add an item with "
            "$array += $item.",
            type_name="System.IndexOutOfRangeException",
        )
    value[at] = new
