"""The methods of everyday values: texts, arrays, hashtables, dates, spans. Objects with behaviour bring their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gatepost.mail import visible

from ..failures import failed
from .comparing import contains, equal, order
from .convert import instant, to_bool, to_list, to_number, to_text, to_whole
from .kinds import Block, Credential, HashEntries, PSObject, TypeValue, plain, type_name_of
from .moments import format_span
from .operators import subtract
from .text_operators import format_value

if TYPE_CHECKING:
    from ..running.session import Shell


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its name, how many arguments it takes, and what it does with its object and them."""

    name: str
    least: int
    most: int
    runs: Callable[[Any, Sequence[Any], "Shell"], Any]


def _table(*methods: Method) -> dict[str, Method]:
    return {method.name.lower(): method for method in methods}


# --- texts ---------------------------------------------------------------------------------------------------


def _within(text: str, start: Any, length: Any = None) -> tuple[int, int]:
    first = to_whole(start)
    last = len(text) if length is None else first + to_whole(length)
    if not 0 <= first <= last <= len(text):
        raise failed(
            f"Index and length must refer to a location within the string: it has {len(text)} characters. "
            "Remedy: compare with its Length first.",
            type_name="System.ArgumentOutOfRangeException",
        )
    return first, last


def _substring(text: str, given: Sequence[Any], shell: "Shell") -> str:
    first, last = _within(text, *given)
    return text[first:last]


def _remove(text: str, given: Sequence[Any], shell: "Shell") -> str:
    first, last = _within(text, *given)
    return text[:first] + text[last:]


def _insert(text: str, given: Sequence[Any], shell: "Shell") -> str:
    at = _within(text, given[0])[0]
    return text[:at] + to_text(given[1]) + text[at:]


def _trimmed(side: Callable[[str, str | None], str]) -> Callable[[str, Sequence[Any], "Shell"], str]:
    return lambda text, given, _: side(text, "".join(to_text(item) for item in given) or None)


def _padded(left: bool) -> Callable[[str, Sequence[Any], "Shell"], str]:
    def pad(text: str, given: Sequence[Any], shell: "Shell") -> str:
        width, sign = to_whole(given[0]), to_text(given[1]) if len(given) > 1 else " "
        if len(sign) != 1 or width < 0:
            raise failed(
                "Padding takes a width that is not negative, and one character. Remedy: write .PadLeft(10, '0')."
            )
        shell.meter.size(width)
        return text.rjust(width, sign) if left else text.ljust(width, sign)

    return pad


def _split(text: str, given: Sequence[Any], shell: "Shell") -> list[str]:
    """.NET's Split: at each of the texts given, or at white space. A last argument RemoveEmptyEntries counts."""
    marks = [to_text(item) for item in given[:1] for item in to_list(item)] or [" ", "\t", "\n", "\r"]
    rest = list(given[1:])
    most = to_whole(rest.pop(0)) if rest and isinstance(rest[0], int) else 0
    parts: list[str] = []
    start = 0
    while not (most and len(parts) == most - 1):
        places = [(at, len(mark)) for mark in marks if mark and (at := text.find(mark, start)) >= 0]
        if not places:
            break
        at, length = min(places, key=lambda place: (place[0], -place[1]))
        parts.append(text[start:at])
        start = at + length
    parts.append(text[start:])
    if any("removeempty" in to_text(option).lower() or option == 1 for option in rest):
        parts = [part for part in parts if part]
    return parts


def _found(search: Callable[[str, str], Any]) -> Callable[[str, Sequence[Any], "Shell"], Any]:
    """A search for a text; it minds case unless a second argument says `OrdinalIgnoreCase` or the like."""

    def find(text: str, given: Sequence[Any], shell: "Shell") -> Any:
        wanted = to_text(given[0])
        if len(given) > 1 and "ignorecase" in to_text(given[1]).lower():
            return search(text.casefold(), wanted.casefold())
        return search(text, wanted)

    return find


def _replaced(text: str, given: Sequence[Any], shell: "Shell") -> str:
    old, new = to_text(given[0]), to_text(given[1])
    if not old:
        raise failed("String cannot be of zero length. Remedy: give Replace a text to look for.")
    shell.meter.size(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


TEXT = _table(
    Method("Contains", 1, 2, _found(lambda text, wanted: wanted in text)),
    Method("EndsWith", 1, 2, _found(str.endswith)),
    Method("IndexOf", 1, 2, _found(str.find)),
    Method("Insert", 2, 2, _insert),
    Method("LastIndexOf", 1, 2, _found(str.rfind)),
    Method("PadLeft", 1, 2, _padded(left=True)),
    Method("PadRight", 1, 2, _padded(left=False)),
    Method("Remove", 1, 2, _remove),
    Method("Replace", 2, 2, _replaced),
    Method("Split", 0, 3, _split),
    Method("StartsWith", 1, 2, _found(str.startswith)),
    Method("Substring", 1, 2, _substring),
    Method("ToCharArray", 0, 0, lambda text, given, _: list(text)),
    Method("ToLower", 0, 0, lambda text, given, _: text.lower()),
    Method("ToLowerInvariant", 0, 0, lambda text, given, _: text.lower()),
    Method("ToUpper", 0, 0, lambda text, given, _: text.upper()),
    Method("ToUpperInvariant", 0, 0, lambda text, given, _: text.upper()),
    Method("Trim", 0, 9, _trimmed(str.strip)),
    Method("TrimEnd", 0, 9, _trimmed(str.rstrip)),
    Method("TrimStart", 0, 9, _trimmed(str.lstrip)),
)

# --- arrays and hashtables -----------------------------------------------------------------------------------


def _fixed(items: list[Any], given: Sequence[Any], shell: "Shell") -> Any:
    raise failed(
        "Collection was of a fixed size: an array does not grow. Remedy: write $array += $item.",
        type_name="System.NotSupportedException",
    )


def _index_of(items: list[Any], given: Sequence[Any], shell: "Shell") -> int:
    return next((at for at, item in enumerate(items) if equal(item, given[0], exact=True)), -1)


def _each(items: list[Any], given: Sequence[Any], shell: "Shell") -> list[Any]:
    block = _block(given[0])
    return [plain(found) for item in items for found in shell.run_block(block, item)]


def _where(items: list[Any], given: Sequence[Any], shell: "Shell") -> list[Any]:
    block = _block(given[0])
    return [item for item in items if to_bool(list(shell.run_block(block, item)))]


def _block(value: Any) -> Block:
    if not isinstance(value, Block):
        raise failed("This method takes a script block. Remedy: write it in braces: { $_.Name }.")
    return value


ARRAY = _table(
    Method("Add", 1, 1, _fixed),
    Method("Clone", 0, 0, lambda items, given, _: list(items)),
    Method("Contains", 1, 1, lambda items, given, _: contains(items, given[0], exact=True)),
    Method("ForEach", 1, 1, _each),
    Method("IndexOf", 1, 1, _index_of),
    Method("Remove", 1, 1, _fixed),
    Method("Where", 1, 1, _where),
)


def _added(table: HashEntries, given: Sequence[Any], shell: "Shell") -> None:
    if given[0] in table:
        raise failed(
            f"Item has already been added. Key in dictionary: '{visible(to_text(given[0]))}'. "
            "Remedy: assign it with $table['key'] = value."
        )
    table[given[0]] = plain(given[1])


def entries(table: HashEntries) -> list[PSObject]:
    """A hashtable's entries as objects with a Name, a Key and a Value."""
    return [
        PSObject(
            {"Name": key, "Key": key, "Value": value},
            type_name="System.Collections.DictionaryEntry",
            columns=("Name", "Value"),
            text="System.Collections.DictionaryEntry",
        )
        for key, value in table.items()
    ]


HASHTABLE = _table(
    Method("Add", 2, 2, _added),
    Method("Clear", 0, 0, lambda table, given, _: table.clear()),
    Method("Clone", 0, 0, lambda table, given, _: HashEntries(table)),
    Method("Contains", 1, 1, lambda table, given, _: given[0] in table),
    Method("ContainsKey", 1, 1, lambda table, given, _: given[0] in table),
    Method("ContainsValue", 1, 1, lambda table, given, _: contains(list(table.values()), given[0], exact=True)),
    Method("GetEnumerator", 0, 0, lambda table, given, _: entries(table)),
    Method("Remove", 1, 1, lambda table, given, _: table.pop(given[0], None) and None),
)

# --- dates, spans and the rest -------------------------------------------------------------------------------


def _later(unit: str) -> Callable[[datetime, Sequence[Any], "Shell"], datetime]:
    def move(moment: datetime, given: Sequence[Any], shell: "Shell") -> datetime:
        try:
            return moment + timedelta(**{unit: to_number(given[0])})
        except (OverflowError, ValueError):
            raise failed("The date would lie outside the years 1 to 9999. Remedy: add less.") from None

    return move


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise failed("The date would lie outside the years 1 to 9999. Remedy: add less.")
    last = [31, 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last[month]))


def _local(moment: datetime, given: Sequence[Any], shell: "Shell") -> datetime:
    return instant(moment).astimezone(shell.host.now().tzinfo)


def _universal(moment: datetime, given: Sequence[Any], shell: "Shell") -> datetime:
    if moment.tzinfo is None:  # .NET takes a date without a zone for local time here
        moment = moment.replace(tzinfo=shell.host.now().tzinfo)
    return moment.astimezone(UTC)


def _passed(moment: datetime, given: Sequence[Any], shell: "Shell") -> Any:
    return subtract(moment, given[0])


MOMENT = _table(
    Method("Add", 1, 1, lambda moment, given, _: moment + given[0]),
    Method("AddDays", 1, 1, _later("days")),
    Method("AddHours", 1, 1, _later("hours")),
    Method("AddMinutes", 1, 1, _later("minutes")),
    Method("AddMonths", 1, 1, lambda moment, given, _: _months_later(moment, to_whole(given[0]))),
    Method("AddSeconds", 1, 1, _later("seconds")),
    Method("AddYears", 1, 1, lambda moment, given, _: _months_later(moment, 12 * to_whole(given[0]))),
    Method("Subtract", 1, 1, _passed),
    Method("ToLocalTime", 0, 0, _local),
    Method("ToLongDateString", 0, 0, lambda moment, given, _: format_value(moment, "D")),
    Method("ToShortDateString", 0, 0, lambda moment, given, _: format_value(moment, "d")),
    Method("ToShortTimeString", 0, 0, lambda moment, given, _: format_value(moment, "t")),
    Method("ToUniversalTime", 0, 0, _universal),
)


def _network_credential(credential: Credential, given: Sequence[Any], shell: "Shell") -> PSObject:
    held = {"UserName": credential.user_name, "Password": credential.password.reveal(), "Domain": ""}
    return PSObject(held, type_name="System.Net.NetworkCredential")


CREDENTIAL = _table(Method("GetNetworkCredential", 0, 0, _network_credential))


def _written(value: Any, given: Sequence[Any], shell: "Shell") -> str:
    if isinstance(value, timedelta):
        return format_span(value)
    if isinstance(value, list):
        return "System.Object[]"
    return format_value(value, to_text(given[0]) if given else "")


ANY = _table(
    Method("CompareTo", 1, 1, lambda value, given, _: order(value, given[0], exact=True)),
    Method("Equals", 1, 1, lambda value, given, _: equal(value, given[0], exact=True)),
    Method("GetType", 0, 0, lambda value, given, _: TypeValue(type_name_of(value))),
    Method("ToString", 0, 1, _written),
)
_KINDS: tuple[tuple[type, dict[str, Method]], ...] = (
    (str, TEXT),
    (list, ARRAY),
    (HashEntries, HASHTABLE),
    (datetime, MOMENT),
    (Credential, CREDENTIAL),
)


def methods_of(value: Any) -> dict[str, Method]:
    """What a value can do, by lower-case name."""
    own = next((table for kind, table in _KINDS if isinstance(value, kind)), {})
    return {**ANY, **own}
