"""What the operators do with two values, or one. No variables, no evaluation: those are in evaluate.py."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from gatepost.mail import visible

from ..failures import failed
from ..limits import Meter
from .comparing import contains, equal, like, matches, order
from .convert import instant, is_type, to_bool, to_list, to_moment, to_number, to_text, to_whole
from .figures import settled
from .kinds import HashEntries, TypeValue, plain, type_name_of
from .text_operators import filled, join, replace, split

COMPARISONS: dict[str, Callable[[Any, Any, bool], bool]] = {
    "eq": lambda left, right, exact: equal(left, right, exact=exact),
    "ne": lambda left, right, exact: not equal(left, right, exact=exact),
    "gt": lambda left, right, exact: order(left, right, exact=exact) > 0,
    "ge": lambda left, right, exact: order(left, right, exact=exact) >= 0,
    "lt": lambda left, right, exact: order(left, right, exact=exact) < 0,
    "le": lambda left, right, exact: order(left, right, exact=exact) <= 0,
    "like": lambda left, right, exact: like(left, right, exact=exact),
    "notlike": lambda left, right, exact: not like(left, right, exact=exact),
    "match": lambda left, right, exact: matches(left, right, exact=exact),
    "notmatch": lambda left, right, exact: not matches(left, right, exact=exact),
}
CONTAINMENTS: dict[str, Callable[[Any, Any, bool], bool]] = {
    "contains": lambda left, right, exact: contains(to_list(left), right, exact=exact),
    "notcontains": lambda left, right, exact: not contains(to_list(left), right, exact=exact),
    "in": lambda left, right, exact: contains(to_list(right), left, exact=exact),
    "notin": lambda left, right, exact: not contains(to_list(right), left, exact=exact),
}


def plain_name(operator: str) -> tuple[str, bool]:
    """An operator without its dash and its c or i: `-ceq` is eq, exactly."""
    name = operator.lstrip("-").lower()
    for table in (COMPARISONS, CONTAINMENTS, {"replace": None, "split": None}):
        if name in table:
            return name, False
        if name[:1] in "ci" and name[1:] in table:
            return name[1:], name[0] == "c"
    return name, False


def compare(name: str, left: Any, right: Any, *, exact: bool) -> Any:
    """A comparison: a truth for a single value, the items for which it holds for an array."""
    if name in CONTAINMENTS:
        return CONTAINMENTS[name](left, right, exact)
    test = COMPARISONS[name]
    if isinstance(left, list):
        return [item for item in left if test(item, right, exact)]
    return test(left, right, exact)


# --- arithmetic ----------------------------------------------------------------------------------------------


def add(left: Any, right: Any, meter: Meter) -> Any:
    """`+`: the left side says whether it means numbers, texts, arrays or hashtables."""
    left, right = plain(left), plain(right)
    match left:
        case None:
            return right
        case list():
            meter.length(len(left) + (len(right) if isinstance(right, list) else 1))
            return [*left, *right] if isinstance(right, list) else [*left, right]
        case str():
            tail = to_text(right)
            meter.size(len(left) + len(tail))
            return left + tail
        case HashEntries() if isinstance(right, HashEntries):
            return _merged(left, right)
        case datetime() if isinstance(right, timedelta):
            return _moved(left, right)
        case timedelta() if isinstance(right, timedelta):
            return left + right
        case bool() | int() | float():
            if isinstance(right, list):
                return [left, *right] if not right else _no_operation("+", left)
            return _calculated("+", left, right)
        case _:
            return _no_operation("+", left)


def _merged(left: HashEntries, right: HashEntries) -> HashEntries:
    merged = HashEntries(left)
    for key, value in right.items():
        if key in merged:
            raise failed(
                f"Item has already been added. Key in dictionary: '{visible(to_text(key))}'. "
                "Remedy: give each key once, or assign it with $table['key'] = value."
            )
        merged[key] = value
    return merged


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        raise failed("The date would lie outside the years 1 to 9999. Remedy: add or subtract less.") from None


def subtract(left: Any, right: Any) -> Any:
    """`-`: numbers, a span between dates, a date before another by a span."""
    if isinstance(left, datetime):
        if isinstance(right, timedelta):
            return _moved(left, -right)
        other = to_moment(right)
        if left.tzinfo is None or other.tzinfo is None:
            return left.replace(tzinfo=None) - other.replace(tzinfo=None)
        return instant(left) - instant(other)
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left - right
    return _calculated("-", left, right)


def multiply(left: Any, right: Any, meter: Meter) -> Any:
    """`*`: numbers, or a text or an array so many times."""
    if isinstance(left, str | list):
        times = to_whole(right)
        if times < 0:
            raise failed(
                "A text or an array cannot be repeated a negative number of times. Remedy: check the number first."
            )
        (meter.size if isinstance(left, str) else meter.length)(len(left) * times)
        return left * times
    return _calculated("*", left, right)


def divide(left: Any, right: Any) -> Any:
    """`/`: a whole number where it comes out even, else a double."""
    return _calculated("/", left, right)


def remainder(left: Any, right: Any) -> Any:
    """`%`: with the sign of the left side, as in .NET."""
    return _calculated("%", left, right)


def _calculated(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, list | HashEntries) or not isinstance(plain(left), str | int | float | None):
        return _no_operation(operator, left)
    a, b = to_number(left), to_number(right)
    try:
        match operator:
            case "+":
                return settled(a + b)
            case "-":
                return settled(a - b)
            case "*":
                return settled(a * b)
            case "/":
                exact = isinstance(a, int) and isinstance(b, int) and a % b == 0
                return a // b if exact else a / b
            case _:
                rest = abs(a) % abs(b)
                return -rest if a < 0 else rest
    except ZeroDivisionError:
        if isinstance(a, float) or isinstance(b, float):
            return float("nan") if a == 0 or operator == "%" else float("inf") * (1 if a > 0 else -1)
        raise failed(
            "Attempted to divide by zero. Remedy: check the divisor first.",
            type_name="System.DivideByZeroException",
            error_id="RuntimeException",
        ) from None
    except OverflowError:
        return float("inf")


def _no_operation(operator: str, left: Any) -> Any:
    raise failed(
        f"Method invocation failed because [{type_name_of(left)}] has no operation '{operator}'. "
        "Remedy: use a number, or one of the object's properties.",
        error_id="MethodNotFound",
    )


def between(left: Any, right: Any, meter: Meter) -> list[int]:
    """`1..5`, `5..1`."""
    first, last = to_whole(left), to_whole(right)
    meter.length(abs(last - first) + 1)
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


# --- by name -------------------------------------------------------------------------------------------------


def apply_binary(operator: str, left: Any, right: Any, meter: Meter) -> Any:
    """Any operator of two values but `-and`, `-or` and `-match`, which need more than the values."""
    name, exact = plain_name(operator)
    if name in COMPARISONS or name in CONTAINMENTS:
        return compare(name, left, right, exact=exact)
    match name:
        case "+":
            return add(left, right, meter)
        case "":  # "-" without its dash
            return subtract(left, right)
        case "*":
            return multiply(left, right, meter)
        case "/":
            return divide(left, right)
        case "%":
            return remainder(left, right)
        case "..":
            return between(left, right, meter)
        case "f":
            return filled(left, right, meter)
        case "join":
            return join(left, to_text(right), meter)
        case "split":
            return split(left, right, exact=exact)
        case "replace":
            return replace(left, right, meter, exact=exact)
        case "xor":
            return to_bool(left) != to_bool(right)
        case "is" | "isnot":
            return is_type(plain(left), _type_name(right)) == (name == "is")
        case _:
            raise failed(f"The operator '{visible(operator)}' is not known here.")


def apply_unary(operator: str, value: Any, meter: Meter) -> Any:
    """Any operator of one value but `++` and `--`, which change a variable."""
    match operator.lower():
        case "-not":
            return not to_bool(value)
        case "-":
            return subtract(0, value)
        case "+":
            return to_number(value)
        case "-join":
            return join(value, "", meter)
        case "-split" | "-csplit":
            return split(value, None)
        case _:
            raise failed(f"The operator '{visible(operator)}' is not known here.")


def _type_name(value: Any) -> str:
    return value.full_name if isinstance(value, TypeValue) else to_text(value)
