"""The envelope: who sent it, to whom, and what the extensions said about it. Replaced, never edited."""

from enum import StrEnum

from .address import Address
from .value import value


class BodyKind(StrEnum):
    """The BODY parameter of MAIL (RFC 6152, RFC 3030)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


class Notify(StrEnum):
    """One word of the NOTIFY parameter of RCPT (RFC 3461 §4.1)."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


class TlsWish(StrEnum):
    """What the sender wants of TLS on the way (RFC 8689)."""

    OPTIONAL = "optional"  # the header says `TLS-Required: No`: delivery matters more
    USUAL = "usual"
    REQUIRED = "required"  # MAIL said REQUIRETLS: every hop, or none


@value
class Recipient:
    """One RCPT. `notify` is empty when the client said nothing (then: FAILURE and DELAY by local choice).

    `orcpt` is the original-recipient parameter as it stood on the wire (`rfc822;b@example.com`), xtext and all.
    """

    address: Address
    notify: tuple[Notify, ...] = ()
    orcpt: str | None = None


def original_recipient(address: Address) -> str:
    """The address as an original-recipient parameter (RFC 3461 §4.2, RFC 6533 §3)."""
    if not address.is_ascii:
        return f"utf-8;{address}"
    xtext = "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in str(address))
    return f"rfc822;{xtext}"


@value
class Envelope:
    """One transaction, complete. `sender` None is the null sender `<>`; `envid` is still xtext; `ret` FULL or HDRS."""

    sender: Address | None
    recipients: tuple[Recipient, ...]
    body: BodyKind = BodyKind.SEVEN_BIT
    smtputf8: bool = False
    ret: str | None = None
    envid: str | None = None
    tls: TlsWish = TlsWish.USUAL

    @property
    def reverse_path(self) -> str:
        """The sender as text; empty for the null sender."""
        return "" if self.sender is None else str(self.sender)
