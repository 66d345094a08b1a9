"""What the rooms below say, in the reader's language.

A refusal, a finding or a reason is English wherever it is made, kept and handed on: in the log, in the trace, over
REST, and in what was stored last year. Only a page has a reader with a language. So a page *reads* the sentence: it
looks for the template that the sentence was made of, takes the values out of it, and says the same in Chinese (decision
0022). `scripts/catalogues` finds the templates where they stand, in the literals and f-strings of the rooms below.

A value is read in its turn, since it may be a phrase of ours; what stands in quotes never is, for that is somebody's
name. What no template fits stays English, and `told` marks it as such.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from markupsafe import Markup

from gatepost.mail import ALERT_WORDS, COLUMN, Cause, Language, remedy, why

from ..refusals import FIELDS
from .catalogue import ENGLISH, TRADITIONAL, sentences_of, words_of

MOST_CHARACTERS: Final = 3000  # of a text that is read; a longer one quotes something large
MOST_TRIES: Final = 100  # parts of a text that are looked up
MOST_INITIALS: Final = 200
LOOSE: Final = 14  # a template of fewer letters is taken only where nothing else fits
PLACE: Final = re.compile(r"\{(\w+)\}")
_END_OF_SENTENCE = re.compile(r"\. (?=[A-Z'])")
_REMEDY: Final = " Remedy: "
_COMMAND: Final = "gatepost "
_OBJECT = re.compile(r"([a-z][a-zA-Z ]+) '([^']*)'(?:: |$)")
_REPLY = re.compile(r"[245]\d\d[ -]")  # what a server said, which is nobody's to translate
_QUOTED = re.compile(r"'[^']*'")
_NAMES = re.compile(r"[^ ,]+(?:, [^ ,]+)*(?: and (?:\d{1,9} more|[^ ,]+))?")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SPACED_PLACE = re.compile(r"( ?)\{(\w+)\}( ?)")
_LATIN = re.compile(r"[!-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A sentence with places: what stands before, between and after them, and how the other language puts it."""

    pieces: tuple[str, ...]
    places: tuple[str, ...]
    translated: str
    weight: int  # letters of a sentence that it explains by itself

    @classmethod
    def of(cls, text: str, translated: str) -> "Template":
        parts = PLACE.split(text)
        pieces = tuple(parts[::2])
        return cls(pieces=pieces, places=tuple(parts[1::2]), translated=translated, weight=sum(map(len, pieces)))

    def values(self, sentence: str) -> list[str] | None:
        """What stands in the places, each as short as it can be; None if the sentence is another. Linear time."""
        first, *inner, last = self.pieces
        if len(sentence) < self.weight or not (sentence.startswith(first) and sentence.endswith(last)):
            return None
        found, at, end = [], len(first), len(sentence) - len(last)
        for number, piece in enumerate(inner):
            hit = sentence.find(piece, at, end) if piece else _side_by_side(sentence, at, end, inner[number + 1 :])
            if hit < 0:
                return None
            found.append(sentence[at:hit])
            at = hit + len(piece)
        return [*found, sentence[at:end]]

    def opening(self, text: str) -> tuple[list[str], str] | None:
        """What stands in the places if a text begins with this phrase, and what follows it."""
        last = self.pieces[-1]
        if not last or not text.startswith(self.pieces[0]):
            return None
        end = len(self.pieces[0])
        for piece in self.pieces[1:]:
            end = text.find(piece, end) + len(piece)
            if end < len(piece):
                return None
        values = self.values(text[:end])
        return (values, text[end:]) if values is not None and text[end : end + 1] == " " else None

    def verbatim(self, number: int) -> bool:
        """Whether a place stands in quotes, as names and values of others do, or in a command, which is typed."""
        before, after = self.pieces[number], self.pieces[number + 1]
        quoted = before[-1:] == after[:1] and before[-1:] in ("'", '"', "`")
        return quoted or any(_COMMAND in piece for piece in self.pieces[: number + 1])


def _side_by_side(sentence: str, at: int, end: int, pieces: Sequence[str]) -> int:
    """Where the first of two places ends: the second is an afterthought, and begins with a space or is empty."""
    following = next((piece for piece in pieces if piece), None)
    stop = end if following is None else sentence.find(following, at, end)
    blank = sentence.find(" ", at, stop)
    return stop if stop < 0 or blank < 0 else blank


class Reader:
    """Reads English sentences and says them in one other language."""

    def __init__(self, language: str, texts: Iterable[tuple[str, str]]) -> None:
        self.words = words_of(language)
        self.quotes = "「{}」" if language == TRADITIONAL else "“{}”"
        self.whole: dict[str, str] = {}
        templates = []
        for text, translated in texts:
            if PLACE.search(text):
                templates.append(Template.of(text, translated))
            else:
                self.whole[text] = translated
        self.templates = sorted(templates, key=lambda it: -it.weight)
        self._by_initial: dict[str, list[Template]] = {}
        self.read = lru_cache(maxsize=4096)(self._read)  # pages show the same sentences over and over

    def _read(self, text: str) -> str | None:
        """The sentence or sentences, or None where no template fits."""
        return _Reading(self).said(text.strip()) if len(text) <= MOST_CHARACTERS else None

    def beginning(self, initial: str) -> list[Template]:
        """The templates that a sentence with this first letter may be made of; who explains most comes first."""
        if initial not in self._by_initial:
            found = [it for it in self.templates if it.pieces[0][:1] in ("", initial)]
            if len(self._by_initial) > MOST_INITIALS:  # strangers choose what stands in a place
                return found
            self._by_initial[initial] = found
        return self._by_initial[initial]


class _Reading:
    """One text being read. Strangers choose what stands in places, so there is an end to trying."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.left = MOST_TRIES

    def said(self, text: str) -> str | None:
        self.left -= 1
        if self.left < 0 or " " not in text or _REPLY.match(text):
            return None
        if _REMEDY in text:
            return self._with_remedy(text)
        stop = "。" if text.endswith(".") else ""
        sentence = text.removesuffix(".")
        if whole := self.reader.whole.get(sentence):
            return whole + stop
        if text.startswith(_COMMAND):
            return None
        if found := self._of_object(text) or self._of_property(text):
            return found
        across = None
        for template in self.reader.beginning(sentence[:1]):
            values = template.values(sentence)
            if values is None:
                continue
            if template.weight >= LOOSE and not any(map(_END_OF_SENTENCE.search, values)):
                return self._filled(template, values) + stop
            across = across or (template, values)
        if found := self._sentences(text) or self._joined(text):
            return found
        return self._filled(*across) + stop if across else None

    def _filled(self, template: Template, values: list[str]) -> str:
        filled = {
            name: value if template.verbatim(number) else self._value(value)
            for number, (name, value) in enumerate(zip(template.places, values, strict=True))
        }
        return _SPACED_PLACE.sub(lambda place: _spaced(filled[place[2]], place), template.translated)

    def _value(self, value: str) -> str:
        if _QUOTED.fullmatch(value):
            return self.reader.quotes.format(value[1:-1])
        if value in NOUNS:
            return self.reader.words.gettext(value)
        if " " not in value:
            return self.reader.whole.get(value, value)
        return self.said(value.strip()) or self._listed(value) or value

    def _listed(self, value: str) -> str | None:
        """Several phrases or names, as we join them."""
        if _NAMES.fullmatch(value):
            *names, last = re.split(", | and ", value)
            if last.endswith(" more"):
                last = self.reader.words.gettext("%(num)d more") % {"num": int(last.removesuffix(" more"))}
            return "、".join([*names, last])
        for between, shown in (("; ", "；"), (", ", "，")):
            parts = value.split(between, MOST_TRIES)
            if 1 < len(parts) < MOST_TRIES:
                said = [self.said(part) for part in parts]
                if all(said):
                    return shown.join(filter(None, said))
        return None

    def _sentences(self, text: str) -> str | None:
        """Sentences one after the other."""
        for end in _END_OF_SENTENCE.finditer(text):
            first = self.said(text[: end.start() + 1])
            if first and (rest := self.said(text[end.end() :])):
                return first + rest
        return None

    def _joined(self, text: str) -> str | None:
        """A phrase that others follow: "Connector 'X' lists the client (…), but" and what is against it."""
        for template in self.reader.beginning(text[:1]):
            opened = template.opening(text)
            if opened and (rest := self.said(opened[1].strip())):
                return self._filled(template, opened[0]) + rest
        return None

    def _with_remedy(self, text: str) -> str | None:
        what, _, step = text.partition(_REMEDY)
        said = self.said(what)
        return said and f"{said}{self.reader.words.gettext('What to do:')}{self.said(step) or step}"

    def _of_object(self, text: str) -> str | None:
        """An object and what is said of it, as `config.validate` puts it in front of what its rules find."""
        named = _OBJECT.match(text)
        if named is None or named[1] not in NOUNS:
            return None
        name, rest = self.reader.words.gettext(named[1]) + self.reader.quotes.format(named[2]), text[named.end() :]
        said = self.said(rest) if rest else None
        return f"{name}：{said}" if said else name if not rest else None

    def _of_property(self, text: str) -> str | None:
        """A property, and what is wrong with it."""
        name, _, words = text.partition(" ")
        said = self.said(words) if name in FIELDS else None
        return f"{name} {said}" if said else None


def _spaced(value: str, place: re.Match[str]) -> str:
    """A value in its place, with spaces where its Latin letters and digits meet Chinese, and nowhere else."""
    before, after = place.string[: place.start()][-1:], place.string[place.end() :][:1]
    start, end = place[1], place[3]
    if _CHINESE.match(before):
        start = " " if _LATIN.match(value) else ""
    if _CHINESE.match(after):
        end = " " if _LATIN.match(value[-1:]) else ""
    return start + value + end


@cache
def reader_of(language: str) -> Reader:
    """The reader for one of LANGUAGES other than English, made once."""
    known = Language(language)
    return Reader(language, [*sentences_of(language), *_causes(known), *_alerts(known)])


def _causes(language: Language) -> Iterable[tuple[str, str]]:
    """What `mail` says of causes; it has its words in every language already, for those it writes to."""
    for say in (why, remedy):
        for cause in Cause:
            yield say(cause).removesuffix("."), say(cause, language).removesuffix("。")


def _alerts(language: Language) -> Iterable[tuple[str, str]]:
    """The same of alerts."""
    for row in ALERT_WORDS.values():
        yield row[0].removesuffix("."), row[COLUMN[language]].removesuffix("。")


def read(text: str, language: str) -> str:
    """A sentence of the rooms below in this language, or as it is."""
    return text if language == ENGLISH else reader_of(language).read(text) or text


def told(text: str | Markup | None, language: str) -> str | Markup:
    """The same for a page, which says where it stays English. Nothing is told of nothing."""
    if language == ENGLISH or not text or isinstance(text, Markup):
        return text or ""
    return reader_of(language).read(str(text)) or Markup('<span lang="en">{}</span>').format(text)


def N_(text: str) -> str:  # noqa: N802  gettext has called it so since 1995
    """A word for the catalogues that is said elsewhere."""
    return text


N_("%(num)d more")
NOUNS: Final = (  # that stand in sentences by themselves
    N_("organization"),
    N_("accepted domain"),
    N_("inbound connector"),
    N_("outbound connector"),
    N_("transport rule"),
    N_("user"),
    N_("token"),
    N_("recipient"),
    N_("device"),
    N_("DKIM signing configuration"),
    N_("certificate"),
    N_("address"),
)
