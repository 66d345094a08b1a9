"""One conversation of the test sender: the client's machine and the TLS pipe on a socket, and what came of it."""

import asyncio
from datetime import UTC, datetime
from typing import assert_never, cast

from OpenSSL import SSL

from gatepost.mail import Reply
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
from gatepost.tls import TlsFailed, TlsPipe, client_context, judge_server

from .advice import Advice
from .circumstances import Circumstances, TlsMode, seen_as
from .endpoints import remarks_on, sign_in_advice, silence_advice
from .refusals import advice_for
from .report import ProbeResult, RecipientAnswer, chain_link
from .request import ProbeRequest, Witness, envelope_of
from .tokens import refused_token, token_advice
from .transcript import Side, Transcript, plain
from .troubles import certificate_advice, hung_up_advice


class Conversation(asyncio.Protocol):
    """Made for one request. `run` holds it, `hang_up` ends it, `result` tells it; `trouble` says why it failed."""

    def __init__(self, request: ProbeRequest, witness: Witness) -> None:
        self.request = request
        self.witness = witness
        self.trouble: Advice | None = None
        self.remote = ""
        self._local = ""
        self._transcript = Transcript(told=witness.heard)
        self._machine = ClientSession(request.hello, tls=request.tls is TlsMode.IMPLICIT)
        self._context: SSL.Context | None = None
        self._pipe: TlsPipe | None = None
        self._transport: asyncio.Transport | None = None
        self._news: asyncio.Queue[ClientEvent | TlsFailed | None] = asyncio.Queue()
        self._sent: Sent | None = None
        self._seconds: float | None = None
        self._trouble_reply: Reply | None = None
        self._asked = False
        self._encrypted = request.tls is TlsMode.IMPLICIT
        self._signed_in = False
        self._over = False
        self._left = False
        self._heard_inside = False

    # --- the conversation ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, talk, and return when it is over. Raises OSError and TlsFailed."""
        request = self.request
        if request.tls is not TlsMode.NONE:
            self._context = client_context(certificate=request.certificate)
            self._context.set_info_callback(self._watch_handshake)
        self.witness.progress(f"Connecting to {plain(request.host)} port {request.port}")
        local = None if request.source is None else (request.source, 0)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await loop.create_connection(lambda: self, request.address or request.host, request.port, local_addr=local)
        self.witness.progress("Talking")
        while not self._over:
            event = await self._news.get()
            if isinstance(event, TlsFailed):
                raise event
            if event is None:  # the handshake is complete
                self._machine.tls_started()
            else:
                self._answer(event)
            if self._sent is not None and self._seconds is None:
                self._seconds = loop.time() - started
            self._collect()  # the machine may have refused by itself

    def _answer(self, event: ClientEvent) -> None:
        request, machine = self.request, self._machine
        match event:
            case Greeted():
                if request.tls is TlsMode.STARTTLS and not self._encrypted:
                    self._begin_tls(offered="STARTTLS" in event.extensions)
                elif request.verify and (problem := self._server_problem()) is not None:
                    self._give_up(certificate_advice(problem, self.seen(), own_ca=bool(request.trusted)))
                elif request.user is not None:
                    self._sign_in(request.user)
                else:
                    self._hand_over()
            case TlsAgreed():
                self._encrypted = True
                self._shake_hands()
            case TlsRefused():
                self._give_up(advice_for(event.reply, self.seen()), event.reply)
            case AuthenticationRefused():
                self._give_up(self._why_not_signed_in(event), event.reply)
            case Authenticated():
                self._signed_in = True
                self._hand_over()
            case Sent():
                self._sent = event
                if machine.reusable:
                    machine.quit()
            case ClosedByServer():
                self._over = True
                if self._sent is None and self.trouble is None and event.stage != "QUIT":
                    self._trouble_reply = event.reply
                    self.trouble = self._why_closed(event)
            case WantBody():
                machine.body(request.message)
                machine.end_body()
            case _:
                assert_never(event)

    def _begin_tls(self, *, offered: bool) -> None:
        if offered:
            self.witness.progress("Starting TLS")
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
            self._give_up(sign_in_advice(self.seen()))
            return
        self.witness.progress("Signing in")
        self._machine.authenticate(user, self.request.password or "", mechanism=self.request.mechanism)

    def _why_not_signed_in(self, refused: AuthenticationRefused) -> Advice | None:
        known = advice_for(refused.reply, self.seen())
        if refused.reply.code == 504:
            offered = plain(self._machine.extensions.get("AUTH", "")) or "nothing"
            wanted = self.request.mechanism.upper() or "PLAIN and LOGIN"
            return Advice(f"The server does not offer {wanted}: it offers {offered}.", "Sign in by a way it offers.")
        if self.request.mechanism.upper() != "XOAUTH2":
            return known
        return token_advice(refused.challenge) or refused_token(known)

    def _hand_over(self) -> None:
        request = self.request
        if not request.recipients:  # all that was wanted is to see the server
            self._machine.quit()
            return
        envelope = envelope_of(request, self._machine.extensions)
        if (lacking := self._machine.lacks(envelope)) is not None:
            self._give_up(Advice(f"{lacking.text}.", "Send another message, or to another server."), lacking)
            return
        self.witness.progress("Sending the message")
        self._machine.send(envelope, len(request.message), request.message, use_chunking=False)

    def _give_up(self, advice: Advice | None, reply: Reply | None = None) -> None:
        self.trouble = advice or Advice("The server refused.", "Read the transcript.")
        self._trouble_reply = reply
        if self._machine.reusable:
            self._machine.quit()
        else:
            self._over = True

    def _why_closed(self, event: ClosedByServer) -> Advice:
        if event.reply is not None and (known := advice_for(event.reply, self.seen())) is not None:
            return known
        if event.reply is None:
            known = silence_advice(self.seen()) or hung_up_advice(self.seen())
            if known is not None:
                return known
        when = "after the message" if event.after_end else f"at {event.stage}"
        return Advice(
            f"The conversation ended {when}: {plain(event.reason)}.",
            "The message may have been accepted: look for it before you try again."
            if event.after_end
            else "Look at the server's log for this client's address.",
            () if event.stage != "CONNECT" else ("The server, or a firewall before it, turns this address away.",),
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
            self._heard_inside = True
        self._transcript.received(data)
        self._machine.receive(data)
        self._collect()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._left:
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
        """Close the connection, however far it came."""
        self._left = True
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

    def seen(self) -> Circumstances:
        """What is known so far."""
        request = self.request
        heard = [said.text for said in self._transcript.lines if said.side is Side.SERVER]
        return Circumstances(
            host=request.host,
            port=request.port,
            mode=request.tls,
            heard=bool(heard),
            heard_inside=self._heard_inside,
            banner=heard[0] if heard else "",
            encrypted=self._encrypted,
            extensions=dict(self._machine.extensions),
            seen_as=seen_as(heard),
            null_sender=request.sender is None,
            sender_domain="" if request.sender is None else plain(request.sender.domain),
            certificate=request.certificate is not None,
            certificate_names=() if request.certificate is None else chain_link(request.certificate.certificate).names,
            certificate_asked=self._asked,
            signed_in=self._signed_in,
        )

    def result(self) -> ProbeResult:
        """All of it, as far as it came."""
        request, seen = self.request, self.seen()
        answers: tuple[RecipientAnswer, ...] = ()
        if self._sent is not None:
            told = zip(request.recipients, self._sent.replies, self._sent.stages, strict=True)
            answers = tuple(
                RecipientAnswer(address=str(to), reply=reply, stage=stage, advice=advice_for(reply, seen))
                for to, reply, stage in told
            )
        pipe = self._pipe if self._pipe is not None and self._pipe.established else None
        problem = self._server_problem() if pipe is not None else None
        own_ca = bool(request.trusted)
        return ProbeResult(
            answers=answers,
            transcript=self._transcript.lines,
            trouble=self.trouble,
            trouble_reply=self._trouble_reply,
            remarks=remarks_on(seen),
            seconds=self._seconds,
            local=self._local,
            remote=self.remote,
            seen_as=seen.seen_as,
            tls_version=pipe.version if pipe is not None else None,
            cipher=pipe.cipher if pipe is not None else None,
            server_chain=tuple(map(chain_link, pipe.peer_chain() if pipe is not None else ())),
            server_problem=problem,
            server_advice=None if problem is None else certificate_advice(problem, seen, own_ca=own_ca),
            presented=tuple(map(chain_link, request.certificate.presented if request.certificate is not None else ())),
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
