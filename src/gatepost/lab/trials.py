"""What the lab tries, and what has to come of it: one table.

The first three are the article's tests; then the refusals that its readers meet; then what a stranger may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .houses import (
    BY_ADDRESS,
    BY_CERTIFICATE,
    CLOUD,
    DEVICE,
    DEVICES,
    EXTERNAL,
    INTERNAL,
    INTERNET,
    LISTED,
    LOCAL,
    STRANGER,
    TO_CLOUD,
    UNLISTED,
)

INSIDER, OUTSIDER = f"u@{INTERNAL}", f"friend@{EXTERNAL}"
SENDER, FOREIGNER = f"scanner@{INTERNAL}", "scanner@elsewhere.test"
BOTH = (INSIDER, OUTSIDER)
RELAY_DENIED = "550 5.7.64"
DIRECT_SEND_DENIED = "550 5.7.68"
ACCEPTED = "250"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One expected hop: which relay took the message, whether over TLS, and through which of its connectors.

    `marked` says whether the relay's own trace line is still in the message; a next relay that has no reason to
    believe it takes it out.
    """

    by: str
    tls: bool
    connector: str | None = None
    marked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test message. `by` names the relay it is handed to, `pfx` the client certificate (a field of Lab).

    `comes_as` is how a message handed to the local relay reaches the cloud relay: from which address, with which
    certificate. `passed_over` names the way that the local relay has to pass over, `because` what it was told there.
    `connector` and `result` are what the cloud relay has to decide. `legs` are the hops of each recipient's copy, in
    order; empty where nothing may arrive. While it lasts the cloud relay's organization has the properties `settings`,
    and its connector by certificate expects `certificate_name`.
    """

    name: str
    title: str
    source: str
    recipients: tuple[str, ...]
    replies: str
    result: str
    sender: str = SENDER
    by: str = "cloud"
    pfx: str | None = None
    comes_as: tuple[str, str | None] = ("127.0.0.1", "good")
    passed_over: str | None = None
    because: str = ""
    connector: str | None = None
    legs: Mapping[str, tuple[Leg, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    certificate_name: str | None = None


def _legs(*before: Leg) -> dict[str, tuple[Leg, ...]]:
    """The way to the mailbox here, and on to the Internet, which knows no connector and believes no one's trace."""
    unmarked = tuple(Leg(by=leg.by, tls=leg.tls, marked=False) for leg in before)
    return {INSIDER: before, OUTSIDER: (*unmarked, Leg(by=INTERNET, tls=True))}


TRIALS: tuple[Trial, ...] = (
    Trial(
        name="plain",
        title="In the clear, from the listed address",
        source=LISTED,
        recipients=BOTH,
        replies=ACCEPTED,
        result="relay",
        connector=BY_ADDRESS,
        legs=_legs(Leg(by=CLOUD, tls=False, connector=BY_ADDRESS)),
    ),
    Trial(
        name="certificate",
        title="Over TLS with the PFX, from an address that is not listed",
        source=UNLISTED,
        pfx="good",
        recipients=BOTH,
        replies=ACCEPTED,
        result="relay",
        connector=BY_CERTIFICATE,
        legs=_legs(Leg(by=CLOUD, tls=True, connector=BY_CERTIFICATE)),
    ),
    Trial(
        name="device",
        title="From a device, through the local relay and its client certificate",
        source=DEVICE,
        by="local",
        recipients=BOTH,
        replies=ACCEPTED,
        result="relay",
        connector=BY_CERTIFICATE,
        legs=_legs(Leg(by=LOCAL, tls=False, connector=DEVICES), Leg(by=CLOUD, tls=True, connector=BY_CERTIFICATE)),
    ),
    Trial(
        name="address-not-listed",
        title="From an address that is not listed",
        source=STRANGER,
        recipients=(OUTSIDER,),
        replies=RELAY_DENIED,
        result="reject",
    ),
    Trial(
        name="sender-domain",
        title="From the listed address, with a sender domain that is not accepted",
        source=LISTED,
        sender=FOREIGNER,
        recipients=(OUTSIDER,),
        replies=RELAY_DENIED,
        result="reject",
    ),
    Trial(
        name="other-name",
        title="With a valid certificate of another name",
        source=UNLISTED,
        pfx="other",
        recipients=(OUTSIDER,),
        replies=RELAY_DENIED,
        result="reject",
    ),
    Trial(
        name="self-signed",
        title="With a self-signed certificate of the right name",
        source=UNLISTED,
        pfx="self_signed",
        recipients=(OUTSIDER,),
        replies=RELAY_DENIED,
        result="reject",
    ),
    Trial(
        name="direct-send",
        title="A stranger writes to a mailbox here (direct send)",
        source=STRANGER,
        recipients=(INSIDER,),
        replies=ACCEPTED,
        result="incoming",
        legs={INSIDER: (Leg(by=CLOUD, tls=False),)},
    ),
    Trial(
        name="direct-send-rejected",
        title="The same, with RejectDirectSend on",
        source=STRANGER,
        recipients=(INSIDER,),
        replies=DIRECT_SEND_DENIED,
        result="reject",
        settings={"RejectDirectSend": True},
    ),
    # The second act: the way that the article builds breaks, and the message arrives all the same. It comes last, for
    # the local relay leaves that way alone afterwards.
    Trial(
        name="fallback",
        title="From the device again, while the cloud relay expects another name on the certificate",
        source=DEVICE,
        by="local",
        comes_as=(LISTED, None),
        passed_over=TO_CLOUD,
        because=RELAY_DENIED,
        recipients=(OUTSIDER,),
        replies=ACCEPTED,
        result="relay",
        connector=BY_ADDRESS,
        legs={
            OUTSIDER: (
                Leg(by=LOCAL, tls=False, marked=False),
                Leg(by=CLOUD, tls=True, marked=False),
                Leg(by=INTERNET, tls=True),
            )
        },
        certificate_name=f"renamed.{INTERNAL}",
    ),
)
