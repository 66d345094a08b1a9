"""The doors: listening sockets, who may come in, who has stayed too long, and closing time.

Limits count per client (an IPv4 address, an IPv6 /64) before they count for all, so that one noisy network cannot take
every place. One sweep every few seconds looks at all deadlines; sessions have no timers of their own.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from gatepost.config import ListenerSettings, Settings, Snapshot
from gatepost.connectors import ClientKey, Counters, Rates
from gatepost.journal import Journal, ProtocolLog
from gatepost.mail import Reply
from gatepost.mail import reply as replies
from gatepost.spool import Spool
from gatepost.tls import Roots
from gatepost.vouching import Resolver, Witness

from .certificates import ListenerCertificate
from .facts import Caller
from .logins import Logins
from .pickup import Pickup
from .session import SmtpConnection
from .surroundings import Surroundings

SocketAt = Callable[[str, int], socket.socket | None]

_SWEEP_SECONDS = 2.0
_CLOSING_SECONDS = 5.0
_LOOK_AT_FILES_SECONDS = 10.0


class Door:
    """One listening socket and the sessions that came through it."""

    def __init__(self, inbound: "Inbound", around: Surroundings) -> None:
        self._inbound = inbound
        self.around = around
        self.caller = lru_cache(maxsize=4096)(lambda peer: Caller.of(peer, around.listener))
        self.server: asyncio.Server | None = None

    async def open(self, handed: socket.socket | None) -> None:
        """Listen at an address of its own, or at the socket that is handed over."""
        listener, loop = self.around.listener, self.around.loop

        def session() -> SmtpConnection:
            return SmtpConnection(self, self.around)

        if handed is not None:
            self.server = await loop.create_server(session, sock=handed, backlog=1024)
        else:
            self.server = await loop.create_server(session, listener.address, listener.port, backlog=1024)
        if listener.port == 0:  # logs and traces name the port that the system chose
            port = self.server.sockets[0].getsockname()[1]
            self.around.listener = replace(listener, port=port)
            self.caller.cache_clear()

    def admit(self, session: SmtpConnection) -> Reply | None:
        return self._inbound.admit(session)

    def recount(self, session: SmtpConnection, key: ClientKey) -> Reply | None:
        return self._inbound.recount(session, key)

    def left(self, session: SmtpConnection) -> None:
        self._inbound.left(session)


class Inbound:
    """All doors of the house. `run` keeps them open until cancelled, then lets the sessions finish."""

    def __init__(
        self,
        settings: Settings,
        *,
        current: Callable[[], Snapshot],
        spool: Spool,
        journal: Journal,
        resolver: Resolver,
        clock: Callable[[], float] = time.time,
        protocol_log: ProtocolLog | None = None,
    ) -> None:
        self._protocol_log = protocol_log
        self._settings = settings
        self._current = current
        self._spool = spool
        self._journal = journal
        self._clock = clock
        self._witness = Witness(resolver, relay=settings.hostname, clock=clock)
        self._sessions: set[SmtpConnection] = set()
        self._clients = Counters(settings.limits.max_connections_per_client)
        self._roots: tuple[int, Roots] | None = None
        self._stopping = False
        self._rates: dict[tuple[str, str, int], Rates] = {}
        self._places = Counters(settings.limits.max_connections)
        self._pickup: Pickup | None = None
        self._logins = Logins(time.monotonic)
        self.doors: list[Door] = []
        self.certificates: list[ListenerCertificate] = []

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where we really listen; ports are known even when the settings said 0."""
        return [
            (listening.getsockname()[0], listening.getsockname()[1])
            for door in self.doors
            if door.server is not None
            for listening in door.server.sockets
        ]

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    async def open(self, socket_at: SocketAt = lambda _address, _port: None) -> None:
        """Bind every listener, or none; an address in use is an OSError that names it.

        `socket_at` gives a listening socket that somebody else has opened for an address and port.
        """
        try:
            await self._open(socket_at)
        except BaseException:
            await self.close()
            raise

    async def _open(self, socket_at: SocketAt) -> None:
        for listener in self._settings.listeners:
            door = Door(self, self._surroundings(listener, self._certificate(listener)))
            await door.open(socket_at(listener.address, listener.port))
            self.doors.append(door)
        if (folder := self._settings.pickup.folder) is not None:
            self._pickup = Pickup(folder, self._surroundings(ListenerSettings(), None))

    def _surroundings(self, listener: ListenerSettings, certificate: ListenerCertificate | None) -> Surroundings:
        return Surroundings(
            hostname=self._settings.hostname,
            listener=listener,
            limits=self._settings.limits,
            current=self._current,
            roots=self.roots,
            spool=self._spool,
            journal=self._journal,
            tls=certificate,
            loop=asyncio.get_running_loop(),
            clock=self._clock,
            logins=self._logins,
            witness=self._witness,
            rates=self._rates,
            places=self._places,
            protocol_log=self._protocol_log,
        )

    def _certificate(self, listener: ListenerSettings) -> ListenerCertificate | None:
        if listener.tls == "none":
            return None
        certificate = ListenerCertificate(listener, self._journal, self._clock())
        self.certificates.append(certificate)
        return certificate

    def roots(self, snapshot: Snapshot) -> Roots:
        """Whose signatures count, built once a snapshot."""
        if self._roots is None or self._roots[0] != snapshot.generation:
            authorities = {
                o.name: o.certificate_authorities for o in snapshot.organizations if o.certificate_authorities
            }
            self._roots = snapshot.generation, Roots.build(authorities)
        return self._roots[1]

    # --- coming and going --------------------------------------------------------------------------------

    def admit(self, session: SmtpConnection) -> Reply | None:
        """Count a new session in, or say why not."""
        limits = self._settings.limits
        if self._stopping:
            return replies.SHUTTING_DOWN
        if len(self._sessions) >= limits.max_connections:
            return replies.TOO_MANY_CONNECTIONS
        if session.key is not None and not self._clients.enter(session.key):
            return replies.TOO_MANY_FROM_CLIENT
        self._sessions.add(session)
        return None

    def recount(self, session: SmtpConnection, key: ClientKey) -> Reply | None:
        """A proxy has said who really calls: from now on that client is counted."""
        if not self._clients.enter(key):
            return replies.TOO_MANY_FROM_CLIENT
        session.key = key
        return None

    def left(self, session: SmtpConnection) -> None:
        if session in self._sessions:
            self._sessions.discard(session)
            if session.key is not None:
                self._clients.leave(session.key)

    # --- the watch --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Sweep deadlines, watch the certificate files and the pickup folder until cancelled; then close the doors in
        good order."""
        loop = asyncio.get_running_loop()
        pickup = None if self._pickup is None else loop.create_task(self._pickup.run(), name="pickup")
        look_again = loop.time() + _LOOK_AT_FILES_SECONDS
        try:
            while True:
                await asyncio.sleep(_SWEEP_SECONDS)
                now = loop.time()
                for session in tuple(self._sessions):
                    if (reply := session.overdue(now)) is not None:
                        self._end(session, reply)
                if now > look_again:
                    look_again = now + _LOOK_AT_FILES_SECONDS
                    self.refresh_certificates()
        finally:
            if self._pickup is not None and pickup is not None:
                self._pickup.stop()
                await asyncio.gather(pickup, return_exceptions=True)
            await self.close()

    def refresh_certificates(self) -> None:
        """Look at the certificate files now (also on SIGHUP); running sessions keep what they have."""
        for certificate in self.certificates:
            certificate.refresh(self._clock())

    async def close(self) -> None:
        """Stop listening, tell the idle ones 421, and give messages on their way to the spool a moment."""
        self._stopping = True
        for door in self.doors:
            if door.server is not None:
                door.server.close()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _CLOSING_SECONDS
        while self._sessions and loop.time() < give_up:
            for session in tuple(self._sessions):
                if not session.waiting and not session.leaving:
                    self._end(session, replies.SHUTTING_DOWN)
            await asyncio.sleep(0.02)
        for session in tuple(self._sessions):
            self._end(session, replies.SHUTTING_DOWN)
        self._logins.close()

    def _end(self, session: SmtpConnection, reply: Reply) -> None:
        """End one session; whatever is wrong with it must not close the house."""
        try:
            session.end(reply)
        except Exception as trouble:
            self._journal.fact("trouble", where="session", what=repr(trouble))
            session.transport.abort()


def file_limit(wanted: int) -> int:
    """Raise the soft limit of open files to what `wanted` connections need; returns the limit now in force."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 1024
    if soft < needed:
        ceiling = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, ceiling), hard))
        soft = max(soft, ceiling)
    return soft
