"""What each host on the way is: the device, a local relay, the connector's relay, Exchange Online's parts, the MX."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatepost.mail import TraceMark

from .hops import Line
from .owners import MICROSOFT, Own, is_inside, owner_of
from .received import Product, Received
from .trust import Trust


class Role(StrEnum):
    """The part of a host. `relay` is some server between; `inner` a further server of the recipient's."""

    DEVICE = "device"
    SENDER = "sender"
    MAILBOX = "mailbox"
    PROGRAM = "program"
    LOCAL_RELAY = "local_relay"
    CONNECTOR_RELAY = "connector_relay"
    FRONT_DOOR = "front_door"
    HUB = "hub"
    OUTBOUND_POOL = "outbound_pool"
    RELAY = "relay"
    FILTER = "filter"
    RECIPIENT_MX = "recipient_mx"
    INNER = "inner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One hop, numbered from 1 for the oldest. `delay` is in seconds (see Timing); `role` is the part of the server
    that wrote the line, `from_role` that of the client where it can be told; `ours` says that the writer is known as
    ours or signed with a Gatepost's mark.
    """

    number: int
    received: Received
    mark: TraceMark | None
    delay: float | None
    trust: Trust
    role: Role
    from_role: Role | None
    ours: bool


_EOP = r"\.protection\.(?:outlook\.(?:com|de)|office365\.us|partner\.outlook\.cn)$"
_POOL = re.compile(rf"\.outbound{_EOP}")
_DOOR = re.compile(rf"\.mail{_EOP}")
_HERE = ("localhost", "127.0.0.1", "localhost.localdomain")


def roles_of(lines: Sequence[Line], trust: Sequence[Trust], own: Own) -> list[tuple[Role, Role | None, bool]]:
    """For each line, oldest first: the role of its writer, of its client, and whether the writer is ours."""
    ours = [_is_ours(line, believed, own) for line, believed in zip(lines, trust, strict=True)]
    owners = [owner_of(line.received.host) for line in lines]
    door = next((place for place, line in enumerate(lines) if _at_microsoft(line.received, owners[place])), len(lines))
    final = _arrival(lines, owners)
    relays = [place for place, mine in enumerate(ours) if mine]
    matched = [place for place in relays if _connector(lines[place]) is not None]
    answer: list[tuple[Role, Role | None, bool]] = []
    for place, line in enumerate(lines):
        received = line.received
        if _in_a_mailbox(received):
            role = Role.MAILBOX
        elif received.local:
            role = Role.PROGRAM
        elif ours[place]:
            # Of several relays of ours the last that matched a connector is the connector's, unless Exchange Online
            # comes after it: then the connector is there.
            last = bool(matched) and place == matched[-1] and door > place and door == len(lines)
            role = Role.CONNECTOR_RELAY if last else Role.LOCAL_RELAY
        elif owners[place] == MICROSOFT:
            role = Role.FRONT_DOOR if _DOOR.search(received.host) else Role.HUB
        elif received.host in _HERE:
            role = Role.FILTER
        elif place >= final:
            role = Role.RECIPIENT_MX if place == final else Role.INNER
        else:
            role = Role.RELAY
        answer.append((role, _client(place, received, ours=ours[place]), ours[place]))
    return answer


def _in_a_mailbox(received: Received) -> bool:
    """Exchange hands messages out of and into mailboxes over MAPI, and within the cloud over HTTPS."""
    way = received.with_.lower()
    return way == "mapi" or (way == "https" and received.product is Product.EXCHANGE_ONLINE)


def _is_ours(line: Line, trust: Trust, own: Own) -> bool:
    """Known as ours; or, where nothing is known, signed by a Gatepost."""
    if trust is Trust.SUSPECT:
        return False
    return own.has_host(line.received.host) or (line.mark is not None and not own.hosts)


def _connector(line: Line) -> str | None:
    return None if line.mark is None else line.mark.connector


def _at_microsoft(received: Received, owner: str) -> bool:
    return owner == MICROSOFT and received.product is Product.EXCHANGE_ONLINE


def _arrival(lines: Sequence[Line], owners: Sequence[str]) -> int:
    """Where the message came to its last owner: the first line of the newest run with one; past the end without one."""
    if not lines:
        return 0
    houses = [owner or line.received.host for line, owner in zip(lines, owners, strict=True)]
    last = next((house for house in reversed(houses) if house), "")
    place = len(lines)
    while place and houses[place - 1] in (last, ""):  # a line without a name belongs to its neighbours
        place -= 1
    return place if place else len(lines)


def _client(place: int, received: Received, *, ours: bool) -> Role | None:
    """The part of the host that handed it over, where no line of its own tells: it stands at the beginning."""
    name = received.name or received.hello.lower()
    if ".outbound." in name and _POOL.search(name):
        return Role.OUTBOUND_POOL
    if place or received.local or not (received.hello or received.address):
        return None
    return Role.DEVICE if ours or is_inside(received.address) else Role.SENDER
