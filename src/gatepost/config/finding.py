"""What the rules say of one property of one object."""

from typing import NamedTuple


class Finding(NamedTuple):
    """`validate` makes it the sentence "OBJECT: PROPERTY WORDS. Remedy: REMEDY."."""

    property: str
    words: str
    remedy: str
