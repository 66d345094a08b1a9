"""One kind of property values, and what is said of a value that is refused.

`read` takes a JSON value (or the text of a flag) and returns the model's value; it raises Wrong with words
that end the sentence "OBJECT: PROPERTY …". `show` is its inverse: `read(show(x)) == x`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_MAX_TEXT = 2048


class Wrong(ValueError):
    """A value that is refused. `words` says what it is, `remedy` what to do; both without the final full stop."""

    def __init__(self, words: str, remedy: str) -> None:
        self.words, self.remedy = words, remedy
        super().__init__(f"{words}. Remedy: {remedy}.")


class Wrongs(ValueError):
    """Several members of one list are refused."""

    def __init__(self, wrongs: Sequence[Wrong]) -> None:
        self.wrongs = tuple(wrongs)
        super().__init__(" ".join(map(str, wrongs)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How values of one kind are read and shown. `each`: a list, whose `read` and `show` take one member.

    A `secret` is kept apart and never shown; one with `hashed` is kept as its hash alone, in the model.
    """

    word: str  # for flags and documentation: "true|false", "network", "domain"
    read: Callable[[Any], Any]
    show: Callable[[Any], Any] = lambda value: value
    each: bool = False
    secret: bool = False
    hashed: Callable[[str], str] | None = None


def line(value: Any) -> str:
    """Text on one line, without the white space around it."""
    if not isinstance(value, str):
        raise Wrong(f"must be text, is {value!r}", "put it in quotes")
    if len(value) > _MAX_TEXT:
        raise Wrong(f"is {len(value)} characters long", f"keep it within {_MAX_TEXT}")
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise Wrong("contains control characters", "write it on one line without them")
    return value.strip()


def optional(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """None, the empty text and `$null` mean: not set."""

    def reading(value: Any) -> Any:
        if value is None:
            return None
        text = line(value)
        return None if not text or text.lower() == "$null" else read(text)

    return reading
