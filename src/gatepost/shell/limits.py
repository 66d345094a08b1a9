"""How much one run of a script may do, so that a loop without an end becomes a sentence instead of a hang.

The numbers are far above what a script that manages mail needs, and far below what a machine cannot bear.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from gatepost.errors import ScriptRefused

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`steps` counts statements and iterations; `text` bounds the characters of a script, `string`
    those of one value. `items` bounds the length of one array; `depth` how deep script blocks may call one another.
    """

    steps: int = 1_000_000
    text: int = 10_000_000
    string: int = 16_000_000
    items: int = 1_000_000
    depth: int = 12


class Meter:
    """Counts what one run does."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._steps = 0
        self._depth = 0

    def start(self) -> None:
        """A new run begins; the last one may have ended anywhere."""
        self._steps = self._depth = 0

    def step(self) -> None:
        """One statement or one iteration."""
        self._steps += 1
        if self._steps > self.limits.steps:
            raise ScriptRefused(
                f"It took more than {self.limits.steps:,} steps, so it was stopped. "
                "Remedy: look for a loop whose condition never becomes false, or divide the work among several runs."
            )

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """The same items, each a step."""
        for item in items:
            self.step()
            yield item

    def deeper(self) -> None:
        """A script block begins inside another; `shallower` must follow."""
        self._depth += 1
        if self._depth > self.limits.depth:
            self._depth -= 1
            raise ScriptRefused(
                f"Its script blocks call one another more than {self.limits.depth} deep, so it was stopped. "
                "Remedy: use a foreach loop instead of a block that runs itself."
            )

    def shallower(self) -> None:
        self._depth -= 1

    def length(self, count: int) -> None:
        """An array of this many items is about to be made."""
        if count > self.limits.items:
            raise ScriptRefused(
                f"An array would hold {count:,} items; at most {self.limits.items:,} are allowed. "
                "Remedy: send the objects through a pipeline, or divide the work."
            )

    def size(self, count: int) -> None:
        """A text of this many characters is about to be made."""
        if count > self.limits.string:
            raise ScriptRefused(
                f"A text would be {count:,} characters long; at most {self.limits.string:,} are allowed. "
                "Remedy: look for a loop that makes a text longer and longer."
            )

    def collected(self, items: Iterable[Any]) -> list[Any]:
        """The items as an array, if it does not grow too long."""
        found: list[Any] = []
        for item in items:
            found.append(item)
            if len(found) > self.limits.items:
                self.length(len(found))
        return found
