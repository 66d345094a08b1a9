"""Foreign text made fit for a picture: harmless, escaped, and no wider than its place."""

import html
import unicodedata

from gatepost.mail import visible

_HALF = 0.56  # of the font's height: the mean width of a letter; a full-width one takes two
_BROAD = frozenset("mwMW@%&")
_LONGEST = 400


def written(text: str, limit: int = _LONGEST) -> str:
    """Text as XML holds it, with every character that could act, hide or reorder written as an escape."""
    return html.escape(visible(text, limit), quote=False).replace('"', "&quot;")


def width_of(text: str, size: float) -> float:
    """About how wide the text is at a font size, on the safe side; in the units of the size."""
    return sum(map(_halves, text)) * _HALF * size


def _halves(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return 2.0
    return 1.35 if sign in _BROAD or sign.isupper() else 1.0


def cut_to(text: str, room: float, size: float) -> str:
    """The text, harmless but not yet escaped; shortened in its middle, where names differ least."""
    text = visible(text, _LONGEST)
    if width_of(text, size) <= room:
        return text
    half = (room - width_of("…", size)) / 2
    return f"{_start(text, half, size)}…{_start(text[::-1], half, size)[::-1]}"


def lines_of(text: str, room: float, size: float, most: int) -> list[str]:
    """The text in at most so many lines, broken after a space, a dot or the like if there is one, else anywhere."""
    rest = visible(text, _LONGEST)
    found: list[str] = []
    while rest:
        if len(found) == most - 1:
            found.append(cut_to(rest, room, size))
            break
        line = _start(rest, room, size) or rest[0]
        if len(line) < len(rest):
            # A full-width text breaks anywhere; a word of letters does not, if it began on this line.
            place = max(line.rfind(sign) for sign in " .:-_，。、（")
            if place > 0 and unicodedata.east_asian_width(rest[len(line)]) not in "WF":
                line = line[: place + 1]
        found.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return found


def _start(text: str, room: float, size: float) -> str:
    """As much of the text as fits."""
    for place, sign in enumerate(text):
        room -= _halves(sign) * _HALF * size
        if room < 0:
            return text[:place]
    return text
