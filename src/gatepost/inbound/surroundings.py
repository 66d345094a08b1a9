"""What every session of one listener shares: who is counted, what is configured, where things go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from OpenSSL import SSL

from gatepost.config import LimitSettings, ListenerSettings, Snapshot
from gatepost.connectors import Counters, Rates
from gatepost.journal import Direction, Journal, ProtocolLog, ProtocolSession, endpoint
from gatepost.spool import Spool
from gatepost.tls import Roots
from gatepost.vouching import Witness

from .logins import Logins


class ServerTls(Protocol):
    """The certificate of one listener, as sessions use it."""

    @property
    def usable(self) -> bool: ...

    def context(self, *, request_client_certificate: bool, minimum: str) -> SSL.Context: ...


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """Passed to every session; only the rates and the places change, and all listeners share them.

    `places` counts the sessions of each connector that has a limit, by organization and name.
    """

    hostname: str
    listener: ListenerSettings
    limits: LimitSettings
    current: Callable[[], Snapshot]
    roots: Callable[[Snapshot], Roots]
    spool: Spool
    journal: Journal
    tls: ServerTls | None
    loop: asyncio.AbstractEventLoop
    clock: Callable[[], float]
    logins: Logins
    witness: Witness
    rates: dict[tuple[str, str, int], Rates]
    places: Counters
    protocol_log: ProtocolLog | None = None

    @property
    def offers_tls(self) -> bool:
        """STARTTLS is never offered without a usable certificate."""
        return self.listener.tls != "none" and self.tls is not None and self.tls.usable

    def record(self, transport: asyncio.BaseTransport) -> ProtocolSession | None:
        """What is said in a new session, where any connector's sessions are logged; None where nobody asks for it."""
        log = self.protocol_log
        if log is None or not (log.without_connector or self.current().directory.logs_protocol):
            return None
        local, remote = (endpoint(transport.get_extra_info(name)) for name in ("sockname", "peername"))
        record = log.session(Direction.RECEIVE, local=local, remote=remote)
        record.connected()
        return record
