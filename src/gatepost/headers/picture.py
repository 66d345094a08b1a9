"""The way of a message as a picture: stations from left to right, and between them time, delay and encryption.

An SVG that stands alone or in a page: no script, no font or file from elsewhere, colours for light and dark. Whether a
hop is trusted or encrypted is told by shape and word, and by colour only besides. `layout` has the places.
"""

from collections.abc import Sequence

from .analysis import Analysis
from .answer import sentence_of
from .fitting import cut_to, lines_of, width_of, written
from .layout import CARD_HEIGHT, MARGIN, WIDTH, Layout, Spot, layout_for
from .picture_style import PICTURE_CLASS, PICTURE_STYLE
from .stations import Passage, Station, stations_of
from .words import brief, duration, word

_TEXT = 13
_ROLE = 12
_SMALL = 11
_MOST_LINES = 5  # on a card, above the trust
_VERDICT = 15
_BOLD = 1.13  # how much wider bold letters are
_LEAST_BAR = 3.0  # a delay that is none at all has no bar; a short one can still be seen
# Marks are drawn in a square of 14.
_LOCK = '<rect x="2" y="6" width="10" height="7" rx="1.5"/><path d="M4 6V4a3 3 0 0 1 6 0v2"/>'
_OPEN_LOCK = '<rect x="2" y="6" width="10" height="7" rx="1.5"/><path d="M8 6V3.5a2.8 2.8 0 0 1 5.6 0V5"/>'
_WEAK_LOCK = f'{_LOCK}<path d="M3.5 12.5l7-6"/>'
_SHIELD = '<path d="M7 1l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V3z"/>'
_SHARE = '<rect class="track" y="4" width="14" height="7" rx="2"/><rect class="bar" y="4" width="8" height="7" rx="2"/>'
_TRUST = {
    "trusted": ("good", f'{_SHIELD}<path d="M4.8 7l1.6 1.6L9.4 5.4"/>'),
    "claimed": ("warn", f'{_SHIELD}<path d="M5.6 5.6a1.4 1.4 0 1 1 1.8 1.4L7 7.4V8M7 9.9V10"/>'),
    "suspect": ("bad", '<path d="M7 1.5l6 11H1z"/><path d="M7 5.5v3.2M7 10.7v.1"/>'),
}


def draw_picture(
    analysis: Analysis, *, language: str = "en", name: str = "way", heading: bool = True, styled: bool = True
) -> str:
    """The picture as one SVG element.

    `name` begins every id, so that several pictures can stand in one page. Without `heading` the verdict is not drawn
    (its page has it already); without `styled` the page brings PICTURE_STYLE, or colours of its own, in a sheet.
    Raises ValueError for a name that is no identifier.
    """
    if not (name.isascii() and name.isidentifier()):
        raise ValueError(f"{name!r} cannot begin an id. Remedy: use letters, digits and underscores.")
    stations = stations_of(analysis, language)
    verdict = (
        lines_of(sentence_of(analysis, language=language), WIDTH - 2 * MARGIN, _VERDICT * _BOLD, 3) if heading else []
    )
    top = 20.0 * len(verdict) + 2 * MARGIN if verdict else MARGIN
    places = layout_for(len(stations), top)
    parts = [_heading(verdict)]
    parts += [
        _passage(station.passage, before, spot, places, language)
        for station, before, spot in zip(stations[1:], places.spots, places.spots[1:], strict=False)
        if station.passage is not None
    ]
    parts += [_station(station, spot, language) for station, spot in zip(stations, places.spots, strict=True)]
    if not stations:
        parts.append(_text(word("picture.no_hops", language), MARGIN, top + _TEXT, "quiet"))
    parts.append(_foot(analysis, stations, places, language))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{PICTURE_CLASS}" lang="{language}" '
        f'viewBox="0 0 {WIDTH} {_number(places.height)}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{written(word("picture.title", language))}</title>'
        f'<desc id="{name}-desc">{_told(analysis, stations, language)}</desc>'
        f"{f'<style>{PICTURE_STYLE}</style>' if styled else ''}"
        f'<rect class="ground" width="{WIDTH}" height="{_number(places.height)}" rx="8"/>'
        f"{''.join(parts)}</svg>"
    )


def _told(analysis: Analysis, stations: Sequence[Station], language: str) -> str:
    """What the picture shows, in words, for those who do not see it."""
    sentences = [sentence_of(analysis, language=language)]
    if stations:
        sentences.append(word("picture.oldest_first", language))
        sentences += [f"{station.spoken}{'.' if language == 'en' else '。'}" for station in stations]
    if analysis.total is not None:
        sentences.append(_total(analysis.total, language))
    return written((" " if language == "en" else "").join(sentences), 20_000)


def _total(seconds: float, language: str) -> str:
    colon = ": " if language == "en" else "："
    return f"{word('title.total', language)}{colon}{duration(seconds, language)}"


def _heading(lines: Sequence[str]) -> str:
    return "".join(_text(line, MARGIN, MARGIN + 16 + 20 * row, "verdict") for row, line in enumerate(lines))


# --- stations -------------------------------------------------------------------------------------------------------


def _station(station: Station, spot: Spot, language: str) -> str:
    """A card: the role, the host, what else is known of it, and whether its line can be believed."""
    left, room = spot.left + 12, spot.width - 24
    if station.left_out:
        words = lines_of(station.host, room, _TEXT, 3)
        middle = spot.left + spot.width / 2
        rows = [_text(row, middle, spot.top + 56 + 17 * n, "middle") for n, row in enumerate(words)]
        return f'<g class="left-out">{_card(spot)}{"".join(rows)}</g>'
    parts = [f"<title>{written(station.full, 2_000)}</title>", _card(spot)]
    number = "" if station.number is None else str(station.number)
    parts.append(_text(number, spot.left + spot.width - 12, spot.top + 20, "quiet end"))
    roles = lines_of(station.role, room - 14, _ROLE * _BOLD, 2)
    hosts = lines_of(station.host, room, _TEXT, 2)
    spare = _MOST_LINES - len(roles) - len(hosts) - len(station.rows)  # for the first row, if it is long
    rows = [
        line
        for place, row in enumerate(station.rows)
        for line in lines_of(row, room, _SMALL, 1 if place else 1 + max(0, spare))
    ]
    level = spot.top + 5
    for kind, height, lines in (("role", 15, roles), ("", 17, hosts), ("quiet", 15, rows)):
        for line in lines:
            level += height
            parts.append(_text(line, left, level, kind))
    tone, mark = _TRUST[station.trust]
    bottom = spot.top + CARD_HEIGHT - 11
    parts.append(
        f'<g class="{tone}">{_mark(mark, left, bottom - 11)}'
        f"{_text(word(f'trust.{station.trust}', language), left + 19, bottom, 'quiet')}</g>"
    )
    return f'<g class="{station.trust}{" own" if station.ours else ""}">{"".join(parts)}</g>'


def _card(spot: Spot) -> str:
    return (
        f'<rect class="card" x="{_number(spot.left)}" y="{_number(spot.top)}" width="{_number(spot.width)}" '
        f'height="{CARD_HEIGHT}" rx="8"/>'
    )


# --- what lies between ----------------------------------------------------------------------------------------------


def _passage(passage: Passage, before: Spot, spot: Spot, places: Layout, language: str) -> str:
    """An arrow with the delay above it and the encryption below. The thick part is the delay's part of all waiting."""
    if spot.top == before.top:
        left, right, level = before.left + before.width + 4, spot.left - 4, before.top + CARD_HEIGHT / 2
        line = f"M{_number(left)} {_number(level)}H{_number(right - 6)}"
        head = f"M{_number(right)} {_number(level)}l-8 -4.5v9z"
    else:  # around, in the lane between two rows
        start, end = before.left + before.width / 2, spot.left + spot.width / 2
        level = before.top + CARD_HEIGHT + places.lane / 2
        down = spot.top - 4
        line = (
            f"M{_number(start)} {_number(before.top + CARD_HEIGHT + 3)}V{_number(level)}"
            f"H{_number(end)}V{_number(down - 6)}"
        )
        head = f"M{_number(end)} {_number(down)}l-4.5 -8h9z"
        middle = (start + end) / 2
        left, right = middle - 60, middle + 60
    middle = (left + right) / 2
    parts = [f'<path class="line" d="{line}"/><path class="head" d="{head}"/>']
    if passage.share > 0:
        length = max(_LEAST_BAR, passage.share * (right - left - 10))
        parts.append(
            f'<rect class="track" x="{_number(left)}" y="{_number(level - 3.5)}" width="{_number(right - left - 10)}" '
            f'height="7" rx="2"/><rect class="bar" x="{_number(left)}" y="{_number(level - 3.5)}" '
            f'width="{_number(length)}" height="7" rx="2"/>'
        )
    parts += _delay(passage, middle, level, language)
    parts.append(_secured(passage, middle, level, language))
    return f"<g>{''.join(parts)}</g>"


def _delay(passage: Passage, middle: float, level: float, language: str) -> list[str]:
    if passage.delay is None:
        return (
            [_text(word("picture.no_time", language), middle, level - 10, "quiet middle")] if passage.timeless else []
        )
    told = brief(passage.delay, language)
    if not passage.skewed:
        return [_text(told, middle, level - 10, "middle")]
    return [
        _text(told, middle, level - 24, "bad middle"),
        _text(word("picture.clocks", language), middle, level - 10, "quiet bad middle"),
    ]


def _secured(passage: Passage, middle: float, level: float, language: str) -> str:
    """The lock and its words, centred."""
    if passage.network is False:
        return ""
    if not passage.encrypted:
        tone, mark, told = "warn", _OPEN_LOCK, word("picture.in_clear", language)
    elif passage.weak:
        tone, mark, told = "bad", _WEAK_LOCK, passage.version
    else:
        tone, mark, told = "good", _LOCK, passage.version or word("picture.tls", language)
    told = cut_to(told, 64, _SMALL)
    left = middle - (18 + width_of(told, _SMALL)) / 2
    parts = [_mark(mark, left, level + 10), _text(told, left + 18, level + 21, "quiet")]
    if passage.weak:
        parts.append(_text(word("picture.outdated", language), middle, level + 36, "quiet middle"))
    return f'<g class="{tone}">{"".join(parts)}</g>'


# --- below ----------------------------------------------------------------------------------------------------------


def _foot(analysis: Analysis, stations: Sequence[Station], places: Layout, language: str) -> str:
    """What the signs mean, as far as they occur, and the time the whole way took."""
    level = places.height - MARGIN
    left = float(MARGIN)
    parts = []
    passages = [it.passage for it in stations if it.passage is not None]
    signs = [
        (*_TRUST[kind], word(f"trust.{kind}", language)) for kind in _TRUST if kind in {it.trust for it in stations}
    ]
    if any(it.encrypted for it in passages):
        signs.append(("good", _LOCK, word("picture.key.tls", language)))
    if any(it.network and not it.encrypted for it in passages):
        signs.append(("warn", _OPEN_LOCK, word("picture.in_clear", language)))
    if any(it.share > 0 for it in passages):
        signs.append(("", _SHARE, word("picture.key.delay", language)))
    for tone, mark, told in signs:
        parts.append(f'<g class="{tone}">{_mark(mark, left, level - 11)}</g>{_text(told, left + 19, level, "quiet")}')
        left += 19 + width_of(told, _SMALL) + 18
    if analysis.total is not None:
        parts.append(_text(_total(analysis.total, language), WIDTH - MARGIN, level, "end"))
    return "".join(parts)


# --- strokes --------------------------------------------------------------------------------------------------------


def _mark(strokes: str, left: float, top: float) -> str:
    return f'<g class="mark" transform="translate({_number(left)} {_number(top)})">{strokes}</g>'


def _text(text: str, left: float, level: float, kind: str = "") -> str:
    """One line of text, escaped."""
    if not text:
        return ""
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{_number(left)}" y="{_number(level)}"{classes}>{written(text)}</text>'


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
