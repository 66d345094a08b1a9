"""Where a syslog server is, and how a message goes there: datagrams, TCP, TLS. Blocking; the thread of `syslog` calls.

TLS is RFC 5425: messages framed as on TCP, and no plain text ever. The server has to show a certificate that a CA of
ours has issued for the name that is configured (§5.2); whoever cannot is no syslog server, and gets nothing.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

_MOST_DATAGRAM = 8192  # octets; RFC 5426 §3.2 lets receivers cut what is beyond 2,048
_PATIENCE = 5.0  # seconds for connecting, for a handshake and for a write
_STREAMS = ("tcp", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogServer:
    """Where it is: `unix` with a path, or `udp`, `tcp` or `tls` with a host and a port.

    `authorities` is a PEM file of CAs that count for TLS in place of the system's.
    """

    kind: str
    host: str
    port: int = 0
    authorities: Path | None = None

    @classmethod
    def at(cls, text: str, authorities: Path | None = None) -> "SyslogServer":
        """Read the canonical `unix:/path`, `udp:host:port`, `tcp:[v6]:port`, `tls:host:port`."""
        kind, _, place = text.partition(":")
        if kind == "unix":
            return cls(kind=kind, host=place)
        host, _, port = place.rpartition(":")
        return cls(kind=kind, host=host.strip("[]"), port=int(port), authorities=authorities)

    def __str__(self) -> str:
        return f"unix:{self.host}" if self.kind == "unix" else f"{self.kind}:{self.host}:{self.port}"

    def connect(self) -> socket.socket:
        """A socket to it; raises OSError, also for a certificate that does not count."""
        if self.kind in _STREAMS:
            connection = socket.create_connection((self.host, self.port), _PATIENCE)
            return connection if self.kind == "tcp" else self._secured(connection)
        if self.kind == "unix":
            connection, place = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), self.host
        else:
            family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
            connection, place = socket.socket(family, socket.SOCK_DGRAM), address  # type: ignore[assignment]
        try:
            connection.settimeout(_PATIENCE)
            connection.connect(place)
        except OSError:
            connection.close()
            raise
        return connection

    def _secured(self, connection: socket.socket) -> socket.socket:
        try:
            context = self._context()
            return context.wrap_socket(connection, server_hostname=self.host)
        except ssl.SSLCertVerificationError as wrong:
            connection.close()
            raise OSError(f"The certificate of {self.host} does not count: {wrong.verify_message}") from None
        except OSError:
            connection.close()
            raise

    def _context(self) -> ssl.SSLContext:
        """Read anew for each connection, so that a renewed file of CAs counts without a restart."""
        try:
            context = ssl.create_default_context(cafile=self.authorities)
        except OSError as trouble:
            raise OSError(f"{self.authorities} holds no CAs: {trouble.strerror or trouble}") from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def has_left(self, connection: socket.socket) -> bool:
        """Whether the server has closed the connection: what is written then reaches nobody, and no error says so.

        A syslog server says nothing, so there is nothing to read but the end, and what TLS itself has to say.
        """
        if self.kind not in _STREAMS:
            return False
        connection.setblocking(False)
        try:
            return not connection.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        finally:
            connection.settimeout(_PATIENCE)

    def framed(self, message: bytes) -> bytes:
        """As it stands on the wire: counted on TCP and TLS (RFC 6587 §3.4.1, RFC 5425 §4.3), else one datagram."""
        if self.kind in _STREAMS:
            return b"%d %b" % (len(message), message)
        return message[:_MOST_DATAGRAM].decode("utf-8", "ignore").encode()
