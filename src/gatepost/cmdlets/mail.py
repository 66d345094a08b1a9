"""Send-MailMessage: a message to any SMTP server, as PowerShell's own cmdlet sends it; and with a client certificate.

Silent when every recipient was accepted; -Verbose shows the conversation. What PowerShell cannot do, show a certificate
of your choice, is done by -CertificatePath.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from cryptography import x509

from gatepost.mail import visible
from gatepost.shell import Bound, CommandFailed, Ends, Parameter, Shell, Takes, failed, to_list, to_text

from .net_certificates import open_certificate
from .net_mail import NOTIFICATIONS, addresses_of, read_notifications
from .net_smtp import read_credentials, to_port
from .posting import PRIORITIES, Mail, Way, enclosures, post, transcript

_ENCODINGS = (
    "ASCII", "BigEndianUnicode", "BigEndianUTF32", "Default", "OEM", "Unicode", "UTF7", "UTF8", "UTF8BOM", "UTF8NoBOM",
    "UTF32",
)  # fmt: skip

PARAMETERS = (
    Parameter(
        name="To",
        takes=Takes.TEXTS,
        position=0,
        by_property=True,
        help="The recipients: a@contoso.com or 'Anna <a@contoso.com>'.",
    ),
    Parameter(name="Subject", position=1, by_property=True, aliases=("sub",), help="The subject; it may be left out."),
    Parameter(name="Body", position=2, by_property=True, help="The text."),
    Parameter(
        name="SmtpServer",
        position=3,
        by_property=True,
        aliases=("ComputerName",),
        help="The server to send to; without it $PSEmailServer.",
    ),
    Parameter(name="From", required=True, by_property=True, help="The sender, of the envelope and of the From line."),
    Parameter(
        name="Attachments",
        takes=Takes.TEXTS,
        pipeline=True,
        aliases=("PsPath",),
        help="Files that go with the message.",
    ),
    Parameter(name="Bcc", takes=Takes.TEXTS, by_property=True, help="Recipients that the others do not see."),
    Parameter(name="Cc", takes=Takes.TEXTS, by_property=True, help="Recipients of a copy."),
    Parameter(name="ReplyTo", takes=Takes.TEXTS, by_property=True, help="Where answers are to go."),
    Parameter(name="BodyAsHtml", takes=Takes.SWITCH, aliases=("BAH",), help="The body is HTML."),
    Parameter(
        name="Encoding",
        choices=_ENCODINGS,
        aliases=("BE",),
        help="Taken for PowerShell's sake: what is not ASCII is sent as UTF-8, which every reader knows.",
    ),
    Parameter(name="Priority", choices=PRIORITIES, by_property=True, help="How urgent the message says it is."),
    Parameter(
        name="DeliveryNotificationOption",
        takes=Takes.TEXTS,
        choices=NOTIFICATIONS,
        aliases=("DNO",),
        help="Which reports the sender wants.",
    ),
    Parameter(name="Port", takes=Takes.INTEGER, by_property=True, default=25, help="The server's port."),
    Parameter(
        name="UseSsl",
        takes=Takes.SWITCH,
        help="Begin TLS with STARTTLS, and send nothing unless the server's certificate is good.",
    ),
    Parameter(name="Credential", takes=Takes.ANY, by_property=True, help="Sign in with this; see Get-Credential."),
    Parameter(name="CertificatePath", help="A PFX file: show its certificate to the server. It implies -UseSsl."),
    Parameter(name="CertificatePassword", takes=Takes.ANY, help="The PFX's password, a text or a SecureString."),
)


class SendMailMessage:
    """The command, for one shell. `trusted` are CAs beside the system's that may vouch for the server."""

    name = "Send-MailMessage"
    aliases: tuple[str, ...] = ()
    parameters = PARAMETERS
    synopsis = "Sends a message by SMTP, with a client certificate if you like."
    example = "Send-MailMessage -From a@contoso.com -To b@contoso.com -Subject Test -SmtpServer relay.contoso.com"

    def __init__(self, trusted: Sequence[x509.Certificate] = ()) -> None:
        self._trusted = tuple(trusted)

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: Shell) -> Iterable[Any]:
        """One message; whatever is piped in are files to enclose."""
        files = [to_text(one) for one in (*to_list(bound.get("Attachments")), *(pipe or ()))]
        try:
            result = post(self._mail(bound, files), self._way(bound, shell))
        except CommandFailed as trouble:
            trouble.ends = Ends.NOTHING  # a message that could not be sent is what -ErrorAction is about
            raise
        for line in transcript(result):
            shell.verbose(line, bound)
        return ()

    def _mail(self, bound: Bound, files: Sequence[str]) -> Mail:
        sender = addresses_of(bound.get("From"))
        if len(sender) != 1:
            raise failed("From names several senders. Remedy: name one.", type_name="System.FormatException")
        to, cc, bcc, answers = (
            tuple(one.who for text in to_list(bound.get(name)) for one in addresses_of(text))
            for name in ("To", "Cc", "Bcc", "ReplyTo")
        )
        return Mail(
            sender=sender[0].who,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=answers,
            subject=to_text(bound.get("Subject")),
            body=to_text(bound.get("Body")),
            html=bool(bound.get("BodyAsHtml")),
            priority=bound.get("Priority") or "Normal",
            enclosures=enclosures(files),
            notify=read_notifications(to_list(bound.get("DeliveryNotificationOption"))),
        )

    def _way(self, bound: Bound, shell: Shell) -> Way:
        host = to_text(bound.get("SmtpServer")) or to_text(shell.variables.get("PSEmailServer"))
        if not host:
            raise failed(
                "The email cannot be sent because no SMTP server was specified. Remedy: give -SmtpServer, or set "
                "$PSEmailServer.",
                type_name="System.InvalidOperationException",
            )
        path = to_text(bound.get("CertificatePath"))
        if not path and "CertificatePassword" in bound:
            raise failed("-CertificatePassword needs -CertificatePath. Remedy: name the PFX file.")
        shown = open_certificate(path, bound.get("CertificatePassword")).credentials if path else None
        if path and shown is None:
            raise failed(
                f"{visible(path)} holds no private key, so its certificate proves nothing. Remedy: name a PFX file, "
                "which holds both."
            )
        login = read_credentials(bound.get("Credential"))
        return Way(
            host=host,
            port=to_port(bound.get("Port", 25)),
            secure=bool(bound.get("UseSsl")) or shown is not None,
            certificate=shown,
            trusted=self._trusted,
            user=None if login is None else login.values["UserName"],
            password=None if login is None else login.password,
        )
