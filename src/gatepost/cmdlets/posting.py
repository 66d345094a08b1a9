"""Sending a message for a script: Send-MailMessage and SmtpClient, both over the test sender.

Where the test sender reports whatever it saw, a script is either done or has an error to handle. So the server's
certificate is judged before anything is told, as .NET does, and whatever keeps a recipient from the message is raised.
"""

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gatepost.mail import Notify, visible
from gatepost.shell import CommandFailed
from gatepost.tls import Credentials
from gatepost.tools import (
    Advice,
    BadLetter,
    Enclosure,
    Letter,
    ProbeRequest,
    ProbeResult,
    RecipientAnswer,
    Side,
    TlsMode,
    compose,
    own_name,
    plain,
    probe,
)

from .correspondents import Correspondent

MAX_ENCLOSED = 150 * 1024 * 1024  # Exchange's limit of a message, and ours
PRIORITIES = ("Normal", "Low", "High")
_PRIORITY_HEADERS = {  # as System.Net.Mail writes them
    "Normal": (),
    "Low": (("X-Priority", "5"), ("Priority", "non-urgent"), ("Importance", "low")),
    "High": (("X-Priority", "1"), ("Priority", "urgent"), ("Importance", "high")),
}
# Advice is given in the words of `gatepost send`; a script has other words for the same things, and no TLS from the
# start. The first that fits comes first.
_IN_A_SCRIPT = (
    ("or try --tls none", "or send without -UseSsl (EnableSsl)"),
    ("Use --tls implicit here, or port 587", "Use port 587"),
    ("; on 465 use --tls implicit", "; 465 is for programs that begin with TLS"),
    ("--tls starttls", "-UseSsl (EnableSsl = $true)"),
    ("--pfx or with --cert and --key", "-CertificatePath (ClientCertificates.Add)"),
    ("Give --source an address", "Send from an address"),
    ("Give --ca the", "Start gatepost pwsh with --ca and the"),
    ("give --ca FILE", "start gatepost pwsh with --ca FILE"),
)

SMTP_TROUBLE = "System.Net.Mail.SmtpException"
ONE_REFUSED = "System.Net.Mail.SmtpFailedRecipientException"
SEVERAL_REFUSED = "System.Net.Mail.SmtpFailedRecipientsException"
UNTRUSTED = "System.Security.Authentication.AuthenticationException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a message is handed over, and how we show who we are. `secure` is STARTTLS, never TLS from the start."""

    host: str
    port: int = 25
    secure: bool = False
    certificate: Credentials | None = None
    trusted: tuple[x509.Certificate, ...] = ()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 100.0  # seconds; .NET's


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a script wants to be sent."""

    sender: Correspondent
    to: tuple[Correspondent, ...] = ()
    cc: tuple[Correspondent, ...] = ()
    bcc: tuple[Correspondent, ...] = ()
    reply_to: tuple[Correspondent, ...] = ()
    subject: str = ""
    body: str = ""
    html: bool = False
    priority: str = "Normal"
    headers: tuple[tuple[str, str], ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    notify: tuple[Notify, ...] = ()


def post(mail: Mail, way: Way) -> ProbeResult:
    """Send the message and return what was said. Raises CommandFailed unless every recipient was accepted."""
    if not way.host.isprintable() or way.host.split() != [way.host]:
        raise _no_host(way.host)
    recipients = tuple(dict.fromkeys(one.address for one in (*mail.to, *mail.cc, *mail.bcc)))
    if not recipients:
        raise CommandFailed(
            "System.InvalidOperationException",
            "The message has no recipient. Remedy: give at least one address in To, Cc or Bcc.",
        )
    request = ProbeRequest(
        host=way.host,
        port=way.port,
        sender=mail.sender.address,
        recipients=recipients,
        message=_composed(mail),
        notify=mail.notify,
        tls=TlsMode.STARTTLS if way.secure else TlsMode.NONE,
        certificate=way.certificate if way.secure else None,
        trusted=way.trusted,
        verify=way.secure,
        hello=own_name(),
        user=way.user,
        password=way.password,
        timeout=way.timeout,
    )
    try:
        result = asyncio.run(probe(request))
    except ValueError:  # what the resolver raises for a label that is empty or too long
        raise _no_host(way.host) from None
    if not result.accepted:
        raise _failure(result, way)
    return result


def enclosure(path: str, name: str = "", *, room: int = MAX_ENCLOSED) -> Enclosure:
    """A file to be enclosed. Raises CommandFailed where it cannot be read, or is larger than `room` octets."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            content = stream.read(room + 1)
    except (OSError, ValueError) as trouble:
        why = getattr(trouble, "strerror", None) or "this is no file name"
        raise CommandFailed(
            "System.IO.FileNotFoundException",
            f"The attachment '{visible(path)}' cannot be read: {why}. Remedy: check the path, which is looked up from "
            "the folder that the script was started in.",
        ) from None
    if len(content) > room:
        raise CommandFailed(
            "System.IO.IOException",
            f"With the attachment '{visible(path)}' the message would be larger than 150 MiB. Remedy: send less.",
        )
    return Enclosure(name=name or file.name, content=content)


def enclosures(paths: Iterable[str]) -> tuple[Enclosure, ...]:
    """Files to be enclosed in one message."""
    found: list[Enclosure] = []
    for path in paths:
        found.append(enclosure(path, room=MAX_ENCLOSED - sum(len(one.content) for one in found)))
    return tuple(found)


def transcript(result: ProbeResult) -> list[str]:
    """The whole conversation, a line each: `>` is ours, `<` the server's."""
    signs = {Side.CLIENT: ">", Side.SERVER: "<", Side.NOTE: "*"}
    return [f"{signs[said.side]} {said.text}" for said in result.transcript]


def _composed(mail: Mail) -> bytes:
    people = (mail.sender, *mail.to, *mail.cc, *mail.reply_to)
    own = {name.lower() for name, _ in _PRIORITY_HEADERS[mail.priority]}
    letter = Letter(
        sender=mail.sender.address,
        recipients=tuple(one.address for one in mail.to),
        cc=tuple(one.address for one in mail.cc),
        reply_to=tuple(one.address for one in mail.reply_to),
        names={one.address: one.name for one in people if one.name},
        subject=mail.subject,
        body=mail.body,
        html=mail.html,
        headers=(
            *_PRIORITY_HEADERS[mail.priority],
            *((name, value) for name, value in mail.headers if name.lower() not in own),
        ),
        enclosures=mail.enclosures,
        at=datetime.now().astimezone(),
        message_id=f"<{secrets.token_hex(12)}@{mail.sender.address.domain}>",
    )
    try:
        return compose(letter)
    except BadLetter as bad:
        raise CommandFailed("System.FormatException", f"{bad} Remedy: correct it.") from None


def _no_host(host: str) -> CommandFailed:
    return CommandFailed(SMTP_TROUBLE, f"'{visible(host)}' is not a host's name. Remedy: check how it is written.")


# --- what went wrong, in words -------------------------------------------------------------------------------


def _failure(result: ProbeResult, way: Way) -> CommandFailed:
    refused = [answer for answer in result.answers if not answer.accepted]
    if refused:
        kind = ONE_REFUSED if len(refused) == 1 else SEVERAL_REFUSED
        return CommandFailed(kind, _refusals(refused, result.answers, way), bases=(ONE_REFUSED, SMTP_TROUBLE))
    advice = result.trouble or Advice("The server refused.", "Send once more with -Verbose and read what was said.")
    means, step, kind = advice.means, advice.next_step, SMTP_TROUBLE
    if way.secure and result.server_problem is not None and means == result.server_problem:
        means, kind = _untrusted(means, way), UNTRUSTED
    said = f" It said: {plain(str(result.trouble_reply))}" if result.trouble_reply is not None else ""
    where = f"The message was not sent to {plain(way.host)} port {way.port}."
    return CommandFailed(kind, f"{where} {means}{said} Remedy: {_begun_small(in_a_script(step))}")


def _refusals(refused: Sequence[RecipientAnswer], all_of_them: Sequence[RecipientAnswer], way: Way) -> str:
    told = "; ".join(f"{plain(one.address)}: {plain(str(one.reply))} ({one.stage})" for one in refused)
    accepted = len(all_of_them) - len(refused)
    text = f"{plain(way.host)} refused {len(refused)} of {len(all_of_them)} recipients: {told}."
    if accepted:
        text += f" The message was sent to the {'other' if accepted == 1 else f'other {accepted}'}."
    known = dict.fromkeys(one.advice for one in refused if one.advice is not None)
    means = [f"{advice.means} Remedy: {_begun_small(advice.next_step)}" for advice in known]
    return in_a_script(" ".join([text, *(means or ("Remedy: read the server's own words.",))]))


def _untrusted(problem: str, way: Way) -> str:
    why = problem.partition(" Remedy:")[0]
    return f"The certificate of {plain(way.host)} is not trusted, and nothing was told to it. {why}"


def _begun_small(step: str) -> str:
    """A sentence as it goes on behind `Remedy:`; names and abbreviations keep their capitals."""
    return step[:1].lower() + step[1:] if step[1:2].islower() or step[1:2] == " " else step


def in_a_script(text: str) -> str:
    """Advice of the test sender in the words of whoever writes a script."""
    for flags, words in _IN_A_SCRIPT:
        text = text.replace(flags, words)
    return text
