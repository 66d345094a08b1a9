"""The words of the pages in three languages: English stands in the templates, Chinese in gettext catalogues.

A folder of `locale/` holds one catalogue for each part of the admin centre, so that each stays small enough to read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.pofile import read_po

ENGLISH, SIMPLIFIED, TRADITIONAL = "en", "zh-Hans", "zh-Hant"
LANGUAGES: Final = {ENGLISH: "English", SIMPLIFIED: "简体中文", TRADITIONAL: "繁體中文"}  # each in its own words
ROOM: Final = "room-"  # so begins the catalogue of a room below, whose sentences pages read (sentences.py)
_TRADITIONAL_PLACES = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_QUALITY = re.compile(r"\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*")


def language_of(accepted: str) -> str:
    """The language for an Accept-Language header (RFC 9110 §12.5.4).

    >>> language_of("fr, zh-TW;q=0.9, en;q=0.8")
    'zh-Hant'
    """
    wishes: list[tuple[float, str]] = []
    for part in accepted[:1000].split(","):
        wish, _, quality = part.partition(";")
        wishes.append((_weight(quality), wish.strip().lower()))
    for weight, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if weight <= 0:
            break
        if tag.startswith(_TRADITIONAL_PLACES):
            return TRADITIONAL
        if tag == "zh" or tag.startswith("zh-"):
            return SIMPLIFIED
        if tag == "en" or tag.startswith("en-"):
            return ENGLISH
    return ENGLISH


def _weight(quality: str) -> float:
    """1 where none is given; 0, which refuses the language, where it is none."""
    if not quality.strip():
        return 1.0
    found = _QUALITY.fullmatch(quality)
    return float(found[1]) if found else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. A text that no catalogue has stays English."""

    language: str
    texts: dict[str, str] = field(repr=False)

    def gettext(self, text: str) -> str:
        return self.texts.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Chinese has one form for every number; its translation stands under the singular."""
        return self.texts.get(one, one if count == 1 else many)


@cache
def words_of(language: str) -> Words:
    """The words of one of LANGUAGES, read once."""
    return Words(language=language, texts=dict(_entries(language)))


def sentences_of(language: str) -> Iterable[tuple[str, str]]:
    """The sentences of the rooms below, as the templates they are made of, and their words."""
    return _entries(language, of_rooms=True)


def _entries(language: str, *, of_rooms: bool = False) -> Iterable[tuple[str, str]]:
    if language == ENGLISH:
        return
    folder = files("gatepost.web") / "locale" / language
    for file in sorted(folder.iterdir(), key=lambda it: it.name):
        if file.name.startswith(ROOM) is not of_rooms:
            continue
        for message in read_po(BytesIO(file.read_bytes()), locale=language.replace("-", "_")):
            if message.id and message.string:
                one = message.id if isinstance(message.id, str) else message.id[0]
                yield one, message.string if isinstance(message.string, str) else message.string[0]
