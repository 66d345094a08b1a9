"""Where a test goes and for whom, as flags say it."""

from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.tools import TlsMode

from .identity import wrong


def host_and_port(text: str, flag: str, *, usual: int) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port`, or a bare IPv6 address."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.endswith("]")):
        host, port = text, str(usual)
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        wrong(f"{flag} {text} is not HOST:PORT. Remedy: for example {flag} relay.contoso.com:{usual}.")
    return host, int(port)


def usual_tls(port: int, *, secret: bool) -> TlsMode:
    """When TLS begins on such a port, and where there is something that is only told over TLS."""
    if port == 465:
        return TlsMode.IMPLICIT
    return TlsMode.STARTTLS if secret or port == 587 else TlsMode.NONE


def address(text: str, flag: str) -> Address:
    """An address, with or without its angle brackets."""
    inner = text.removeprefix("<").removesuffix(">")
    try:
        return parse_mailbox(inner)
    except BadAddress as bad:
        wrong(f"{flag} {text} is not an address: {bad}.")
