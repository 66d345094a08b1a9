"""What it means when there is no conversation: the network's troubles, TLS's, and a certificate nobody vouches for."""

import errno
import socket

from .advice import Advice
from .circumstances import Circumstances, TlsMode
from .endpoints import silence_advice, unreachable_advice

_WHOLE_CHAIN = "Present a certificate from a public CA, in date, with its whole chain."


def network_advice(error: OSError, *, host: str, port: int) -> Advice:
    """What a failed connection means."""
    where = f"{host} port {port}"
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return Advice(
                f"The name {host} cannot be resolved now: no resolver answers.",
                "Check this machine's resolver and its way to the Internet.",
            )
        return Advice(
            f"The name {host} cannot be resolved.",
            "Check the spelling and the resolver; `gatepost mx DOMAIN` shows a domain's hosts.",
            ("It is a domain, whose mail hosts have other names.", "It is known inside another network only."),
        )
    if (known := unreachable_advice(Circumstances(host=host, port=port))) is not None:
        return known
    if isinstance(error, ConnectionRefusedError):
        return Advice(
            f"{where} refuses connections: nothing listens there.",
            "Check the port and that the server runs.",
            ("The service is stopped, or listens on another port or address.", "A firewall answers in its place."),
        )
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return Advice(
            f"{where} did not answer in time.",
            "A firewall may drop the packets; try from another network, and ask the provider.",
            ("Many providers and clouds block port 25 outwards.",) if port == 25 else (),
        )
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return Advice(
            f"{where} cut the connection.",
            "It may block this client's address; look at its log.",
            ("A firewall or a virus scanner on the way ends SMTP that it does not like.",),
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return Advice("The source address is not one of this machine's.", "Give --source an address of this machine.")
    if error.errno == errno.EAFNOSUPPORT:
        return Advice("The source address is of another kind than the server's.", "Use IPv4 with IPv4, IPv6 with IPv6.")
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return Advice(
            f"There is no route to {where}.",
            "Check the network, and IPv6 if the address is one.",
            ("The name has an IPv6 address, and this network has no IPv6.",),
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Advice(f"This machine's own firewall forbids the way to {where}.", "Allow it there.")
    return Advice(f"{where} cannot be reached ({error.strerror or type(error).__name__}).", "Check host and port.")


def silent_server(seconds: float, seen: Circumstances) -> Advice:
    """A server that was reached and did not answer in time."""
    if (known := silence_advice(seen)) is not None:
        return known
    if not seen.heard and seen.mode is TlsMode.IMPLICIT:
        return Advice(
            f"The server did not answer to TLS within {seconds:g} seconds.",
            "Use --tls starttls: this may be a port that begins in plain text (25, 587).",
        )
    if not seen.heard:
        return Advice(
            f"The server did not answer within {seconds:g} seconds: it sent no greeting.",
            "Check the port: at some, such as 465, TLS has to begin at once. Else look at the server's log.",
            (
                "It looks this client's name up, and its resolver does not answer.",
                "It makes strangers wait before it greets them: allow more time.",
                "It is no SMTP server, or one that expects TLS at once.",
            ),
        )
    return Advice(
        f"The server did not answer within {seconds:g} seconds.",
        "It may be holding off this client; look at the last lines of the transcript.",
        ("It checks the message (spam, viruses) before it answers: allow more time.",),
    )


def chain_advice(problem: str, *, own_ca: bool) -> Advice | None:
    """What to do about a server's certificate that nobody vouches for, from the verdict's own sentence.

    `own_ca`: a CA was given for the server. None where the trouble is another one: its dates, its name.
    """
    if "self-signed" not in problem and "No trusted CA vouches" not in problem:
        return None
    if own_ca:
        step = "Give --ca the certificate of the CA that stands at the top of the server's chain."
    else:
        step = "If this is your own CA, give --ca FILE, where FILE holds its certificate (PEM)."
    means = problem.partition(" Remedy: ")[0]  # the verdict's own remedy is for whoever runs the server
    return Advice(
        means, f"{step} Otherwise have the server present a certificate of a public CA, with its whole chain."
    )


def certificate_advice(problem: str, seen: Circumstances, *, own_ca: bool) -> Advice:
    """What to do about a server's certificate with this problem, whatever it is."""
    if (known := chain_advice(problem, own_ca=own_ca)) is not None:
        return known
    if "expired" in problem:
        return Advice(problem, "Have the server's certificate renewed, and see that the server has loaded the new one.")
    if "not valid before" in problem:
        return Advice(problem, "Check this machine's clock, and the server's certificate.")
    if "bear" in problem or ", not for " in problem:
        step = "Use the name that stands in the certificate, or give the server a certificate for this name."
        if seen.by_address:
            step = "Use the server's name: certificates of public CAs bear names, not addresses."
        return Advice(problem, step)
    return Advice(problem, "Correct the server's certificate, or what is expected of it.")


# Words of the TLS pipe's sentence, the next step, the usual reasons.
_TLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "HTTP",
        "Check the port: a web server answers there.",
        (),
    ),
    (
        "client certificate",
        "Give the certificate with --pfx or with --cert and --key.",
        ("The server takes only clients that show one.",),
    ),
    (
        "it does not know the CA",
        "Present a certificate from a public CA with its whole chain, or have your CA added at the server.",
        ("The PFX or PEM lacks the intermediates.", "The certificate is self-signed or from a private CA."),
    ),
    ("it has expired", _WHOLE_CHAIN, ("Our certificate's date has passed, or the server's clock is wrong.",)),
    ("it is revoked", "Have a new certificate issued.", ("Its key was reported as lost, or it was replaced.",)),
    (
        "its purpose or kind",
        "Present a certificate whose extended key usage allows clientAuth, or have the server accept serverAuth.",
        ("Public CAs issue serverAuth-only certificates since 2026.",),
    ),
    (
        "refused our certificate",
        _WHOLE_CHAIN,
        ("The server expects another certificate, or knows no connector for this one.",),
    ),
    (
        "TLS version",
        "Update the older side; TLS 1.2 is the least.",
        ("The server or a firewall on the way speaks TLS 1.0 or 1.1 only.",),
    ),
    ("cipher suite", "Update the older side: it needs ECDHE with AES-GCM or ChaCha20.", ()),
    ("stronger ciphers", "Update the older side: it needs ECDHE with AES-GCM or ChaCha20.", ()),
    (
        "SNI",
        "Use the server's name as it stands in its certificate.",
        ("The server was named by an alias.",),
    ),
    (
        "ended during the handshake",
        "Look at the log of the server, and for a firewall that inspects TLS.",
        ("The server has no usable certificate.", "It does not like this client's address, or its TLS."),
    ),
    ("ended in the middle", "Look at the log of the server, and for a firewall that inspects TLS.", ()),
    (
        "owns the key",
        "Have the server's certificate and key replaced by a pair that belongs together.",
        (),
    ),
)


def hung_up_advice(seen: Circumstances) -> Advice | None:
    """A server that ends the connection without a word once it has asked for a certificate; None where it did not.

    That is how many programs refuse one: the alert that would say why is lost with the connection.
    """
    if not seen.certificate_asked or seen.heard_inside:
        return None
    if not seen.certificate:
        return Advice(
            "The server asked for a client certificate, got none, and ended the connection.",
            "Give the certificate with --pfx or with --cert and --key.",
            ("The server takes only clients that show one.",),
        )
    return Advice(
        "The server ended the connection when it had seen our certificate.",
        _WHOLE_CHAIN,
        ("It does not know the CA, or the intermediates were not sent.", "It expects another certificate."),
    )


def tls_advice(detail: str, seen: Circumstances) -> Advice:
    """What a failed handshake means, from the pipe's own sentence."""
    means = f"TLS failed. {detail}"
    if "ended" in detail and (known := hung_up_advice(seen)) is not None:
        return known
    if "does not speak TLS" in detail:
        if seen.mode is TlsMode.IMPLICIT:
            return Advice(
                means,
                "Use --tls starttls here: implicit TLS is for port 465.",
                ("Ports 25 and 587 begin in plain text, and change to TLS by STARTTLS.",),
            )
        return Advice(means, "Look at the server's log.", ("It has no certificate, or TLS is broken there.",))
    step, reasons = next(
        ((step, reasons) for words, step, reasons in _TLS if words in detail),
        ("Look at the log of the other side.", ()),
    )
    return Advice(means, step, reasons)
