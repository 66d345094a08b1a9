"""From a route to an open session, under the terms the route sets: which address, which TLS, whose
certificate.

What is demanded was decided in `routing.demands`. A required TLS that is not there, or not as agreed, defers the
message and is never stepped over; opportunistic TLS takes what it gets, and falls back to clear when the handshake
fails (RFC 7435).
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from OpenSSL import SSL

from gatepost.errors import CertificateUnusable, NotFound
from gatepost.journal import Direction, ProtocolLog, ProtocolSession, endpoint
from gatepost.mail import Cause, Deferred, Failed, Reply, TlsWish
from gatepost.mail import reply as say
from gatepost.routing import Application, Demand, HostPort, PolicyKind, TlsFault, TlsPolicy, Way, host_failed, judge
from gatepost.smtp import Authenticated, AuthenticationRefused, ClosedByServer, Greeted, TlsRefused
from gatepost.tls import (
    Credentials,
    TlsFailed,
    client_context,
    judge_fingerprints,
    judge_server,
    load_pfx,
    read_certificates,
)

from .session import OutboundSession, Step
from .terms import Timeouts
from .tls_counts import TlsCounts
from .tokens import Tokens, TokenUnavailable

_REFUSED = 535
_CHECK = (
    "Remedy: grant the application SMTP.SendAsApp, register it in Exchange and give it FullAccess to the mailbox: "
    "`gatepost m365 script` writes that, `gatepost m365 check` shows what is missing."
)


class TermsNotMet(Exception):
    """The session cannot be used on the route's terms; the argument is the outcome for the message.

    `fault` is counted for the domain's report, where TLS was what was wrong.
    """

    def __init__(self, outcome: Deferred | Failed, fault: TlsFault | None = None) -> None:
        self.outcome = outcome
        self.fault = fault
        super().__init__(outcome.reason)


class Dialler:
    """Opens sessions; keeps the TLS contexts, and with them the client certificates, for the next."""

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
        self._tokens = tokens
        self._timeouts = timeouts
        self._secrets = secrets
        self._counts = counts
        self._plain_context: SSL.Context | None = None
        self._contexts: dict[tuple[str, str | None], tuple[tuple[int, int, int], SSL.Context, str]] = {}

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
                        host_failed(target.host, f"TLS failed: {failed.detail}{_by(demand)}"), cause=Cause.TLS
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
            raise TermsNotMet(_outcome(step, session.host))
        if session.demand.level is not TlsPolicy.NEVER:
            with _about(Cause.TLS):
                await self._secure(session, way)
        if session.demand.wish is TlsWish.REQUIRED:
            self._require(session)
        if way is not None and way.user_name is not None:
            with _about(Cause.SIGN_IN):
                await self._log_in(session, way)

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

    async def _secure(self, session: OutboundSession, way: Way | None) -> None:
        """STARTTLS as far as it is offered or demanded, and the judgement of the certificate."""
        demand = session.demand
        if "STARTTLS" not in session.extensions:
            if demand.required:
                words = f"{session.host} does not offer STARTTLS, which {_who(demand)} requires{_by(demand)}"
                raise TermsNotMet(_refusal(session, words, lasting=True), TlsFault.NO_STARTTLS)
            self._count(demand, session.host, session.address, TlsFault.NO_STARTTLS)
            return
        context = await self._context(session, way)
        step = await session.start_tls(context, server_name=demand.names[0] if demand.names else session.host)
        if isinstance(step, TlsRefused):
            if demand.required:
                words = f"{session.host} refused STARTTLS: {step.reply}{_by(demand)}"
                raise TermsNotMet(
                    _refusal(session, words, step.reply, lasting=step.reply.code >= 500), TlsFault.NO_STARTTLS
                )
            self._count(demand, session.host, session.address, TlsFault.NO_STARTTLS)
            return  # the session goes on in clear
        if not isinstance(step, Greeted):
            raise TermsNotMet(_outcome(step, session.host))
        if demand.level in (TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN):
            assert way is not None
            if (problem := _server_problem(session, way)) is not None:
                words = f"the certificate of {session.host} is not what the connector requires: {problem}"
                raise TermsNotMet(host_failed(session.host, words, lasting=True), _fault(session, way))
        self._prove(session, way)

    def _prove(self, session: OutboundSession, way: Way | None) -> None:
        """Hold the certificate against what the domain and the sender demand of it."""
        demand, pipe = session.demand, session.pipe
        assert pipe is not None
        if demand.fingerprints:
            problem = judge_fingerprints(pipe.peer_chain(), demand.fingerprints, names=demand.names)
            if problem is not None:
                words = f"the certificate of {session.host} is not what its owner announces: {problem}{_by(demand)}"
                raise TermsNotMet(host_failed(session.host, words), TlsFault.VALIDATION)
            session.proved = True
        elif demand.certified or demand.watched or demand.wish is TlsWish.REQUIRED:
            problem = _server_problem(session, way, name=_name_of(session, way))
            session.proved = problem is None
            if problem is not None and demand.certified:
                words = f"the certificate of {session.host} does not count: {problem}{_by(demand)}"
                raise TermsNotMet(host_failed(session.host, words, lasting=True), _fault(session, way))
            if problem is not None and demand.watched:
                self._count(demand, session.host, session.address, _fault(session, way))
                return
        self._count(demand, session.host, session.address, demand.fault)

    def _require(self, session: OutboundSession) -> None:
        """REQUIRETLS: a hop that cannot keep the promise gets nothing, and the sender hears so (RFC 8689 §4.2.1)."""
        lacking = None
        if session.pipe is None:
            lacking = "the connection is not encrypted"
        elif not session.proved:
            lacking = "its certificate does not prove that it is the host"
        elif not session.demand.vouched:
            lacking = f"neither DNSSEC nor MTA-STS proves that it takes mail for {session.demand.domain}"
        elif "REQUIRETLS" not in session.extensions:
            lacking = "it does not offer REQUIRETLS"
        if lacking is not None:
            words = f"the sender asked for REQUIRETLS, and {session.host} cannot keep that promise: {lacking}"
            raise TermsNotMet(Failed("", words, say.NEEDS_REQUIRETLS))  # no host said it: the way is as good as before

    def _count(self, demand: Demand, host: str, address: str, fault: TlsFault | None) -> None:
        if self._counts is not None:
            self._counts.count(demand, host=host, address=address, fault=fault)

    async def _log_in(self, session: OutboundSession, way: Way) -> None:
        """Credentials go to a verified server only, whatever the connector says of TLS (hazards 2.6)."""
        problem = "the connection is not encrypted" if session.pipe is None else None
        if problem is None and way.tls is not TlsPolicy.VERIFY_DOMAIN:
            problem = _server_problem(session, way, name=way.tls_domain or session.host)
        if problem is not None:
            what = "password" if way.application is None else "token"
            words = f"the {what} is not sent to {session.host}: {problem}"
            raise TermsNotMet(host_failed(session.host, words, lasting=True))
        if "AUTH" not in session.extensions:
            words = f"{session.host} does not offer AUTH, which the connector's credentials need"
            raise TermsNotMet(host_failed(session.host, words, lasting=True))
        if way.application is not None:
            step = await self._present_token(session, way, way.application)
        else:
            try:
                password = self._secrets(way.password_secret) if way.password_secret is not None else ""
            except (NotFound, LookupError):
                words = f"the secret '{way.password_secret}' of connector '{way.connector}' is not set"
                raise TermsNotMet(host_failed(session.host, words, lasting=True)) from None
            step = await session.authenticate(way.user_name or "", password)
        if isinstance(step, AuthenticationRefused):
            raise TermsNotMet(host_failed(session.host, f"AUTH: {step.reply}", step.reply))
        if not isinstance(step, Authenticated):
            raise TermsNotMet(_outcome(step, session.host))

    async def _present_token(self, session: OutboundSession, way: Way, application: Application) -> Step:
        """AUTH XOAUTH2. A token that is refused before its end (rights changed, it was revoked) is replaced once."""
        if "XOAUTH2" not in session.extensions["AUTH"].upper().split():
            words = f"{session.host} does not offer AUTH XOAUTH2, which the connector's AuthenticationMethod needs"
            raise TermsNotMet(host_failed(session.host, words, lasting=True))
        user = way.user_name or ""
        try:
            token = await self._tokens.token(application, way.certificate_authorities)
            step = await session.authenticate(user, token, mechanism="XOAUTH2")
            if isinstance(step, AuthenticationRefused) and step.reply.code == _REFUSED and session.reusable:
                token = await self._tokens.token(application, way.certificate_authorities, instead_of=token)
                step = await session.authenticate(user, token, mechanism="XOAUTH2")
        except TokenUnavailable as trouble:
            raise TermsNotMet(host_failed(session.host, f"no token to sign in with: {trouble}")) from None
        if isinstance(step, AuthenticationRefused) and step.reply.code == _REFUSED:
            words = f"AUTH: {step.reply} (a fresh token of application {application.client_id} for {user}). {_CHECK}"
            raise TermsNotMet(host_failed(session.host, words, step.reply))
        return step

    async def _context(self, session: OutboundSession, way: Way | None) -> SSL.Context:
        """The TLS context for a way; one with a client certificate is made anew when its file changes."""
        if way is None or way.client_certificate_pfx is None:
            if self._plain_context is None:
                self._plain_context = client_context()
            return self._plain_context
        path = Path(way.client_certificate_pfx)
        try:
            status = path.stat()
            key = (str(path), way.client_certificate_password_secret)
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            kept = self._contexts.get(key)
            if kept is None or kept[0] != stamp:
                secret = way.client_certificate_password_secret
                password = self._secrets(secret) if secret is not None else None
                credentials = await asyncio.to_thread(load_pfx, path, password)
                kept = (stamp, client_context(certificate=credentials), _names(credentials))
                self._contexts[key] = kept
        except (OSError, CertificateUnusable, NotFound, LookupError) as error:
            # Our own trouble, and it may be mended: the mail waits.
            words = f"the client certificate of connector '{way.connector}' cannot be used: {_sentence(error)}"
            raise TermsNotMet(host_failed(session.host, words, lasting=True)) from None
        session.certificate = kept[2]
        return kept[1]


@contextmanager
def _about(cause: Cause) -> Iterator[None]:
    """What goes wrong inside has that cause, unless a reply of the host tells its own."""
    try:
        yield
    except TermsNotMet as not_met:
        outcome = not_met.outcome
        told = outcome if outcome.reply is not None else replace(outcome, cause=cause)
        raise TermsNotMet(told, not_met.fault) from None


def _outcome(step: Step, host: str) -> Deferred | Failed:
    """Why a session did not come about."""
    if isinstance(step, ClosedByServer):
        if step.reply is None:
            return host_failed(host, f"{step.stage}: {step.reason}")
        fate = judge(step.reply, host, step.stage)
        if isinstance(fate, Deferred | Failed):
            return fate
    return host_failed(host, f"the server answered with {type(step).__name__}")


def _by(demand: Demand) -> str:
    """Whose policy it was, for the end of a sentence."""
    return f" ({demand.because})" if demand.because else ""


def _who(demand: Demand) -> str:
    """Who requires TLS."""
    if demand.kind is PolicyKind.NONE:
        return "the sender" if demand.wish is TlsWish.REQUIRED else "the connector"
    return f"the domain {demand.domain}"


def _refusal(session: OutboundSession, words: str, reply: Reply | None = None, *, lasting: bool) -> Deferred | Failed:
    """No TLS where it is required: later, perhaps; but a promise that REQUIRETLS asks for is kept or refused."""
    if session.demand.wish is TlsWish.REQUIRED and session.demand.kind is PolicyKind.NONE:
        return Failed("", words, say.NEEDS_REQUIRETLS)
    return host_failed(session.host, words, reply, lasting=lasting)


def _name_of(session: OutboundSession, way: Way | None) -> str:
    """The name that the host's certificate must bear: the connector's for a smart host, else the host's own."""
    named = None if way is None or not way.smart_hosts else way.tls_domain
    return named or session.host


def _server_problem(session: OutboundSession, way: Way | None, name: str | None = None) -> str | None:
    """Whether the server's certificate satisfies the way, by chain and where asked by name."""
    if session.pipe is None:
        return "the connection is not encrypted"
    if name is None and way is not None and way.tls is TlsPolicy.VERIFY_DOMAIN:
        name = way.tls_domain or session.host
    try:
        extra = [
            certificate
            for pem in (() if way is None else way.certificate_authorities)
            for certificate in read_certificates(pem.encode(), source="the connector's CertificateAuthorities")
        ]
    except CertificateUnusable as unusable:
        return _sentence(unusable)
    return judge_server(session.pipe.peer_chain(), name=name, extra_cas=extra)


def _fault(session: OutboundSession, way: Way | None) -> TlsFault:
    """What is wrong with a certificate that does not count, in the few kinds that reports know."""
    chain = session.pipe.peer_chain() if session.pipe is not None else []
    if not chain:
        return TlsFault.VALIDATION
    if chain[0].not_valid_after_utc < datetime.now(UTC):
        return TlsFault.EXPIRED
    anyone = None if way is None else replace(way, tls=TlsPolicy.VERIFY_CHAIN)
    return TlsFault.OTHER_NAME if _server_problem(session, anyone) is None else TlsFault.UNTRUSTED


def _names(credentials: Credentials) -> str:
    """The presented certificate, for the trace."""
    return str(credentials.presented[0].subject.rfc4514_string())


def _sentence(error: Exception) -> str:
    if isinstance(error, CertificateUnusable):
        return error.detail
    if isinstance(error, OSError):
        return f"{error.strerror or 'cannot be read'} ({error.filename})"
    return "its password secret is not set"
