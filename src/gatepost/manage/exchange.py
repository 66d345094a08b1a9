"""What Exchange Online prints, read as a document: `Get-InboundConnector | ConvertTo-Json`, and its siblings.

Real output differs from a document in four ways. There is no list around one object, and no section name;
read-only properties stand among the others; Windows PowerShell wraps lists as {"value": […], "Count": n}; and
there are properties that only Exchange has. The last are told in a warning, never dropped in silence.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gatepost.config import ObjectKind, property_named
from gatepost.errors import ConfigRefused

# What a live record has besides what an operator decides.
_READ_ONLY = frozenset(
    name.lower()
    for name in (
        "Identity", "Guid", "WhenChanged", "WhenChangedUTC", "WhenCreated", "WhenCreatedUTC", "IsValid",
        "ExchangeVersion", "DistinguishedName", "ObjectClass", "ObjectCategory", "Id", "OrganizationId",
        "OrganizationalUnitRoot", "ExchangeObjectId", "OriginatingServer", "ObjectState", "PSComputerName",
        "RunspaceId", "PSShowComputerName",
    )
)  # fmt: skip
_PRINTED = frozenset({"whencreatedutc", "whencreated", "exchangeversion", "objectstate", "originatingserver"})

_KINDS: dict[str, ObjectKind] = {
    "Organization": ObjectKind.ORGANIZATION,
    "AcceptedDomain": ObjectKind.DOMAIN,
    "InboundConnector": ObjectKind.INBOUND,
    "OutboundConnector": ObjectKind.OUTBOUND,
}
# One property that only this kind of object has, in the order of asking.
_TELLING = {
    "InboundConnector": "senderdomains",
    "OutboundConnector": "recipientdomains",
    "AcceptedDomain": "domainname",
    "Organization": "rejectdirectsend",
}
_SECTIONS = {form.lower(): name for name in _KINDS for form in (name, name + "s")} | {
    "organizationconfig": "Organization"
}


def read_exchange(tree: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A document and warnings. What is a document already comes back as it is.

    Raises ConfigRefused for an object of which nobody can tell what it is.
    """
    tree = _unwrapped(tree)
    if isinstance(tree, Mapping) and not _names_itself(tree):
        document: dict[str, Any] = {}
        warnings: list[str] = []
        for section, entries in tree.items():
            name = _SECTIONS.get(section.lower())
            if name is None or not any(_is_printed(it) for it in _listed(entries)):
                document[section] = entries
                continue
            document[name] = [_entry(name, it, warnings) for it in _listed(entries)]
        return document, tuple(dict.fromkeys(warnings))
    return _sorted_by_kind(_listed(tree))


def _sorted_by_kind(entries: list[Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    document: dict[str, Any] = {}
    warnings: list[str] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        names = {key.lower() for key in entry} if isinstance(entry, Mapping) else set()
        section = next((it for it, telling in _TELLING.items() if telling in names), None)
        if section is None:
            problems.append(
                f"Object number {number} is neither an organization, a domain nor a connector. Remedy: give what "
                "Get-InboundConnector, Get-OutboundConnector or Get-AcceptedDomain | ConvertTo-Json prints, or a "
                "document as gatepost export writes it."
            )
        else:
            document.setdefault(section, []).append(_entry(section, entry, warnings))
    if problems:
        raise ConfigRefused(problems)
    return document, tuple(dict.fromkeys(warnings))


def _entry(section: str, entry: Any, warnings: list[str]) -> Any:
    """One printed object without what Exchange only shows."""
    if not _is_printed(entry):
        return entry
    kind = _KINDS[section]
    kept: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in _properties(entry):
        if name.lower() == "name":
            if kind not in (ObjectKind.DOMAIN, ObjectKind.ORGANIZATION):  # a tenant's name is not ours
                kept["Name"] = value
        elif name.lower() == "organization":
            kept["Organization"] = value
        elif (item := property_named(kind, name)) is not None:
            if not item.kind.secret:  # a printed secret is a mask, not a value
                kept[item.name] = value
        elif name.lower() not in _READ_ONLY and value not in (None, "", [], False):
            unknown.append(name)
    if unknown and kind is not ObjectKind.ORGANIZATION:  # Get-OrganizationConfig prints 300 of them
        label = kept.get("Name") or kept.get("DomainName") or "?"
        warnings.append(f"{kind} '{label}': {', '.join(sorted(unknown))}: Exchange's own; left out.")
    return kept


def _properties(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and value; the admin API's type companions (`SenderDomains@data.type`) say nothing here."""
    for name, value in entry.items():
        if "@" not in name:
            yield name, _unwrapped(value)


def _names_itself(tree: Mapping[str, Any]) -> bool:
    """Whether this is one object rather than a document of lists."""
    return any(telling in {key.lower() for key in tree} for telling in _TELLING.values())


def _is_printed(entry: Any) -> bool:
    return isinstance(entry, Mapping) and not _PRINTED.isdisjoint(key.lower() for key in entry)


def _listed(tree: Any) -> list[Any]:
    tree = _unwrapped(tree)
    return tree if isinstance(tree, list) else [tree]


def _unwrapped(value: Any) -> Any:
    """The list inside {"value": […], "Count": n} (Windows PowerShell 5.1), or inside an OData reply."""
    if isinstance(value, Mapping) and isinstance(value.get("value"), list):
        rest = {key.lower() for key in value if not key.startswith("@")} - {"value"}
        if rest <= {"count"}:
            return value["value"]
    return value
