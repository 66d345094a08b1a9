"""`gatepost verify`: a test message through a server or this relay, found again where it arrived, and its way read."""

import asyncio
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gatepost.headers import draw_page
from gatepost.mail import Address
from gatepost.outbound import mailbox_folder
from gatepost.tools import (
    IMPLICIT_PORT,
    STARTTLS_PORT,
    ImapLogin,
    ImapPlace,
    MaildirPlace,
    PastedPlace,
    PickupFailed,
    Place,
    ProbeRequest,
    Search,
    Sent,
    TlsMode,
    Verified,
    find_copy,
    send_one,
    verified_values,
)

from . import endpoint
from .asking import DONE, REFUSED, TRY_LATER, AsJson, end, settings_of
from .endpoint import Hello, Source, hello_of
from .flags import read_secret
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
from .own_relay import OwnRelay
from .render import console, json_out, sentences
from .send import Auth, PasswordEnv, PasswordFile, TokenFile, User
from .verified import show_verified
from .way import write_drawn

_EXAMPLE = "gatepost verify --from scanner@contoso.com --to anna@contoso.com --expect-connector 'SMTP Relay (TLS)'"
_PASTED = 1 << 20  # characters of headers that are taken from standard input


def register(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command(name="verify", epilog=f"Example: {_EXAMPLE} --pfx printer.pfx --pfx-password-file pw")(verify)


def verify(
    context: typer.Context,
    sender: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Envelope sender.")],
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="A recipient; may be repeated.")],
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="HOST:PORT", help="Where to send. Without it: to this relay, which is asked."),
    ] = None,
    listener: Annotated[
        str | None,
        typer.Option("--listener", metavar="HOST:PORT", help="Which listener of this relay; without it the first."),
    ] = None,
    tls: Annotated[
        TlsMode | None, typer.Option("--tls", help="When TLS begins; without it as gatepost send decides.")
    ] = None,
    pfx: Pfx = None,
    pfx_password_file: PfxPasswordFile = None,
    pfx_password_env: PfxPasswordEnv = None,
    cert: Cert = None,
    key: Key = None,
    ca: Ca = None,
    source: Source = None,
    helo: Hello = None,
    user: User = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    oauth_token_file: TokenFile = None,
    auth: Auth = None,
    maildir: Annotated[
        str | None,
        typer.Option("--maildir", metavar="FOLDER", help="Look here; {domain} and {local} stand for the recipient's."),
    ] = None,
    imap: Annotated[
        str | None,
        typer.Option("--imap", metavar="HOST:PORT", help="Look into a mailbox of this server, over TLS; port 993."),
    ] = None,
    imap_user: Annotated[str | None, typer.Option("--imap-user", help="Whose mailbox.")] = None,
    imap_password_file: Annotated[
        Path | None, typer.Option("--imap-password-file", help="The file that holds the mailbox's password.")
    ] = None,
    imap_token_file: Annotated[
        Path | None, typer.Option("--imap-token-file", help="Instead: the file that holds an OAuth access token.")
    ] = None,
    headers: Annotated[
        str | None,
        typer.Option(
            "--headers", metavar="FILE", help="Read what you copy out of a mail program: a file, or - to paste it."
        ),
    ] = None,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to look for each copy.", min=0, max=86_400)] = 120.0,
    expect_connector: Annotated[
        str | None,
        typer.Option("--expect-connector", metavar="NAME", help="Fail unless it came through this connector."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write what was found, with a picture of the way, as one page."),
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the copies that were found.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds for each sending.", min=1)] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Send test messages, find them again, and show their way.

    Copies are looked for in this relay's own mailboxes, and where --maildir, --imap and --headers say.
    Ends with 0 only if every copy was found and came as it was asked.
    """
    if server is not None and listener is not None:
        wrong("--listener chooses one of this relay's own listeners. Remedy: leave out --server or --listener.")
    recipients = tuple(dict.fromkeys(endpoint.address(one, "--to") for one in to))
    if headers is not None and len(recipients) > 1:
        wrong("--headers holds one message. Remedy: verify one recipient at a time with it.")
    mailbox = _imap_login(imap, imap_user, imap_password_file, imap_token_file)
    if mailbox is not None:
        mailbox = replace(mailbox, trusted=trusted_cas(ca))
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
    relay = OwnRelay(settings_of(context, as_json=as_json).data_dir)
    if server is not None:
        host, port = endpoint.host_and_port(server, "--server", usual=25)
    else:
        host, port = _listener(relay, listener, as_json=as_json)
    request = ProbeRequest(
        host=host,
        port=port,
        sender=endpoint.sender_of(sender),
        recipients=(),
        message=b"",
        tls=endpoint.tls_begins(tls, port, certificate=certificate is not None, user=login is not None),
        certificate=certificate,
        trusted=trusted_cas(ca),
        source=source,
        hello=hello_of(helo),
        user=None if login is None else login.user,
        password=None if login is None else login.secret,
        mechanism="" if login is None else login.mechanism,
        timeout=timeout,
    )
    search = Search(
        places=(),
        wait=wait,
        connector=expect_connector,
        own=relay.own,
        trace=relay.trace,
        delete=delete,
    )
    remote_mailbox = None if mailbox is None else ImapPlace(mailbox)

    def places(recipient: Address) -> tuple[Place, ...]:
        folders = [None if maildir is None else mailbox_folder(maildir, recipient), relay.mailbox(recipient)]
        found: list[Place] = [MaildirPlace(it) for it in dict.fromkeys(folders) if it is not None]
        found += [] if remote_mailbox is None else [remote_mailbox]
        return (*found, *([] if headers is None else [PastedPlace(_pasted if headers == "-" else Path(headers))]))

    searches = {recipient: replace(search, places=places(recipient)) for recipient in recipients}
    lost = [str(recipient) for recipient, one in searches.items() if not one.places]
    if lost:
        wrong(
            f"Where is the copy of {', '.join(lost)} to be looked for? Remedy: say it with --maildir, --imap or "
            "--headers; only mailboxes of this relay's own accepted domains are known without."
        )
    try:
        verified = _run(request, searches, remote_mailbox, as_json=as_json)
    except PickupFailed as failed:
        end(REFUSED, "refused", (str(failed),), as_json=as_json)
    held = all(one.held for one in verified)
    if as_json:
        json_out({"held": held, "recipients": [verified_values(one) for one in verified]})
    else:
        for one in verified:
            show_verified(console(), one)
    if html is not None:
        write_drawn(draw_page([one.analysis for one in verified if one.analysis is not None]), html, as_json=as_json)
    raise typer.Exit(DONE if held else REFUSED)


# --- doing it ----------------------------------------------------------------------------------------------


def _run(
    request: ProbeRequest, searches: dict[Address, Search], mailbox: ImapPlace | None, *, as_json: bool
) -> list[Verified]:
    """Send and search, with a word of progress where somebody watches. Raises PickupFailed before anything is sent."""
    errors = console(error=True)
    watched = errors.is_terminal and not as_json
    with errors.status("Sending") if watched else nullcontext() as status:

        async def all_of_it() -> list[Verified]:
            try:
                if mailbox is not None:
                    await mailbox.ready()
                sent = await asyncio.gather(*(send_one(request, recipient) for recipient in searches))
                if status is not None:
                    status.stop()  # what is told next must stay
                _tell(sent)
                if status is not None:
                    status.start()
                found = (
                    find_copy(one, replace(searches[one.recipient], progress=status.update if status else _silent))
                    for one in sent
                )
                return await asyncio.gather(*found)
            finally:
                if mailbox is not None:
                    await mailbox.close()

        return asyncio.run(all_of_it())


def _silent(_: str) -> None:
    """Nobody watches."""


def _tell(sent: list[Sent]) -> None:
    """Under which subject to look for the message: whoever pastes its headers must know before."""
    lines = [
        f"Sent to {one.recipient}: the subject is '{one.subject}'."
        for one in sent
        if one.result and one.result.accepted
    ]
    sentences(lines, style="dim")


def _pasted() -> str:
    """Everything up to the end of standard input."""
    if sys.stdin.isatty():
        sentences(["Paste all headers of the message as it arrived, then end with Ctrl-D."], style="bold")
    return sys.stdin.read(_PASTED)


# --- reading the flags -------------------------------------------------------------------------------------


def _listener(relay: OwnRelay, listener: str | None, *, as_json: bool) -> tuple[str, int]:
    """Where this relay listens. An address that stands for all of them is reached on loopback."""
    if relay.status is None:
        end(TRY_LATER, "try_later", (f"{relay.trouble} Or name a server with --server.",), as_json=as_json)
    known = relay.listeners
    chosen = listener or (known[0] if known else "")
    if chosen not in known:
        wrong(f"This relay does not listen on '{chosen}'. Remedy: use one of: {', '.join(known) or 'none is open'}.")
    host, port = endpoint.host_and_port(chosen, "--listener", usual=25)
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  nothing is bound here


def _imap_login(
    server: str | None, user: str | None, password_file: Path | None, token_file: Path | None
) -> ImapLogin | None:
    """Whose mailbox to open, None where none is named."""
    if server is None:
        for flag, value in (
            ("--imap-user", user),
            ("--imap-password-file", password_file),
            ("--imap-token-file", token_file),
        ):
            if value is not None:
                wrong(f"{flag} needs --imap.")
        return None
    if user is None or not user.isprintable() or not user:
        wrong("--imap needs --imap-user. Remedy: name whose mailbox it is, for example anna@contoso.com.")
    if (password_file is None) == (token_file is None):
        wrong("--imap needs either --imap-password-file or --imap-token-file.")
    host, port = endpoint.host_and_port(server, "--imap", usual=IMPLICIT_PORT)
    if token_file is not None:
        secret = read_secret(token_file, "--imap-token-file").strip()
    else:
        secret = read_secret(password_file or Path("-"), "--imap-password-file")
    return ImapLogin(
        host=host,
        port=port,
        starttls=port == STARTTLS_PORT,
        user=user,
        secret=secret,
        token=token_file is not None,
    )
