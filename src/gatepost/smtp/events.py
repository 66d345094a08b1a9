"""What the two machines tell their shells. Each event of the server says whether, and how, it wants to be answered."""

from gatepost.mail import Address, BodyKind, Envelope, Notify, Reply, value

# --- the server's chair ------------------------------------------------------------------------------------------


@value(kw_only=False)
class Connected:
    """The very first event (after a PROXY header where one is due). Answer: the greeting, or a refusal that closes."""


@value(kw_only=False)
class ProxyHeader:
    """A PROXY v1/v2 header from a listed proxy; `client` None for LOCAL/UNKNOWN (health checks). Not answered:
    call `proceed()`; the machine then raises Connected."""

    client: str | None
    port: int | None


@value(kw_only=False)
class XClient:
    """XCLIENT from a listed proxy: attributes in upper case. Answer: the greeting (220) and the session starts anew."""

    attributes: tuple[tuple[str, str], ...]


@value(kw_only=False)
class Hello:
    """EHLO (`extended`) or HELO. Answer: `hello_reply()` of the machine, or a refusal."""

    name: str
    extended: bool


@value(kw_only=False)
class StartTls:
    """Answer READY_FOR_TLS or TLS_UNAVAILABLE. After READY_FOR_TLS the machine takes no bytes until `tls_started()`."""


@value(kw_only=False)
class Authenticate:
    """AUTH is complete and decoded; the password is here and nowhere else. Answer: 235, 535 or 454."""

    mechanism: str
    identity: str
    password: str

    def __repr__(self) -> str:
        return f"Authenticate(mechanism={self.mechanism!r})"


@value(kw_only=False)
class MailFrom:
    """MAIL, syntax and order already checked, declared SIZE within the limit. `sender` None is the null sender."""

    sender: Address | None
    size: int | None
    body: BodyKind
    smtputf8: bool
    ret: str | None
    envid: str | None
    require_tls: bool = False


@value(kw_only=False)
class RcptTo:
    """RCPT, syntax and order already checked."""

    address: Address
    notify: tuple[Notify, ...]
    orcpt: str | None


@value(kw_only=False)
class BodyStart:
    """DATA or the first BDAT, with at least one accepted recipient. Answer START_INPUT to go on (for BDAT the machine
    swallows that reply), or a refusal: then DATA is refused, and for BDAT the octets are read and dropped."""

    envelope: Envelope


@value(kw_only=False)
class BodyChunk:
    """A piece of the message, dots already unstuffed. Not answered. Call `refuse_body(reply)` to have the rest read,
    dropped and answered with that reply."""

    data: bytes


@value(kw_only=False)
class BodyEnd:
    """The message is complete. Answer: `queued(...)` after the commit, or a refusal.

    `repaired`: lone CRs or LFs have become CRLF, as the connector wants it.
    """

    envelope: Envelope
    octets: int
    repaired: bool = False


@value(kw_only=False)
class BodyLost:
    """The body will not be completed (RSET between chunks, framing, hang-up): drop what was kept. Not answered."""


@value(kw_only=False)
class Reset:
    """RSET, or a new EHLO: the transaction is gone. Not answered (the machine has)."""


@value(kw_only=False)
class Quit:
    """QUIT; the machine has answered 221. Close once `to_send()` is written."""


@value(kw_only=False)
class Refused:
    """The machine itself refused a command or a body (syntax, order, limits): for log and trace. Not answered."""

    verb: str
    reply: Reply


@value(kw_only=False)
class Lost:
    """The peer hung up without QUIT. Not answered."""


ServerEvent = (
    Connected | ProxyHeader | XClient | Hello | StartTls | Authenticate | MailFrom | RcptTo | BodyStart | BodyChunk
    | BodyEnd | BodyLost | Reset | Quit | Refused | Lost
)  # fmt: skip


# --- the client's chair ---------------------------------------------------------------------------------------------


@value(kw_only=False)
class Greeted:
    """EHLO (or HELO) was answered: the session can start TLS, authenticate or send. `extensions` maps upper-case
    keywords to their parameters; empty after HELO. Comes again after TLS."""

    extensions: dict[str, str]


@value(kw_only=False)
class TlsAgreed:
    """The server said 220 to STARTTLS and not a byte more: shake hands, then call `tls_started()`."""


@value(kw_only=False)
class TlsRefused:
    """STARTTLS was refused; the session goes on in clear if the shell's policy allows."""

    reply: Reply


@value(kw_only=False)
class Authenticated:
    """AUTH succeeded."""


@value(kw_only=False)
class AuthenticationRefused:
    """`challenge` is what the last 334 asked, still in base64: XOAUTH2 tells there why it refuses."""

    reply: Reply
    challenge: str = ""


@value(kw_only=False)
class WantBody:
    """The server waits for the message (354): feed it with `body(data)` and `end_body()`. Only for bodies that were not
    given whole to `send`."""


@value(kw_only=False)
class Sent:
    """One transaction is over. `replies` has one reply a recipient, in the envelope's order: the refusal of MAIL, RCPT
    or DATA, else the final reply. `stage` says, per recipient, which command was answered so: MAIL, RCPT, DATA, END."""

    replies: tuple[Reply, ...]
    stages: tuple[str, ...]


@value(kw_only=False)
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
