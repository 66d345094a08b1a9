"""One transaction from the client's chair: what is written for it, and what each recipient was told."""

from gatepost.mail import BodyKind, Envelope, Recipient, Reply, TlsWish
from gatepost.mail import reply as say

from .dots import has_bare_newline
from .events import Sent
from .extensions import size_limit


class Parcel:
    """The state of one `send`. Replies and stages are kept in the envelope's order."""

    __slots__ = ("accepted", "content", "envelope", "finals", "mail_refused", "replies", "stages")

    def __init__(self, envelope: Envelope, content: bytes | None) -> None:
        self.envelope = envelope
        self.content = content
        self.replies: list[Reply] = []
        self.stages: list[str] = []
        self.accepted: list[int] = []
        self.finals = 0  # final replies so far; LMTP gives one for each accepted recipient
        self.mail_refused: Reply | None = None

    @property
    def next_recipient(self) -> int:
        """The recipient whose RCPT is not yet answered."""
        return len(self.replies)

    @property
    def all_answered(self) -> bool:
        return len(self.replies) >= len(self.envelope.recipients)

    def answer_mail(self, reply: Reply) -> None:
        if not reply.positive:
            self.mail_refused = reply

    def answer_recipient(self, reply: Reply) -> None:
        """The next recipient's RCPT is answered. Behind a refused MAIL it does not count what is said."""
        if self.mail_refused is not None:
            self.replies.append(self.mail_refused)
            self.stages.append("MAIL")
            return
        if reply.positive:
            self.accepted.append(len(self.replies))
        self.replies.append(reply)
        self.stages.append("RCPT")

    def answer_accepted(self, reply: Reply, stage: str) -> None:
        """One reply for all who were accepted: to DATA, or to the end of the message."""
        for number in self.accepted:
            self.replies[number], self.stages[number] = reply, stage
        self.finals = len(self.accepted)

    def answer_next_final(self, reply: Reply) -> bool:
        """One of LMTP's final replies (RFC 2033 §4.2); whether it was the last."""
        if self.finals < len(self.accepted):
            number = self.accepted[self.finals]
            self.replies[number], self.stages[number] = reply, "END"
            self.finals += 1
        return self.finals >= len(self.accepted)

    def result(self) -> Sent:
        while not self.all_answered:  # MAIL was refused and the recipients never asked
            self.replies.append(self.mail_refused or say.LOST_REPLY)
            self.stages.append("MAIL")
        return Sent(tuple(self.replies), tuple(self.stages))


def refused_here(envelope: Envelope, content: bytes | None, lines: str) -> Reply | None:
    """Why this cannot be written at all, whoever the server is."""
    count = len(envelope.recipients) + 1
    if lines.count("\n") != count or lines.count("\r") != count or "\0" in lines:
        return say.UNSENDABLE_ADDRESS
    if content is not None and envelope.body is not BodyKind.BINARY and (b"\0" in content or has_bare_newline(content)):
        return say.UNSENDABLE
    return None


def lacking(envelope: Envelope, octets: int, extensions: dict[str, str]) -> Reply | None:
    """What the server cannot take, known before trying."""
    if "SMTPUTF8" not in extensions and (envelope.smtputf8 or not _is_ascii(envelope)):
        return say.NEEDS_SMTPUTF8
    if envelope.body is BodyKind.BINARY and not ("CHUNKING" in extensions and "BINARYMIME" in extensions):
        return say.NEEDS_8BIT
    if envelope.tls is TlsWish.REQUIRED and "REQUIRETLS" not in extensions:
        return say.NEEDS_REQUIRETLS
    limit = size_limit(extensions)
    return say.TOO_BIG if limit is not None and octets > limit else None


def _is_ascii(envelope: Envelope) -> bool:
    sender = envelope.sender
    if sender is not None and not sender.local.isascii():
        return False
    return all(recipient.address.local.isascii() for recipient in envelope.recipients)


def write_mail(envelope: Envelope, octets: int, extensions: dict[str, str]) -> str:
    """The MAIL command; parameters only where they are offered."""
    line = f"MAIL FROM:<{envelope.reverse_path}>"
    if "SIZE" in extensions:
        line += f" SIZE={octets}"
    if envelope.body is BodyKind.EIGHT_BIT and "8BITMIME" in extensions:
        line += " BODY=8BITMIME"
    elif envelope.body is BodyKind.BINARY and "BINARYMIME" in extensions:
        line += " BODY=BINARYMIME"
    if "SMTPUTF8" in extensions and (envelope.smtputf8 or not _is_ascii(envelope)):
        line += " SMTPUTF8"
    if envelope.tls is TlsWish.REQUIRED and "REQUIRETLS" in extensions:
        line += " REQUIRETLS"
    if "DSN" in extensions:
        if envelope.ret is not None:
            line += f" RET={envelope.ret}"
        if envelope.envid is not None:
            line += f" ENVID={envelope.envid}"
    return line + "\r\n"


def write_recipient(recipient: Recipient, extensions: dict[str, str]) -> str:
    """The RCPT command."""
    line = f"RCPT TO:<{recipient.address.local}@{recipient.address.domain}>"
    if (recipient.notify or recipient.orcpt is not None) and "DSN" in extensions:
        if recipient.notify:
            line += f" NOTIFY={','.join(recipient.notify)}"
        if recipient.orcpt is not None:
            line += f" ORCPT={recipient.orcpt}"
    return line + "\r\n"
