"""OpenSSL's reasons in words that help an administrator. Nothing the peer wrote ever enters them."""

from collections.abc import Iterable, Sequence

# OpenSSL's reason -> what it means for mail. Alerts ("... alert ...") are what the peer said to us.
_FAILURES = {
    "wrong version number": "The other side does not speak TLS here (it answered in plain text).",
    "http request": "The other side sent an HTTP request instead of TLS.",
    "https proxy request": "The other side sent an HTTP proxy request instead of TLS.",
    "packet length too long": "The other side does not speak TLS here.",
    "record layer failure": "The other side does not speak TLS here.",
    "unsupported protocol": "The other side offers no TLS version that is allowed here.",
    "unsupported protocol version": "The other side offers no TLS version that is allowed here.",
    "version too low": "The other side offers only TLS versions that are too old.",
    "no shared cipher": "There is no cipher suite that both sides accept.",
    "no suitable signature algorithm": "There is no signature algorithm that both sides accept.",
    "no shared signature algorithms": "There is no signature algorithm that both sides accept.",
    "no suitable groups": "There is no key exchange group that both sides accept.",
    "no suitable key share": "There is no key exchange group that both sides accept.",
    "unexpected eof": "The connection ended in the middle of TLS.",
    "unexpected eof while reading": "The connection ended in the middle of TLS.",
    "decryption failed or bad record mac": "A TLS record was damaged on the way.",
    "bad record mac": "A TLS record was damaged on the way.",
    "excessive message size": "The other side sent a TLS message (a certificate chain?) that is too long.",
    "bad signature": "The other side could not prove that it owns the key of its certificate.",
    "no renegotiation": "The other side tried to renegotiate, which is not allowed.",
    "tlsv1 alert protocol version": "The other side refused the TLS versions that are allowed here.",
    "tlsv1 alert insufficient security": "The other side wants stronger ciphers.",
    "tlsv1 alert unknown ca": "The other side refused our certificate: it does not know the CA.",
    "tlsv1 alert access denied": "The other side refused our certificate: access denied.",
    "tlsv1 alert decrypt error": "The other side could not verify our signature.",
    "tlsv1 alert internal error": "The other side had an internal error.",
    "tlsv1 unrecognized name": "The other side does not know the host name that was asked for (SNI).",
    "tlsv13 alert certificate required": "The other side demands a client certificate.",
    "handshake failure": "The other side refused the handshake: nothing in common, or no client certificate.",
    "bad certificate": "The other side refused our certificate as bad.",
    "certificate unknown": "The other side refused our certificate for a reason of its own.",
    "certificate expired": "The other side refused our certificate: it has expired.",
    "certificate revoked": "The other side refused our certificate: it is revoked.",
    "unsupported certificate": "The other side refused our certificate: its purpose or kind does not suit.",
}

# What a server finds wrong with a client of which nothing newer can be had.
_TOO_OLD = frozenset(
    {
        "unsupported protocol",
        "unsupported protocol version",
        "version too low",
        "no shared cipher",
        "no shared signature algorithms",
        "no suitable signature algorithm",
    }
)

# The same alert has had several names: OpenSSL 1.1 began it with `sslv3`, 3 with `ssl/tls`, 4 begins it with `tls`.
_ALERT_PREFIXES = ("tlsv1 alert ", "tlsv13 alert ", "tls alert ", "ssl/tls alert ", "sslv3 alert ")

# X509_V_ERR_* (x509_vfy.h). 2, 20 and 21 say that no root was found: OpenSSL is given none, so they mean
# nothing here.
UNREAD = -1  # ours: OpenSSL took it, but it breaks the rules for certificates
_NO_ROOT = frozenset({2, 20, 21})
_REMARKS = {
    UNREAD: "it cannot be read",
    7: "a signature in the chain is wrong",
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed",
    19: "the chain ends in a self-signed certificate",
    22: "the chain is too long",
    23: "it is revoked",
    24: "an issuer is not a CA",
    25: "a CA's path length is exceeded",
    26: "its purpose does not suit (extended key usage)",
    29: "the issuer does not match",
    32: "an issuer may not sign certificates",
    34: "it has a critical extension that is not understood",
    47: "a name lies outside the CA's name constraints",
    66: "its key is too small",
    67: "a CA's key is too small",
    68: "a signature uses a weak digest",
}


def failure_words(reasons: Sequence[str]) -> str:
    """One sentence for a failed handshake or record, with OpenSSL's own reason where none is known better."""
    for reason in reasons:
        plain = reason.lower()
        if plain in _FAILURES:
            return _FAILURES[plain]
        for prefix in _ALERT_PREFIXES:
            if (rest := plain.removeprefix(prefix)) != plain:
                known = _FAILURES.get(rest) or _FAILURES.get(f"tlsv1 alert {rest}")
                if known is not None:
                    return known
    if reasons:
        return f"OpenSSL says: {reasons[0]}."
    return "The conversation was broken off."


def too_old(reasons: Iterable[str]) -> bool:
    """Whether the handshake failed because the other side offers nothing that is new enough."""
    return any(reason.lower() in _TOO_OLD for reason in reasons)


def verify_words(seen: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """Turn (depth, error) pairs of the verify callback into remarks, each once, in order."""
    remarks: dict[str, None] = {}
    for depth, error in seen:
        if error in _NO_ROOT:
            continue
        whose = "the certificate" if depth == 0 else f"issuer number {depth}"
        remarks[f"{whose}: {_REMARKS.get(error, f'OpenSSL verification error {error}')}"] = None
    return tuple(remarks)
