"""Signing in at the next host: by password, or by a token of Microsoft Entra. Only over TLS that was verified."""

from collections.abc import Callable

from gatepost.errors import NotFound
from gatepost.routing import Application, TlsPolicy, Way, host_failed
from gatepost.smtp import Authenticated, AuthenticationRefused

from .securing import server_problem
from .session import OutboundSession, Step
from .tokens import Tokens, TokenUnavailable
from .unmet import TermsNotMet, outcome_of

_REFUSED = 535
_CHECK = (
    "Remedy: grant the application SMTP.SendAsApp, register it in Exchange and give it FullAccess to the mailbox: "
    "`gatepost m365 script` writes that, `gatepost m365 check` shows what is missing."
)


class SignIn:
    """Presents the credentials of connectors."""

    def __init__(self, *, secrets: Callable[[str], str], tokens: Tokens) -> None:
        self._secrets = secrets
        self._tokens = tokens

    async def sign_in(self, session: OutboundSession, way: Way) -> None:
        """Credentials go to a verified server only, whatever the connector says of TLS."""
        problem = "the connection is not encrypted" if session.pipe is None else None
        if problem is None and way.tls is not TlsPolicy.VERIFY_DOMAIN:
            problem = server_problem(session, way, name=way.tls_domain or session.host)
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
            raise TermsNotMet(outcome_of(step, session.host))

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
