"""Operators between two values, and which of them binds more tightly (about_Operator_Precedence).

Read from the loosest to the tightest. `-and` and `-or` are equals in PowerShell and work from left to right.
The comma binds more tightly than all of these, the unary operators and casts more tightly than the comma.
"""

from enum import IntEnum


class Rank(IntEnum):
    """How tightly an operator binds."""

    LOGICAL = 1
    COMPARISON = 2
    SUM = 3
    PRODUCT = 4
    FORMAT = 5
    RANGE = 6


SIGNS = {"+": Rank.SUM, "-": Rank.SUM, "*": Rank.PRODUCT, "/": Rank.PRODUCT, "%": Rank.PRODUCT, "..": Rank.RANGE}

# These compare texts, so each has a form that minds the case of letters (-ceq) and one that says it does not (-ieq).
_OF_TEXTS = (
    "eq", "ne", "gt", "ge", "lt", "le",
    "like", "notlike", "match", "notmatch", "contains", "notcontains", "in", "notin",
    "replace", "split",
)  # fmt: skip

# Word in lower case, as written after the dash -> the operator in the tree, and its rank.
WORDS: dict[str, tuple[str, Rank]] = {
    **{word: (f"-{word}", Rank.LOGICAL) for word in ("and", "or", "xor")},
    **{word: (f"-{word}", Rank.COMPARISON) for word in (*_OF_TEXTS, "is", "isnot", "join")},
    **{f"c{word}": (f"-c{word}", Rank.COMPARISON) for word in _OF_TEXTS},
    **{f"i{word}": (f"-{word}", Rank.COMPARISON) for word in _OF_TEXTS},
    "f": ("-f", Rank.FORMAT),
}

UNARY_WORDS = {"not": "-not", "join": "-join", "split": "-split", "isplit": "-split", "csplit": "-csplit"}
