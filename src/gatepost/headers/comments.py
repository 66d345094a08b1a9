"""Comments in structured fields (RFC 5322 §3.2.2): taken out, so that nothing in them is read as the field's own words.

Each outermost comment leaves a numbered mark in its place. The marks hold NUL, which no field has when it comes here.
"""

import re

# A comment that holds at most one further level, which is nearly every one; the rest are counted one by one.
_SIMPLE = re.compile(r"\(([^()\\]*(?:\([^()\\]*\)[^()\\]*)*)\)")
_PAREN = re.compile(r"\\.|[()]")


def without_comments(text: str) -> tuple[str, list[str]]:
    """The text with a mark (a word of its own) for each comment, and the comments; an unclosed one reaches to the end.

    >>> without_comments("a (b (c)) d")
    ('a  \\x000\\x00  d', ['b (c)'])
    """
    pieces = _SIMPLE.split(text)
    comments = pieces[1::2]
    pieces[1::2] = [f" \0{number}\0 " for number in range(len(comments))]
    bare = "".join(pieces)
    return _counted(text) if "(" in bare or ")" in bare or "\\" in bare else (bare, comments)


def _counted(text: str) -> tuple[str, list[str]]:
    """The same for quoted pairs, deeper levels, and parentheses that nobody closes or opened."""
    bare: list[str] = []
    comments: list[str] = []
    depth, position, opened = 0, 0, 0
    for found in _PAREN.finditer(text):
        match found.group():
            case "(":
                if depth == 0:
                    bare.append(text[position : found.start()])
                    opened = found.end()
                depth += 1
            case ")" if depth == 1:
                bare.append(f" \0{len(comments)}\0 ")
                comments.append(text[opened : found.start()])
                depth, position = 0, found.end()
            case ")" if depth > 1:
                depth -= 1
            case _:
                pass  # a quoted pair, or a parenthesis that closes nothing
    if depth == 0:
        bare.append(text[position:])
    else:
        comments.append(text[opened:])
    return "".join(bare), comments
