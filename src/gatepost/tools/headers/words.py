"""Codes into sentences, in English, 简体中文 and 繁體中文. Every word that a reader of an analysis sees passes here.

What comes out may hold a stranger's words; whoever shows it makes them harmless for the place where it is shown.
"""

from datetime import timedelta
from typing import Final

from .finding_words import FINDING_WORDS
from .meanings import MEANINGS
from .notes import Note
from .sentences import SENTENCES

LANGUAGES: Final = ("en", "zh-Hans", "zh-Hant")
TABLE: Final = {**SENTENCES, **FINDING_WORDS, **MEANINGS}
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


_UNITS: Final = (  # seconds, then one of it and several of it in each language
    (86_400, ("day", "days"), "天", "天"),
    (3_600, ("hour", "hours"), "小时", "小時"),
    (60, ("minute", "minutes"), "分钟", "分鐘"),
    (1, ("second", "seconds"), "秒", "秒"),
)


def duration(seconds: float, language: str = "en") -> str:
    """A length of time in words, down to the second; from a day on, down to the minute. Negative ones have a sign.

    >>> duration(9991)
    '2 hours 46 minutes 31 seconds'
    """
    rest = int(abs(seconds))
    if rest >= 86_400:
        rest -= rest % 60
    parts: list[str] = []
    for size, (one, several), simplified, traditional in _UNITS:
        count, rest = divmod(rest, size)
        if count or (size == 1 and not parts):
            if language == "en":
                parts.append(f"{count} {one if count == 1 else several}")
            else:
                parts.append(f"{count} {simplified if language == 'zh-Hans' else traditional}")
    return ("-" if seconds <= -1 else "") + " ".join(parts)
