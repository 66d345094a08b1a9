"""The test sender: one message to one server, told word by word.

It trusts nothing and enforces nothing: the server's certificate is taken whatever it is, and what is wrong
with it is said. It connects only where it is told to.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import assert_never, cast

from cryptography import x509
from OpenSSL import SSL

from gatepost.mail import Address, BodyKind, Envelope, Recipient, Reply
from gatepost.smtp import (
    Authenticated,
    AuthenticationRefused,
    ClientEvent,
    ClientSession,
    ClosedByServer,
    Greeted,
    Sent,
    TlsAgreed,
    TlsRefused,
    WantBody,
)
from gatepost.tls import Credentials, TlsFailed, TlsPipe, client_context, judge_server

from .advice import Advice, advice_for, network_advice, tls_advice
from .report import ProbeResult, RecipientAnswer, chain_link
from .transcript import Transcript, plain


class TlsMode(StrEnum):
    """When TLS begins: never, after STARTTLS, or at once."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """What to send where. `timeout` is for all of it, in seconds; `trusted` are CAs besides the system's.

    `certificate_name` is what the server's certificate must bear: None stands for the host's name, "" for any name.
    `verify`: a server whose certificate is bad is told neither the password nor the message.
    """

    host: str
    port: int
    sender: Address | None
    recipients: tuple[Address, ...]
    message: bytes
    tls: TlsMode = TlsMode.NONE
    certificate: Credentials | None = None
    trusted: tuple[x509.Certificate, ...] = ()
    certificate_name: str | None = None
    verify: bool = False
    source: str | None = None
    hello: str = "localhost"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 60.0


async def probe(request: ProbeRequest, *, progress: Callable[[str], None] | None = None) -> ProbeResult:
    """Hold one conversation and report it, troubles and all. `progress` is told each step."""
    session = _Conversation(request, progress or (lambda _: None))
    try:
        async with asyncio.timeout(request.timeout):
            await session.run()
    except TlsFailed as failed:
        session.trouble = tls_advice(failed.detail, implicit=request.tls is TlsMode.IMPLICIT)
    except OSError as error:  # TimeoutError is one
        session.trouble = network_advice(error, host=request.host, port=request.port)
        if session.remote and isinstance(error, TimeoutError):
            session.trouble = Advice(
                f"The server did not answer within {request.timeout:g} seconds.",
                "It may be holding off this client; look at the last lines of the transcript.",
            )
    finally:
        session.hang_up()
    return session.result()


class _Conversation(asyncio.Protocol):
    def __init__(self, request: ProbeRequest, progress: Callable[[str], None]) -> None:
        self.request = request
        self.progress = progress
        self.trouble: Advice | None = None
        self.remote = ""
        self._local = ""
        self._transcript = Transcript()
        self._machine = ClientSession(request.hello, tls=request.tls is TlsMode.IMPLICIT)
        self._context: SSL.Context | None = None
        self._pipe: TlsPipe | None = None
        self._transport: asyncio.Transport | None = None
        self._news: asyncio.Queue[ClientEvent | TlsFailed | None] = asyncio.Queue()
        self._sent: Sent | None = None
        self._trouble_reply: Reply | None = None
        self._asked = False
        self._encrypted = request.tls is TlsMode.IMPLICIT
        self._over = False

    # --- the conversation ---------------------------------------------------------------------------------

    async def run(self) -> None:
        request = self.request
        if request.tls is not TlsMode.NONE:
            self._context = client_context(certificate=request.certificate)
            self._context.set_info_callback(self._watch_handshake)
        self.progress(f"Connecting to {plain(request.host)} port {request.port}")
        local = None if request.source is None else (request.source, 0)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, request.host, request.port, local_addr=local)
        self.progress("Talking")
        while not self._over:
            event = await self._news.get()
            if isinstance(event, TlsFailed):
                raise event
            if event is None:  # the handshake is complete
                self._machine.tls_started()
            else:
                self._answer(event)
            self._flush()

    def _answer(self, event: ClientEvent) -> None:
        request, machine = self.request, self._machine
        match event:
            case Greeted():
                if request.tls is TlsMode.STARTTLS and not self._encrypted:
                    self._begin_tls(offered="STARTTLS" in event.extensions)
                elif request.verify and (problem := self._server_problem()) is not None:
                    self._give_up(Advice(problem, "Correct the server's certificate, or what is expected of it."))
                elif request.user is not None:
                    self._sign_in(request.user)
                else:
                    self._hand_over()
            case TlsAgreed():
                self._encrypted = True
                self._shake_hands()
            case TlsRefused() | AuthenticationRefused():
                self._give_up(advice_for(event.reply), event.reply)
            case Authenticated():
                self._hand_over()
            case Sent():
                self._sent = event
                if machine.reusable:
                    machine.quit()
            case ClosedByServer():
                self._over = True
                if self._sent is None and self.trouble is None:
                    self._trouble_reply = event.reply
                    self.trouble = self._why_closed(event)
            case WantBody():
                machine.body(request.message)
                machine.end_body()
            case _:
                assert_never(event)

    def _begin_tls(self, *, offered: bool) -> None:
        if offered:
            self.progress("Starting TLS")
            self._machine.start_tls()
            return
        self._give_up(
            Advice(
                "The server does not offer STARTTLS.",
                "Give it a certificate, see that no firewall between strips STARTTLS, or try --tls none.",
            )
        )

    def _sign_in(self, user: str) -> None:
        if not self._encrypted or "AUTH" not in self._machine.extensions:
            self._give_up(
                Advice(
                    "The server offers no sign-in here.",
                    "Sign-in needs TLS and a submission endpoint (port 587 or 465).",
                )
            )
            return
        self._machine.authenticate(user, self.request.password or "")

    def _hand_over(self) -> None:
        request = self.request
        ascii_only = all(one is None or one.is_ascii for one in (request.sender, *request.recipients))
        envelope = Envelope(
            sender=request.sender,
            recipients=tuple(Recipient(address=one) for one in request.recipients),
            body=BodyKind.SEVEN_BIT if request.message.isascii() else BodyKind.EIGHT_BIT,
            smtputf8=not ascii_only,
        )
        if (lacking := self._machine.lacks(envelope)) is not None:
            self._give_up(Advice(f"{lacking.text}.", "Send another message, or to another server."), lacking)
            return
        self.progress("Sending the message")
        self._machine.send(envelope, len(request.message), request.message, use_chunking=False)

    def _give_up(self, advice: Advice | None, reply: Reply | None = None) -> None:
        self.trouble = advice or Advice("The server refused.", "Read the transcript.")
        self._trouble_reply = reply
        if self._machine.reusable:
            self._machine.quit()
        else:
            self._over = True

    def _why_closed(self, event: ClosedByServer) -> Advice:
        if event.reply is not None and (known := advice_for(event.reply)) is not None:
            return known
        when = "after the message" if event.after_end else f"at {event.stage}"
        return Advice(
            f"The conversation ended {when}: {plain(event.reason)}.",
            "The message may have been accepted: look for it before you try again."
            if event.after_end
            else "Look at the server's log for this client's address.",
        )

    # --- the wire -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._local, self.remote = (_endpoint(self._transport, name) for name in ("sockname", "peername"))
        self._transcript.note(f"Connected to {self.remote} from {self._local}")
        if self._encrypted:
            self._shake_hands()

    def data_received(self, data: bytes) -> None:
        if self._pipe is not None:
            ready = self._pipe.established
            try:
                data = self._pipe.receive(data)
            except TlsFailed as failed:
                self._write(self._pipe.to_send())
                self._news.put_nowait(failed)
                return
            if not ready and self._pipe.established:
                self._transcript.note(f"TLS established: {self._pipe.version}, {self._pipe.cipher}")
                if self.request.tls is TlsMode.STARTTLS:
                    self._news.put_nowait(None)
            self._write(self._pipe.to_send())
            if not data:
                return
        self._transcript.received(data)
        self._machine.receive(data)
        self._collect()

    def connection_lost(self, error: Exception | None) -> None:
        self._transcript.note("The connection is closed" if error is None else "The connection was cut")
        if self._pipe is not None and not self._pipe.established:
            try:
                self._pipe.receive(b"")
            except TlsFailed as failed:
                self._news.put_nowait(failed)
                return
        self._machine.receive(b"")
        self._collect()

    def hang_up(self) -> None:
        if self._transport is not None:
            if self._pipe is not None:
                self._pipe.close()
                self._write(self._pipe.to_send())
            self._transport.close()

    def _collect(self) -> None:
        while (event := self._machine.next_event()) is not None:
            self._news.put_nowait(event)
        self._flush()

    def _flush(self) -> None:
        data = self._machine.to_send()
        if not data:
            return
        self._transcript.sent(data)
        if self._pipe is None:
            self._write(data)
        else:
            self._pipe.send(data)
            self._write(self._pipe.to_send())

    def _write(self, octets: bytes) -> None:
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def _shake_hands(self) -> None:
        assert self._context is not None
        self._pipe = TlsPipe(self._context, server=False, server_name=self.request.host)
        self._write(self._pipe.to_send())

    def _watch_handshake(self, connection: SSL.Connection, _where: int, _code: int) -> None:
        if b"certificate request" in connection.get_state_string():
            self._asked = True

    # --- the report ---------------------------------------------------------------------------------------

    def result(self) -> ProbeResult:
        request = self.request
        answers: tuple[RecipientAnswer, ...] = ()
        if self._sent is not None:
            told = zip(request.recipients, self._sent.replies, self._sent.stages, strict=True)
            answers = tuple(
                RecipientAnswer(address=str(to), reply=reply, stage=stage, advice=advice_for(reply))
                for to, reply, stage in told
            )
        established = self._pipe is not None and self._pipe.established
        chain = self._pipe.peer_chain() if self._pipe is not None else []
        presented = request.certificate.presented if request.certificate is not None else ()
        return ProbeResult(
            answers=answers,
            transcript=self._transcript.lines,
            trouble=self.trouble,
            trouble_reply=self._trouble_reply,
            local=self._local,
            remote=self.remote,
            tls_version=self._pipe.version if self._pipe is not None and established else None,
            cipher=self._pipe.cipher if self._pipe is not None and established else None,
            server_chain=tuple(map(chain_link, chain)),
            server_problem=self._server_problem() if established else None,
            presented=tuple(map(chain_link, presented)),
            certificate_asked=self._asked,
        )

    def _server_problem(self) -> str | None:
        """What is wrong with the server's certificate, or None."""
        if self._pipe is None or not self._pipe.established:
            return "The connection is not encrypted."
        request = self.request
        name = request.host if request.certificate_name is None else request.certificate_name or None
        chain = self._pipe.peer_chain()
        return judge_server(chain, name=name, extra_cas=request.trusted, now=datetime.now(UTC))


def _endpoint(transport: asyncio.Transport, name: str) -> str:
    found = transport.get_extra_info(name)
    if not isinstance(found, tuple) or len(found) < 2:
        return ""
    address, port = str(found[0]), found[1]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def own_name() -> str:
    """What to call ourselves in EHLO: the machine's name, as far as it is one."""
    name = socket.getfqdn()
    return name if name and all(c.isalnum() or c in "-." for c in name) and name.isascii() else "localhost"
