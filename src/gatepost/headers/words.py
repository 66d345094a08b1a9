"""Codes into sentences, in English, 简体中文 and 繁體中文. Every word that a reader of an analysis sees passes here.

What comes out may hold a stranger's words; whoever shows it makes them harmless for the place where it is shown.
"""

from datetime import timedelta
from typing import Final, NamedTuple

from gatepost.mail import Language

from .finding_words import FINDING_WORDS
from .meanings import MEANINGS
from .notes import Note
from .picture_words import PICTURE_WORDS
from .sentences import SENTENCES

LANGUAGES: Final = tuple(map(str, Language))
TABLE: Final = {**SENTENCES, **FINDING_WORDS, **MEANINGS, **PICTURE_WORDS}
_LONGEST_ARGUMENT = 200


def say(note: Note, language: str = "en") -> str:
    """The sentence; a code without one says itself."""
    arguments = {name: _argument(value, language) for name, value in note.arguments.items()}
    return word(note.code, language).format_map(arguments)


def word(code: str, language: str = "en") -> str:
    """The words of a code without arguments."""
    return TABLE[code][LANGUAGES.index(language)]


def _argument(value: str | int | timedelta, language: str) -> str:
    match value:
        case timedelta():
            return duration(value.total_seconds(), language)
        case int():
            return str(value)
        case str():
            return value if len(value) <= _LONGEST_ARGUMENT else f"{value[:_LONGEST_ARGUMENT]}…"


class _Unit(NamedTuple):
    """A unit of time: its seconds; one of it, and several; and what stands for it in a narrow place. By language."""

    seconds: int
    one: tuple[str, str, str]
    several: tuple[str, str, str]
    sign: tuple[str, str, str]


_UNITS: Final = (
    _Unit(86_400, ("day", "天", "天"), ("days", "天", "天"), ("d", "天", "天")),
    _Unit(3_600, ("hour", "小时", "小時"), ("hours", "小时", "小時"), ("h", "小时", "小時")),
    _Unit(60, ("minute", "分钟", "分鐘"), ("minutes", "分钟", "分鐘"), ("min", "分", "分")),
    _Unit(1, ("second", "秒", "秒"), ("seconds", "秒", "秒"), ("s", "秒", "秒")),
)


def duration(seconds: float, language: str = "en") -> str:
    """A length of time in words, down to the second; from a day on, down to the minute. Negative ones have a sign.

    >>> duration(9991)
    '2 hours 46 minutes 31 seconds'
    """
    place = LANGUAGES.index(language)
    parts = [f"{count} {(unit.one if count == 1 else unit.several)[place]}" for count, unit in _counted(seconds)]
    return ("-" if seconds <= -1 else "") + " ".join(parts)


def brief(seconds: float, language: str = "en") -> str:
    """A length of time for a narrow place: its two largest units.

    >>> brief(9991)
    '2 h 46 min'
    """
    place = LANGUAGES.index(language)
    parts = [f"{count} {unit.sign[place]}" for count, unit in _counted(seconds)]
    return ("\N{MINUS SIGN}" if seconds <= -1 else "") + " ".join(parts[:2])


def _counted(seconds: float) -> list[tuple[int, _Unit]]:
    """How many of each unit, largest first; at least the seconds."""
    rest = int(abs(seconds))
    if rest >= 86_400:
        rest -= rest % 60
    found: list[tuple[int, _Unit]] = []
    for unit in _UNITS:
        count, rest = divmod(rest, unit.seconds)
        if count or (unit.seconds == 1 and not found):
            found.append((count, unit))
    return found
