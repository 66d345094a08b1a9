"""One conversation with a next host: `smtp.ClientSession` driven over a wire.

What comes in drives the machine at once; the one coroutine that owns the connection waits for whole steps only
(greeted, TLS up, transaction over), so a message costs one wake-up and one write.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from OpenSSL import SSL

from gatepost.journal import ProtocolSession, endpoint
from gatepost.mail import Envelope, TlsWish
from gatepost.smtp import (
    Authenticated,
    AuthenticationRefused,
    ClientSession,
    ClosedByServer,
    Greeted,
    Sent,
    TlsAgreed,
    TlsRefused,
    WantBody,
)
from gatepost.spool import Content
from gatepost.tls import TlsPipe

from .terms import Timeouts
from .wire import BLOCK, Wire

if TYPE_CHECKING:
    from gatepost.routing import Demand, HostPort, Way

Step = (
    Greeted | TlsAgreed | TlsRefused | Authenticated | AuthenticationRefused | WantBody | Sent | ClosedByServer
)  # fmt: skip


class OutboundSession(Wire):
    """A connection in use. `host`, `address`, `way` and `demand` say where it leads and on which terms.

    `proved`: the server has shown that it is the host that it was dialled as.
    """

    def __init__(
        self,
        hello: str,
        *,
        timeouts: Timeouts,
        target: "HostPort",
        address: str,
        way: "Way | None",
        demand: "Demand",
        lmtp: bool = False,
        record: ProtocolSession | None = None,
    ) -> None:
        super().__init__()
        self.host = target.host
        self.port = target.port
        self.address = address
        self.way = way
        self.demand = demand
        self.proved = False
        self.used = 0  # messages tried on this connection
        self.on_close: Callable[[], None] | None = None  # called once when the connection is lost
        self.certificate: str | None = None  # what we presented, for the trace
        self.tls_version: str | None = None
        self.cipher: str | None = None
        self._timeouts = timeouts
        self.record = record
        self._machine = ClientSession(hello, lmtp=lmtp)
        self._machine.recorder = record
        self._waiter: asyncio.Future[Step] | None = None
        self._steps: deque[Step] = deque()
        self._stage = "CONNECT"
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._end_sent = False
        self._hurry = False
        self.opened_at = self._loop.time()

    # --- what the owner calls -------------------------------------------------------------------------

    @property
    def extensions(self) -> dict[str, str]:
        return self._machine.extensions

    @property
    def machine(self) -> ClientSession:
        return self._machine

    @property
    def reusable(self) -> bool:
        """Whether another message may be sent on this connection."""
        return not self.closed and self._machine.reusable

    def suits(self, wish: TlsWish) -> bool:
        """Whether a message with this wish may go here: what was opened for less is not good enough for more."""
        match wish:
            case TlsWish.OPTIONAL:
                return True
            case TlsWish.USUAL:
                return self.demand.wish is not TlsWish.OPTIONAL
            case TlsWish.REQUIRED:
                return self.proved and self.demand.vouched and "REQUIRETLS" in self.extensions
            case _:
                assert_never(wish)

    async def greeting(self) -> Step:
        """Wait for the banner and the answer to EHLO."""
        return await self._next(self._timeouts.greeting)

    async def start_tls(self, context: SSL.Context, *, server_name: str) -> Step:
        """STARTTLS, the handshake and the new EHLO. Raises TlsFailed; then the connection is useless."""
        self._stage = "STARTTLS"
        self._machine.start_tls()
        self._say(self._machine.to_send())
        step = await self._next(self._timeouts.command)
        if not isinstance(step, TlsAgreed):
            return step
        self._stage = "TLS"
        self._set_deadline(self._timeouts.handshake)
        pipe = await self._shake_hands(context, server_name)
        self.tls_version, self.cipher = pipe.version, pipe.cipher
        if self.record is not None:
            self._tell_tls(self.record, pipe)
        self._stage = "LHLO" if self._machine.lmtp else "EHLO"
        self._machine.tls_started()
        self._say(self._machine.to_send())
        return await self._next(self._timeouts.greeting)

    async def authenticate(self, user: str, secret: str, *, mechanism: str = "") -> Step:
        """AUTH by the mechanism, or by PLAIN, else LOGIN; the machine insists on TLS."""
        self._stage = "AUTH"
        self._machine.authenticate(user, secret, mechanism=mechanism)
        self._say(self._machine.to_send())
        return await self._next(self._timeouts.command)

    @property
    def age(self) -> float:
        """Seconds since the connection was begun."""
        return self._loop.time() - self.opened_at

    async def deliver(
        self,
        envelope: Envelope,
        content: Content,
        in_front: bytes = b"",
        *,
        long_lines: bool = False,
        hurry: bool = False,
    ) -> Sent | ClosedByServer:
        """One transaction. The content goes out exactly as it is; a file is streamed with back-pressure.

        `in_front` are header fields that the content does not have: its signatures. `hurry`: there is another way, so
        that until the end of the message is sent little patience is had.
        """
        self.used += 1
        self._stage, self._end_sent, self._hurry = "MAIL", content.inline is not None, hurry
        whole = None if content.inline is None else in_front + content.inline
        self._machine.send(envelope, len(in_front) + content.octets, whole, long_lines=long_lines)
        self._say(self._machine.to_send())
        patience = self._timeouts.final if self._end_sent else self._timeouts.command
        step = await self._next(self._timeouts.another_way if hurry else patience)
        if isinstance(step, WantBody) and content.file is not None:
            await self._feed(content.file, in_front)
            step = await self._next(self._timeouts.final)
        if isinstance(step, Sent | ClosedByServer):
            self._end_sent = False
            return step
        self.abort()
        return ClosedByServer(None, f"unexpected {type(step).__name__}", self._stage, self._end_sent)

    async def quit(self) -> None:
        """Say QUIT and hang up without waiting long for the answer: nothing depends on it."""
        if self.closed:
            return
        self._stage = "QUIT"
        self._machine.quit()
        self._say(self._machine.to_send())
        if not self.closed:
            await self._next(self._timeouts.goodbye)
        self.abort()

    def abort(self) -> None:
        """Hang up now."""
        self._hang_up()
        self._lost("the connection was closed here")

    # --- what the wire tells --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.record is not None:
            self.record.local = endpoint(transport.get_extra_info("sockname"))
            self.record.connected()

    def _heard(self, data: bytes) -> None:
        """Feed the machine, take its events and write what it has to say."""
        machine = self._machine
        machine.receive(data)
        while (event := machine.next_event()) is not None:
            self._steps.append(event)
            if isinstance(event, ClosedByServer):
                self._close()
                self._lost(event.reason)
                return
        self._say(machine.to_send())
        self._wake()

    def _lost(self, reason: str) -> None:
        """The end: whoever waits is told, once."""
        if not self.closed:
            self.closed = True
            if self.record is not None:
                self.record.ended(reason)
            if not (self._steps and isinstance(self._steps[-1], ClosedByServer)):
                self._steps.append(ClosedByServer(None, reason, self._stage, self._end_sent))
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self.on_close is not None:
                self.on_close()
        self._give_up(reason)
        self._wake()

    # --- inside ---------------------------------------------------------------------------------------

    async def _next(self, seconds: float) -> Step:
        """The next whole step, or ClosedByServer when it does not come within so many seconds."""
        if self._steps:
            return self._steps.popleft()
        if self.closed:
            return ClosedByServer(None, "the connection is closed", self._stage, after_end=False)
        self._set_deadline(seconds)
        waiter: asyncio.Future[Step] = self._loop.create_future()
        self._waiter = waiter
        try:
            return await waiter
        finally:
            self._waiter = None
            self._deadline = 0.0
            self._hurry = False

    async def _feed(self, file: Path, in_front: bytes) -> None:
        """Stream a body file: read ahead in a thread, wait while the transport is full."""
        self._stage = "DATA"
        source = await asyncio.to_thread(file.open, "rb")
        try:
            block = in_front + await asyncio.to_thread(source.read, BLOCK)
            while block and not self.closed and not self._steps:
                self._machine.body(block)
                self._say(self._machine.to_send())
                if self._writable is not None:
                    self._set_deadline(self._timeouts.block)
                    await self._writable
                block = await asyncio.to_thread(source.read, BLOCK)
        finally:
            source.close()
        if not self.closed and not self._steps:
            self._stage, self._end_sent = "END", True
            self._machine.end_body()
            self._say(self._machine.to_send())

    def _tell_tls(self, record: ProtocolSession, pipe: TlsPipe) -> None:
        record.note("TLS established", f"{pipe.version} {pipe.cipher}")
        if chain := pipe.peer_chain():
            record.note("server's certificate", chain[0].subject.rfc4514_string())
        if self.certificate is not None:
            record.note("our certificate", self.certificate)

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and self._steps and not waiter.done():
            waiter.set_result(self._steps.popleft())

    def _set_deadline(self, seconds: float) -> None:
        """One timer a connection, re-armed when it fires too early: cheaper than one a message."""
        now = self._loop.time()
        self._deadline = now + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and not self.closed:
            self._timer = self._loop.call_at(self._deadline, self._check_deadline)

    def _check_deadline(self) -> None:
        self._timer = None
        if not self._deadline or self.closed:
            return
        now = self._loop.time()
        if now < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check_deadline)
            return
        if self._hurry:
            self._hurry = False
            if self._machine.end_sent:  # no way back: the answer is worth waiting for
                self._set_deadline(self._timeouts.final)
                return
            self._end_sent = False
        if self._transport is not None:
            self._transport.abort()  # a peer that does not read would hold a polite close back for ever
        self._lost("the server did not answer in time")
