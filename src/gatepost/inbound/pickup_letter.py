"""A file of the pickup folder: who sends it to whom, by X-Sender and X-Receiver lines or its header, and its octets.

As the pickup folders of IIS and Exchange have it: the lines X-Sender and X-Receiver are the envelope and are not sent;
without them From is the sender and To, Cc and Bcc are the recipients. Bcc is never sent.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.sendmail import Letter, addresses_in, part_letter
from gatepost.smtp import ChunkReader

BLOCK = 512 * 1024  # octets read at once; a header fits into the first, for a longer one is refused anyway
_ENVELOPE = frozenset({"x-sender", "x-receiver", "x-createdby", "x-endofinjectedxheaders"})
_MARK = b"\xef\xbb\xbf"  # what some editors put in front of UTF-8


class BadLetter(Exception):
    """A file that cannot be sent as it is; the argument is a sentence with its remedy."""


class PickupLetter:
    """A file that is open: its envelope is known, and `blocks` gives what is to be sent, once."""

    def __init__(self, path: Path) -> None:
        self._file = _opened(path)
        try:
            self._lines = ChunkReader(normalize=True)
            first = self._file.read(BLOCK).removeprefix(_MARK)
            letter = part_letter(self._lines.feed(first))
            self.size = os.fstat(self._file.fileno()).st_size
            self.sender = _sender(letter)
            self.recipients = _recipients(letter)
            self._letter = letter.without(_ENVELOPE)
        except BaseException:
            self._file.close()
            raise

    def blocks(self) -> Iterator[bytes]:
        """The message with CRLF at the end of every line, in pieces."""
        text = self._letter.octets()
        while True:
            block = self._file.read(BLOCK)
            last = text[-2:] if text else b"\r\n"
            if text:
                yield text
            if not block:
                break
            text = self._lines.feed(block)
        rest = self._lines.finish()
        if rest or last != b"\r\n":
            yield rest or b"\r\n"

    def close(self) -> None:
        self._file.close()


def _opened(path: Path) -> BinaryIO:
    """The file itself, never what a link leads to. Raises BadLetter for what is no file, OSError for trouble."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BadLetter("It is no regular file. Remedy: put the message itself there.")
    return os.fdopen(handle, "rb", buffering=0)


def _sender(letter: Letter) -> Address | None:
    said = letter.values("x-sender")
    if said and not addresses_in(said[0]):
        return None  # an empty X-Sender, or <>: the null sender
    named = [one for value in said or letter.values("from") for one in addresses_in(value)]
    if not named:
        raise BadLetter("It has no sender. Remedy: write an X-Sender line or a From field.")
    return _address(named[0], "sender")


def _recipients(letter: Letter) -> list[Address]:
    said = letter.values("x-receiver")
    named = [one for value in said for one in addresses_in(value)] if said else letter.recipients()
    if not named:
        raise BadLetter("It has no recipient. Remedy: write X-Receiver lines, or a To, Cc or Bcc field.")
    return list(dict.fromkeys(_address(one, "recipient") for one in named))


def _address(text: str, whose: str) -> Address:
    try:
        return parse_mailbox(text)
    except BadAddress as wrong:
        shown = "".join(c if c.isprintable() else "?" for c in text[:100])
        raise BadLetter(f"The {whose} '{shown}' is not an address: {wrong}. Remedy: write user@contoso.com.") from None
