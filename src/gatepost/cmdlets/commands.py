"""Every command that a shell for mail has: the language's own, the table's, and those that send and connect."""

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from gatepost.shell import BUILTINS, Runnable

from .connect import ConnectExchangeOnline, DisconnectExchangeOnline, GetConnectionInformation, Line
from .mail import SendMailMessage
from .runnable import server_cmdlets


def commands(line: Line, *, trusted: Sequence[x509.Certificate] = (), ca: Path | None = None) -> tuple[Runnable, ...]:
    """All of them, put to the server at the end of the line.

    `trusted` are CAs beside the system's that may vouch for a mail server, `ca` a file of those that may vouch for
    -ConnectionUri.
    """
    return (
        *BUILTINS,
        *server_cmdlets(line),
        SendMailMessage(trusted),
        ConnectExchangeOnline(line, ca=ca),
        DisconnectExchangeOnline(line),
        GetConnectionInformation(line),
    )
