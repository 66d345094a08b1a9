"""From a route to an open session, under the terms the route sets: which address, which TLS, whose
certificate.

What is demanded was decided in `routing.demands`. A required TLS that is not there, or not as agreed, defers the
message and is never stepped over; opportunistic TLS takes what it gets, and falls back to clear when the handshake
fails (RFC 7435).
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace

from gatepost.journal import Direction, ProtocolLog, ProtocolSession, endpoint
from gatepost.mail import Cause, Deferred, Failed, TlsWish
from gatepost.routing import Demand, HostPort, TlsFault, TlsPolicy, Way, host_failed
from gatepost.smtp import Greeted
from gatepost.tls import TlsFailed

from .securing import Securing, because, require
from .session import OutboundSession
from .sign_in import SignIn
from .terms import Timeouts
from .tls_counts import TlsCounts
from .tokens import Tokens
from .unmet import TermsNotMet, about, outcome_of


class Dialler:
    """Opens sessions."""

    def __init__(
        self,
        hostname: str,
        *,
        timeouts: Timeouts,
        secrets: Callable[[str], str],
        tokens: Tokens,
        counts: TlsCounts | None = None,
        protocol_log: ProtocolLog | None = None,
    ) -> None:
        self._hostname = hostname
        self._protocol_log = protocol_log
        self._timeouts = timeouts
        self._counts = counts
        self._securing = Securing(secrets=secrets, counts=counts)
        self._signing_in = SignIn(secrets=secrets, tokens=tokens)

    async def dial(
        self, target: HostPort, address: str, way: Way | None, demand: Demand, *, lmtp: bool = False
    ) -> OutboundSession | Deferred | Failed:
        """Connect, greet, secure and log in; an outcome when that cannot be done.

        `address` is an IP address, or with `lmtp` the path of a socket too (it begins with a slash).
        """
        try:
            try:
                session = await self._open(target, address, way, demand, lmtp=lmtp)
            except TlsFailed as failed:
                self._count(demand, target.host, address, TlsFault.VALIDATION)
                if demand.required:
                    return replace(
                        host_failed(target.host, f"TLS failed: {failed.detail}{because(demand)}"), cause=Cause.TLS
                    )
            else:
                return session
            # RFC 7435 §4: better in clear than not at all, where nobody asked for more.
            clear = replace(demand, level=TlsPolicy.NEVER, watched=False)
            return await self._open(target, address, way, clear, lmtp=lmtp)
        except TermsNotMet as not_met:
            if not_met.fault is not None:
                self._count(demand, target.host, address, not_met.fault)
            return not_met.outcome

    async def _open(
        self, target: HostPort, address: str, way: Way | None, demand: Demand, *, lmtp: bool
    ) -> OutboundSession:
        session = await self._connect(target, address, way, demand, lmtp=lmtp)
        try:
            await self._agree(session, way)
        except BaseException:
            session.abort()
            raise
        return session

    async def _agree(self, session: OutboundSession, way: Way | None) -> None:
        step = await session.greeting()
        if not isinstance(step, Greeted):
            raise TermsNotMet(outcome_of(step, session.host))
        if session.demand.level is not TlsPolicy.NEVER:
            with about(Cause.TLS):
                await self._securing.secure(session, way)
        if session.demand.wish is TlsWish.REQUIRED:
            require(session)
        if way is not None and way.user_name is not None:
            with about(Cause.SIGN_IN):
                await self._signing_in.sign_in(session, way)

    async def _connect(
        self, target: HostPort, address: str, way: Way | None, demand: Demand, *, lmtp: bool
    ) -> OutboundSession:
        loop = asyncio.get_running_loop()
        by_socket = address.startswith("/")
        place = f"the socket {address}" if by_socket else f"{address} port {target.port}"
        record = self._record(way, address if by_socket else endpoint((address, target.port)))

        def make() -> OutboundSession:
            return OutboundSession(
                self._hostname,
                timeouts=self._timeouts,
                target=target,
                address=address,
                way=way,
                demand=demand,
                lmtp=lmtp,
                record=record,
            )

        try:
            async with asyncio.timeout(self._timeouts.connect):
                if by_socket:
                    _, session = await loop.create_unix_connection(make, address)
                else:
                    source = None if way is None or way.source is None else (way.source, 0)
                    _, session = await loop.create_connection(make, address, target.port, local_addr=source)
        except TimeoutError:
            words = f"{place} did not answer within {self._timeouts.connect:g} s"
            if record is not None:
                record.note("not connected", words)
            raise TermsNotMet(host_failed(target.host, words)) from None
        except OSError as error:
            here = "" if way is None or way.source is None else f" from {way.source}"
            words = f"cannot connect to {place}{here}: {os.strerror(error.errno) if error.errno else error}"
            if record is not None:
                record.note("not connected", words)
            raise TermsNotMet(host_failed(target.host, words)) from None
        return session

    def _record(self, way: Way | None, remote: str) -> ProtocolSession | None:
        """For the protocol log, where the connector asks for it, or nobody's connector is in question."""
        log = self._protocol_log
        if log is None or not (log.without_connector if way is None else way.logged):
            return None
        record = log.session(Direction.SEND, remote=remote)
        record.belongs_to("" if way is None else way.name, logged=True)
        return record

    def _count(self, demand: Demand, host: str, address: str, fault: TlsFault | None) -> None:
        if self._counts is not None:
            self._counts.count(demand, host=host, address=address, fault=fault)
