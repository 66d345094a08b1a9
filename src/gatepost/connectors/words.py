"""How reasons and remedies are worded: names in quotes, strangers' text defused, commands ready to paste."""

import re
from collections.abc import Sequence

from .directory import Directory
from .model import InboundConnector

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_*-]+")
_GLOB = "*"


def clean(text: str, limit: int = 120) -> str:
    """A stranger's text, fit for a log line or a page: printable and short."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def quoted(name: str) -> str:
    """A connector's or user's name in a sentence."""
    return f'"{clean(name)}"'


def shell(word: str) -> str:
    """One word of a command line, quoted for a POSIX shell where it must be.

    >>> shell("SMTP Relay (Non-TLS)")
    '"SMTP Relay (Non-TLS)"'
    """
    if _PLAIN.fullmatch(word) and _GLOB not in word:
        return word
    if not any(c in word for c in '"$`\\!') and word.isprintable() and _GLOB not in word:
        return f'"{word}"'
    return "'" + clean(word, 200).replace("'", "'\\''") + "'"


def listing(words: Sequence[str], limit: int = 3) -> str:
    """`a, b and c`, cut after a few."""
    shown = list(words[:limit])
    if len(words) > limit:
        shown.append(f"{len(words) - limit} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def of_organization(directory: Directory, organization: str | None) -> str:
    """The flag that names the organization, where there are several and it is known."""
    if organization is None or len(directory.organizations) < 2:
        return ""
    return f" --organization {shell(organization)}"


def command(directory: Directory, connector: InboundConnector, flag: str, values: Sequence[str]) -> str:
    """The `gatepost connector set` for one property; lists are given whole, as they replace the old."""
    words = ["gatepost", "connector", "set", shell(connector.name)]
    if len(directory.organizations) > 1:
        words += ["--organization", shell(connector.organization)]
    for value in values:
        words += [f"--{flag}", shell(value)]
    return " ".join(words)
