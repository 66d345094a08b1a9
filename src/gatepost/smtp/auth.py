"""AUTH PLAIN and LOGIN, both chairs (RFC 4954, RFC 4616), and XOAUTH2 from the client's alone (Microsoft's and Google's
way to sign in with a token). Decoding is strict; secrets are in no repr."""

import base64
import binascii
from dataclasses import dataclass, field

from gatepost.mail import Reply
from gatepost.mail import reply as say

from .events import Authenticate

MECHANISMS = ("PLAIN", "LOGIN")
MAX_WORD = 1024  # octets of a name or a password

_ASK_NAME = Reply(334, None, "VXNlcm5hbWU6")  # "Username:"
_ASK_PASSWORD = Reply(334, None, "UGFzc3dvcmQ6")  # "Password:"
_ASK_PLAIN = Reply(334, None, "")


@dataclass(slots=True)
class AuthExchange:
    """The server's side of one AUTH. `begin`, then `proceed` with each line, until no 334 comes back."""

    mechanism: str = ""
    _name: str | None = field(default=None, repr=False)

    def begin(self, argument: str) -> Reply | Authenticate:
        """`PLAIN [initial]` or `LOGIN [initial]`: a 334, the credentials, or a refusal."""
        mechanism, _, initial = argument.partition(" ")
        self.mechanism = mechanism.upper()
        if self.mechanism not in MECHANISMS:
            return say.AUTH_UNKNOWN_MECHANISM
        if initial:
            return self.proceed("" if initial == "=" else initial)
        return _ASK_PLAIN if self.mechanism == "PLAIN" else _ASK_NAME

    def proceed(self, line: str) -> Reply | Authenticate:
        """One response of the client, still in base64."""
        if line == "*":
            return say.AUTH_CANCELLED
        octets = _decode(line)
        if octets is None:
            return say.AUTH_MALFORMED
        if self.mechanism == "PLAIN":
            return _plain(octets)
        word = _word(octets)
        if word is None:
            return say.AUTH_MALFORMED
        if self._name is None:
            self._name = word
            return _ASK_PASSWORD
        return Authenticate(self.mechanism, self._name, word)


def _plain(octets: bytes) -> Reply | Authenticate:
    parts = octets.split(b"\0")
    if len(parts) != 3:
        return say.AUTH_MALFORMED
    name, password = _word(parts[1]), _word(parts[2])
    if name is None or password is None:
        return say.AUTH_MALFORMED
    if parts[0] not in (b"", parts[1]):
        return say.AUTH_FAILED  # acting for somebody else is not offered (RFC 4616 §2)
    return Authenticate("PLAIN", name, password)


def _decode(line: str) -> bytes | None:
    try:
        return base64.b64decode(line.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None


def _word(octets: bytes) -> str | None:
    """A name or a password: 1 to 1,024 octets of UTF-8 without controls."""
    if not 0 < len(octets) <= MAX_WORD:
        return None
    try:
        word = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return word if word.isprintable() else None


@dataclass(frozen=True, slots=True)
class AuthScript:
    """The client's side: the command, and the answers to each 334 in turn."""

    command: bytes = field(repr=False)
    answers: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def write(cls, offered: str, user: str, secret: str, *, mechanism: str = "") -> "AuthScript | None":
        """For a mechanism that is offered, else None. `secret` is the password, or XOAUTH2's token.

        Without a `mechanism` PLAIN, else LOGIN: a token is given only to whom it is meant for.
        """
        words = offered.upper().split()
        wanted = (mechanism.upper(),) if mechanism else MECHANISMS
        match next((one for one in wanted if one in words), None):
            case "PLAIN":
                return cls._in_one(b"AUTH PLAIN", f"\0{user}\0{secret}")
            case "LOGIN":
                return cls(b"AUTH LOGIN\r\n", (_encode(user) + b"\r\n", _encode(secret) + b"\r\n"))
            case "XOAUTH2":
                # A refusal may come as a 334 with its reasons, which an empty line answers; then comes the 535.
                return cls._in_one(b"AUTH XOAUTH2", f"user={user}\1auth=Bearer {secret}\1\1", b"\r\n")
        return None

    @classmethod
    def _in_one(cls, command: bytes, words: str, *more: bytes) -> "AuthScript":
        secret = _encode(words)
        if len(secret) <= 400:  # RFC 4954 §4: an initial response must fit into a command line
            return cls(command + b" " + secret + b"\r\n", more)
        return cls(command + b"\r\n", (secret + b"\r\n", *more))


def _encode(text: str) -> bytes:
    return base64.b64encode(text.encode("utf-8"))
