"""The wire to a next host: octets between the socket, TLS and whoever listens. It knows no SMTP.

An `asyncio.Protocol`: what arrives is told from `data_received`, without a task or a stream in between.
"""

import asyncio
from typing import cast

from OpenSSL import SSL

from gatepost.tls import TlsFailed, TlsPipe

BLOCK = 256 * 1024  # octets read from a body file at once, in a thread; also what may wait in the transport


class Wire(asyncio.Protocol):
    """A connection's lower half. The upper half inherits, and says what becomes of octets (`_heard`) and of the end
    (`_lost`, which may be told more than once)."""

    def __init__(self) -> None:
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._pipe: TlsPipe | None = None
        self._handshake: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None  # until it is done, the transport wants no more

    def _heard(self, data: bytes) -> None:
        """Octets of the host, in clear; none: it will send no more."""
        raise NotImplementedError

    def _lost(self, reason: str) -> None:
        """The connection is of no more use."""
        raise NotImplementedError

    @property
    def pipe(self) -> TlsPipe | None:
        """TLS, where it was begun."""
        return self._pipe

    # --- asyncio.Protocol -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._transport.set_write_buffer_limits(high=BLOCK)

    def data_received(self, data: bytes) -> None:
        pipe = self._pipe
        if pipe is not None:
            try:
                data = pipe.receive(data)
            except TlsFailed as failed:
                self._write(pipe.to_send())
                self._tls_lost(failed)
                return
            if (answer := pipe.to_send()) and self._transport is not None:
                self._transport.write(answer)
            if self._handshake is not None and not self._handshake.done() and pipe.established:
                self._handshake.set_result(None)
            if not data:
                if pipe.peer_closed:
                    self._lost("the server ended TLS")
                return
        self._heard(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        reason = f"the connection broke: {exc}" if exc is not None else "the server hung up"
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_exception(TlsFailed("The server hung up during the handshake."))
        if not self.closed:
            self._heard(b"")
        self._lost(reason)

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None:
            if not self._writable.done():
                self._writable.set_result(None)
            self._writable = None

    # --- what the upper half does -----------------------------------------------------------------------

    async def _shake_hands(self, context: SSL.Context, server_name: str) -> TlsPipe:
        """Go over to TLS. Raises TlsFailed; then the connection is useless."""
        pipe = self._pipe = TlsPipe(context, server=False, server_name=server_name)
        self._handshake = self._loop.create_future()
        self._write(pipe.to_send())
        try:
            await self._handshake
        finally:
            self._handshake = None
        return pipe

    def _say(self, data: bytes) -> None:
        """Send octets, through TLS where it is spoken."""
        if not data:
            return
        pipe = self._pipe
        if pipe is not None:
            try:
                pipe.send(data)
            except TlsFailed as failed:
                self._tls_lost(failed)
                return
            data = pipe.to_send()
        self._write(data)

    def _hang_up(self) -> None:
        """End TLS and the connection."""
        if self._pipe is not None and not self.closed:
            self._pipe.close()
            self._write(self._pipe.to_send())
        self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _give_up(self, reason: str) -> None:
        """Whoever waits for a handshake or for room to write waits in vain."""
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_exception(TlsFailed(reason))
        self.resume_writing()

    # --- inside ---------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _tls_lost(self, failed: TlsFailed) -> None:
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_exception(failed)
        self._close()
        self._lost(f"TLS failed: {failed.detail}")
