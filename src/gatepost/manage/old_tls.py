"""Letting one device use old TLS, without letting anybody else: what `device allow --minimum-tls-version` changes.

A connector that lists this device alone is changed. From any other the device goes into a connector of its own kind,
which has the same terms (who it may write to, how much, from which domains) and is called after the first: no other
device may use old TLS for its sake, and this one may do nothing else that it might not do before.
"""

from collections.abc import Iterator
from typing import Any

from gatepost.config import PROPERTIES, Edit, ObjectKind, Record, World, shown_properties
from gatepost.connectors import ConnectorType, InboundConnector, Network, TlsVersion
from gatepost.errors import ConfigRefused

from .addresses import is_within, network_shown

_BEHIND = " (old TLS)"
_LONGEST_NAME = 64
_OWN = frozenset({"SenderIPAddresses", "TlsSenderCertificateName", "MinimumTlsVersion", "ConnectorSource", "Comment"})


def wanted_version(text: str) -> TlsVersion:
    """The version that is meant; raises ConfigRefused for one that nobody has to be allowed."""
    for version in (TlsVersion.V1_0, TlsVersion.V1_1):
        if isinstance(text, str) and text.strip().lower() == version.lower():
            return version
    raise ConfigRefused(
        [f"minimum_tls_version is {text!r}. Remedy: write TLSv1.0 or TLSv1.1; TLSv1.2 needs no permission."]
    )


def connector_listing(world: World, place: str, device: Network) -> Record | None:
    """The enabled OnPremises connector of the organization that lists the device by the narrowest network."""
    found = [
        (network.prefixlen, record)
        for record, model in _ours(world, place)
        for network in model.sender_ip_addresses
        if model.enabled and is_within(device, network)
    ]
    return max(found, key=lambda it: it[0])[1] if found else None


def edits_for_old_tls(
    world: World, place: str, record: Record | None, *, device: Network, minimum: TlsVersion
) -> list[Edit]:
    """What lets the device use `minimum`; nothing where it may already. `record` is the connector it comes by, None
    where there is none yet: then one is made that takes whatever the connector Devices would."""
    if _may_already(world, place, device, minimum):
        return []
    shown = network_shown(device)
    model = None if record is None else record.model
    if record is not None and isinstance(model, InboundConnector):
        if model.sender_ip_addresses == (device,):
            return [_set(record, {"MinimumTlsVersion": str(minimum)})]
        if record.name.endswith(_BEHIND):
            return _joined(record, shown, minimum)
    name = f"{('Devices' if record is None else record.name)[: _LONGEST_NAME - len(_BEHIND)].rstrip()}{_BEHIND}"
    leaving: list[Edit] = []
    if record is not None and isinstance(model, InboundConnector) and device in model.sender_ip_addresses:
        leaving.append(_set(record, {"SenderIPAddresses": {"Remove": [shown]}}))
    there = next((it for it, _ in _ours(world, place) if it.name.lower() == name.lower()), None)
    if there is not None:
        return [*_joined(there, shown, minimum), *leaving]
    terms = {"ConnectorType": "OnPremises", "SenderDomains": ["*"]} if record is None else _terms(record)
    properties = {
        **terms,
        "SenderIPAddresses": [shown],
        "MinimumTlsVersion": str(minimum),
        "Comment": "Devices that know only old TLS.",
    }
    add = Edit(action="add", kind=ObjectKind.INBOUND, name=name, organization=place, properties=properties)
    return [add, *leaving]


def _terms(record: Record) -> dict[str, Any]:
    """What holds for the connector's clients, as a new connector takes it."""
    shown = shown_properties(record)
    return {
        it.name: shown[it.name]
        for it in PROPERTIES[ObjectKind.INBOUND]
        if it.name not in _OWN and shown.get(it.name) not in (None, "", [])
    }


def _joined(record: Record, device: str, minimum: TlsVersion) -> list[Edit]:
    """The device beside others that use old TLS; it may need an older one than they do."""
    model = record.model
    assert isinstance(model, InboundConnector)
    version = min(minimum, model.minimum_tls_version)
    return [_set(record, {"SenderIPAddresses": {"Add": [device]}, "MinimumTlsVersion": str(version)})]


def _may_already(world: World, place: str, device: Network, minimum: TlsVersion) -> bool:
    return any(
        is_within(device, network)
        for _, model in _ours(world, place)
        if model.enabled and not model.blocked and model.minimum_tls_version <= minimum
        for network in model.sender_ip_addresses
    )


def _ours(world: World, place: str) -> Iterator[tuple[Record, InboundConnector]]:
    for record in world.of(ObjectKind.INBOUND, place):
        model = record.model
        if isinstance(model, InboundConnector) and model.connector_type is ConnectorType.ON_PREMISES:
            yield record, model


def _set(record: Record, properties: dict[str, Any]) -> Edit:
    return Edit(
        action="set",
        kind=ObjectKind.INBOUND,
        name=record.guid,
        organization=record.organization,
        properties=properties,
    )
