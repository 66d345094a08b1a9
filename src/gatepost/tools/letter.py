"""The test message: composed here, or an .eml file made fit for the wire."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from gatepost.mail import Address

DEFAULT_SUBJECT = "Test message from Gatepost"
DEFAULT_BODY = (
    "This is a test message, sent with `gatepost send`.\n\n"
    "If you can read it, the way from the sender to this mailbox works.\n"
)

_NEWLINE = re.compile(rb"\r\n|\r|\n")


class BadLetter(ValueError):
    """The message cannot be composed; the argument says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What to write. `message_id` comes with its angle brackets."""

    sender: Address | None
    recipients: tuple[Address, ...]
    subject: str
    body: str
    at: datetime
    message_id: str


def compose(letter: Letter) -> bytes:
    """A plain text message with all the headers that mail should have. Raises BadLetter."""
    addresses = [str(one) for one in letter.recipients]
    wide = not all(one.isascii() for one in (*addresses, str(letter.sender)))
    message = EmailMessage(policy=SMTPUTF8 if wide else SMTP)
    try:
        message["From"] = "MAILER-DAEMON" if letter.sender is None else str(letter.sender)
        message["To"] = ", ".join(addresses)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = letter.message_id
        message.set_content(letter.body)
        return on_the_wire(message.as_bytes())
    except (ValueError, MessageError, UnicodeError) as error:
        raise BadLetter(f"The message cannot be composed: {error}.") from None


def on_the_wire(content: bytes) -> bytes:
    """Every line end as CR LF, and one at the end: files on disk have their system's own."""
    text = _NEWLINE.sub(b"\r\n", content)
    return text if text.endswith(b"\r\n") else text + b"\r\n"
