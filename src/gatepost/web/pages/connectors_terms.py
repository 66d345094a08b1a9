"""The conditions and limits of an outbound connector, which the wizard does not ask for: pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from .forms import Form

LIMITS = ("MaxMessagesPerMinute", "MaxConnections", "MaxSessionMinutes", "MaxRecipientsPerDay")
FIELDS = ("SenderDomains", "InboundConnectors", "SmartHostOrder", "SourceIPAddress", *LIMITS)


def limit(text: str) -> int | str | None:
    """A number, or what else was written for one: `25M` is understood, and the rest refused, where it is stored."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else text or None


def terms_of(given: Form) -> dict[str, Any]:
    """The properties that the section decides."""
    return {
        "SenderDomains": given.texts("SenderDomains"),
        "InboundConnectors": given.texts("InboundConnectors"),  # one a row: names may have spaces
        "SmartHostOrder": given.text("SmartHostOrder") or "InOrder",
        "SourceIPAddress": given.text("SourceIPAddress") or None,
        **{name: limit(given.text(name)) for name in LIMITS},
    }


def answers_to_terms(connector: Mapping[str, Any]) -> dict[str, Iterable[str]]:
    """The fields as the connector has them."""
    return {
        "SenderDomains": connector["SenderDomains"],
        "InboundConnectors": connector["InboundConnectors"],
        "SmartHostOrder": [connector["SmartHostOrder"]],
        "SourceIPAddress": [connector["SourceIPAddress"] or ""],
        **{name: ["" if connector[name] is None else connector[name]] for name in LIMITS},
    }
