"""The addresses in a header field such as To: lists, names, comments and groups (RFC 5322 §3.4).

What stands there is taken as it is: whether it is an address at all, the relay says.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"|<[^<>]*+>|\[[^\]]*+\]|\\.|[,:;()]|[^",:;()<>\[\]\\]++|.', re.DOTALL)


def addresses_in(field: str) -> list[str]:
    """Every address of the value of a field, in order.

    >>> addresses_in('"Doe, Jane" <jane@contoso.com>, bob (Bob), Staff: a@x.example, b@x.example;')
    ['jane@contoso.com', 'bob', 'a@x.example', 'b@x.example']
    """
    return [found for found in _specs(field) if found]


def _specs(field: str) -> Iterator[str]:
    angle, words, depth = "", "", 0
    for piece in _TOKEN.findall(field):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif piece in (",", ";"):
            yield angle or words.strip()
            angle, words = "", ""
        elif piece == ":":
            words = ""  # the name of a group
        elif piece.startswith("<") and len(piece) > 1:
            angle = piece[1:-1].strip()
        else:
            words += piece
    yield angle or words.strip()
