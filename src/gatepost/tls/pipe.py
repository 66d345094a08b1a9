"""One TLS conversation over memory: bytes in, bytes out, no socket and no clock.

The sessions feed it from `data_received` and write what `to_send` returns, so that nothing stands between the
transport and the SMTP machine. It runs on pyOpenSSL because the standard library ends the handshake over a
client certificate that it does not like; here the certificate is taken as it is and judged afterwards.
"""

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address

from cryptography import x509
from OpenSSL import SSL

from gatepost.errors import GatepostError

from .hello import ENOUGH, offered_version
from .leaf import UNREADABLE
from .words import UNREAD, failure_words, too_old, verify_words

_RECORD = 16_384  # SSL_read returns one record of plaintext at most (RFC 8446 §5.1): more would be waste
_WRITE = 65_536


class TlsFailed(GatepostError):
    """The TLS conversation failed."""


class TlsTooOld(TlsFailed):
    """The TLS conversation failed."""


class TlsPipe:
    """One end of a TLS conversation.

    Feed it with `receive`, give it plaintext with `send`, and write to the socket what `to_send` returns
    after each. A client has its ClientHello ready from the start. `server_name` is sent as SNI when it is a
    host name.

    `established` turns true when the handshake is complete on this side; before that `receive` returns
    nothing. `peer_closed` turns true with the peer's close_notify or the end of the connection.
    """

    __slots__ = ("_begin", "_connection", "_failure", "_seen", "established", "peer_closed")

    def __init__(self, context: SSL.Context, *, server: bool, server_name: str | None = None) -> None:
        self.established = False
        self.peer_closed = False
        self._failure: TlsFailed | None = None
        self._begin = b""  # the first octets that the peer sent
        self._seen: list[tuple[int, int]] = []
        connection = self._connection = SSL.Connection(context, None)
        connection.set_app_data(self._seen)
        if server:
            connection.set_accept_state()
            return
        connection.set_connect_state()
        if server_name is not None and (name := _sni(server_name)) is not None:
            connection.set_tlsext_host_name(name)
        self._shake_hands()

    def receive(self, ciphertext: bytes) -> bytes:
        """Take what the socket gave (b"" when the peer hung up) and return the plaintext that is now
        available.

        Raises TlsFailed with a sentence, TlsTooOld where the other side knows nothing newer; `to_send` may then
        hold an alert for the peer, to be written before closing. Plaintext that came before the failure is
        returned first and the failure raised by the next call.
        """
        if self._failure is not None:
            raise self._failure
        if not ciphertext:
            return self._hung_up()
        if self.peer_closed:
            return b""  # RFC 8446 §6.1: whatever follows a close_notify is ignored
        self._connection.bio_write(ciphertext)
        if not self.established:
            if len(self._begin) < ENOUGH:
                self._begin += ciphertext[:ENOUGH]
            if not self._shake_hands():
                return b""
        return self._read()

    def send(self, plaintext: bytes | memoryview) -> None:
        """Encrypt. Only after `established`; raises TlsFailed when the conversation is over."""
        if self._failure is not None:
            raise self._failure
        if not self.established:
            raise TlsFailed("The handshake is not complete.")
        if not plaintext:
            return
        try:
            self._connection.sendall(plaintext)
        except SSL.Error as error:
            raise self._failed(error) from None

    def close(self) -> None:
        """Say close_notify; the bytes are in `to_send`. Harmless when there is nothing to close."""
        if self._failure is not None or not self.established:
            return
        with suppress(SSL.Error):  # the peer is gone, or has just failed: nobody is left to be told
            self._connection.shutdown()

    def to_send(self) -> bytes:
        """Everything that has to be written to the socket now."""
        read = self._connection.bio_read
        try:
            first = read(_WRITE)
        except SSL.WantReadError:
            return b""
        if len(first) < _WRITE:
            return first
        pieces = [first]
        try:
            while len(pieces[-1]) == _WRITE:
                pieces.append(read(_WRITE))
        except SSL.WantReadError:
            pass
        return b"".join(pieces)

    @property
    def version(self) -> str:
        """`TLSv1.3`; empty before the handshake is complete."""
        return self._connection.get_protocol_version_name() if self.established else ""

    @property
    def cipher(self) -> str:
        """OpenSSL's name of the cipher suite; empty before the handshake is complete."""
        return (self._connection.get_cipher_name() or "") if self.established else ""

    @property
    def offered(self) -> str | None:
        """The newest version that the client has offered, as far as its first octets tell."""
        return offered_version(self._begin[:ENOUGH])

    @property
    def server_name(self) -> str | None:
        """What the client asked for by SNI, None when it asked for nothing or for nonsense."""
        name = self._connection.get_servername()
        if name is None:
            return None
        try:
            return name.decode("ascii").lower()
        except UnicodeDecodeError:
            return None

    def peer_chain(self) -> list[x509.Certificate]:
        """The peer's certificates as they were sent, leaf first; empty when there is none or none can be
        read.

        An intermediate that cannot be read ends the list: the leaf is then judged with what came before it.
        """
        # On a server, OpenSSL's chain has no leaf in some versions; pyOpenSSL's own leaf is asked for
        # separately.
        try:
            leaf = self._connection.get_peer_certificate(as_cryptography=True)
        except UNREADABLE:
            self._seen.append((0, UNREAD))
            return []
        if leaf is None:
            return []
        try:
            sent = self._connection.get_peer_cert_chain(as_cryptography=True) or []
        except UNREADABLE:
            self._seen.append((1, UNREAD))
            return [leaf]
        return sent if sent and sent[0] == leaf else [leaf, *sent]

    @property
    def verify_errors(self) -> tuple[str, ...]:
        """What OpenSSL remarked about the peer's chain, in words. The verdict is the judge's, not this."""
        return verify_words(self._seen)

    def __repr__(self) -> str:
        state = "failed" if self._failure else "established" if self.established else "shaking hands"
        return f"<TlsPipe {state} {self.version}>"

    def _shake_hands(self) -> bool:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise self._failed(error) from None
        except TlsFailed as failure:  # raised by the ALPN choice
            self._failure = failure
            raise
        self.established = True
        return True

    def _read(self) -> bytes:
        recv = self._connection.recv
        first, pieces = b"", None
        try:
            first = recv(_RECORD)
            second = recv(_RECORD)
            pieces = [first, second]
            while True:
                pieces.append(recv(_RECORD))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.peer_closed = True
        except SSL.Error as error:
            failure = self._failed(error)
            if not first:
                raise failure from None
        return first if pieces is None else b"".join(pieces)

    def _hung_up(self) -> bytes:
        """TCP ended. SMTP has its own ends (QUIT, the final dot): a missing close_notify is no failure."""
        self.peer_closed = True
        if not self.established:
            self._failure = TlsFailed("The connection ended during the handshake.")
            raise self._failure
        return b""

    def _failed(self, error: SSL.Error) -> TlsFailed:
        reasons = _reasons(error)
        self._failure = (TlsTooOld if too_old(reasons) else TlsFailed)(failure_words(reasons))
        return self._failure


def _reasons(error: SSL.Error) -> Sequence[str]:
    """OpenSSL's reasons, innermost first. SysCallError carries (number, text), others a list of triples."""
    if not error.args:
        return ()
    first = error.args[0]
    if isinstance(first, list):
        return tuple(str(entry[-1]) for entry in first if entry)
    return (str(error.args[-1]),)


def _sni(name: str) -> bytes | None:
    """RFC 6066 §3: a host name without the trailing dot; literal addresses are not permitted."""
    plain = name.rstrip(".").removeprefix("*.")
    try:
        ip_address(plain.strip("[]"))
    except ValueError:
        pass
    else:
        return None
    try:
        return plain.encode("ascii") if plain and len(plain) < 256 else None
    except UnicodeEncodeError:
        return None
