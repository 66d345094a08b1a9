"""Who is calling: what a session says and proves about its client, from the first octet to AUTH.

Each of these changes the facts, and with them everything that was concluded from them: what was half sent is forgotten.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum, auto

from gatepost.connectors import Facts
from gatepost.mail import Reply
from gatepost.mail import reply as replies
from gatepost.smtp import ServerSession, events
from gatepost.tls import TlsPipe, judge_client

from .facts import Caller, canonical_address
from .surroundings import Surroundings

_FAILED_LOGINS = 3  # per connection; Exchange's MaxLogonFailures


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
        self._failed_logins = 0

    def _forget(self) -> None:
        """The transaction is over, one way or another."""
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
        self._forget()

    def _connected(self, _: events.Connected) -> Answer:
        return replies.greeting(self.around.hostname)

    def behind_proxy(self, event: events.ProxyHeader) -> None:
        """A listed proxy says who really calls; a health check (LOCAL) stays the proxy itself."""
        if event.client is not None:
            self.facts = replace(self.facts, client=canonical_address(event.client))
            self.client = str(self.facts.client)

    def _xclient(self, event: events.XClient) -> Answer:
        self.facts = replace(self.facts, hello="", user=None)
        attributes = dict(event.attributes)
        if (address := attributes.get("ADDR")) is not None:
            try:
                client = canonical_address(address.removeprefix("IPV6:").removeprefix("ipv6:"))
            except ValueError:
                return replies.BAD_ARGUMENTS
            self.facts = Facts(client=client, listener=self.facts.listener)
            self.client = str(client)
            self.machine.client = str(client)
        self._forget()
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
            self.finish(replies.TOO_MANY_ERRORS if self._failed_logins >= _FAILED_LOGINS else replies.AUTH_FAILED)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.around.clock(), UTC)
