"""Every code that stands for a key or a value of a decoded header."""

from typing import Final

from .filter_words import FILTER_WORDS
from .transport_words import TRANSPORT_WORDS

MEANINGS: Final = {**FILTER_WORDS, **TRANSPORT_WORDS}
