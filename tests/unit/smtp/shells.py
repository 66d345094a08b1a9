"""The smallest shells that drive the machines: a server that takes everything, and a wire between the two."""

from dataclasses import dataclass, field

from gatepost.mail import Address, BodyKind, Envelope, Recipient, Reply
from gatepost.mail import reply as say
from gatepost.smtp import (
    Authenticate,
    BodyChunk,
    BodyEnd,
    BodyLost,
    BodyStart,
    ClientEvent,
    ClientSession,
    Connected,
    Hello,
    MailFrom,
    ProxyHeader,
    RcptTo,
    ServerEvent,
    ServerSession,
    ServerTerms,
    StartTls,
    TlsAgreed,
    WantBody,
    XClient,
)

TERMS = ServerTerms(hostname="relay.example", client="192.0.2.9", starttls=True, auth=True)


def envelope(*local_parts: str, body: BodyKind = BodyKind.SEVEN_BIT, smtputf8: bool = False) -> Envelope:
    return Envelope(
        sender=Address("a", "here.example"),
        recipients=tuple(Recipient(address=Address(name, "there.example")) for name in local_parts or ("b",)),
        body=body,
        smtputf8=smtputf8,
    )


@dataclass
class Server:
    """A ServerSession and what it took. `refusals` maps the name of an event, or a local part, to a refusal."""

    terms: ServerTerms = TERMS
    refusals: dict[str, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.machine = ServerSession(self.terms)
        self.events: list[ServerEvent] = []
        self.body = b""
        self.messages: list[tuple[Envelope, bytes]] = []
        self.sent = b""
        self.advance()

    def hear(self, *pieces: bytes) -> bytes:
        """Feed pieces and give what is answered."""
        at = len(self.sent)
        for piece in pieces:
            self.machine.receive(piece)
            self.advance()
        return self.sent[at:]

    def advance(self) -> None:
        while (event := self.machine.next_event()) is not None:
            self.events.append(event)
            if isinstance(event, ProxyHeader):
                self.machine.proceed()
            elif (reply := self.decide(event)) is not None:
                self.machine.answer(reply)
        self.sent += self.machine.to_send()

    def decide(self, event: ServerEvent) -> Reply | None:
        name = type(event).__name__
        if isinstance(event, RcptTo):
            return self.refusals.get(event.address.local, self.refusals.get(name, say.RECIPIENT_OK))
        if name in self.refusals:
            return self.refusals[name]
        match event:
            case Connected() | XClient():
                return say.greeting("relay.example")
            case Hello():
                return self.machine.hello_reply(event)
            case StartTls():
                return say.READY_FOR_TLS
            case Authenticate():
                return say.AUTHENTICATED if event.password == "secret" else say.AUTH_FAILED
            case MailFrom():
                return say.SENDER_OK
            case BodyStart():
                self.body = b""
                return say.START_INPUT
            case BodyChunk():
                self.body += event.data
            case BodyLost():
                self.body = b""
            case BodyEnd():
                self.messages.append((event.envelope, self.body))
                return say.queued(f"message-{len(self.messages)}")
            case _:
                pass
        return None

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@dataclass
class Pair:
    """A client and a server and the wire between them. `withheld` are keywords cut out of EHLO answers on the way."""

    server: Server
    client: ClientSession
    withheld: tuple[str, ...] = ()
    body: bytes = b""  # given to the client when it wants one
    piece: int = 0  # size of the pieces on the wire; 0: as written

    def __post_init__(self) -> None:
        self.events: list[ClientEvent] = []
        self.flights: list[bytes] = []
        self.carried = 0
        self.run()

    def run(self) -> list[ClientEvent]:
        """Carry bytes until both are at rest; the client's events since the last time."""
        before, quiet = len(self.events), False
        while not quiet:
            quiet = True
            said, self.carried = self.server.sent[self.carried :], len(self.server.sent)
            for piece in self.pieces(self.censored(said)):
                self.client.receive(piece)
                quiet = False
            while (event := self.client.next_event()) is not None:
                quiet = False
                self.events.append(event)
                self.react(event)
            if flight := self.client.to_send():
                self.flights.append(flight)
                for piece in self.pieces(flight):
                    self.server.hear(piece)
                quiet = False
        return self.events[before:]

    def react(self, event: ClientEvent) -> None:
        if isinstance(event, TlsAgreed):
            self.server.machine.tls_started()
            self.client.tls_started()
        elif isinstance(event, WantBody):
            for at in range(0, len(self.body), 5):
                self.client.body(self.body[at : at + 5])
            self.client.end_body()

    def pieces(self, octets: bytes) -> list[bytes]:
        step = self.piece or max(len(octets), 1)
        return [octets[at : at + step] for at in range(0, len(octets), step)]

    def censored(self, octets: bytes) -> bytes:
        lines = octets.splitlines(keepends=True)
        kept = [line for line in lines if not any(line[4:].startswith(word.encode()) for word in self.withheld)]
        if len(kept) < len(lines):
            kept[-1] = kept[-1][:3] + b" " + kept[-1][4:]
        return b"".join(kept)


def open_pair(server: Server | None = None, *withheld: str, piece: int = 0, body: bytes = b"") -> Pair:
    return Pair(server or Server(), ClientSession("client.example"), withheld, body, piece)
