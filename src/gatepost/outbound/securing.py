"""TLS as the route, the recipient's domain and the sender want it: the handshake, and what its certificate proves.

A required TLS that is not there, or not as agreed, is never stepped over; which TLS is required was decided in
`routing.demands`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from OpenSSL import SSL

from gatepost.errors import CertificateUnusable, NotFound
from gatepost.mail import Deferred, Failed, Reply, TlsWish
from gatepost.mail import reply as say
from gatepost.routing import Demand, PolicyKind, TlsFault, TlsPolicy, Way, host_failed
from gatepost.smtp import Greeted, TlsRefused
from gatepost.tls import Credentials, client_context, judge_fingerprints, judge_server, load_pfx, read_certificates

from .session import OutboundSession
from .tls_counts import TlsCounts
from .unmet import TermsNotMet, outcome_of


class Securing:
    """Secures sessions; keeps the TLS contexts, and with them the client certificates, for the next."""

    def __init__(self, *, secrets: Callable[[str], str], counts: TlsCounts | None) -> None:
        self._secrets = secrets
        self._counts = counts
        self._plain_context: SSL.Context | None = None
        self._contexts: dict[tuple[str, str | None], tuple[tuple[int, int, int], SSL.Context, str]] = {}

    async def secure(self, session: OutboundSession, way: Way | None) -> None:
        """STARTTLS as far as it is offered or demanded, and the judgement of the certificate."""
        demand = session.demand
        if "STARTTLS" not in session.extensions:
            if demand.required:
                words = f"{session.host} does not offer STARTTLS, which {_who(demand)} requires{because(demand)}"
                raise TermsNotMet(_refusal(session, words, lasting=True), TlsFault.NO_STARTTLS)
            self._count(session, TlsFault.NO_STARTTLS)
            return
        context = await self._context(session, way)
        step = await session.start_tls(context, server_name=demand.names[0] if demand.names else session.host)
        if isinstance(step, TlsRefused):
            if demand.required:
                words = f"{session.host} refused STARTTLS: {step.reply}{because(demand)}"
                raise TermsNotMet(
                    _refusal(session, words, step.reply, lasting=step.reply.code >= 500), TlsFault.NO_STARTTLS
                )
            self._count(session, TlsFault.NO_STARTTLS)
            return  # the session goes on in clear
        if not isinstance(step, Greeted):
            raise TermsNotMet(outcome_of(step, session.host))
        if demand.level in (TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN):
            assert way is not None
            if (problem := server_problem(session, way)) is not None:
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
                words = f"the certificate of {session.host} is not what its owner announces: {problem}{because(demand)}"
                raise TermsNotMet(host_failed(session.host, words), TlsFault.VALIDATION)
            session.proved = True
        elif demand.certified or demand.watched or demand.wish is TlsWish.REQUIRED:
            problem = server_problem(session, way, name=_name_of(session, way))
            session.proved = problem is None
            if problem is not None and demand.certified:
                words = f"the certificate of {session.host} does not count: {problem}{because(demand)}"
                raise TermsNotMet(host_failed(session.host, words, lasting=True), _fault(session, way))
            if problem is not None and demand.watched:
                self._count(session, _fault(session, way))
                return
        self._count(session, demand.fault)

    def _count(self, session: OutboundSession, fault: TlsFault | None) -> None:
        if self._counts is not None:
            self._counts.count(session.demand, host=session.host, address=session.address, fault=fault)

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


def require(session: OutboundSession) -> None:
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


def server_problem(session: OutboundSession, way: Way | None, name: str | None = None) -> str | None:
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


def _name_of(session: OutboundSession, way: Way | None) -> str:
    """The name that the host's certificate must bear: the connector's for a smart host, else the host's own."""
    named = None if way is None or not way.smart_hosts else way.tls_domain
    return named or session.host


def _fault(session: OutboundSession, way: Way | None) -> TlsFault:
    """What is wrong with a certificate that does not count, in the few kinds that reports know."""
    chain = session.pipe.peer_chain() if session.pipe is not None else []
    if not chain:
        return TlsFault.VALIDATION
    if chain[0].not_valid_after_utc < datetime.now(UTC):
        return TlsFault.EXPIRED
    anyone = None if way is None else replace(way, tls=TlsPolicy.VERIFY_CHAIN)
    return TlsFault.OTHER_NAME if server_problem(session, anyone) is None else TlsFault.UNTRUSTED


def _refusal(session: OutboundSession, words: str, reply: Reply | None = None, *, lasting: bool) -> Deferred | Failed:
    """No TLS where it is required: later, perhaps; but a promise that REQUIRETLS asks for is kept or refused."""
    if session.demand.wish is TlsWish.REQUIRED and session.demand.kind is PolicyKind.NONE:
        return Failed("", words, say.NEEDS_REQUIRETLS)
    return host_failed(session.host, words, reply, lasting=lasting)


def because(demand: Demand) -> str:
    """Whose policy it was, for the end of a sentence."""
    return f" ({demand.because})" if demand.because else ""


def _who(demand: Demand) -> str:
    """Who requires TLS."""
    if demand.kind is PolicyKind.NONE:
        return "the sender" if demand.wish is TlsWish.REQUIRED else "the connector"
    return f"the domain {demand.domain}"


def _names(credentials: Credentials) -> str:
    """The presented certificate, for the trace."""
    return str(credentials.presented[0].subject.rfc4514_string())


def _sentence(error: Exception) -> str:
    if isinstance(error, CertificateUnusable):
        return error.detail
    if isinstance(error, OSError):
        return f"{error.strerror or 'cannot be read'} ({error.filename})"
    return "its password secret is not set"
