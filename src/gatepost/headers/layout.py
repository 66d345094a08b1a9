"""Where the stations of a picture stand: rows of equal cards, each read from left to right."""

from dataclasses import dataclass
from typing import Final

WIDTH: Final = 960
MARGIN: Final = 20
CARD_HEIGHT: Final = 122
_MOST_IN_A_ROW = 4
_CARDS = {1: 300.0, 2: 300.0, 3: 226.0, 4: 176.0}  # the width of a card by the number in a row
_LANE = 84.0
_FOOT = 44.0


@dataclass(frozen=True, slots=True)
class Spot:
    """The corner of a card, and its width."""

    left: float
    top: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A spot for each station, the height of the lane between two rows, and that of the whole picture."""

    spots: tuple[Spot, ...]
    lane: float
    height: float


def layout_for(count: int, top: float) -> Layout:
    """Rows as even as can be: five stations stand as three and two, not as four and one."""
    rows = -(-count // _MOST_IN_A_ROW)
    columns = -(-count // rows) if rows else 1
    width = _CARDS[columns]
    gap = (WIDTH - 2 * MARGIN - columns * width) / max(columns - 1, 1)
    spots = tuple(
        Spot(
            MARGIN + (place % columns) * (width + gap),
            top + (place // columns) * (CARD_HEIGHT + _LANE),
            width,
        )
        for place in range(count)
    )
    body = rows * CARD_HEIGHT + max(rows - 1, 0) * _LANE if rows else 20.0
    return Layout(spots=spots, lane=_LANE, height=top + body + _FOOT)
