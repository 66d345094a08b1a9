"""What could be typed next: commands, parameters, their values, variables."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..parameters import Parameter, Takes
from .binding import COMMON

if TYPE_CHECKING:
    from .session import Shell

_WORD = re.compile(r"[^\s|;(){},='\"]*\Z")
_STAGE = re.compile(r"(?:^|[|;({}=\n])\s*([A-Za-z?%][\w-]*)\s([^|;{}\n]*)\Z")
_AT_START = re.compile(r"(?:^|[|;({}=\n])\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What could stand instead of the last `replaces` characters before the cursor."""

    text: str
    replaces: int
    help: str = ""


def candidates(text: str, shell: "Shell") -> list[Candidate]:
    """What could stand at the end of this text; only the part before the cursor counts."""
    text = text[-4000:]
    found = _WORD.search(text)
    word = found.group() if found else ""
    before = text[: len(text) - len(word)]
    if word.startswith("$"):
        names = (f"${name}" for name in shell.variables)
        return [
            Candidate(text=name, replaces=len(word)) for name in sorted(names, key=str.casefold) if _begins(name, word)
        ]
    if _AT_START.search(before):
        return [
            Candidate(text=name, replaces=len(word), help=shell.command(name).synopsis)
            for name in shell.command_names()
            if _begins(name, word)
        ]
    stage = _STAGE.search(before)
    if not stage or not shell.knows_command(stage.group(1)):
        return []
    known = (*shell.command(stage.group(1)).parameters, *COMMON)
    if word.startswith("-"):
        return [
            Candidate(text=f"-{one.name}", replaces=len(word), help=one.help)
            for one in known
            if _begins(f"-{one.name}", word) and not one.ignored
        ]
    last = stage.group(2).split()[-1:] or [""]
    return [Candidate(text=value, replaces=len(word)) for value in _values(known, last[0]) if _begins(value, word)]


def _values(known: tuple[Parameter, ...], name: str) -> list[str]:
    """The values that the parameter before the cursor may have, as far as they are known."""
    if not name.startswith("-"):
        return []
    wanted = name[1:].casefold()
    parameter = next((one for one in known if one.name.casefold().startswith(wanted)), None)
    if parameter is None:
        return []
    return ["$true", "$false"] if parameter.takes is Takes.BOOLEAN else list(parameter.choices)


def _begins(name: str, word: str) -> bool:
    return name.casefold().startswith(word.casefold())
