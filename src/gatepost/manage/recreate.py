"""The script that recreates this configuration on Exchange Online, with a NOTE wherever Exchange cannot follow."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any

from gatepost.config import PROPERTIES, ObjectKind, Property, Record, shown_properties

# Exchange takes IPv4 only, /24 to /32; a wider network is written as its /24s as long as they are few.
_WIDEST = 24
_MOST_PARTS = 16
_COMMANDS = {ObjectKind.INBOUND: "New-InboundConnector", ObjectKind.OUTBOUND: "New-OutboundConnector"}
_QUOTES = dict.fromkeys("'\u2018\u2019\u201a\u201b")  # each ends a single-quoted string in PowerShell


def script_of(records: Iterable[Record]) -> str:
    """PowerShell for the connectors and domains of one organization. It holds no secrets and ends with a newline."""
    found = list(records)
    parts = [_HEAD]
    parts += [_domains([it for it in found if it.kind is ObjectKind.DOMAIN])]
    parts += [_organization(it) for it in found if it.kind is ObjectKind.ORGANIZATION]
    parts += [_connector(it) for it in found if it.kind in _COMMANDS]
    parts += [_rule(it) for it in found if it.kind is ObjectKind.RULE]
    return "\n".join(part for part in parts if part)


def _rule(record: Record) -> str:
    return f"# NOTE transport rule {_comment(record.name)}: make it by hand; Exchange's rules treat whole messages.\n"


_HEAD = """\
# Recreates this relay's connectors on Exchange Online. Written by: gatepost export --powershell
# Run it after Connect-ExchangeOnline. Lines that begin with "# NOTE" say where Exchange cannot follow.
"""


def _domains(records: list[Record]) -> str:
    if not records:
        return ""
    lines = ["# NOTE accepted domains are added and verified in the Microsoft 365 admin centre, before this runs:"]
    for record in records:
        shown = shown_properties(record)
        lines.append(f"#   {_comment(record.name)} ({shown['DomainType']})")
    for record in records:
        shown = shown_properties(record)
        changes = []
        if shown["DomainType"] != "Authoritative":
            changes.append(f"-DomainType {shown['DomainType']}")
        if shown["MatchSubDomains"]:
            changes.append("-MatchSubDomains $true")
        if changes:
            lines.append(f"Set-AcceptedDomain -Identity {quoted(record.name)} {' '.join(changes)}")
    return "\n".join(lines) + "\n"


def _organization(record: Record) -> str:
    shown = shown_properties(record)
    lines = [f"Set-OrganizationConfig -RejectDirectSend {written(True)}"] if shown["RejectDirectSend"] else []
    if shown["CertificateAuthorities"]:
        lines.append("# NOTE own certificate authorities: Exchange trusts public ones only; use public certificates.")
    return "\n".join(lines) + "\n" if lines else ""


def _connector(record: Record) -> str:
    shown = shown_properties(record, secrets="")
    notes: list[str] = []
    pairs: list[tuple[str, Any]] = [("Name", record.name)]
    for item in PROPERTIES[record.kind]:
        value: Any = shown.get(item.name)
        if item.kind.secret or (_is_plain(record, item, value) and item.name not in _ALWAYS):
            continue
        if item.ours:
            notes.append(f"{item.name}: only this relay has it; left out.")
        elif item.name == "SenderIPAddresses":
            kept = list(_networks(value, notes))
            if kept:
                pairs.append((item.name, kept))
        elif item.name == "SmartHosts":
            pairs.append((item.name, list(_hosts(value, notes))))
        elif item.name not in _RESULTS:
            pairs.append((item.name, value))
    names = {name for name, _ in pairs}
    if record.kind is ObjectKind.INBOUND and not names & {"SenderIPAddresses", "TlsSenderCertificateName"}:
        notes.append("nothing is left by which Exchange could recognise the sender; the command is commented out.")
        return _written(_COMMANDS[record.kind], pairs, notes, commented=True)
    return _written(_COMMANDS[record.kind], pairs, notes)


# Written even at their default: the two have different defaults here and there, or are required.
_ALWAYS = frozenset({"ConnectorType", "SenderDomains", "RecipientDomains", "RequireTls", "UseMXRecord"})
# What Validate-OutboundConnector's scripts wrote, and what only Microsoft's own tools set.
_RESULTS = frozenset({"ConnectorSource", "IsValidated", "LastValidationTimestamp", "ValidationRecipients"})


def _is_plain(record: Record, item: Property, value: Any) -> bool:
    default = item.default
    return value in (None, "", []) or (default is not None and getattr(record.model, item.field) == default)


def _networks(texts: Iterable[str], notes: list[str]) -> Iterator[str]:
    for text in texts:
        network = ip_network(text, strict=False)
        if not isinstance(network, IPv4Network):
            notes.append(f"SenderIPAddresses {text}: Exchange takes no IPv6 addresses; left out.")
            continue
        if network.is_private:
            notes.append(f"SenderIPAddresses {text} is not a public address: write the one that Exchange sees.")
        if network.prefixlen >= _WIDEST:
            yield text
            continue
        parts = 2 ** (_WIDEST - network.prefixlen)
        if parts > _MOST_PARTS:
            notes.append(f"SenderIPAddresses {text} is wider than Exchange's /{_WIDEST}, in {parts} parts; left out.")
            continue
        notes.append(f"SenderIPAddresses {text} is wider than Exchange's /{_WIDEST}: written as {parts} networks.")
        yield from map(str, network.subnets(new_prefix=_WIDEST))


def _hosts(texts: Iterable[str], notes: list[str]) -> Iterator[str]:
    for text in texts:
        host, colon, port = text.rpartition(":")
        if colon and port.isdigit() and (host.endswith("]") or ":" not in host):
            if port != "25":
                notes.append(f"SmartHosts {text}: Exchange always connects to port 25; the port is left out.")
            text = host.strip("[]")
        if ":" in text:
            notes.append(f"SmartHosts {text}: check that Exchange takes an IPv6 address here.")
        yield text


def _written(command: str, pairs: list[tuple[str, Any]], notes: list[str], *, commented: bool = False) -> str:
    width = max(len(name) for name, _ in pairs)
    lines = ["$params = @{"]
    lines += [f"    {name:<{width}} = {written(value)}" for name, value in pairs]
    lines += ["}", f"{command} @params"]
    if commented:
        lines = [f"# {line}" for line in lines]
    return "\n".join([*(f"# NOTE {_comment(it)}" for it in notes), *lines]) + "\n"


def written(value: Any) -> str:
    """A JSON value as a PowerShell literal."""
    match value:
        case bool():
            return "$true" if value else "$false"
        case None:
            return "$null"
        case list():
            return ", ".join(map(written, value)) if value else "@()"
        case int() | float():
            return str(value)
        case _:
            return quoted(str(value))


def quoted(text: str) -> str:
    """A single-quoted string; every quotation mark that PowerShell takes for a single one is doubled."""
    return "'" + "".join(char * 2 if char in _QUOTES else char for char in text) + "'"


def _comment(text: str) -> str:
    return " ".join(text.splitlines())
