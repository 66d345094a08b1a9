"""Where a test goes and for whom, as flags say it."""

from typing import Annotated

import typer

from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.tools import TlsMode, own_name

from .identity import wrong

# The flags of every command that connects as a client does.
Source = Annotated[str | None, typer.Option("--source", metavar="IP", help="Address to connect from.")]
Hello = Annotated[str | None, typer.Option("--hello", metavar="NAME", help="What to say in EHLO.")]


_LONGEST_NAME = 255


def hello_of(name: str | None) -> str:
    """What to say in EHLO: as asked, else this machine's own name."""
    if name is None:
        return own_name()
    if not (name.isascii() and name.isprintable() and 0 < len(name) <= _LONGEST_NAME and " " not in name):
        wrong(f"--hello {name} is no host name. Remedy: for example --hello printer.contoso.com.")
    return name


def host_and_port(text: str, flag: str, *, usual: int) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port`, or a bare IPv6 address."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.endswith("]")):
        host, port = text, str(usual)
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        wrong(f"{flag} {text} is not HOST:PORT. Remedy: for example {flag} relay.contoso.com:{usual}.")
    return host, int(port)


def tls_begins(asked: TlsMode | None, port: int, *, certificate: bool, user: bool = False) -> TlsMode:
    """When TLS begins: as asked, else as is usual on such a port with what is only shown or told over TLS."""
    if asked is TlsMode.NONE and certificate:
        wrong("A client certificate can only be shown over TLS: use --tls starttls or --tls implicit.")
    if asked is not None:
        return asked
    if port == 465:
        return TlsMode.IMPLICIT
    return TlsMode.STARTTLS if certificate or user or port == 587 else TlsMode.NONE


def sender_of(text: str) -> Address | None:
    """The envelope's sender; nothing, and `<>`, is the null one."""
    return None if text in ("", "<>") else address(text, "--from")


def address(text: str, flag: str) -> Address:
    """An address, with or without its angle brackets."""
    inner = text.removeprefix("<").removesuffix(">")
    try:
        return parse_mailbox(inner)
    except BadAddress as bad:
        wrong(f"{flag} {text} is not an address: {bad}.")
