"""What operators decide about devices: notes, letting one in, keeping one out, and learning who knocks."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from gatepost.config import Changed, Edit, ObjectKind, Record, utc
from gatepost.connectors import ConnectorType, Facts, InboundConnector, Network, Organization, explain
from gatepost.errors import ConfigRefused
from gatepost.mail import BadAddress, parse_mailbox
from gatepost.spool import Device

from .addresses import address_in, client_in, is_network, is_within, network_shown
from .asked import whose
from .desk import Answer, Call
from .devices import find, learning_of, learning_shown, list_devices, show
from .explain import directory_in
from .old_tls import connector_listing, edits_for_old_tls, wanted_version
from .shown import changes_shown

DEVICES = "Devices"  # the connector that `allow` makes
_LONGEST_HOURS = 168


async def note(
    call: Call,
    *,
    address: str,
    owner: str | None = None,
    note: str | None = None,
    retire_by: str | None = None,
    seen: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Say whose a device is, what it is, and when it is to go; what is not given stays. An empty text takes back.

    `seen` is the `noted_at` that the change is meant for, empty where nothing was noted; None takes any.
    """
    given = {"Owner": owner, "Note": note, "RetireByUTC": retire_by}
    properties = {name: value for name, value in given.items() if value is not None}
    if not properties:
        raise ConfigRefused(["Nothing is said of the device. Remedy: give owner, note or retire_by."])
    name = address_in(address)
    place = await _place(call, name, organization)
    known = [it for it in call.desk.config.world.of(ObjectKind.DEVICE, place) if it.name == name]
    edit = Edit(
        action="set" if known else "add",
        kind=ObjectKind.DEVICE,
        name=name,
        organization=place,
        properties=properties,
        seen=seen,
    )
    changed = await call.change([edit], what_if=what_if)
    if what_if:
        return Answer(value={"address": name, "changes": changes_shown(changed.pairs)}, warnings=changed.warnings)
    shown = await show(call, address=name, organization=place if organization else None)
    return Answer(value=shown.value, warnings=changed.warnings)


async def allow(
    call: Call,
    *,
    address: str,
    connector: str | None = None,
    minimum_tls_version: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Let a device in: its address is added to a connector, or to one called Devices, which is made if need be.

    Of a /64 it is the last address seen. With `minimum_tls_version` it may use TLS that old, too, by a connector of its
    own with the terms of the one that lists it. Says what changes, and in `next` how its last refused session would now
    end.
    """
    oldest = None if minimum_tls_version is None else wanted_version(minimum_tls_version)
    name = address_in(address)
    device = await find(call, name, whose(call, organization))
    trusted = _trusted(address, device)
    place, record = await _chosen(call, name, connector, organization)
    edits = _unblocked(call, place, trusted)
    warnings: list[str] = []
    shown = network_shown(trusted)
    if oldest is not None:
        world = call.desk.config.world
        if not connector:
            record = connector_listing(world, place, trusted) or record
        permission = edits_for_old_tls(world, place, record, device=trusted, minimum=oldest)
        if not permission:
            warnings.append(f"{shown} may use {oldest} already.")
        edits += permission
    elif record is None:
        properties: dict[str, Any] = {
            "ConnectorType": "OnPremises",
            "SenderDomains": ["*"],
            "SenderIPAddresses": [shown],
            "Comment": "Devices that were let in one by one.",
        }
        edits.append(
            Edit(action="add", kind=ObjectKind.INBOUND, name=DEVICES, organization=place, properties=properties)
        )
    else:
        model = record.model
        assert isinstance(model, InboundConnector)
        if trusted in model.sender_ip_addresses:
            warnings.append(f"{record.label} has {shown} already.")
        if not model.enabled:
            warnings.append(
                f"{record.label} is disabled, so it lets nobody in. "
                f"Remedy: enable it: gatepost connector enable '{record.name}'."
            )
        edits.append(_set(record, "SenderIPAddresses", add=[shown]))
    changed = await call.change(edits, what_if=what_if)
    value = {
        "address": name,
        "changes": changes_shown(changed.pairs),
        "next": None if device is None else _again(call, device, changed, own=call.caller.organization),
    }
    return Answer(value=value, warnings=(*warnings, *changed.warnings))


async def block(call: Call, *, address: str, organization: str | None = None, what_if: bool = False) -> Answer:
    """Keep a device out: connectors that name exactly it no longer do, and it is refused when it connects.

    Where the server has several organizations, it is refused what concerns this one.
    """
    name = address_in(address)
    place = await _place(call, name, organization)
    whole = ip_network(name)
    edits: list[Edit] = []
    warnings: list[str] = []
    for record in call.desk.config.world.of(ObjectKind.INBOUND, place):
        model = record.model
        if not isinstance(model, InboundConnector) or model.connector_type is not ConnectorType.ON_PREMISES:
            continue
        named = [it for it in model.sender_ip_addresses if is_within(it, whole)]
        if named:
            edits.append(_set(record, "SenderIPAddresses", remove=[network_shown(it) for it in named]))
        wider = [it for it in model.sender_ip_addresses if it not in named and is_within(whole, it)]
        warnings += [
            f"{record.label} still lists {network_shown(it)}, which holds it; it is refused all the same."
            for it in wider
        ]
    owner = call.desk.config.world.find(ObjectKind.ORGANIZATION, place)
    edits.append(_set(owner, "BlockedIPAddresses", add=[network_shown(whole)]))
    changed = await call.change(edits, what_if=what_if)
    value = {"address": name, "changes": changes_shown(changed.pairs)}
    return Answer(value=value, warnings=(*warnings, *changed.warnings))


async def learning(
    call: Call,
    *,
    action: str = "show",
    hours: float = 24,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Learn for a while who knocks: `start` (for so many hours, at most a week), `stop`, or `show`.

    Nothing is trusted by it, and strangers are refused as ever. It marks those that were, so that one can walk round,
    press Scan on each device, and then let in the very ones that tried.
    """
    place = call.desk.config.world.organization(organization)
    record = call.desk.config.world.find(ObjectKind.ORGANIZATION, place)
    now = call.desk.clock()
    if action not in ("show", "start", "stop"):
        raise ConfigRefused([f"action '{action}' is not known. Remedy: use show, start or stop."])
    window = _window(record)
    wanted: dict[str, Any] = {}
    if action == "start":
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= _LONGEST_HOURS:
            raise ConfigRefused(
                [f"hours is {hours!r}. Remedy: give a number, more than 0 and at most {_LONGEST_HOURS}."]
            )
        window = (now, now + hours * 3600)
        wanted = {"DeviceLearningSinceUTC": utc(window[0]), "DeviceLearningUntilUTC": utc(window[1])}
    elif action == "stop" and window is not None and window[1] > now:
        window = (window[0], now)
        wanted = {"DeviceLearningUntilUTC": utc(now)}
    warnings: tuple[str, ...] = ()
    if wanted:
        edit = Edit(action="set", kind=ObjectKind.ORGANIZATION, name=place, properties=wanted)
        warnings = (await call.change([edit], what_if=what_if)).warnings
    learned = 0
    if call.desk.has_spool:
        learned = (await list_devices(call, learned=True, limit=1, organization=place)).value["total"]
    shown = learning_shown([] if window is None else [window], now)
    return Answer(value={**shown, "learned": learned}, warnings=warnings)


def _window(record: Record) -> tuple[float, float] | None:
    model = record.model
    return learning_of(model) if isinstance(model, Organization) else None


async def _place(call: Call, address: str, organization: str | None) -> str:
    """The organization that is meant: the one named, the one that the device belongs to, or the only one."""
    if not organization and (device := await find(call, address, None)) is not None and device.organization:
        return call.desk.config.world.organization(device.organization)
    return call.desk.config.world.organization(organization)


async def _chosen(
    call: Call, address: str, connector: str | None, organization: str | None
) -> tuple[str, Record | None]:
    """The connector that is meant, and its organization; None for one that is to be made."""
    world = call.desk.config.world
    if connector:
        record = world.find(ObjectKind.INBOUND, connector, organization)
        _must_trust(record)
        return record.organization, record
    place = await _place(call, address, organization)
    for record in world.of(ObjectKind.INBOUND, place):
        if record.name.lower() == DEVICES.lower():
            _must_trust(record)
            return place, record
    return place, None


def _must_trust(record: Record) -> None:
    model = record.model
    if not isinstance(model, InboundConnector) or model.connector_type is not ConnectorType.ON_PREMISES:
        raise ConfigRefused(
            [f"{record.label}: is of type Partner, which lets no device relay. Remedy: name one of type OnPremises."]
        )


def _trusted(address: str, device: Device | None) -> Network:
    """What is trusted of a device: the address that was given; of a /64 the last one seen, for the whole of it is a
    network like any other."""
    if is_network(address):
        return ip_network(device.last_address if device is not None else address.strip())
    return ip_network(str(client_in(address)))


def _unblocked(call: Call, place: str, trusted: Network) -> list[Edit]:
    """Take the device out of what the organization blocks; raises ConfigRefused where it is a wider network that is."""
    record = call.desk.config.world.find(ObjectKind.ORGANIZATION, place)
    model = record.model
    assert isinstance(model, Organization)
    holding = [it for it in model.blocked_ip_addresses if is_within(trusted, it)]
    device = ip_network(address_in(str(trusted.network_address)))
    wider = [it for it in holding if it not in (trusted, device)]
    if wider:
        shown = ", ".join(map(network_shown, wider))
        raise ConfigRefused(
            [
                f"{record.label}: BlockedIPAddresses has {shown}, which holds more than this device. "
                f"Remedy: take it out there first."
            ]
        )
    return [_set(record, "BlockedIPAddresses", remove=[network_shown(it) for it in holding])] if holding else []


def _again(call: Call, device: Device, changed: Changed, *, own: str | None) -> dict[str, Any] | None:
    """How the device's last refused session would end now: whether that was all that it lacked."""
    refusal = device.refusal
    if refusal is None or not refusal.get("recipient"):
        return None
    try:
        sender = parse_mailbox(refusal["sender"]) if refusal["sender"] else None
        recipient = parse_mailbox(refusal["recipient"])
    except BadAddress:
        return None
    facts = Facts(client=client_in(device.last_address), hello=device.hello, tls_version=device.tls)
    decision = explain(facts, sender, recipient, directory_in(changed.snapshot, own))
    return {
        "result": decision.result,
        "connector": decision.connector,
        "reply": str(decision.reply),
        "reasons": list(decision.reasons),
        "remedies": list(decision.remedies),
    }


def _set(record: Record, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Edit:
    edit = {word: list(values) for word, values in (("Add", add), ("Remove", remove)) if values}
    place = None if record.kind is ObjectKind.ORGANIZATION else record.organization
    return Edit(action="set", kind=record.kind, name=record.guid, organization=place, properties={name: edit})
