"""Who hears a session line by line: as the machines understood it, so that no secret and no message is ever told.

Bytes alone do not say whether they are a command, half a message or a password; the machine that reads them knows.
"""

from collections.abc import Iterable
from typing import Protocol

from gatepost.mail import Reply

from .commands import UNIMPLEMENTED, VERBS

MASKED = "****"
_MECHANISMS = frozenset({"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5", "DIGEST-MD5", "NTLM", "GSSAPI"})


class Recorder(Protocol):
    """Hears what either side says: one line at a time, without its CRLF, and perhaps not printable."""

    def client_said(self, line: str) -> None: ...
    def server_said(self, line: str) -> None: ...


def told(line: bytes) -> str:
    """A command line as it may be told.

    AUTH may carry a password, and so may a line that is no command: a client out of step sends its next secret so.

    >>> told(b"AUTH PLAIN AGEAYg==")
    'AUTH PLAIN ****'
    >>> told(b"c2VjcmV0")
    '(no command, 8 octets)'
    """
    words = line.split(b" ", 2)
    verb = words[0].upper().decode("latin-1")
    if verb not in VERBS and verb not in UNIMPLEMENTED:
        return f"(no command, {len(line)} octets)"
    if verb == "AUTH" and len(words) > 1:
        mechanism = words[1].decode("latin-1").upper()
        secret = f" {MASKED}" if len(words) > 2 else ""
        return f"AUTH {mechanism}{secret}" if mechanism in _MECHANISMS else f"AUTH {MASKED}"
    return line.decode("utf-8", "replace")


def told_lines(octets: bytes) -> Iterable[str]:
    """The command lines of a group that goes out together."""
    return map(told, octets.removesuffix(b"\r\n").split(b"\r\n"))


def told_message(octets: int) -> str:
    """A message is told by its size alone."""
    return f"(the message, {octets} octets)"


def told_reply(reply: Reply) -> list[str]:
    """The lines of a reply, as they stand on the wire."""
    return reply.wire().decode("utf-8", "replace").removesuffix("\r\n").split("\r\n")
