r"""Conversations written down as conversations, and played against whatever speaks SMTP.

A row is a mark, a colon or another sign, a space and text:

    C: text    the client sends the text and CRLF
    C| text    the client sends the text as it is
    C> text    the same as `C:`, in one segment with the next C row
    S: text    one whole reply comes; one of its lines begins with the text (`250-x` counts as `250 x`)
    S+ text    that reply also has a line that begins so, behind the code
    S- text    that reply has no such line
    S! closed  the server hangs up, having said no more
    T: start   the TLS handshake takes place
    B: text    the last message that was kept reads so
    @ words    what the listener offers (`starttls`, `max_message_size=1000`), for whoever sets it up
    # words    for the reader

Escapes: `\r \n \0 \t \\ \xNN`, and `{A*3000}` for 3,000 times A. The policy of every dialog: senders at
here.example are known, recipients at there.example are taken, others get RELAY_DENIED.
"""

import re
from typing import Protocol

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))")
_REPEAT = re.compile(r"\{(.+?)\*(\d+)\}")
_SIGNS = {"r": "\r", "n": "\n", "0": "\0", "t": "\t", "\\": "\\"}


class Exchange(Protocol):
    """The other end: a machine, or a socket."""

    def send(self, octets: bytes) -> None: ...

    def reply(self) -> list[str]:
        """The lines of the next whole reply; empty when the server has hung up."""
        ...

    def start_tls(self) -> None: ...

    def kept(self) -> bytes:
        """The last message that was accepted."""
        ...


def octets_of(text: str) -> bytes:
    """The bytes that a row's text stands for."""
    text = _REPEAT.sub(lambda found: found[1] * int(found[2]), text)
    out = bytearray()
    at = 0
    for found in _ESCAPE.finditer(text):
        out += text[at : found.start()].encode()
        out += bytes([int(found[1], 16)]) if found[1] else _SIGNS[found[2]].encode()
        at = found.end()
    return bytes(out + text[at:].encode())


def offered(script: str) -> dict[str, int | bool]:
    """The `@` rows as settings of a listener."""
    terms: dict[str, int | bool] = {}
    for row in script.splitlines():
        for word in row[2:].split() if row.startswith("@ ") else ():
            name, _, value = word.partition("=")
            terms[name] = int(value) if value else True
    return terms


def play(script: str, exchange: Exchange) -> None:
    """Play a transcript; fail on the first odd line."""
    segment, lines = b"", [""]
    for number, row in enumerate(script.splitlines(), 1):
        mark, text = row[:2], row[3:]
        where = f"line {number}: {row!r}, heard {lines!r}"
        match mark:
            case "C:" | "C|" | "C>":
                segment += octets_of(text) + (b"" if mark == "C|" else b"\r\n")
                if mark != "C>":
                    exchange.send(segment)
                    segment = b""
            case "S:":
                lines = exchange.reply()
                said = [line[:3] + " " + line[4:] for line in lines]
                assert any(line.startswith(text) for line in said), f"line {number}: {row!r}, heard {lines!r}"
            case "S+":
                assert any(line[4:].startswith(text) for line in lines), where
            case "S-":
                assert not any(line[4:].startswith(text) for line in lines), where
            case "S!":
                assert exchange.reply() == [], where
            case "T:":
                exchange.start_tls()
            case "B:":
                assert exchange.kept() == octets_of(text), f"{where}, kept {exchange.kept()!r}"
            case _:
                assert not row.strip() or row.startswith(("#", "@")), where
