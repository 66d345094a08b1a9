"""What an answer means and what to do next, as values: the advice itself, and the row of a table that gives it."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_RANGE = re.compile(r"([245]\.[0-9]+)\.([0-9]+)-([0-9]+)")


@dataclass(frozen=True, slots=True)
class Advice:
    """All sentences: `means` says what happened, `reasons` what usually is behind it, `next_step` what to do about it.

    `facts` are what is known of this one session and bears on it.
    """

    means: str
    next_step: str
    reasons: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row of the tables: which replies it is about, and the advice for them.

    A reply is meant when everything that the row names fits: the enhanced status (`5.7.64`, or a range like
    `5.7.606-649`), the code, and words of the text in any case.
    """

    advice: Advice
    statuses: tuple[str, ...] = ()
    code: int = 0
    says: str = ""

    def covers(self, code: int, statuses: Collection[str], text: str) -> bool:
        """Whether this row is about the reply; `statuses` are the ways to read its status, `text` is in small letters.

        A reply may carry several because servers disagree with themselves: `550 4.4.4`, `451 5.7.3`.
        """
        return (
            (not self.code or self.code == code)
            and (not self.statuses or any(_fits(one, status) for one in self.statuses for status in statuses))
            and self.says in text
        )


def _fits(pattern: str, status: str) -> bool:
    if "-" not in pattern:
        return pattern == status
    found = _RANGE.fullmatch(pattern)
    assert found is not None, pattern
    group, _, detail = status.rpartition(".")
    return group == found[1] and detail.isdigit() and int(found[2]) <= int(detail[:4]) <= int(found[3])


def row(statuses: str, means: str, next_step: str, *reasons: str, code: int = 0, says: str = "") -> Refusal:
    """A row as the tables write it; several statuses are parted by blanks."""
    advice = Advice(means, next_step, reasons)
    return Refusal(advice=advice, statuses=tuple(statuses.split()), code=code, says=says)
