"""What the outbound room is given: settings, the journal, and the spool as far as it is used here."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gatepost.spool import Claim, DestinationState, Settlement


class Journal(Protocol):
    """Where facts are told."""

    def fact(self, name: str, **facts: Any) -> None: ...
    def quiet_fact(self, name: str, words: Callable[[], dict[str, Any]]) -> None: ...


class Queue(Protocol):
    """The spool as seen from here."""

    @property
    def changed(self) -> asyncio.Event: ...
    def new_id(self) -> str: ...
    async def due(self, destination: str, *, now: float, room: int) -> list[Claim]: ...
    async def destinations(self, now: float) -> list[DestinationState]: ...
    async def settle(self, settlement: Settlement) -> None: ...
    async def release_claim(self, claim: Claim, due: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for the other side, each a total, not renewed by octets (RFC 5321 §4.5.3.2)."""

    connect: float = 10.0
    greeting: float = 300.0
    command: float = 300.0
    handshake: float = 60.0
    block: float = 180.0  # for a piece of the message to be taken off our hands
    final: float = 600.0  # the reply to the end of the message
    idle: float = 5.0  # an unused connection is kept open so long
    goodbye: float = 5.0
    another_way: float = 15.0  # for a session, and for each answer in it, where another way is there to be taken


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSettings:
    """The room's settings. The limits of memory are per lane (destination) and in all."""

    timeouts: Timeouts = Timeouts()
    most_connections: int = 1_000
    most_connections_a_destination: int = 20
    most_messages_a_connection: int = 1_000
    lane_claims: int = 500
    lane_octets: int = 16 * 1024 * 1024
    all_claims: int = 5_000
    all_octets: int = 64 * 1024 * 1024
    most_lanes: int = 10_000
    mx_port: int = 25  # RFC 5321 knows no other; tests and the lab do
    allow_private_mx: bool = False  # for laboratories and closed networks
    policy_port: int = 443  # where MTA-STS policies are fetched; another in tests
    policy_context: ssl.SSLContext | None = None  # whom to trust for them; None: the system's CAs
    folder: Path | None = None  # where policies and counts outlive a restart
    own_names: tuple[str, ...] = ()  # besides the host name: other names and addresses by which MX may name us
