"""Devices: who has connected, whether or not anything was taken from them. What an operator asks when a scanner stays
silent.

A device is an IPv4 address, or a /64 of IPv6, which is one household or one host: there a machine changes its address
every day, and a stranger could otherwise be two to the power of 64 devices.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from gatepost.connectors import device_of
from gatepost.mail import value

from .message import Refusal
from .refusals import trimmed
from .rows import document, read_document, text
from .store import CENSUS, Connection

MOST_DEVICES: Final = 10_000
MOST_SENDERS: Final = 5  # told of one device
MOST_NAMES: Final = 20  # of a certificate

Row = tuple[Any, ...]


@value
class Visit:
    """What a session tells of its client, when something has come of it: a message was taken, something was refused,
    or it has ended without either.

    `first`: nothing was told of this session before. `organization` is whose connector or user it came by, `concerns`
    whose mail it was about; `connectors` are those that took part, as (organization, name); `recipients` are those of a
    message, or of what was refused.
    """

    client: str
    at: float
    hello: str = ""
    tls: str | None = None
    certificate_names: tuple[str, ...] = ()
    trusted_by: tuple[str, ...] = ()
    certificate_chain: tuple[bytes, ...] = ()
    user: str | None = None
    first: bool = False
    accepted: bool = False
    refusal: Refusal | None = None
    organization: str | None = None
    concerns: str | None = None
    connectors: tuple[tuple[str, str], ...] = ()
    sender: str = ""
    recipients: tuple[str, ...] = ()


@value
class Device:
    """One device as the spool remembers it. `refusal` is its last one, as JSON-ready values with its trace id."""

    address: str
    last_address: str
    first_seen: float
    last_seen: float
    sessions: int = 0
    accepted: int = 0
    refused: int = 0
    organization: str | None = None
    hello: str = ""
    tls: str | None = None
    certificate_names: tuple[str, ...] = ()
    user: str | None = None
    connector: str | None = None
    senders: tuple[str, ...] = ()
    refusal: Mapping[str, Any] | None = None


def address_of(client: str) -> str:
    """The device of a client; one without an address, which no listener has, is a device of its own."""
    try:
        return device_of(client)
    except ValueError:
        return text(client)


def seen(known: Device | None, visit: Visit) -> Device:
    """A device after a visit. What another organization's mail has told of it is not carried over into the next one's
    hands: neither senders nor the last connector."""
    device = known or Device(
        address=address_of(visit.client), last_address=visit.client, first_seen=visit.at, last_seen=visit.at
    )
    if visit.organization not in (None, device.organization):
        device = replace(device, organization=visit.organization, connector=None, senders=())
    refusal = visit.refusal
    senders = device.senders
    if visit.accepted and visit.sender and senders[:1] != (visit.sender,):
        senders = tuple(dict.fromkeys((text(visit.sender), *senders)))[:MOST_SENDERS]
    connector = visit.connectors[0][1] if visit.accepted and visit.connectors else device.connector
    return Device(
        address=device.address,
        last_address=visit.client,
        first_seen=device.first_seen,
        last_seen=max(device.last_seen, visit.at),
        sessions=device.sessions + visit.first,
        accepted=device.accepted + visit.accepted,
        refused=device.refused + (refusal is not None),
        organization=device.organization,
        hello=text(visit.hello) or device.hello,
        tls=visit.tls if visit.hello else device.tls,
        certificate_names=_names(visit) if visit.hello else device.certificate_names,
        user=visit.user if visit.accepted else device.user,
        connector=connector,
        senders=senders,
        refusal=device.refusal if refusal is None else _told(refusal),
    )


def merged(old: Device, new: Device) -> Device:
    """What was known before, and what was gathered since."""
    foreign = new.organization not in (None, old.organization)
    return replace(
        new,
        first_seen=old.first_seen,
        sessions=old.sessions + new.sessions,
        accepted=old.accepted + new.accepted,
        refused=old.refused + new.refused,
        organization=new.organization or old.organization,
        hello=new.hello or old.hello,
        tls=new.tls if new.hello else old.tls,
        certificate_names=new.certificate_names if new.hello else old.certificate_names,
        user=new.user if new.accepted else old.user,
        connector=new.connector if new.connector is not None or foreign else old.connector,
        senders=tuple(dict.fromkeys((*new.senders, *(() if foreign else old.senders))))[:MOST_SENDERS],
        refusal=new.refusal or old.refusal,
    )


def write_devices(connection: Connection, gathered: Mapping[str, Device]) -> None:
    """Add what was gathered to the table, and forget whom there is no room for."""
    if not gathered:
        return
    asked = {"addresses": orjson.dumps(list(gathered)).decode()}
    known = {row[0]: read_device(row) for row in connection.execute(CENSUS["devices_there"], asked)}
    rows = [_row(merged(known[name], one) if name in known else one) for name, one in gathered.items()]
    connection.executemany(CENSUS["put_device"], rows)
    connection.execute(CENSUS["forget_devices"], {"most": MOST_DEVICES})


def kept(devices: Iterable[Device]) -> list[Device]:
    """Those there is room for: strangers go before those whose mail was taken, and who was seen long ago goes first."""
    return sorted(devices, key=lambda it: (it.accepted > 0, it.last_seen), reverse=True)[:MOST_DEVICES]


def read_device(row: Row) -> Device:
    story = read_document(row[7])
    return Device(
        address=row[0],
        last_address=story.get("last_address") or row[0],
        first_seen=row[1],
        last_seen=row[2],
        sessions=row[3],
        accepted=row[4],
        refused=row[5],
        organization=row[6],
        hello=story.get("hello", ""),
        tls=story.get("tls"),
        certificate_names=tuple(story.get("certificate_names", ())),
        user=story.get("user"),
        connector=story.get("connector"),
        senders=tuple(story.get("senders", ())),
        refusal=story.get("refusal"),
    )


def _row(it: Device) -> Row:
    story = {
        "last_address": it.last_address,
        "hello": it.hello,
        "tls": it.tls,
        "certificate_names": it.certificate_names,
        "user": it.user,
        "connector": it.connector,
        "senders": it.senders,
        "refusal": it.refusal,
    }
    numbers = (it.first_seen, it.last_seen, it.sessions, it.accepted, it.refused)
    return (it.address, *numbers, it.organization, document({k: v for k, v in story.items() if v}))


def _names(visit: Visit) -> tuple[str, ...]:
    return tuple(map(text, visit.certificate_names[:MOST_NAMES]))


def _told(refusal: Refusal) -> dict[str, Any]:
    one = trimmed(refusal)
    return {
        "id": one.id,
        "at": one.at,
        "reply": one.reply,
        "sender": one.sender,
        "recipient": one.recipient,
        "organization": one.organization,
        "reasons": one.story.get("reasons", []),
        "remedies": one.story.get("remedies", []),
    }
