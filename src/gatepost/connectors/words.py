"""How reasons and remedies are worded: names in quotes, strangers' text defused, commands ready to paste."""

import re
from collections.abc import Sequence

from .directory import Directory
from .model import InboundConnector

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")


def clean(text: str, limit: int = 120) -> str:
    """A stranger's text, fit for a log line or a page: printable and short."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def quoted(name: str) -> str:
    """A connector's or user's name in a sentence."""
    return f'"{clean(name)}"'


def shell(word: str) -> str:
    """One word of a command line, in single quotes where a POSIX shell would not take it as it is.

    >>> shell("SMTP Relay (Non-TLS)")
    "'SMTP Relay (Non-TLS)'"
    """
    if _PLAIN.fullmatch(word):
        return word
    return "'" + clean(word, 200).replace("'", "'\\''") + "'"


def listing(words: Sequence[str], limit: int = 3) -> str:
    """`a, b and c`, cut after a few."""
    shown = list(words[:limit])
    if len(words) > limit:
        shown.append(f"{len(words) - limit} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def of_organization(directory: Directory, organization: str | None) -> str:
    """The flag that names the organization, where there are several; NAME where nobody knows which it would be."""
    if len(directory.organizations) < 2:
        return ""
    return f" --organization {'NAME' if organization is None else shell(organization)}"


def command(directory: Directory, connector: InboundConnector, flag: str, values: Sequence[str]) -> str:
    """The `gatepost connector set` for one property; `add-…` flags leave the rest of a list as it is."""
    flags = "".join(f" --{flag} {shell(value)}" for value in values)
    return f"gatepost connector set {shell(connector.name)}{of_organization(directory, connector.organization)}{flags}"


def accept_domain(directory: Directory, domain: str, organization: str | None) -> str:
    """The command that makes a domain one of the organization's."""
    return f"gatepost domain add {domain} --domain-type Authoritative{of_organization(directory, organization)}"


def trusted_certificate(directory: Directory, organization: str | None) -> str:
    """What to do about a certificate that nobody vouches for, in the same words wherever one is met."""
    names = list(directory.organizations)
    owner = organization or (names[0] if len(names) == 1 else None)
    return (
        "Send a valid certificate of a public CA, with its intermediates. If the CA, or the self-signed certificate, "
        f"is your own, trust it: gatepost organization set {'NAME' if owner is None else shell(owner)} "
        "--add-certificate-authorities FILE"
    )
