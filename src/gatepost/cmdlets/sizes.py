"""How many objects a cmdlet shows: `-ResultSize`, and pages."""

from typing import Final

from gatepost.shell import BindingRefused, Bound, Parameter

from .cmdlet import Cmdlet, Shown

MOST_ROWS: Final = 5000  # of one answer of the queue or the trace
_DEFAULT: Final = 1000

RESULT_SIZE = Parameter(name="ResultSize", help="How many objects at most: a number, or Unlimited. Default: 1000.")


def result_size(bound: Bound) -> int | None:
    """The number that was asked for; None for Unlimited. Raises BindingRefused."""
    given = str(bound.get("ResultSize") or _DEFAULT).strip()
    if given.lower() == "unlimited":
        return None
    if given.isascii() and given.isdigit() and int(given[:10]) > 0:
        return int(given[:10])
    raise BindingRefused([f"ResultSize '{given[:40]}' is not a number. Remedy: write 100, or Unlimited."])


def positive(bound: Bound, name: str, default: int) -> int:
    """A whole number above 0. Raises BindingRefused."""
    number = int(bound.get(name, default))
    if number < 1:
        raise BindingRefused([f"{name} must be 1 or more, is {number}. Remedy: correct the number."])
    return number


def cut(cmdlet: Cmdlet, bound: Bound, objects: Shown) -> tuple[Shown, tuple[str, ...]]:
    """No more objects than asked for, and a sentence where that leaves some out."""
    if RESULT_SIZE not in cmdlet.parameters:
        return objects, ()
    most = result_size(bound)
    if most is None or len(objects) <= most:
        return objects, ()
    return objects[:most], (f"Only the first {most} are shown. Remedy: use -ResultSize Unlimited for all of them.",)
