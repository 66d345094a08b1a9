"""From a route to an open session, under the terms the route sets: which address, which TLS, whose
certificate.

A required TLS that is not there, or not as agreed, defers the message and is never stepped over;
opportunistic TLS takes what it gets, and falls back to clear when the handshake fails (RFC 7435).
"""

import asyncio
import os
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from OpenSSL import SSL

from gatepost.errors import CertificateUnusable, NotFound
from gatepost.mail import Deferred, Failed
from gatepost.routing import Application, HostPort, TlsPolicy, Way, host_failed, judge
from gatepost.smtp import Authenticated, AuthenticationRefused, ClosedByServer, Greeted, TlsRefused
from gatepost.tls import Credentials, TlsFailed, client_context, judge_server, load_pfx, read_certificates

from .session import OutboundSession, Step
from .terms import Timeouts
from .tokens import Tokens, TokenUnavailable

_REFUSED = 535
_CHECK = (
    "Remedy: grant the application SMTP.SendAsApp, register it in Exchange and give it FullAccess to the mailbox: "
    "`gatepost m365 script` writes that, `gatepost m365 check` shows what is missing."
)
_REQUIRED = (TlsPolicy.ENCRYPT, TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN)


class TermsNotMet(Exception):
    """The session cannot be used on the route's terms; the argument is the outcome for the message."""

    def __init__(self, outcome: Deferred | Failed) -> None:
        self.outcome = outcome
        super().__init__(outcome.reason)


class Dialler:
    """Opens sessions; keeps the TLS contexts, and with them the client certificates, for the next."""

    def __init__(self, hostname: str, *, timeouts: Timeouts, secrets: Callable[[str], str], tokens: Tokens) -> None:
        self._hostname = hostname
        self._tokens = tokens
        self._timeouts = timeouts
        self._secrets = secrets
        self._plain_context: SSL.Context | None = None
        self._contexts: dict[tuple[str, str | None], tuple[tuple[int, int, int], SSL.Context, str]] = {}

    async def dial_mailboxes(self, target: HostPort, address: str) -> OutboundSession | Deferred | Failed:
        """Open an LMTP session. `address` is an IP address, or the path of a socket (it begins with a slash).

        TLS is used where it is offered; what does not leave this machine needs none.
        """
        try:
            if address.startswith("/") or ip_address(address).is_loopback:
                return await self._open(target, address, None, TlsPolicy.NEVER, lmtp=True)
            try:
                return await self._open(target, address, None, TlsPolicy.OPPORTUNISTIC, lmtp=True)
            except TlsFailed:
                return await self._open(target, address, None, TlsPolicy.NEVER, lmtp=True)
        except TermsNotMet as not_met:
            return not_met.outcome

    async def dial(self, target: HostPort, address: str, way: Way | None) -> OutboundSession | Deferred | Failed:
        """Connect, greet, secure and log in; an outcome when that cannot be done."""
        try:
            try:
                return await self._open(target, address, way, TlsPolicy.OPPORTUNISTIC if way is None else way.tls)
            except TlsFailed as failed:
                if way is not None and way.tls in _REQUIRED:
                    return host_failed(target.host, f"TLS failed: {failed.detail}")
            # RFC 7435 §4: better in clear than not at all, where nobody asked for more.
            return await self._open(target, address, way, TlsPolicy.NEVER)
        except TermsNotMet as not_met:
            return not_met.outcome
        except TlsFailed as failed:
            return host_failed(target.host, f"TLS failed: {failed.detail}")

    async def _open(
        self, target: HostPort, address: str, way: Way | None, policy: TlsPolicy, *, lmtp: bool = False
    ) -> OutboundSession:
        session = await self._connect(target, address, way, lmtp=lmtp)
        try:
            await self._agree(session, way, policy)
        except BaseException:
            session.abort()
            raise
        return session

    async def _agree(self, session: OutboundSession, way: Way | None, policy: TlsPolicy) -> None:
        step = await session.greeting()
        if not isinstance(step, Greeted):
            raise TermsNotMet(_outcome(step, session.host))
        if policy is not TlsPolicy.NEVER:
            await self._secure(session, way, policy)
        if way is not None and way.user_name is not None:
            await self._log_in(session, way)

    async def _connect(self, target: HostPort, address: str, way: Way | None, *, lmtp: bool) -> OutboundSession:
        loop = asyncio.get_running_loop()
        by_socket = address.startswith("/")
        place = f"the socket {address}" if by_socket else f"{address} port {target.port}"

        def make() -> OutboundSession:
            return OutboundSession(
                self._hostname, timeouts=self._timeouts, target=target, address=address, way=way, lmtp=lmtp
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
            raise TermsNotMet(host_failed(target.host, words)) from None
        except OSError as error:
            here = "" if way is None or way.source is None else f" from {way.source}"
            words = f"cannot connect to {place}{here}: {os.strerror(error.errno) if error.errno else error}"
            raise TermsNotMet(host_failed(target.host, words)) from None
        return session

    async def _secure(self, session: OutboundSession, way: Way | None, policy: TlsPolicy) -> None:
        required = policy in _REQUIRED
        if "STARTTLS" not in session.extensions:
            if required:
                words = f"{session.host} does not offer STARTTLS, which the connector requires"
                raise TermsNotMet(host_failed(session.host, words, lasting=True))
            return
        context = await self._context(session, way)
        step = await session.start_tls(context)
        if isinstance(step, TlsRefused):
            if required:
                words = f"{session.host} refused STARTTLS: {step.reply}"
                raise TermsNotMet(host_failed(session.host, words, step.reply, lasting=step.reply.code >= 500))
            return  # the session goes on in clear
        if not isinstance(step, Greeted):
            raise TermsNotMet(_outcome(step, session.host))
        if policy in (TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN):
            assert way is not None
            if (problem := _server_problem(session, way)) is not None:
                words = f"the certificate of {session.host} is not what the connector requires: {problem}"
                raise TermsNotMet(host_failed(session.host, words, lasting=True))

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


def _outcome(step: Step, host: str) -> Deferred | Failed:
    """Why a session did not come about."""
    if isinstance(step, ClosedByServer):
        if step.reply is None:
            return host_failed(host, f"{step.stage}: {step.reason}")
        fate = judge(step.reply, host, step.stage)
        if isinstance(fate, Deferred | Failed):
            return fate
    return host_failed(host, f"the server answered with {type(step).__name__}")


def _server_problem(session: OutboundSession, way: Way, name: str | None = None) -> str | None:
    """Whether the server's certificate satisfies the way, by chain and where asked by name."""
    if session.pipe is None:
        return "the connection is not encrypted"
    if name is None and way.tls is TlsPolicy.VERIFY_DOMAIN:
        name = way.tls_domain or session.host
    try:
        extra = [
            certificate
            for pem in way.certificate_authorities
            for certificate in read_certificates(pem.encode(), source=f"connector '{way.connector}'")
        ]
    except CertificateUnusable as unusable:
        return _sentence(unusable)
    return judge_server(session.pipe.peer_chain(), name=name, extra_cas=extra)


def _names(credentials: Credentials) -> str:
    """The presented certificate, for the trace."""
    return str(credentials.presented[0].subject.rfc4514_string())


def _sentence(error: Exception) -> str:
    if isinstance(error, CertificateUnusable):
        return error.detail
    if isinstance(error, OSError):
        return f"{error.strerror or 'cannot be read'} ({error.filename})"
    return "its password secret is not set"
