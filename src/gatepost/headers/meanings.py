"""Every code that stands for a key or a value of a decoded header, and the notes that say them."""

from collections.abc import Iterable
from typing import Final

from .filter_words import FILTER_WORDS
from .notes import Note
from .transport_words import TRANSPORT_WORDS

MEANINGS: Final = {**FILTER_WORDS, **TRANSPORT_WORDS}

_NOTES: Final = {code: (Note(code),) for code in MEANINGS}  # made once: most values are the same in every message
_NOTHING: Final[tuple[Note, ...]] = ()


def known(code: str) -> tuple[Note, ...]:
    """The note that says the code, or nothing where nobody knows what it means."""
    return _NOTES.get(code, _NOTHING)


def all_known(codes: Iterable[str]) -> tuple[Note, ...]:
    """The notes of those that somebody knows."""
    return tuple(note for code in codes for note in known(code))
