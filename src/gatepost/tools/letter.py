"""The test message: composed here, or an .eml file made fit for the wire."""

import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address as HeaderAddress
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
_FIELD_NAME = re.compile(r"[!-9;-~]{1,76}")  # RFC 5322 §3.6.8


class BadLetter(ValueError):
    """The message cannot be composed; the argument says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that goes with the letter, under the name that its reader sees."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What to write. `message_id` comes with its angle brackets.

    `recipients` are those of the To line; whoever is to get a blind copy stands in the envelope alone. `names` says
    how people are called beside their addresses. `headers` come in addition; one that we would write, too, such as
    From or Date, counts instead of ours.
    """

    sender: Address | None
    recipients: tuple[Address, ...]
    subject: str
    body: str
    at: datetime
    message_id: str
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    names: Mapping[Address, str] = field(default_factory=dict)
    html: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


def compose(letter: Letter) -> bytes:
    """The message with all the headers that mail should have, in seven bits wherever it can be. Raises BadLetter.

    Seven bits, because not every server that a test has to reach offers 8BITMIME.
    """
    people = (letter.sender, *letter.recipients, *letter.cc, *letter.reply_to)
    wide = not all(one is None or one.is_ascii for one in people)
    message = EmailMessage(policy=(SMTPUTF8 if wide else SMTP).clone(cte_type="7bit"))
    given = {name.lower() for name, _ in letter.headers}
    try:
        for name, value in _own_headers(letter):
            if name.lower() not in given:
                message[name] = value
        for name, value in letter.headers:
            message[_field_name(name)] = value
        message.set_content(letter.body, subtype="html" if letter.html else "plain")
        for one in letter.enclosures:
            kind, encoding = mimetypes.guess_type(one.name)
            main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
            message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
        return on_the_wire(message.as_bytes())
    except BadLetter:
        raise
    except UnicodeError:
        raise BadLetter("The message cannot be composed: it is not UTF-8 text. Remedy: write it in UTF-8.") from None
    except (ValueError, MessageError) as error:
        raise BadLetter(f"The message cannot be composed: {error}.") from None


def _own_headers(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "From", "MAILER-DAEMON" if letter.sender is None else _called(letter, (letter.sender,))
    for name, addresses in (("To", letter.recipients), ("Cc", letter.cc), ("Reply-To", letter.reply_to)):
        if addresses:
            yield name, _called(letter, addresses)
    yield "Subject", letter.subject
    yield "Date", format_datetime(letter.at)
    yield "Message-ID", letter.message_id


def _field_name(name: str) -> str:
    if not _FIELD_NAME.fullmatch(name):
        raise BadLetter(f"{name!r} is not a header's name: it may hold printable ASCII without blank and colon.")
    if name.lower().startswith("content-"):
        raise BadLetter(f"{name} is written with the content, and cannot be given.")
    return name


def _called(letter: Letter, addresses: tuple[Address, ...]) -> str:
    """Addresses as a header shows them, with their names where they have one."""

    def shown(address: Address) -> str:
        name = letter.names.get(address)
        return str(address) if not name else str(HeaderAddress(display_name=name, addr_spec=str(address)))

    return ", ".join(map(shown, addresses))


def on_the_wire(content: bytes) -> bytes:
    """Every line end as CR LF, and one at the end: files on disk have their system's own."""
    text = _NEWLINE.sub(b"\r\n", content)
    return text if text.endswith(b"\r\n") else text + b"\r\n"
