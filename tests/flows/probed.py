"""A small real server for the test sender, with its papers: the SMTP machine and the TLS pipe on a loopback socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trustme
from cryptography import x509
from OpenSSL import SSL

from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.smtp import (
    Authenticate,
    BodyChunk,
    BodyEnd,
    BodyStart,
    Connected,
    Hello,
    MailFrom,
    RcptTo,
    ServerEvent,
    ServerSession,
    ServerTerms,
    StartTls,
)
from gatepost.tls import Credentials, TlsFailed, TlsPipe, read_certificates, read_pem, server_context

CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
TRUSTED = tuple(read_certificates(CA.cert_pem.bytes(), source="CA"))


def issued(*names: str) -> Credentials:
    """A certificate of the test's own CA."""
    leaf = CA.issue_cert(*names, key_type=trustme.KeyType.ECDSA)
    text = b"".join(part.bytes() for part in leaf.cert_chain_pems)
    return read_pem(text, leaf.private_key_pem.bytes(), source="test")


SERVER = issued("relay.contoso.com", "127.0.0.1")


def asking(credentials: Credentials = SERVER) -> SSL.Context:
    """A server's context that asks for the client's certificate."""
    return server_context(credentials, request_client_certificate=True)


@dataclass
class Host:
    """What the server does, and what came in. `rcpt` decides by recipient; `greeting` may refuse everyone."""

    context: SSL.Context | None = None
    implicit: bool = False
    auth: bool = False
    greeting: Reply = field(default_factory=lambda: say.greeting("relay.contoso.com"))
    mail: Reply = say.SENDER_OK
    rcpt: Callable[[str], Reply] = lambda _: say.RECIPIENT_OK
    end: Reply = field(default_factory=lambda: say.queued("0123456789abcdef"))
    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    chains: list[list[x509.Certificate]] = field(default_factory=list)
    hellos: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(host: Host) -> AsyncIterator[Host]:
    """The server, on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Session(host), "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        await server.wait_closed()


class _Session(asyncio.Protocol):
    def __init__(self, host: Host) -> None:
        self.host = host
        starttls = host.context is not None and not host.implicit
        self.machine = ServerSession(
            ServerTerms(
                hostname="relay.contoso.com",
                client="127.0.0.1",
                starttls=starttls,
                tls=host.implicit,
                auth=host.auth,
            )
        )
        self.pipe: TlsPipe | None = None
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.host.peers.append(transport.get_extra_info("peername")[0])
        if self.host.implicit:
            assert self.host.context is not None
            self.pipe = TlsPipe(self.host.context, server=True)
        else:
            self.advance()

    def data_received(self, data: bytes) -> None:
        if self.pipe is not None:
            ready = self.pipe.established
            try:
                data = self.pipe.receive(data)
            except TlsFailed:
                self.transport.write(self.pipe.to_send())
                self.transport.close()
                return
            self.transport.write(self.pipe.to_send())
            if not ready and self.pipe.established:
                self.host.chains.append(self.pipe.peer_chain())
                if not self.host.implicit:
                    self.machine.tls_started()
                self.advance()
            if not data:
                return
        self.machine.receive(data)
        self.advance()

    def advance(self) -> None:
        while (event := self.machine.next_event()) is not None:
            reply = self.decide(event)
            if reply is not None:
                self.machine.answer(reply)
        octets = self.machine.to_send()
        if self.pipe is not None and octets:
            self.pipe.send(octets)
            octets = self.pipe.to_send()
        self.transport.write(octets)
        if self.machine.expects_tls_bytes and self.pipe is None:
            assert self.host.context is not None
            self.pipe = TlsPipe(self.host.context, server=True)
        if self.machine.closing:
            self.transport.close()

    def decide(self, event: ServerEvent) -> Reply | None:
        match event:
            case Connected():
                return self.host.greeting
            case Hello():
                self.host.hellos.append(event.name)
                return self.machine.hello_reply(event)
            case StartTls():
                return say.READY_FOR_TLS
            case Authenticate():
                self.host.passwords.append(event.password)
                return say.AUTHENTICATED if event.password == "right" else say.AUTH_FAILED
            case MailFrom():
                return self.host.mail
            case RcptTo():
                return self.host.rcpt(str(event.address))
            case BodyStart():
                self.body = b""
                return say.START_INPUT
            case BodyChunk():
                self.body += event.data
                return None
            case BodyEnd():
                self.host.messages.append(self.body)
                return self.host.end
            case _:
                return None
