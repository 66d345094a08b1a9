"""What the test sender is asked to do, and the envelope that follows from it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from cryptography import x509

from gatepost.mail import Address, BodyKind, Envelope, Notify, Recipient
from gatepost.tls import Credentials

from .circumstances import TlsMode
from .transcript import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """What to send where. `timeout` is for all of it, in seconds; `trusted` are CAs besides the system's.

    `address` is where to connect when `host` has been looked up already. Without recipients the server is only greeted.
    `certificate_name` is what the server's certificate must bear: None stands for the host's name, "" for any name.
    `verify`: a server whose certificate is bad is told neither the password nor the message.
    `notify`: the reports that are wanted; a server that makes none is not told of it.
    `mechanism` names the way to sign in, "" leaves it to what the server offers; XOAUTH2's `password` is the token.
    """

    host: str
    port: int
    address: str | None = None
    sender: Address | None
    recipients: tuple[Address, ...]
    message: bytes = field(repr=False)
    notify: tuple[Notify, ...] = ()
    tls: TlsMode = TlsMode.NONE
    certificate: Credentials | None = None
    trusted: tuple[x509.Certificate, ...] = ()
    certificate_name: str | None = None
    verify: bool = False
    source: str | None = None
    hello: str = "localhost"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = ""
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who is told while it happens: `progress` of each step, `heard` of each line of the transcript."""

    progress: Callable[[str], None] = lambda _: None
    heard: Callable[[Said], None] = lambda _: None


def envelope_of(request: ProbeRequest, extensions: Collection[str]) -> Envelope:
    """The envelope for a server that offers these extensions."""
    ascii_only = all(one is None or one.is_ascii for one in (request.sender, *request.recipients))
    header = request.message[: request.message.find(b"\r\n\r\n")]
    # RFC 6531 §3.3: a header in UTF-8 needs SMTPUTF8, too. Where it is not offered it goes as it always did.
    utf8_header = "SMTPUTF8" in extensions and not header.isascii() and _is_utf8(header)
    return Envelope(
        sender=request.sender,
        recipients=tuple(Recipient(address=one, notify=request.notify) for one in request.recipients),
        body=BodyKind.SEVEN_BIT if request.message.isascii() else BodyKind.EIGHT_BIT,
        smtputf8=not ascii_only or utf8_header,
    )


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
