"""System.Net.Mail.MailMessage for scripts, with the addresses, headers and files that it is made of."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from gatepost.mail import BadAddress, Notify, visible
from gatepost.shell import Shell, failed, to_bool, to_text
from gatepost.tools import Enclosure

from .correspondents import Correspondent, read_correspondent, read_correspondents
from .net_objects import Counts, Instance, Listing, Taken, one_of, wrong
from .posting import PRIORITIES, Mail, enclosure

NOTIFICATIONS = ("None", "OnSuccess", "OnFailure", "Delay", "Never")
_NOTIFY = {
    "OnSuccess": Notify.SUCCESS,
    "OnFailure": Notify.FAILURE,
    "Delay": Notify.DELAY,
    "Never": Notify.NEVER,
}
# Made of the message's properties: .NET overwrites what was added under these names, and so do we.
_MADE = frozenset({"from", "to", "cc", "bcc", "subject", "reply-to", "sender", "mime-version"})
_FORMAT = "System.FormatException"


def read_notifications(value: Any) -> tuple[Notify, ...]:
    """What DeliveryNotificationOptions ask for: a name, several with commas, or a list. Raises CommandFailed."""
    given = value if isinstance(value, list) else to_text(value).split(",")
    names = [one_of(NOTIFICATIONS, one, "DeliveryNotificationOptions") for one in given]
    if "Never" in names and len(set(names)) > 1:
        raise wrong("DeliveryNotificationOptions cannot be Never and something else. Remedy: choose one of them.")
    return tuple(dict.fromkeys(_NOTIFY[name] for name in names if name != "None"))


class MailAddress(Instance):
    """One address, with a name or without."""

    type_name = "System.Net.Mail.MailAddress"
    properties: ClassVar[Mapping[str, Taken | None]] = {
        "DisplayName": None,
        "User": None,
        "Host": None,
        "Address": None,
    }
    methods: ClassVar[Mapping[str, Counts]] = {"ToString": (0,)}

    def __init__(self, who: Correspondent) -> None:
        local, domain = who.address
        super().__init__(DisplayName=who.name, User=local, Host=domain, Address=str(who.address))
        self.who = who

    @classmethod
    def make(cls, address: Any, name: Any = "", encoding: Any = None) -> "MailAddress":
        """From its constructor's arguments, or from whatever stands where an address is wanted."""
        if isinstance(address, cls):
            return address
        try:
            who = read_correspondent(to_text(address))
        except BadAddress as bad:
            raise failed(
                f"'{visible(to_text(address))}' is not an address: {bad}. Remedy: write name@domain.",
                type_name=_FORMAT,
            ) from None
        called = to_text(name)
        return cls(Correspondent(address=who.address, name=called) if called else who)

    def to_string(self, *, shell: Shell) -> str:
        return str(self)

    def __str__(self) -> str:
        return str(self.who)


def addresses_of(value: Any) -> list[MailAddress]:
    """The addresses of a text with commas, at least one. Raises CommandFailed."""
    if isinstance(value, MailAddress):
        return [value]
    if isinstance(value, list):
        return [one for item in value for one in addresses_of(item)]
    try:
        found = read_correspondents(to_text(value))
    except BadAddress as bad:
        raise failed(f"{visible(str(bad), 300)}. Remedy: write name@domain.", type_name=_FORMAT) from None
    if not found:
        raise wrong("An address is empty. Remedy: write name@domain.")
    return [MailAddress(who) for who in found]


class Attachment(Instance):
    """A file for a message, read as soon as it is named."""

    type_name = "System.Net.Mail.Attachment"
    properties: ClassVar[Mapping[str, Taken | None]] = {"Name": to_text}
    methods: ClassVar[Mapping[str, Counts]] = {"Dispose": (0,)}

    def __init__(self, file: Enclosure) -> None:
        super().__init__(Name=file.name)
        self._content = file.content

    @classmethod
    def make(cls, path: Any, media_type: Any = None) -> "Attachment":
        """From a path; the kind of the file is told by its name, whatever `media_type` says."""
        return path if isinstance(path, cls) else cls(enclosure(to_text(path)))

    def file(self) -> Enclosure:
        return Enclosure(name=self.values["Name"], content=self._content)

    def __str__(self) -> str:
        return str(self.values["Name"])


class Headers(Instance):
    """Header fields beside those that the message's properties make."""

    type_name = "System.Collections.Specialized.NameValueCollection"
    methods: ClassVar[Mapping[str, Counts]] = {"Add": (2,), "Remove": (1,), "Clear": (0,)}

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []

    def add(self, name: Any, value: Any, *, shell: Shell) -> None:
        self.fields.append((to_text(name), to_text(value)))

    def remove(self, name: Any, *, shell: Shell) -> None:
        self.fields = [one for one in self.fields if one[0].lower() != to_text(name).lower()]

    def clear(self, *, shell: Shell) -> None:
        self.fields.clear()

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self.fields])


def _people() -> Listing[MailAddress]:
    return Listing("System.Net.Mail.MailAddressCollection", addresses_of)


class MailMessage(Instance):
    """A message: who, to whom, and what. The encodings are taken and not used: what is not ASCII goes as UTF-8."""

    type_name = "System.Net.Mail.MailMessage"
    properties: ClassVar[Mapping[str, Taken | None]] = {
        "From": MailAddress.make,
        "To": None,
        "CC": None,
        "Bcc": None,
        "ReplyToList": None,
        "Subject": to_text,
        "Body": to_text,
        "IsBodyHtml": to_bool,
        "Priority": lambda value: one_of(PRIORITIES, value, "Priority"),
        "DeliveryNotificationOptions": lambda value: (read_notifications(value), to_text(value))[1],
        "Headers": None,
        "Attachments": None,
        "BodyEncoding": lambda value: value,
        "SubjectEncoding": lambda value: value,
        "HeadersEncoding": lambda value: value,
    }
    methods: ClassVar[Mapping[str, Counts]] = {"Dispose": (0,)}

    def __init__(self) -> None:
        super().__init__(
            To=_people(),
            CC=_people(),
            Bcc=_people(),
            ReplyToList=_people(),
            Subject="",
            Body="",
            IsBodyHtml=False,
            Priority="Normal",
            DeliveryNotificationOptions="None",
            Headers=Headers(),
            Attachments=Listing("System.Net.Mail.AttachmentCollection", lambda value: [Attachment.make(value)]),
        )

    @classmethod
    def make(cls, sender: Any = None, to: Any = None, subject: Any = "", body: Any = "") -> "MailMessage":
        """From its constructor's arguments: none, the two addresses, or these with subject and body."""
        message = cls()
        if sender is not None:
            message.set("From", sender)
        if to is not None:
            message.values["To"].items.extend(addresses_of(to))
        message.set("Subject", subject)
        message.set("Body", body)
        return message

    def mail(self) -> Mail:
        """What is to be sent. Raises CommandFailed where that is not known yet."""
        values = self.values
        if values.get("From") is None:
            raise failed(
                "A from address must be specified. Remedy: set the message's From to an address.",
                type_name="System.InvalidOperationException",
            )
        to, cc, bcc, answers = (
            tuple(one.who for one in values[name].items) for name in ("To", "CC", "Bcc", "ReplyToList")
        )
        added = (one for one in values["Headers"].fields if one[0].lower() not in _MADE)
        return Mail(
            sender=values["From"].who,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=answers,
            subject=values["Subject"],
            body=values["Body"],
            html=values["IsBodyHtml"],
            priority=values["Priority"],
            headers=tuple(one for one in added if not one[0].lower().startswith("content-")),
            enclosures=tuple(one.file() for one in values["Attachments"].items),
            notify=read_notifications(values["DeliveryNotificationOptions"]),
        )
