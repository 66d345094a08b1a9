"""What the two machines tell their shells. Each event of the server says whether, and how, it wants to be answered."""

from dataclasses import dataclass

from gatepost.mail import Address, BodyKind, Envelope, Notify, Reply

# --- the server's chair ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    """The very first event (after a PROXY header where one is due). Answer: the greeting, or a refusal that closes."""


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """A PROXY v1/v2 header from a listed proxy; `client` None for LOCAL/UNKNOWN (health checks). Not answered:
    call `proceed()`; the machine then raises Connected."""

    client: str | None
    port: int | None


@dataclass(frozen=True, slots=True)
class XClient:
    """XCLIENT from a listed proxy: attributes in upper case. Answer: the greeting (220) and the session starts anew."""

    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hello:
    """EHLO (`extended`) or HELO. Answer: `hello_reply()` of the machine, or a refusal."""

    name: str
    extended: bool


@dataclass(frozen=True, slots=True)
class StartTls:
    """Answer READY_FOR_TLS or TLS_UNAVAILABLE. After READY_FOR_TLS the machine takes no bytes until `tls_started()`."""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """AUTH is complete and decoded; the password is here and nowhere else. Answer: 235, 535 or 454."""

    mechanism: str
    identity: str
    password: str

    def __repr__(self) -> str:
        return f"Authenticate(mechanism={self.mechanism!r})"


@dataclass(frozen=True, slots=True)
class MailFrom:
    """MAIL, syntax and order already checked, declared SIZE within the limit. `sender` None is the null sender."""

    sender: Address | None
    size: int | None
    body: BodyKind
    smtputf8: bool
    ret: str | None
    envid: str | None


@dataclass(frozen=True, slots=True)
class RcptTo:
    """RCPT, syntax and order already checked."""

    address: Address
    notify: tuple[Notify, ...]
    orcpt: str | None


@dataclass(frozen=True, slots=True)
class BodyStart:
    """DATA or the first BDAT, with at least one accepted recipient. Answer START_INPUT to go on (for BDAT the machine
    swallows that reply), or a refusal: then DATA is refused, and for BDAT the octets are read and dropped."""

    envelope: Envelope


@dataclass(frozen=True, slots=True)
class BodyChunk:
    """A piece of the message, dots already unstuffed. Not answered. Call `refuse_body(reply)` to have the rest read,
    dropped and answered with that reply."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BodyEnd:
    """The message is complete. Answer: `queued(...)` after the commit, or a refusal."""

    envelope: Envelope
    octets: int


@dataclass(frozen=True, slots=True)
class BodyLost:
    """The body will not be completed (RSET between chunks, framing, hang-up): drop what was kept. Not answered."""


@dataclass(frozen=True, slots=True)
class Reset:
    """RSET, or a new EHLO: the transaction is gone. Not answered (the machine has)."""


@dataclass(frozen=True, slots=True)
class Quit:
    """QUIT; the machine has answered 221. Close once `to_send()` is written."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The machine itself refused a command or a body (syntax, order, limits): for log and trace. Not answered."""

    verb: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Lost:
    """The peer hung up without QUIT. Not answered."""


ServerEvent = (
    Connected | ProxyHeader | XClient | Hello | StartTls | Authenticate | MailFrom | RcptTo | BodyStart | BodyChunk
    | BodyEnd | BodyLost | Reset | Quit | Refused | Lost
)  # fmt: skip


# --- the client's chair ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Greeted:
    """EHLO (or HELO) was answered: the session can start TLS, authenticate or send. `extensions` maps upper-case
    keywords to their parameters; empty after HELO. Comes again after TLS."""

    extensions: dict[str, str]


@dataclass(frozen=True, slots=True)
class TlsAgreed:
    """The server said 220 to STARTTLS and not a byte more: shake hands, then call `tls_started()`."""


@dataclass(frozen=True, slots=True)
class TlsRefused:
    """STARTTLS was refused; the session goes on in clear if the shell's policy allows."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Authenticated:
    """AUTH succeeded."""


@dataclass(frozen=True, slots=True)
class AuthenticationRefused:
    reply: Reply


@dataclass(frozen=True, slots=True)
class WantBody:
    """The server waits for the message (354): feed it with `body(data)` and `end_body()`. Only for bodies that were not
    given whole to `send`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One transaction is over. `replies` has one reply a recipient, in the envelope's order: the refusal of MAIL, RCPT
    or DATA, else the final reply. `stage` says, per recipient, which command was answered so: MAIL, RCPT, DATA, END."""

    replies: tuple[Reply, ...]
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClosedByServer:
    """The greeting refused us, a 421 came, the reply made no sense, or the connection ended. Nothing more will come.
    `reply` when the server said why; `stage` names what we were waiting for (CONNECT, EHLO, MAIL, END …).
    `after_end` is true when the end of the message was on its way: the message may have been accepted."""

    reply: Reply | None
    reason: str
    stage: str
    after_end: bool = False


ClientEvent = (
    Greeted | TlsAgreed | TlsRefused | Authenticated | AuthenticationRefused | WantBody | Sent | ClosedByServer
)  # fmt: skip
