"""The census: who has connected and how much went through, gathered in memory and written down every few seconds.

It must not slow mail: a visit costs a few look-ups in dicts, and its rows share a commit with whatever mail comes by. A
crash loses the last seconds of it, and so does a commit that fails; that is never mail. What is gathered is bounded,
whatever strangers do: who comes as one too many between two writings is not told of.
"""

from typing import Final

from .devices import Device, Visit, address_of, seen, write_devices
from .encounters import Encounters, write_encounters
from .message import Settlement
from .store import CENSUS, Connection
from .traffic import Traffic, forget_traffic, write_traffic

WRITE_SECONDS: Final = 5.0
MOST_GATHERED: Final = 2_000  # devices between two writings, and kinds of sessions
KEPT_SECONDS: Final = 7 * 86_400  # of a kind of session


class Census:
    """What was gathered since it was last written down."""

    __slots__ = ("devices", "encounters", "traffic")

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.encounters = Encounters()
        self.traffic = Traffic()

    def __bool__(self) -> bool:
        return bool(self.devices or self.traffic.hours)

    def met(self, visit: Visit) -> None:
        self.traffic.met(visit)
        address = address_of(visit.client)
        known = self.devices.get(address)
        if known is not None or len(self.devices) < MOST_GATHERED:
            self.devices[address] = seen(known, visit)
        if visit.recipients:
            self.encounters.met(visit, room=MOST_GATHERED)

    def settled(self, settlement: Settlement) -> None:
        self.traffic.settled(settlement)


def write_census(connection: Connection, census: Census) -> None:
    """Add what was gathered to the tables."""
    write_devices(connection, census.devices)
    write_encounters(connection, census.encounters)
    write_traffic(connection, census.traffic)


def forget_census(connection: Connection, *, now: float, keep_days: float) -> None:
    """Drop what is too old: kinds of sessions sooner where the trace is kept shorter."""
    before = now - min(KEPT_SECONDS, keep_days * 86_400)
    connection.execute(CENSUS["forget_old_encounters"], {"before": before})
    forget_traffic(connection, now=now)
