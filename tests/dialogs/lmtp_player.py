r"""Conversations with a mailbox server (LMTP, RFC 2033), in which ours is the client's chair.

A row is a mark and text, with the escapes of `player`:

    @ to words  the recipients of the message, which is MESSAGE from the null sender
    S: text     the server says the line
    S! closed   the server hangs up
    C: text     the client's next line begins with the text
    B: text     the client's next octets are these
    F: words    a recipient, its fate (delivered, waiting or failed), and words that its reason has
    # words     for the reader
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .player import octets_of

MESSAGE = b"Subject: hello\r\n\r\nHello\r\n.a dot\r\n"


@dataclass(frozen=True, slots=True)
class Say:
    """The server's part; empty where it hangs up."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Hear:
    """The client's part: a line that begins so, or these octets."""

    octets: bytes
    whole: Literal["line", "octets"]


@dataclass(frozen=True, slots=True)
class Script:
    """A transcript, read. `fates` are fate and words by recipient."""

    recipients: tuple[str, ...]
    steps: tuple[Say | Hear, ...]
    fates: Mapping[str, tuple[str, str]]


def read(text: str) -> Script:
    """Read a transcript."""
    recipients: list[str] = []
    fates: dict[str, tuple[str, str]] = {}
    for row in text.splitlines():
        if row.startswith("@ to "):
            recipients += row[5:].split()
        elif row.startswith("F: "):
            recipient, fate, *words = row[3:].split(" ", 2)
            fates[recipient] = (fate, "".join(words))
    assert sorted(recipients) == sorted(fates)
    return Script(tuple(recipients), tuple(_steps(text)), fates)


def _steps(text: str) -> Iterator[Say | Hear]:
    for row in text.splitlines():
        match row[:2]:
            case "S:":
                yield Say(octets_of(row[3:]) + b"\r\n")
            case "S!":
                yield Say(b"")
            case "C:":
                yield Hear(octets_of(row[3:]), "line")
            case "B:":
                yield Hear(octets_of(row[3:]), "octets")
            case mark:
                assert mark in ("", "@ ", "F:", "# "), row
