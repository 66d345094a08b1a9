"""`gatepost send`: a test message to any SMTP server, with the whole conversation shown.

It needs no running relay and no configuration: what it does is what its flags say.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography import x509
from rich.console import Console
from rich.text import Text

from gatepost.errors import CertificateUnusable
from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.tls import Credentials, load_password, load_pem, load_pfx, read_certificates
from gatepost.tools import (
    DEFAULT_BODY,
    DEFAULT_SUBJECT,
    Advice,
    BadLetter,
    ChainLink,
    Letter,
    ProbeRequest,
    ProbeResult,
    RecipientAnswer,
    Said,
    Side,
    TlsMode,
    compose,
    on_the_wire,
    own_name,
    probe,
    report_values,
)

from .render import clean, console, json_out

_MAX_EML = 150 * 1024 * 1024  # Exchange's limit, and ours
_EXAMPLE = "gatepost send --server relay.contoso.com:25 --from a@contoso.com --to b@contoso.com --tls starttls"


def register(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command(name="send", epilog=f"Example: {_EXAMPLE} --pfx printer.pfx --pfx-password-file pw")(send)


def send(
    server: Annotated[str, typer.Option("--server", metavar="HOST:PORT", help="Where to send; the port is 25.")],
    sender: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Envelope sender; <> is the null one.")],
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="A recipient; may be repeated.")],
    tls: Annotated[
        TlsMode | None,
        typer.Option("--tls", help="When TLS begins; starttls if a certificate is given, else none."),
    ] = None,
    pfx: Annotated[Path | None, typer.Option("--pfx", help="Client certificate: a PFX with its key.")] = None,
    pfx_password_file: Annotated[
        Path | None, typer.Option("--pfx-password-file", help="The file that holds the PFX's password.")
    ] = None,
    cert: Annotated[Path | None, typer.Option("--cert", help="Client certificate: PEM, with its chain.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="The key of --cert, if it is another file.")] = None,
    ca: Annotated[Path | None, typer.Option("--ca", help="CAs that may vouch for the server, PEM.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="IP", help="Address to connect from.")] = None,
    eml: Annotated[Path | None, typer.Option("--eml", help="Send this file instead of a test message.")] = None,
    subject: Annotated[str, typer.Option("--subject", help="Subject of the test message.")] = DEFAULT_SUBJECT,
    body: Annotated[str, typer.Option("--body", help="Text of the test message.")] = DEFAULT_BODY,
    helo: Annotated[str | None, typer.Option("--hello", metavar="NAME", help="What to say in EHLO.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Sign in as this user (over TLS).")] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="The file that holds the user's password.")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds for the whole conversation.", min=1)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")] = False,
) -> None:
    """Send a test message and show the whole conversation.

    Ends with 0 only if every recipient was accepted.
    """
    host, port = _server(server)
    certificate = _certificate(pfx=pfx, pfx_password_file=pfx_password_file, cert=cert, key=key)
    if tls is None:
        tls = TlsMode.NONE if certificate is None else TlsMode.STARTTLS
    elif tls is TlsMode.NONE and certificate is not None:
        _wrong("A client certificate can only be shown over TLS: use --tls starttls or --tls implicit.")
    sender_address = None if sender in ("", "<>") else _address(sender, "--from")
    recipients = tuple(_address(one, "--to") for one in to)
    request = ProbeRequest(
        host=host,
        port=port,
        sender=sender_address,
        recipients=recipients,
        message=_message(eml, sender_address, recipients, subject=subject, body=body),
        tls=tls,
        certificate=certificate,
        trusted=() if ca is None else tuple(_trusted(ca)),
        source=source,
        hello=helo or own_name(),
        user=user,
        password=None if password_file is None else _secret(password_file),
        timeout=timeout,
    )
    errors = console(error=True)
    if as_json or not errors.is_terminal:
        result = asyncio.run(probe(request))
    else:
        with errors.status("Starting") as status:
            result = asyncio.run(probe(request, progress=status.update))
    if as_json:
        json_out({"server": f"{host}:{port}", **report_values(result)})
    else:
        _show(result, request)
    raise typer.Exit(0 if result.accepted else 1)


# --- reading the flags -------------------------------------------------------------------------------------


def _wrong(sentence: str) -> NoReturn:
    raise typer.BadParameter(clean(sentence))


def _server(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port`, or a bare IPv6 address."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.endswith("]")):
        host, port = text, "25"
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        _wrong(f"--server {text} is not HOST:PORT. Remedy: for example --server relay.contoso.com:25.")
    return host, int(port)


def _address(text: str, flag: str) -> Address:
    inner = text.removeprefix("<").removesuffix(">")
    try:
        return parse_mailbox(inner)
    except BadAddress as bad:
        _wrong(f"{flag} {text} is not an address: {bad}.")


def _certificate(
    *, pfx: Path | None, pfx_password_file: Path | None, cert: Path | None, key: Path | None
) -> Credentials | None:
    if pfx is not None and cert is not None:
        _wrong("Give either --pfx or --cert, not both.")
    if pfx is None and pfx_password_file is not None:
        _wrong("--pfx-password-file needs --pfx.")
    if cert is None and key is not None:
        _wrong("--key needs --cert.")
    try:
        if pfx is not None:
            return load_pfx(pfx, None if pfx_password_file is None else load_password(pfx_password_file))
        return None if cert is None else load_pem(cert, key)
    except CertificateUnusable as unusable:
        _wrong(str(unusable))


def _trusted(path: Path) -> list[x509.Certificate]:
    try:
        return read_certificates(path.read_bytes(), source=str(path))
    except OSError as error:
        _wrong(f"{path} cannot be read: {error.strerror}.")
    except CertificateUnusable as unusable:
        _wrong(unusable.detail)


def _secret(path: Path) -> str:
    try:
        return load_password(path)
    except CertificateUnusable as unusable:
        _wrong(unusable.detail)


def _message(
    eml: Path | None, sender: Address | None, recipients: tuple[Address, ...], *, subject: str, body: str
) -> bytes:
    if eml is not None:
        try:
            if eml.stat().st_size > _MAX_EML:
                _wrong(f"{eml} is larger than 150 MiB.")
            return on_the_wire(eml.read_bytes())
        except OSError as error:
            _wrong(f"{eml} cannot be read: {error.strerror}.")
    domain = "localhost" if sender is None else sender.domain
    letter = Letter(
        sender=sender,
        recipients=recipients,
        subject=subject,
        body=body,
        at=datetime.now().astimezone(),
        message_id=f"<{secrets.token_hex(12)}@{domain}>",
    )
    try:
        return compose(letter)
    except BadLetter as bad:
        _wrong(str(bad))


# --- for people --------------------------------------------------------------------------------------------

_COLOURS = {Side.CLIENT: ("> ", "cyan"), Side.SERVER: ("< ", "green"), Side.NOTE: ("* ", "dim")}


def _show(result: ProbeResult, request: ProbeRequest) -> None:
    out = console()
    for said in result.transcript:
        out.print(_said(said), soft_wrap=True)
    out.print()
    if result.tls_version is not None:
        out.print(Text(f"TLS {result.tls_version}, {result.cipher}", style="bold"))
        _chain(out, "The server showed", result.server_chain)
        verdict = result.server_problem or "The server's certificate is valid for this name."
        out.print(Text(f"  {clean(verdict)}", style="yellow" if result.server_problem else "green"))
        if result.presented:
            told = "We showed" if result.certificate_asked else "The server did not ask for our certificate"
            _chain(out, told, result.presented)
    for answer in result.answers:
        _answer(out, answer)
    if result.trouble is not None:
        _advice(out, result.trouble)
    if result.accepted:
        count = len(result.answers)
        all_of_them = "The recipient was" if count == 1 else f"All {count} recipients were"
        out.print(Text(f"{all_of_them} accepted by {clean(request.host)}.", style="bold green"))


def _said(said: Said) -> Text:
    sign, colour = _COLOURS[said.side]
    if said.side is Side.SERVER and said.text[:1] in "45":
        colour = "red"
    return Text.assemble((f"{said.at:7.3f} ", "dim"), (sign + clean(said.text), colour))


def _chain(out: Console, title: str, chain: Sequence[ChainLink]) -> None:
    out.print(Text(f"{title}:"))
    for depth, link in enumerate(chain):
        uses = "any use" if link.uses is None else ", ".join(link.uses) or "no use"
        names = f" for {', '.join(link.names[:5])}" if link.names else ""
        text = f"{clean(link.subject)}{clean(names)} ({clean(uses)}; until {link.not_after[:10]})"
        out.print(Text("  " * (depth + 1) + text), soft_wrap=True)


def _answer(out: Console, answer: RecipientAnswer) -> None:
    colour = "green" if answer.accepted else "red"
    text = f"{clean(answer.address)}: {clean(answer.reply)} ({answer.stage})"
    out.print(Text(text, style=colour), soft_wrap=True)
    if answer.advice is not None:
        _advice(out, answer.advice)


def _advice(out: Console, advice: Advice) -> None:
    out.print(Text(f"  {clean(advice.means)}", style="yellow"), soft_wrap=True)
    out.print(Text(f"  Next: {clean(advice.next_step)}"), soft_wrap=True)
