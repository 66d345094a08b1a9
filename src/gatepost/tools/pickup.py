"""Finding a test message again: what it is known by, and the places where a copy of it may be.

A copy is known by a token that nobody else can have made. It stands in the Message-ID, in the subject and in a header
of its own, because some relays write a new Message-ID, and others take strangers' headers out. The queue id under which
this relay took a message is as good a token: it stands in our Received line.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gatepost.mail import MAX_HEADER, HeaderBlock

PROBE_HEADER = "X-Gatepost-Probe"
SUBJECT = "Gatepost probe"


class PickupFailed(Exception):
    """This place cannot be searched, however often one looks; the argument is a sentence with its remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A copy. `place` is for people, `key` is what its place finds it by again; `content` is its header at least."""

    place: str
    key: str
    content: bytes = field(repr=False)


class Place(Protocol):
    """Somewhere a copy may be."""

    async def ready(self) -> None:
        """Raise PickupFailed where it is known already that nothing can be found here."""

    async def look(self, token: str) -> Found | None:
        """The copy with this token, if it is here now; raises PickupFailed."""

    def missing(self) -> str:
        """Why nothing was found, as the end of `not found …`."""

    async def remove(self, found: Found) -> str:
        """Delete the copy; a sentence where that could not be done, else nothing."""

    async def close(self) -> None:
        """Let go of what is open."""


def bears(content: bytes, token: str) -> bool:
    """Whether this message is the one with the token. A report about it has the token, too, and is not it."""
    header = content[:MAX_HEADER]
    block = HeaderBlock(header if b"\r\n" in header[:2000] else header.replace(b"\n", b"\r\n"))
    mark = token.encode("ascii")
    if block.first(PROBE_HEADER.lower()) == mark or mark in (block.first("message-id") or b""):
        return True
    if any(field.name == "received" and mark in field.value.lower() for field in block):
        return True
    kind = (block.first("content-type") or b"").lower()
    if kind.startswith(b"multipart/report") or (block.first("auto-submitted") or b"no").lower() != b"no":
        return False
    return (block.first("subject") or b"").endswith(f"{SUBJECT} {token}".encode())


class PastedPlace:
    """Headers that the user copies out of a mail program into a file, once they are there. `subject` is that of the
    message; None stands for the one that `gatepost verify` writes."""

    def __init__(self, source: Path | Callable[[], str], *, subject: str | None = None) -> None:
        self._source, self._subject = source, subject
        self._seen = ""

    async def ready(self) -> None:
        """There is nothing to try beforehand."""

    async def look(self, token: str) -> Found | None:
        if isinstance(self._source, Path):
            content = await asyncio.to_thread(_start_of, self._source)
            place = str(self._source)
        else:
            content = self._source().encode("utf-8", "surrogateescape")
            place = "the pasted headers"
        if content is None:
            return None
        if token.encode("ascii") in content:  # what was pasted may have lost its line ends: no more can be asked
            return Found(place=place, key="", content=content)
        self._seen = place
        if not isinstance(self._source, Path):
            raise PickupFailed(
                f"The pasted headers are not those of this test message: they do not hold {token}. "
                f"Remedy: open the message with the subject '{self._subject or f'{SUBJECT} {token}'}' and copy all of "
                "its headers."
            )
        return None

    def missing(self) -> str:
        return (
            f"in {self._seen}: other headers are there" if self._seen else f"in {self._source}: there is no such file"
        )

    async def remove(self, found: Found) -> str:
        return f"{found.place}: what was copied from a mailbox cannot be deleted there."

    async def close(self) -> None:
        """Nothing is open."""


def _start_of(file: Path) -> bytes | None:
    """As much of a file as a header can be; None while it is not there."""
    try:
        with file.open("rb") as stream:
            return stream.read(4 * MAX_HEADER)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PickupFailed(f"{file} cannot be read: {error.strerror}. Remedy: check the file and its mode.") from None
