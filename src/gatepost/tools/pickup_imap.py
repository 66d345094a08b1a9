"""Looking into a mailbox by IMAP (RFC 3501): over TLS always, read-only until a copy is to be deleted.

The standard library's client blocks, so it works in a thread. Each step has an end: when its time is over the line is
cut under it, and the next look begins with a new connection.
"""

import asyncio
import contextlib
import imaplib
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gatepost.mail import MAX_HEADER

from .pickup import SUBJECT, Found, PickupFailed, bears
from .tokens import token_advice
from .transcript import plain

IMPLICIT_PORT, STARTTLS_PORT = 993, 143
_STEP = 20.0  # seconds for one look, from the connection to the last answer
_LONGEST = 4 * MAX_HEADER  # octets of one literal; we ask for less
_MOST = 16 * MAX_HEADER  # octets of all answers in one step; the library keeps whatever it is told
_NEWEST = 10  # of the messages that a server believes to have found

_SIGN_IN_AGAIN = "check the user and the password; Exchange Online takes an OAuth token instead of a password."
_GET_ANOTHER = (
    "get a new access token for this user, with the scope https://outlook.office.com/IMAP.AccessAsUser.All "
    "(Microsoft) or https://mail.google.com/ (Google)."
)

_PLAIN_ID = re.compile(r"[!#-\[\]-~]{1,500}")  # what may stand between quotes as it is

T = TypeVar("T")

_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>"(?:[^"\\]|\\.)+"|[^\s"(){%*]+)')
_JUNK = re.compile(rb'"?(?:.*[./])?(?:junk|junk e-?mail|spam|bulk mail)"?', re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapLogin:
    """Whose mailbox, and how to get in: TLS begins at once, or with `starttls` after a word in the clear.

    `trusted` are CAs besides the system's. With `token` the secret is an OAuth access token, not a password.
    """

    host: str
    port: int = IMPLICIT_PORT
    starttls: bool = False
    user: str
    secret: str = field(repr=False)
    token: bool = False
    trusted: tuple[x509.Certificate, ...] = ()


class _Line(imaplib.IMAP4):
    """A connection that can be cut from another thread, and that takes no answer without end.

    `room` is for how many octets more will be read.
    """

    def __init__(self, login: ImapLogin, context: ssl.SSLContext, opened: Callable[[socket.socket], None]) -> None:
        self._context = None if login.starttls else context
        self._opened = opened
        self.room = _MOST
        super().__init__(login.host, login.port, timeout=_STEP)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout)
        self._opened(line.dup())  # a name of its own for the same connection: TLS takes the first one over
        return line if self._context is None else self._context.wrap_socket(line, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        if size > _LONGEST:
            raise self.abort(f"an answer of {size} octets")
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        return self._counted(super().readline())

    def _counted(self, octets: bytes) -> bytes:
        self.room -= len(octets)
        if self.room < 0:
            raise self.abort("answers without end")
        return octets


class ImapPlace:
    """The inbox and the junk folders of one user. `step` is how many seconds one look may take.

    `message_id` narrows the server's search where the token is no part of it, but a queue id in a Received line.
    """

    def __init__(self, login: ImapLogin, *, message_id: str = "", step: float = _STEP) -> None:
        self._login = login
        self._message_id = message_id if _PLAIN_ID.fullmatch(message_id) else ""
        self._seconds = step
        self._name = f"the mailbox of {plain(login.user)} at {plain(login.host)}"
        self._one_at_a_time = asyncio.Lock()
        self._line: _Line | None = None
        self._socket: socket.socket | None = None
        self._folders: tuple[bytes, ...] = ()
        self._cuts = 0
        self._trouble = ""

    async def ready(self) -> None:
        await self._step(self._connect)
        if self._trouble:
            raise PickupFailed(
                f"{_capital(self._name)} cannot be opened: {self._trouble}. Remedy: check the server's name and port."
            )

    async def look(self, token: str) -> Found | None:
        return await self._step(lambda: self._look(token))

    def missing(self) -> str:
        return f"in {self._name}" + (f": {self._trouble}" if self._trouble else ", inbox and junk")

    async def remove(self, found: Found) -> str:
        said = await self._step(lambda: self._remove(found))
        return f"{found.place}: the copy was not deleted: {self._trouble}." if said is None else said

    async def close(self) -> None:
        if self._line is not None:
            await self._step(self._leave)
        self._cut()

    async def _step(self, work: Callable[[], T]) -> T | None:
        """Do it in a thread, in time. Trouble that may pass is remembered, and the connection begun anew."""
        async with self._one_at_a_time:
            self._trouble, well = "", False
            done: T | None = None
            try:
                async with asyncio.timeout(self._seconds):
                    done = await asyncio.to_thread(work)
                well = True
            except PickupFailed:
                raise
            except ssl.SSLCertVerificationError as error:
                raise PickupFailed(
                    f"{_capital(self._name)} is not opened, because the server's certificate is not good for it: "
                    f"{error.verify_message}. Remedy: use the name on the certificate; name a CA of your own with --ca."
                ) from None
            except TimeoutError:
                self._trouble = f"no answer within {self._seconds:g} seconds"
            except (imaplib.IMAP4.error, OSError) as error:  # `error` is the parent of `abort`
                self._trouble = plain(_reason(error))
            except Exception as error:  # the library stumbles in many ways over what no server should say
                self._trouble = f"it says what makes no sense here ({type(error).__name__})"
            finally:
                if not well:
                    self._cut()
            return done

    def _cut(self) -> None:
        """End the connection, whoever waits on it; one that is still being made ends as soon as it is there."""
        self._cuts += 1
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        self._socket = self._line = None

    # --- in the thread -----------------------------------------------------------------------------------------

    def _connect(self) -> _Line:
        if self._line is not None:
            self._line.room = _MOST
            return self._line
        cuts, context = self._cuts, ssl.create_default_context()
        for one in self._login.trusted:
            context.load_verify_locations(cadata=one.public_bytes(Encoding.PEM).decode())

        def opened(line: socket.socket) -> None:
            if cuts != self._cuts:
                line.shutdown(socket.SHUT_RDWR)  # too late: nobody waits for it any more
                line.close()
            else:
                self._socket = line

        line = _Line(self._login, context, opened)
        if self._login.starttls:
            line.starttls(context)
        self._sign_in(line)
        self._folders = (b"INBOX", *_junk_folders(line))
        if cuts == self._cuts:
            self._line = line
        return line

    def _sign_in(self, line: _Line) -> None:
        user, secret = self._login.user, self._login.secret
        challenges: list[bytes] = []

        def show_token(challenge: bytes) -> bytes:
            """The token once; what the server asks behind it are its reasons, and end with an empty answer."""
            challenges.append(challenge)
            return f"user={user}\1auth=Bearer {secret}\1\1".encode() if len(challenges) == 1 else b""

        try:
            if self._login.token:
                line.authenticate("XOAUTH2", show_token)
            elif "AUTH=PLAIN" in line.capabilities:
                line.authenticate("PLAIN", lambda _: f"\0{user}\0{secret}".encode())
            else:
                line.login(_quoted(user), secret)
        except line.abort:
            raise
        except (line.error, UnicodeEncodeError) as error:
            said, remedy = plain(_reason(error)), _SIGN_IN_AGAIN
            if self._login.token:
                known = token_advice(b64encode(challenges[-1]).decode("ascii")) if challenges else None
                said, remedy = known.means.removesuffix(".") if known is not None else said, _GET_ANOTHER
            raise PickupFailed(f"{_capital(self._name)} did not open: {said}. Remedy: {remedy}") from None

    def _look(self, token: str) -> Found | None:
        line = self._connect()
        for folder in self._folders:
            kind, _ = line.select(folder.decode("ascii"), readonly=True)
            if kind != "OK":
                continue
            # The text is plain: no character in it could end the command.
            known = f'"{self._message_id}"' if self._message_id else token
            _, told = line.uid("SEARCH", "OR", "HEADER", "Message-ID", known, "SUBJECT", f'"{SUBJECT} {token}"')
            said = told[0] if told and isinstance(told[0], bytes) else b""
            uids = [it for it in said.split() if it.isdigit()]
            for uid in reversed(uids[-_NEWEST:]):
                _, parts = line.uid("FETCH", uid.decode("ascii"), f"(BODY.PEEK[HEADER]<0.{MAX_HEADER}>)")
                content = next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")
                if bears(content, token):
                    name = plain(folder.decode("ascii").strip('"'))
                    key = f"{uid.decode('ascii')} {folder.decode('ascii')}"
                    return Found(place=f"{name} of {plain(self._login.user)}", key=key, content=content)
        return None

    def _remove(self, found: Found) -> str:
        """Only this one message goes: without UIDPLUS an EXPUNGE would take others along (RFC 4315 §2.1)."""
        line = self._connect()
        uid, _, folder = found.key.partition(" ")
        line.select(folder)
        line.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        _, told = line.capability()
        if b"UIDPLUS" not in (told[0] or b"").upper().split():
            return f"{found.place}: the copy is marked as deleted; the server can remove it only with all that are."
        line.uid("EXPUNGE", uid)
        return ""

    def _leave(self) -> None:
        if self._line is not None:
            self._line.logout()


def _junk_folders(line: _Line) -> list[bytes]:
    """Folders for junk, by their use (RFC 6154) or by their name, written as the server wrote them."""
    _, told = line.list()
    found = [match for one in told if isinstance(one, bytes) and (match := _LISTED.fullmatch(one)) is not None]
    return [
        match["name"]
        for match in found
        if match["name"].isascii()
        and b"\\noselect" not in match["flags"].lower()
        and (b"\\junk" in match["flags"].lower() or _JUNK.fullmatch(match["name"]))
    ][:5]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _reason(error: Exception) -> str:
    """What went wrong, without the quotes that Python puts around octets."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first or error)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
