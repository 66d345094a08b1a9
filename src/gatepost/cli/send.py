"""`gatepost send`: a test message to any SMTP server, with the whole conversation shown.

It needs no running relay and no configuration: what it does is what its flags say.
"""

import asyncio
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gatepost.tools import ProbeRequest, ProbeResult, TlsMode, Witness, probe, report_values

from .conversation import Narrator, show_result
from .endpoint import Hello, Source, address, hello_of, host_and_port, sender_of, tls_begins
from .identity import (
    Ca,
    Cert,
    Key,
    Pfx,
    PfxPasswordEnv,
    PfxPasswordFile,
    client_certificate,
    sign_in,
    trusted_cas,
    wrong,
)
from .render import console, json_out
from .volley import send_volley
from .writing import Wanted, writer

_EXAMPLE = "gatepost send --server relay.contoso.com:25 --from a@contoso.com --to b@contoso.com --tls starttls"
_MOST = 100_000


class Mechanism(StrEnum):
    """How to sign in with a password."""

    PLAIN = "plain"
    LOGIN = "login"


# How to sign in, for every command that sends a test message; `sign_in` reads them.
User = Annotated[str | None, typer.Option("--user", help="Sign in as this user (over TLS).")]
PasswordFile = Annotated[Path | None, typer.Option("--password-file", help="The file that holds the user's password.")]
PasswordEnv = Annotated[
    str | None,
    typer.Option("--password-env", metavar="VARIABLE", help="The environment variable that holds the user's password."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--oauth-token-file", help="Sign in by XOAUTH2; the file holds the access token, - is stdin."),
]
Auth = Annotated[
    Mechanism | None, typer.Option("--auth", help="How to sign in; without it plain, else login, as offered.")
]


def register(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command(name="send", epilog=f"Example: {_EXAMPLE} --pfx printer.pfx --pfx-password-file pw")(send)


def send(
    server: Annotated[str, typer.Option("--server", metavar="HOST:PORT", help="Where to send; the port is 25.")],
    sender: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Envelope sender; <> is the null one.")],
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="A recipient; may be repeated.")],
    cc: Annotated[
        list[str] | None, typer.Option("--cc", metavar="ADDRESS", help="A recipient of a copy; may be repeated.")
    ] = None,
    bcc: Annotated[
        list[str] | None,
        typer.Option("--bcc", metavar="ADDRESS", help="A recipient in the envelope alone; may be repeated."),
    ] = None,
    tls: Annotated[
        TlsMode | None,
        typer.Option(
            "--tls",
            help="When TLS begins. Without it: implicit on port 465; starttls on port 587, with a certificate or with "
            "a user; else none.",
        ),
    ] = None,
    pfx: Pfx = None,
    pfx_password_file: PfxPasswordFile = None,
    pfx_password_env: PfxPasswordEnv = None,
    cert: Cert = None,
    key: Key = None,
    ca: Ca = None,
    source: Source = None,
    eml: Annotated[Path | None, typer.Option("--eml", help="Send this file instead of a test message.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Subject of the test message.")] = None,
    body: Annotated[
        str | None, typer.Option("--body", metavar="TEXT", help="Text of the test message; - is standard input.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="The text is HTML.")] = False,
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header", metavar="NAME:VALUE", help="A header, in place of ours of that name; may be repeated."
        ),
    ] = None,
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="A file to enclose; may be repeated.")
    ] = None,
    helo: Hello = None,
    user: User = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    oauth_token_file: TokenFile = None,
    auth: Auth = None,
    repeat: Annotated[
        int, typer.Option("--repeat", help="Send so many messages, and tell figures.", min=1, max=_MOST)
    ] = 1,
    concurrency: Annotated[
        int, typer.Option("--concurrency", help="With --repeat: so many at once.", min=1, max=500)
    ] = 1,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds for each whole conversation.", min=1)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")] = False,
) -> None:
    """Send a test message, and say what the answers mean.

    Shows the whole conversation. Ends with 0 only if every recipient was accepted.
    """
    host, port = host_and_port(server, "--server", usual=25)
    if concurrency > 1 and repeat == 1:
        wrong("--concurrency needs --repeat. Remedy: for example --repeat 100 --concurrency 5.")
    certificate = client_certificate(
        pfx=pfx, pfx_password_file=pfx_password_file, pfx_password_env=pfx_password_env, cert=cert, key=key
    )
    login = sign_in(
        user=user,
        password_file=password_file,
        password_env=password_env,
        token_file=oauth_token_file,
        mechanism="" if auth is None else auth.value,
    )
    sender_address = sender_of(sender)
    shown, copied, hidden = (
        tuple(address(one, flag) for one in given or ()) for flag, given in (("--to", to), ("--cc", cc), ("--bcc", bcc))
    )
    write = writer(
        Wanted(
            sender=sender_address,
            to=shown,
            cc=copied,
            eml=eml,
            subject=subject,
            body=body,
            html=html,
            headers=tuple(header or ()),
            attach=tuple(attach or ()),
        )
    )
    request = ProbeRequest(
        host=host,
        port=port,
        sender=sender_address,
        recipients=tuple(dict.fromkeys((*shown, *copied, *hidden))),
        message=write(),
        tls=tls_begins(tls, port, certificate=certificate is not None, user=login is not None),
        certificate=certificate,
        trusted=trusted_cas(ca),
        source=source,
        hello=hello_of(helo),
        user=None if login is None else login.user,
        password=None if login is None else login.secret,
        mechanism="" if login is None else login.mechanism,
        timeout=timeout,
    )
    if repeat > 1:
        send_volley(
            lambda: replace(request, message=write()),
            server=f"{host}:{port}",
            count=repeat,
            concurrency=concurrency,
            as_json=as_json,
        )
    result = _talked(request, as_json=as_json)
    if as_json:
        json_out({"server": f"{host}:{port}", **report_values(result)})
    else:
        show_result(console(), result, host)
    raise typer.Exit(0 if result.accepted else 1)


def _talked(request: ProbeRequest, *, as_json: bool) -> ProbeResult:
    """Hold the conversation: each line is printed as it is said; where nobody sees it, a word of progress is."""
    out, errors = console(), console(error=True)
    hear = Witness().heard if as_json else Narrator(out).hear
    if (out.is_terminal and not as_json) or not errors.is_terminal:
        return asyncio.run(probe(request, witness=Witness(heard=hear)))
    with errors.status("Starting") as status:
        return asyncio.run(probe(request, witness=Witness(heard=hear, progress=status.update)))
