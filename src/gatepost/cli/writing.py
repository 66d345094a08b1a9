"""The message of a test: written from flags, or a file as it is."""

import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gatepost.mail import Address
from gatepost.tools import DEFAULT_BODY, DEFAULT_SUBJECT, BadLetter, Enclosure, Letter, compose, on_the_wire

from .identity import wrong

MAX_MESSAGE = 150 * 1024 * 1024  # Exchange's limit, and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the flags say about the message. `sender` and the recipients are the envelope's, and the headers' too."""

    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    eml: Path | None = None
    subject: str | None = None
    body: str | None = None
    html: bool = False
    headers: tuple[str, ...] = ()
    attach: tuple[Path, ...] = ()


def writer(wanted: Wanted) -> Callable[[], bytes]:
    """Something that writes the message, each time with a Message-ID of its own; a file stays as it is."""
    if wanted.eml is not None:
        parts = (
            ("--subject", wanted.subject),
            ("--body", wanted.body),
            ("--html", wanted.html),
            ("--header", wanted.headers),
            ("--attach", wanted.attach),
        )
        for flag, value in parts:
            if value:
                wrong(f"--eml sends a file as it is, so {flag} has no place in it. Remedy: leave out one of the two.")
        content = on_the_wire(_content(wanted.eml, MAX_MESSAGE))
        return lambda: content
    body = DEFAULT_BODY if wanted.body is None else _standard_input() if wanted.body == "-" else wanted.body
    headers = tuple(map(_header, wanted.headers))
    enclosures = _enclosures(wanted.attach)

    def write() -> bytes:
        domain = "localhost" if wanted.sender is None else wanted.sender.domain
        letter = Letter(
            sender=wanted.sender,
            recipients=wanted.to,
            cc=wanted.cc,
            subject=DEFAULT_SUBJECT if wanted.subject is None else wanted.subject,
            body=body,
            html=wanted.html,
            headers=headers,
            enclosures=enclosures,
            at=datetime.now().astimezone(),
            message_id=f"<{secrets.token_hex(12)}@{domain}>",
        )
        try:
            return compose(letter)
        except BadLetter as bad:
            wrong(str(bad))

    return write


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        wrong(f"--header {text} is not NAME:VALUE. Remedy: for example --header 'X-Printer: 2nd floor'.")
    return name.strip(), value.strip()


def _enclosures(paths: tuple[Path, ...]) -> tuple[Enclosure, ...]:
    room, found = MAX_MESSAGE, []
    for path in paths:
        content = _content(path, room)
        room -= len(content)
        found.append(Enclosure(name=path.name, content=content))
    return tuple(found)


def _content(path: Path, room: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(room + 1)
    except (OSError, ValueError) as error:
        wrong(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'this is no file name'}.")
    if len(content) > room:
        wrong(f"With {path} the message is larger than 150 MiB, which is the limit. Remedy: send less.")
    return content


def _standard_input() -> str:
    content = sys.stdin.buffer.read(MAX_MESSAGE + 1)
    if len(content) > MAX_MESSAGE:
        wrong("The body on standard input is larger than 150 MiB, which is the limit. Remedy: send less.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        wrong("The body on standard input is not UTF-8 text. Remedy: convert it, or send the file with --attach.")
