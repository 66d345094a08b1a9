"""A script's text becomes a tree, or one error that says where it stops being understood and what to do.

The readers stand on one another, each knowing a little more of the language: `Reader` (tokens.py), `StringReader`,
`OperandReader`, `ExpressionReader`, `CommandReader`, `StatementReader`, `ScriptReader` (heading.py).
Nothing is read twice, so the time is that of the length.
"""

import re

from gatepost.errors import ScriptRefused

from ..limits import Limits
from ..tree import Script
from .heading import ScriptReader
from .places import Source

_LIMITS = Limits()
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")


def parse(text: str, *, limits: Limits = _LIMITS) -> Script:
    """Reads a script. Nothing of it has run when this raises ScriptRefused, with line, column and the line itself.

    ScriptUnfinished among these says that more text might complete it.
    """
    text = text.removeprefix("\ufeff")  # the byte order mark that Windows editors write
    if len(text) > limits.text:
        raise ScriptRefused(
            f"It is {len(text):,} characters long; at most {limits.text:,} are read. "
            "Remedy: divide it, or read its data with Import-Csv or Get-Content."
        )
    source = Source(text)
    if found := _IMPOSSIBLE.search(text):
        raise source.refused(
            found.start(),
            "A character stands here that no text contains, so this is no script or is not UTF-8. "
            "Remedy: save the script as UTF-8.",
        )
    return ScriptReader(source).script()
