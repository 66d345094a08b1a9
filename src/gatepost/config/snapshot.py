"""What the relay sees: everything that operators decided, immutable and indexed for the questions that mail asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatepost.connectors import (
    AcceptedDomain,
    AddressBook,
    Directory,
    DomainSigning,
    Entries,
    InboundConnector,
    Organization,
    OutboundConnector,
    Owners,
    RuleBook,
    SigningTable,
    SmtpUser,
)
from gatepost.routing import RouteTable

from .property import ObjectKind
from .world import Model, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that operators decided, at one moment. `generation` counts the changes since the start."""

    generation: int
    organizations: tuple[Organization, ...]
    accepted_domains: tuple[AcceptedDomain, ...]
    inbound: tuple[InboundConnector, ...]
    outbound: tuple[OutboundConnector, ...]
    users: tuple[SmtpUser, ...]
    directory: Directory
    routes: RouteTable
    signings: tuple[DomainSigning, ...] = ()
    signing: SigningTable = field(default_factory=SigningTable)
    owners: Owners = field(default_factory=Owners)
    rulebook: RuleBook = field(default_factory=RuleBook)


def build_snapshot(
    models: Iterable[tuple[Record, Model]], *, lists: Mapping[str, Entries], generation: int
) -> Snapshot:
    """The snapshot of these objects; `lists` are recipient lists, by the GUID of their accepted domain."""
    by_kind: dict[ObjectKind, list[Any]] = {kind: [] for kind in ObjectKind}
    for record, model in models:
        by_kind[record.kind].append(model)
    book = {it.domain_name: lists[it.guid] for it in by_kind[ObjectKind.DOMAIN] if it.guid in lists}
    domains, inbound = by_kind[ObjectKind.DOMAIN], by_kind[ObjectKind.INBOUND]
    organizations, outbound = by_kind[ObjectKind.ORGANIZATION], by_kind[ObjectKind.OUTBOUND]
    directory = Directory.build(
        organizations=organizations,
        accepted_domains=domains,
        inbound=inbound,
        users=by_kind[ObjectKind.USER],
        address_book=AddressBook(book),
    )
    return Snapshot(
        generation=generation,
        organizations=tuple(organizations),
        accepted_domains=tuple(domains),
        inbound=tuple(inbound),
        outbound=tuple(outbound),
        users=tuple(by_kind[ObjectKind.USER]),
        directory=directory,
        routes=RouteTable.build(outbound, domains),
        signings=tuple(by_kind[ObjectKind.SIGNING]),
        signing=SigningTable(by_kind[ObjectKind.SIGNING], organizations),
        rulebook=RuleBook(by_kind[ObjectKind.RULE], organizations, directory),
        owners=Owners(
            inbound,
            ((it.organization, it.name, told) for it in by_kind[ObjectKind.DEVICE] if (told := it.told) is not None),
        ),
    )
