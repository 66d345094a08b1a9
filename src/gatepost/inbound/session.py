"""One client on one socket: bytes to the machine, replies to the socket, TLS in between.

An asyncio.Protocol that feeds the machine straight from `data_received`: no task, no stream and no timer per session.
The listener looks at `deadline` now and then; that is all the clock there is.
"""

import asyncio
from typing import TYPE_CHECKING

from gatepost.connectors import ClientKey, client_key
from gatepost.mail import Reply
from gatepost.mail import reply as replies
from gatepost.smtp import Phase, ServerSession, ServerTerms, events
from gatepost.tls import TlsFailed, TlsPipe, TlsTooOld

from .facts import Caller
from .introduction import Later
from .reception import Reception
from .surroundings import Surroundings

if TYPE_CHECKING:
    from .listener import Door

_HANDSHAKE_SECONDS = 30.0  # also for a PROXY header: what a machine sends needs no patience
_BODY_GRACE_SECONDS = 60.0
_UNREAD_LIMIT = 256 * 1024  # what a client may push at us while an answer is still being worked out


class SmtpConnection(asyncio.Protocol):
    """Drives one ServerSession."""

    __slots__ = (
        "_body_since", "_caller", "_choked", "_door", "_paused", "_pipe", "_received", "_seen", "_unread", "around",
        "deadline", "key", "machine", "reception", "transport", "waiting",
    )  # fmt: skip

    def __init__(self, door: "Door", around: Surroundings) -> None:
        self._door = door
        self.around = around
        self._pipe: TlsPipe | None = None
        self.waiting = False
        self._paused = False  # it sent too much while its answer was being worked out
        self._choked = False  # it does not read its replies
        self._unread = 0
        self._body_since = 0.0
        self._received = self._seen = 0
        self.deadline = 0.0
        self.key: ClientKey | None = None  # whom the limits count
        self._caller: Caller
        self.transport: asyncio.Transport
        self.machine: ServerSession | None = None
        self.reception: Reception

    # --- asyncio --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]  # uvloop's transports are not asyncio.Transport
        around = self.around
        peer = transport.get_extra_info("peername")
        caller = self._caller = self._door.caller(peer[0] if peer else "0.0.0.0")  # noqa: S104  # it has hung up already
        implicit = around.listener.tls == "implicit"
        self.key = caller.key
        self.reception = Reception(around, caller, self._finish)
        record = self.reception.record = around.record(transport)
        refusal = None if caller.must_send_proxy else self.reception.turned_away()
        if refusal is None and (refusal := self._door.admit(self)) is not None:
            around.journal.fact("session_refused", client=self.reception.client, reply=str(refusal))
        if refusal is not None:
            if not implicit:  # a client that waits for a ServerHello would not understand
                self.transport.write(refusal.wire())
            if record is not None:
                record.server_said(str(refusal))
            self.transport.close()
            return
        if implicit and not around.offers_tls:
            self.transport.abort()  # nothing can be said to a client that waits for a ServerHello
        elif implicit and not caller.must_send_proxy:
            self._start_tls()
        else:
            self._open(tls=implicit, proxy=caller.must_send_proxy)

    def data_received(self, data: bytes) -> None:
        machine, pipe = self.machine, self._pipe
        if pipe is not None:
            was_established = pipe.established
            try:
                data = pipe.receive(data)
            except TlsFailed as failure:
                self._tls_failed(failure)
                return
            if not was_established:
                self._write(b"")
                if not pipe.established:
                    return
                self._secured(pipe)
                machine = self.machine
            if not data:
                if pipe.peer_closed and not self.waiting:
                    self._hang_up()
                return
        if machine is None:
            return
        machine.receive(data)
        self._received += len(data)
        if self.waiting:
            self._unread += len(data)
            if self._unread > _UNREAD_LIMIT and not self._paused:
                self._paused = True
                self.transport.pause_reading()
            return
        self._pump()

    def eof_received(self) -> bool:
        """The client has said all that it wants to say. An answer that is being worked out still reaches it."""
        if not self.waiting or self.machine is None:
            return False
        self.machine.receive(b"")
        return True

    def connection_lost(self, _: Exception | None) -> None:
        self._door.left(self)
        self.reception.give_up_place()
        if self.machine is not None:
            if self._pipe is not None and not self._pipe.established:  # on an implicit port it may be a health check
                self._tell_tls_failed("The connection ended during the handshake.")
            self.machine.receive(b"")
            if not self.waiting:  # a commit under way answers into the void; the message is kept all the same
                while (event := self.machine.next_event()) is not None:
                    if isinstance(event, events.BodyLost | events.Lost):
                        self.reception.answer(event)
                        continue
                    break
                self.reception.ended()
        if self.reception.record is not None:
            self.reception.record.ended()
        self.around.journal.fact("session_ended", client=self.reception.client)

    def pause_writing(self) -> None:
        """The client does not read its replies: stop reading its commands."""
        self._choked = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self._choked = False
        self._read_on()

    def _read_on(self) -> None:
        if not self._paused and not self._choked and not self.transport.is_closing():
            self.transport.resume_reading()

    # --- the machine --------------------------------------------------------------------------------

    def _open(self, *, tls: bool, proxy: bool = False) -> None:
        around, listener = self.around, self.around.listener
        self.machine = self.reception.machine = ServerSession(
            ServerTerms(
                hostname=around.hostname,
                client=self.reception.client,
                max_message_size=around.limits.max_message_size,
                max_recipients=around.limits.max_recipients,
                starttls=listener.tls == "starttls" and around.offers_tls,
                tls=tls,
                auth=listener.submission,
                proxy=proxy,
                xclient=self._caller.may_xclient,
            )
        )
        self.machine.recorder = self.reception.record
        self.deadline = around.loop.time() + _HANDSHAKE_SECONDS
        self._pump()

    def _pump(self) -> None:
        machine, reception = self.machine, self.reception
        assert machine is not None
        while (event := machine.next_event()) is not None:
            if type(event) is events.ProxyHeader:
                self._behind_proxy(event)
                if self._pipe is not None or self.transport.is_closing():
                    return  # implicit TLS behind the header: the greeting comes after the handshake
                continue
            answer = reception.answer(event)
            if answer is None:
                continue
            if answer is Later.LATER:
                self.waiting = True
                break
            machine.answer(answer)
        moved = self._flush()
        body = machine.phase is Phase.DATA or machine.phase is Phase.BDAT
        if moved or (body and not self._body_since):
            self._set_deadline(body=body)

    def _behind_proxy(self, event: events.ProxyHeader) -> None:
        machine = self.machine
        assert machine is not None
        self.reception.behind_proxy(event)
        client = machine.client = self.reception.client
        key = client_key(self.reception.facts.client)
        refusal = None if event.client is None else self.reception.turned_away()
        if refusal is None and event.client is not None and (refusal := self._door.recount(self, key)) is not None:
            self.around.journal.fact("session_refused", client=client, reply=str(refusal))
        if refusal is not None:
            self.end(refusal)
        elif self.around.listener.tls == "implicit":
            hello = machine.take_waiting()
            self._start_tls()
            if hello:
                self.data_received(hello)
        else:
            machine.proceed()

    def _finish(self, reply: Reply) -> None:
        """The answer that had to wait is here."""
        self.waiting = False
        self._unread = 0
        self._body_since = 0.0
        machine = self.machine
        if machine is None or self.transport.is_closing():
            return
        machine.answer(reply)
        if self._paused:
            self._paused = False
            self._read_on()
        self._pump()

    def _flush(self) -> bool:
        """Send what there is to say; whether that moves the deadline. Half a command does not."""
        machine = self.machine
        assert machine is not None
        said = machine.to_send()
        self._write(said)
        pipe = self._pipe
        if machine.closing or (pipe is not None and pipe.peer_closed and not self.waiting):
            self._hang_up()
        elif pipe is None and machine.expects_tls_bytes:
            self._start_tls()
            return False
        return bool(said)

    def _write(self, replies_: bytes) -> None:
        pipe, failed = self._pipe, False
        if pipe is not None:
            try:
                if replies_:
                    pipe.send(replies_)
            except TlsFailed:  # what came behind the client's last command was no TLS
                failed = True
            replies_ = pipe.to_send()
        if replies_:
            self.transport.write(replies_)
        if failed:
            self.transport.close()

    def _hang_up(self) -> None:
        if self._pipe is not None and self._pipe.established:
            self._pipe.close()
            self._write(b"")
        self.transport.close()

    # --- TLS --------------------------------------------------------------------------------

    def _start_tls(self) -> None:
        tls = self.around.tls
        assert tls is not None
        directory = self.around.current().directory
        context = tls.context(
            request_client_certificate=directory.wants_client_certificate,
            minimum=directory.minimum_tls(self.reception.facts.client),
        )
        self._pipe = TlsPipe(context, server=True)
        self.deadline = self.around.loop.time() + _HANDSHAKE_SECONDS

    def _secured(self, pipe: TlsPipe) -> None:
        self.reception.secured(pipe)
        if self.machine is None:
            self._open(tls=True)
        elif self.machine.expects_tls_bytes:
            self.machine.tls_started()
            self._set_deadline(body=False)
        else:
            self.machine.proceed()
            self._pump()

    def _tls_failed(self, failure: TlsFailed) -> None:
        self._write(b"")  # the alert, if there is one
        pipe, self._pipe = self._pipe, None
        if self.reception.record is not None:
            self.reception.record.note("TLS failed", str(failure))
        if pipe is not None and not pipe.established:
            if isinstance(failure, TlsTooOld):
                self.reception.spoke_old_tls(pipe.offered, problem=str(failure))
            else:
                self._tell_tls_failed(str(failure))
        self.transport.close()

    def _tell_tls_failed(self, problem: str) -> None:
        self.around.journal.fact(
            "tls_failed",
            client=self.reception.client,
            listener=self.around.listener.name,
            problem=problem,
        )

    # --- the clock --------------------------------------------------------------------------------

    def _set_deadline(self, *, body: bool) -> None:
        now = self.around.loop.time()
        if not body:
            self._body_since = 0.0
            self.deadline = now + self.around.limits.command_timeout
        elif not self._body_since:
            self._body_since, self._received, self._seen = now, 0, 0
            self.deadline = now + self.around.limits.data_timeout

    def overdue(self, now: float) -> Reply | None:
        """Why this session is to be ended now, if it is.

        A deadline is a total for a command, so dripping does not help;
        a body may take longer as long as it moves and keeps a minimum rate.
        """
        if self.waiting:
            return None
        if self._body_since:
            if self._received != self._seen:
                self._seen = self._received
                self.deadline = now + self.around.limits.data_timeout
            elif now > self.deadline:
                return replies.TIMEOUT
            taken = now - self._body_since
            if taken > _BODY_GRACE_SECONDS and self._received < taken * self.around.limits.min_data_rate:
                return replies.TOO_SLOW
            return None
        return replies.TIMEOUT if now > self.deadline else None

    @property
    def leaving(self) -> bool:
        """It has been told to go; what it was told may still be on its way."""
        return self.transport.is_closing()

    def end(self, reply: Reply) -> None:
        """Say goodbye and close; during a handshake there is nothing to say, and to one that has been told and still
        does not read, nothing more."""
        handshaking = self.machine is None or (self._pipe is not None and not self._pipe.established)
        if handshaking or self.machine is None or self.transport.is_closing():
            self.transport.abort()
            return
        self.machine.hang_up(reply)
        self._write(self.machine.to_send())
        self._hang_up()
