"""Which values are equal, which is greater, which match (about_Comparison_Operators).

The right side becomes the type of the left one. Texts are compared without case unless the operator begins with c.
"""

from datetime import datetime, timedelta
from typing import Any

from ..failures import CommandFailed, failed
from .convert import instant, to_bool, to_moment, to_number, to_text, type_value
from .kinds import NOTHING, TypeValue, type_name_of
from .patterns import expression, wildcard


def equal(left: Any, right: Any, *, exact: bool = False) -> bool:
    """`-eq` for single values. What cannot be converted is not equal."""
    left = None if left is NOTHING else left
    right = None if right is NOTHING else right
    if left is None or right is None:
        return left is None and right is None
    try:
        match left:
            case str():
                return folded(left, exact) == folded(to_text(right), exact)
            case bool():
                return left == to_bool(right)
            case int() | float():
                return bool(left == to_number(right))
            case datetime():
                return _moments(left, to_moment(right)) == 0
            case TypeValue():
                return left.full_name.casefold() == type_value(to_text(right)).full_name.casefold()
            case _:
                return bool(left == right) if isinstance(right, type(left)) else _same_text(left, right)
    except CommandFailed:
        return False


def _same_text(left: Any, right: Any) -> bool:
    return isinstance(right, str) and to_text(left).casefold() == right.casefold()


def folded(text: str, exact: bool) -> str:
    return text if exact else text.casefold()


def order(left: Any, right: Any, *, exact: bool = False) -> int:
    """Negative, zero or positive, as the left value comes before, with or after the right one."""
    left = None if left is NOTHING else left
    right = None if right is NOTHING else right
    if left is None or right is None:
        if isinstance(left, int | float) or isinstance(right, int | float):  # $null counts as 0 beside numbers
            return _sign(to_number(left), to_number(right))
        return (left is not None) - (right is not None)
    match left:
        case str():
            a, b = (left, to_text(right)) if exact else (left.casefold(), to_text(right).casefold())
            return (a > b) - (a < b)
        case bool() | int() | float():
            return _sign(left, to_number(right))
        case datetime():
            return _moments(left, to_moment(right))
        case timedelta() if isinstance(right, timedelta):
            return (left > right) - (left < right)
        case _:
            raise failed(
                f'Cannot compare "{type_name_of(left)}": it is not a number, a text or a date. '
                "Remedy: compare one of its properties.",
                error_id="NotIcomparable",
            )


def _sign(left: int | float, right: int | float) -> int:
    return (left > right) - (left < right)


def _moments(left: datetime, right: datetime) -> int:
    if left.tzinfo is None or right.tzinfo is None:  # .NET compares what the clocks show
        left, right = left.replace(tzinfo=None), right.replace(tzinfo=None)
    else:
        left, right = instant(left), instant(right)
    return (left > right) - (left < right)


def like(text: Any, pattern: Any, *, exact: bool = False) -> bool:
    """`-like`."""
    return wildcard(to_text(pattern), exact=exact).fullmatch(to_text(text)) is not None


def matches(text: Any, pattern: Any, *, exact: bool = False) -> bool:
    """`-match`, without its $Matches."""
    return expression(to_text(pattern), exact=exact).search(to_text(text)) is not None


def contains(items: list[Any], wanted: Any, *, exact: bool = False) -> bool:
    """`-contains`."""
    return any(equal(item, wanted, exact=exact) for item in items)
