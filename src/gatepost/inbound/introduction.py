"""Who is calling: what a session says and proves about its client, from the first octet to AUTH.

Each of these changes the facts, and with them everything that was concluded from them: what was half sent is forgotten.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum, auto

from gatepost.connectors import Facts
from gatepost.journal import ProtocolSession
from gatepost.mail import Reply
from gatepost.mail import reply as replies
from gatepost.smtp import ServerSession, events
from gatepost.spool import Refusal, Visit
from gatepost.tls import TlsPipe, judge_client

from .facts import Caller, canonical_address
from .refusing import refusal_of
from .surroundings import Surroundings

_FAILED_LOGINS = 3  # per connection; Exchange's MaxLogonFailures
_WRONG_PASSWORD = [
    "AUTH with an unknown user or a wrong password.",
    "Correct the user name or the password in the client, or set a new one: gatepost user password NAME",
]


class Later(Enum):
    """The answer will come through the callback."""

    LATER = auto()


Answer = Reply | Later | None


class Introduction:
    """What is known of one session's client. `finish` is called with the reply for every event answered LATER."""

    def __init__(self, around: Surroundings, caller: Caller, finish: Callable[[Reply], None]) -> None:
        self.around = around
        self.facts = caller.facts
        self.client = caller.text
        self.finish = finish
        self.machine: ServerSession
        self.record: ProtocolSession | None = None  # of what is said, where it is logged
        self._failed_logins = 0
        self._greeted = False
        self._told = False  # the spool knows already that this client was here

    def _forget(self) -> None:
        """The transaction is over, one way or another."""
        raise NotImplementedError

    def turned_away(self) -> Reply | None:
        """Why this client is not even heard, if it is not."""
        raise NotImplementedError

    def secured(self, pipe: TlsPipe) -> None:
        """The handshake is done: the facts have changed, and with them everything that was concluded from them."""
        certificate = None
        if chain := pipe.peer_chain():
            snapshot = self.around.current()
            certificate = judge_client(chain, roots=self.around.roots(snapshot), now=self._now())
            if certificate.problem is not None:
                self.around.journal.fact(
                    "certificate_ignored",
                    client=self.client,
                    names=list(certificate.names),
                    subject=certificate.subject,
                    problem=certificate.problem,
                )
        self.facts = replace(
            self.facts,
            hello="",
            user=None,
            tls_version=pipe.version,
            cipher=pipe.cipher,
            certificate=certificate,
        )
        if self.record is not None:
            self.record.note("TLS established", f"{pipe.version} {pipe.cipher}")
            if certificate is not None:
                self.record.note("client's certificate", certificate.problem or certificate.subject)
        self._forget()

    def _connected(self, _: events.Connected) -> Answer:
        self._greeted = True
        return replies.greeting(self.around.hostname)

    def behind_proxy(self, event: events.ProxyHeader) -> None:
        """A listed proxy says who really calls; a health check (LOCAL) stays the proxy itself."""
        if event.client is not None:
            self.facts = replace(self.facts, client=canonical_address(event.client))
            self.client = str(self.facts.client)
            if self.record is not None:
                self.record.note("client, as the proxy says", self.client)

    def _xclient(self, event: events.XClient) -> Answer:
        self.facts = replace(self.facts, hello="", user=None)
        attributes = dict(event.attributes)
        if (address := attributes.get("ADDR")) is not None:
            try:
                client = canonical_address(address.removeprefix("IPV6:").removeprefix("ipv6:"))
            except ValueError:
                return replies.BAD_ARGUMENTS
            self._leave()
            self.facts = Facts(client=client, listener=self.facts.listener)
            self.client = str(client)
            self.machine.client = str(client)
        self._forget()
        if (refusal := self.turned_away()) is not None:
            return refusal
        return replies.greeting(self.around.hostname)

    def _hello(self, event: events.Hello) -> Answer:
        known = self.facts
        self.facts = Facts(  # what `replace` does, at a third of its price: every session comes through here
            client=known.client,
            hello=event.name,
            listener=known.listener,
            tls_version=known.tls_version,
            cipher=known.cipher,
            certificate=known.certificate,
            user=known.user,
        )
        return self.machine.hello_reply(event)

    def _starttls(self, _: events.StartTls) -> Answer:
        return replies.READY_FOR_TLS if self.around.offers_tls else replies.TLS_UNAVAILABLE

    def _authenticate(self, event: events.Authenticate) -> Answer:
        if self.around.logins.shuns(self.facts.client):
            return replies.AUTH_TRY_LATER
        user = self.around.current().directory.user(event.identity)
        kept = user.password_hash if user is not None and user.may_submit else None
        checked = self.around.logins.check(event.password, kept)
        checked.add_done_callback(lambda done: self._password_checked(event.identity, done))
        return Later.LATER

    def _password_checked(self, identity: str, done: "asyncio.Future[bool]") -> None:
        if done.cancelled() or done.exception() is not None:
            self.finish(replies.AUTH_TRY_LATER)
        elif done.result():
            self.facts = replace(self.facts, user=identity)
            self.finish(replies.AUTHENTICATED)
        else:
            self._failed_logins += 1
            self.around.logins.failed(self.facts.client)
            self.around.journal.fact("authentication_failed", client=self.client)
            self._met(refusal=self._failed_login())
            self.finish(replies.TOO_MANY_ERRORS if self._failed_logins >= _FAILED_LOGINS else replies.AUTH_FAILED)

    def _failed_login(self) -> Refusal:
        """For the device's own page; the trace is about mail."""
        around, reply = self.around, str(replies.AUTH_FAILED)
        why = {"id": "", "reasons": _WRONG_PASSWORD[:1], "remedies": _WRONG_PASSWORD[1:]}
        return refusal_of(self.facts, "authentication_failed", at=around.clock(), reply=reply, why=why)

    def _met(
        self,
        *,
        accepted: bool = False,
        refusal: Refusal | None = None,
        organization: str | None = None,
        concerns: str | None = None,
        connectors: tuple[tuple[str, str], ...] = (),
        sender: str = "",
        recipients: Sequence[str] = (),
    ) -> None:
        """Something has come of the session: the spool remembers who was here."""
        facts = self.facts
        certificate = facts.certificate
        visit = Visit(
            client=self.client,
            at=self.around.clock(),
            hello=facts.hello,
            tls=facts.tls_version,
            certificate_names=() if certificate is None else certificate.names,
            trusted_by=() if certificate is None else tuple(certificate.trusted_by),
            certificate_chain=() if certificate is None else certificate.chain,
            user=facts.user,
            first=not self._told,
            accepted=accepted,
            refusal=refusal,
            organization=organization,
            concerns=concerns,
            connectors=connectors,
            sender=sender,
            recipients=tuple(recipients),
        )
        self._told = True
        self.around.spool.meet(visit)

    def _leave(self) -> None:
        """This client's session is over; one that only said hello was here, too."""
        if self._greeted and not self._told:
            self._met()
        self._told = False

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.around.clock(), UTC)
