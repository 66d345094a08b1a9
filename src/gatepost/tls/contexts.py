"""TLS contexts: what both sides offer, and a verify callback that only takes notes.

No session is ever resumed into an identity: stateless tickets are off, the session cache is
off, and every connection shows its certificate again. Make a context once for each set of credentials and
use it for many connections; OpenSSL keeps the parsed keys in it.
"""

from OpenSSL import SSL
from OpenSSL.crypto import X509

from gatepost.errors import CertificateUnusable

from .credentials import Credentials
from .pipe import TlsFailed

_VERSIONS = {
    "TLSv1.0": SSL.TLS1_VERSION,
    "TLSv1.1": SSL.TLS1_1_VERSION,
    "TLSv1.2": SSL.TLS1_2_VERSION,
    "TLSv1.3": SSL.TLS1_3_VERSION,
}
# Forward secrecy and AEAD only (RFC 9325 §4.2). AES-128 leads: as strong as the P-256 and X25519 exchanges,
# and faster.
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
_CIPHERS_13 = b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
# For devices that cannot do better and are named for it: key exchange by RSA and CBC suites, too, 3DES where OpenSSL is
# built with it; level 0 because TLS 1.0 and 1.1 sign with SHA-1 (RFC 2246 §7.4.3). Nobody gets a suite without
# encryption or authentication, an export suite, or RC4 (RFC 7465).
_OLD_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:kRSA+AES:kRSA+3DES:!aNULL:!eNULL:!EXP:!RC4:@SECLEVEL=0"
_OLD = ("TLSv1.0", "TLSv1.1")

_DEPTH = 10  # a longer chain is noted, and will not be vouched for; the chain's 100 kB limit is OpenSSL's default
_NOTES = 16  # remarks kept of one handshake


def server_context(
    credentials: Credentials, *, request_client_certificate: bool, minimum: str = "TLSv1.2"
) -> SSL.Context:
    """The server's side. A client certificate is asked for when an enabled connector needs one, and never
    insisted on.

    The CA list of the request stays empty, so that clients send whatever certificate they have. Raises
    CertificateUnusable.
    """
    context = _context(SSL.TLS_SERVER_METHOD, minimum)
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_session_id(b"gatepost")  # needed beside a client certificate even with the cache off
    context.set_alpn_select_callback(_choose_protocol)
    _carry(context, credentials)
    if request_client_certificate:
        context.set_verify(SSL.VERIFY_PEER, _take_note)
    return context


def client_context(*, certificate: Credentials | None = None, minimum: str = "TLSv1.2") -> SSL.Context:
    """The client's side: any server certificate is taken and must be judged by `judge_server` afterwards.

    `certificate` is presented with its whole chain when the server asks. Raises CertificateUnusable.
    """
    context = _context(SSL.TLS_CLIENT_METHOD, minimum)
    if certificate is not None:
        _carry(context, certificate)
    context.set_verify(SSL.VERIFY_PEER, _take_note)
    return context


def _context(method: int, minimum: str) -> SSL.Context:
    context = SSL.Context(method)
    context.set_min_proto_version(_VERSIONS[minimum])
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # an idle session keeps no 34 kB of record buffers
    context.set_verify_depth(_DEPTH)
    context.set_cipher_list(_OLD_CIPHERS if minimum in _OLD else _CIPHERS)
    if minimum in _OLD:  # an empty record before each one, which TLS 1.0 has against BEAST, confuses old devices
        context.set_options(SSL.OP_DONT_INSERT_EMPTY_FRAGMENTS)
    context.set_tls13_ciphersuites(_CIPHERS_13)
    return context


def _carry(context: SSL.Context, credentials: Credentials) -> None:
    try:
        context.use_certificate(credentials.certificate)
        for link in credentials.chain:
            context.add_extra_chain_cert(link)
        context.use_privatekey(credentials.key)
        context.check_privatekey()
    except SSL.Error as error:
        reasons = [str(entry[-1]) for entry in error.args[0]] if error.args else []
        detail = f"OpenSSL says: {reasons[0]}." if reasons else "OpenSSL does not accept it."
        raise CertificateUnusable(f"{credentials.source}: {detail}") from None


def _take_note(connection: SSL.Connection, _certificate: X509, error: int, depth: int, ok: int) -> bool:
    """Never break the handshake: the connector decides later what the certificate is worth."""
    if not ok:
        notes: list[tuple[int, int]] = connection.get_app_data()
        if len(notes) < _NOTES:
            notes.append((depth, error))
    return True


def _choose_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
    """RFC 7301 against cross-protocol tricks: other protocols are turned away."""
    if b"smtp" in offered:
        return b"smtp"
    raise TlsFailed("The client wants another protocol than SMTP (ALPN).")
