"""The languages in which people are written to. Machines and logs are written to in English alone."""

from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """By its tag (RFC 5646). The order is that of the columns of every table of words."""

    ENGLISH = "en"
    SIMPLIFIED_CHINESE = "zh-Hans"
    TRADITIONAL_CHINESE = "zh-Hant"


COLUMN: Final = {language: number for number, language in enumerate(Language)}
