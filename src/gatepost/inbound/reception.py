"""The answers: what the machine asks, judged by connectors and kept by the spool.

No decision is made here; this file asks the pure rooms, writes down what they said, and waits only for a commit or a
password check. Attribution is taken anew from the current snapshot at every MAIL.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from gatepost.connectors import (
    BareLineFeeds,
    Bucket,
    Decision,
    Facts,
    InboundConnector,
    Origin,
    Rates,
    at_rcpt,
    attribute,
    refusal_at_mail,
)
from gatepost.errors import SpoolUnavailable
from gatepost.mail import Envelope, ReceivedFacts, Reply, TraceMark
from gatepost.mail import reply as replies
from gatepost.smtp import ServerEvent, ServerSession, events
from gatepost.spool import Arrival, Content, reply_to
from gatepost.tls import TlsPipe, judge_client

from .facts import canonical_address
from .intake import Intake
from .refusing import advice_on, refusal_of
from .surroundings import Surroundings
from .taking import header_terms, lanes_of, story_of

_NEEDS_USER = (
    "This listener takes mail from authenticated users only.",
    "Give the client a user (gatepost user add), or send it to a listener without require_auth.",
)
_SLOWER = "Let the client send more slowly, or raise the connector's MaxMessagesPerMinute."
_SMALLER = "Send a smaller message, or raise the connector's MaxMessageSize or limits.max_message_size."


class Later(Enum):
    """The answer will come through the callback."""

    LATER = auto()


Answer = Reply | Later | None
_FAILED_LOGINS = 3  # per connection; Exchange's MaxLogonFailures
_SHEER = 10  # times the recipients that a message may have: nobody goes on so long who listens to our replies


class Reception:
    """One session's memory and judgement. `finish` is called with the reply for every event answered LATER."""

    def __init__(self, around: Surroundings, facts: Facts, finish: Callable[[Reply], None]) -> None:
        self.around = around
        self.facts = facts
        self.client = str(facts.client)
        self.finish = finish
        self.machine: ServerSession
        self._origin: Origin | None = None
        self._sender: events.MailFrom | None = None
        self._decisions: list[Decision] = []
        self._recipients: list[str] = []
        self._intake: Intake | None = None
        self._lost = False  # a body was dropped, and the machine has not said why yet
        self._queue_id = ""
        self._failed_logins = 0
        self._denied = 0  # senders and recipients since the last message that was taken

    def answer(self, event: ServerEvent) -> Answer:
        """The reply to one event, LATER, or None for events that want none. Never raises."""
        try:
            return _ANSWERS[type(event)](self, event)
        except Exception as trouble:  # whatever is wrong with us, the client is told to come back
            self.around.journal.fact("trouble", where=type(event).__name__, what=repr(trouble), client=self.client)
            if type(event) is events.BodyChunk:  # half a message must never be taken for a whole one
                self._refuse_body(replies.INTERNAL_TROUBLE)
            if type(event) in (events.MailFrom, events.RcptTo):  # Exchange's word for "could not attribute"
                return replies.ATTRIBUTION_TRY_LATER
            return replies.INTERNAL_TROUBLE if type(event) in _WANT_ANSWER else None

    # --- the session --------------------------------------------------------------------------------

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
        kept = user.password_hash if user is not None and user.enabled else None
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

    # --- the envelope --------------------------------------------------------------------------------

    def _mail(self, event: events.MailFrom) -> Answer:
        around = self.around
        self._forget()
        if (full := around.spool.has_room()) is not None:
            return full
        if around.listener.require_auth and self.facts.user is None:
            return self._not_now(event, replies.AUTH_REQUIRED, *_NEEDS_USER)
        directory = around.current().directory
        origin = attribute(self.facts, event.sender, directory)
        if (refusal := refusal_at_mail(self.facts, event.sender, origin, directory)) is not None:
            self._refused("sender_refused", refusal.reply, **_because(refusal), sender=_text(event.sender))
            return self._tried(refusal.reply)
        connector = origin.connector
        if connector is not None:
            if connector.max_messages_per_minute and not self._within_rate(connector):
                words = f'Connector "{connector.name}" takes {connector.max_messages_per_minute} messages a minute.'
                return self._not_now(event, replies.RATE_LIMITED, words, _SLOWER)
            limit = connector.max_message_size or around.limits.max_message_size
            if event.size is not None and event.size > limit:
                words = f"The client announced {event.size} octets, and {limit} is the most."
                return self._not_now(event, replies.TOO_BIG, words, _SMALLER)
            self.machine.max_message_size = limit
            self.machine.normalize_newlines = connector.bare_line_feeds is BareLineFeeds.NORMALIZE
        self._origin, self._sender = origin, event
        return replies.SENDER_OK

    def _not_now(self, event: events.MailFrom, reply: Reply, reason: str, remedy: str) -> Reply:
        """A sender is refused by a limit of the house."""
        self._refused("sender_refused", reply, sender=_text(event.sender), reasons=[reason], remedies=[remedy])
        return reply

    def _within_rate(self, connector: InboundConnector) -> bool:
        per_minute = connector.max_messages_per_minute or 0
        key = (connector.organization, connector.name, per_minute)
        rates = self.around.rates.get(key)
        if rates is None:
            rates = self.around.rates[key] = Rates(Bucket.per_minute(per_minute))
        return rates.take(key, self.around.loop.time()) == 0.0

    def _rcpt(self, event: events.RcptTo) -> Answer:
        origin, mail = self._origin, self._sender
        if origin is None or mail is None:
            return replies.MAIL_FIRST
        decision = at_rcpt(self.facts, mail.sender, event.address, origin, self.around.current().directory)
        if not decision.reply.positive:
            self._refused(
                "recipient_refused",
                decision.reply,
                **_because(decision),
                sender=_text(mail.sender),
                recipient=str(event.address),
            )
            return self._tried(decision.reply)
        self._decisions.append(decision)
        self._recipients.append(str(event.address))
        return replies.RECIPIENT_OK

    def _tried(self, refusal: Reply) -> Reply:
        """An honest list may hold many addresses that we refuse; nobody's holds more than a message may have."""
        self._denied += 1
        return refusal if self._denied <= self.around.limits.max_recipients else replies.TOO_MANY_ERRORS

    # --- the message --------------------------------------------------------------------------------

    def _body_start(self, event: events.BodyStart) -> Answer:
        around, origin = self.around, self._origin
        if origin is None:
            return replies.RCPT_FIRST
        if (full := around.spool.has_room()) is not None:
            return full
        self._queue_id = queue_id = around.spool.new_id()
        recipients = event.envelope.recipients
        connector = origin.connector
        self._intake = Intake(
            around.spool.draft(),
            terms=header_terms(origin, max_received=around.limits.max_received),
            received=ReceivedFacts(
                hello=self.facts.hello,
                client=self.client,
                by=around.hostname,
                protocol=self.machine.protocol,
                queue_id=queue_id,
                at=datetime.fromtimestamp(around.clock(), UTC),
                recipient=str(recipients[0].address) if len(recipients) == 1 else None,
                tls_version=self.facts.tls_version,
                cipher=self.facts.cipher,
            ),
            mark=TraceMark(
                queue_id=queue_id,
                relay=around.hostname,
                connector=connector.name if connector is not None else None,
            ),
        )
        return replies.START_INPUT

    def _body_chunk(self, event: events.BodyChunk) -> Answer:
        if self._intake is None:
            return None
        try:
            refusal = self._intake.write(event.data)
        except SpoolUnavailable as trouble:
            self.around.journal.fact("trouble", where="body", what=str(trouble))
            refusal = reply_to(trouble)
        if refusal is not None:
            self._refuse_body(refusal)
        return None

    def _refuse_body(self, refusal: Reply) -> None:
        self._message_refused(refusal)
        self.machine.refuse_body(refusal)

    def _body_end(self, event: events.BodyEnd) -> Answer:
        intake = self._intake
        if intake is None:
            return replies.INTERNAL_TROUBLE
        if (refusal := intake.close()) is not None:
            self._message_refused(refusal)
            return refusal
        content = intake.draft.finish_inline()
        if content is not None:
            self._keep(event.envelope, intake, content)
        else:
            task = self.around.loop.create_task(intake.draft.finish())
            task.add_done_callback(lambda done: self._large_body_synced(event.envelope, intake, done))
        return Later.LATER

    def _large_body_synced(self, envelope: Envelope, intake: Intake, done: "asyncio.Task[Content]") -> None:
        try:
            self._keep(envelope, intake, done.result())
        except SpoolUnavailable as trouble:
            self._kept(envelope, trouble)
        except (Exception, asyncio.CancelledError) as trouble:  # the client waits: it must hear something
            self._kept(envelope, SpoolUnavailable(repr(trouble)))

    def _keep(self, envelope: Envelope, intake: Intake, content: Content) -> None:
        around, origin, decisions = self.around, self._origin, self._decisions
        assert origin is not None
        organization = decisions[0].organization if decisions else origin.organization
        arrival = Arrival(
            id=self._queue_id,
            envelope=envelope,
            content=content,
            destinations=lanes_of(envelope, decisions, around.current().routes),
            received_at=around.clock(),
            client=self.client,
            organization=organization,
            connector=origin.connector.name if origin.connector is not None else None,
            subject=intake.subject,
            message_id=intake.message_id,
            story=story_of(self.facts, origin, decisions, protocol=self.machine.protocol),
        )
        around.spool.accept_soon(arrival, lambda trouble: self._kept(envelope, trouble, arrival))

    def _kept(self, envelope: Envelope, trouble: SpoolUnavailable | None, arrival: Arrival | None = None) -> None:
        """The commit is through (or is not): only now may the client hear 250."""
        journal = self.around.journal
        queue_id = self._queue_id
        if trouble is not None or arrival is None:
            journal.fact("trouble", where="spool", what=str(trouble), id=queue_id)
            reply = replies.CANNOT_STORE if trouble is None else reply_to(trouble)
        else:
            journal.fact(
                "accepted",
                id=queue_id,
                client=arrival.client,
                connector=arrival.connector,
                sender=envelope.reverse_path,
                recipients=[str(recipient.address) for recipient in envelope.recipients],
                octets=arrival.content.octets,
                message_id=arrival.message_id,
            )
            self._denied = 0
            reply = replies.queued(queue_id)
        self._forget()
        self.finish(reply)

    def _body_lost(self, _: events.BodyLost) -> Answer:
        """The octets go at once; whose they were is remembered until the machine says why, or the session goes on."""
        if self._intake is not None:
            self._intake.draft.discard()
            self._intake = None
            self._lost = True
        return None

    def _machine_refused(self, event: events.Refused) -> Answer:
        if self._lost and event.verb in ("DATA", "BDAT"):
            self._message_refused(event.reply)
            return None
        self._refused("command_refused", event.reply, verb=event.verb)
        if self.machine.transaction is None or (event.verb == "BDAT" and self._intake is not None):
            self._forget()  # a body refused by the machine shall not lie about until the next MAIL
        if event.verb == "RCPT":
            self._denied += 1
            if self._denied > _SHEER * self.around.limits.max_recipients:
                self.machine.hang_up(replies.TOO_MANY_ERRORS)
        return None

    def ended(self) -> None:
        """The connection is gone; what was half received is dropped."""
        self._forget()

    # --- shared --------------------------------------------------------------------------------

    def _message_refused(self, reply: Reply) -> None:
        mail, origin = self._sender, self._origin
        self._refused(
            "message_refused",
            reply,
            sender=_text(mail.sender) if mail else "",
            recipient=self._recipients[0] if self._recipients else "",
            recipients=self._recipients,
            **advice_on(reply),
            id=self._queue_id,
            organization=None if origin is None else origin.organization,
            connector=None if origin is None or origin.connector is None else origin.connector.name,
        )
        self._forget()

    def _refused(self, fact: str, reply: Reply, **why: Any) -> None:
        """Say why in the log and in the trace, under one id."""
        around, facts = self.around, self.facts
        why.setdefault("id", around.spool.new_id())
        around.journal.fact(fact, client=str(facts.client), hello=facts.hello, reply=str(reply), **why)
        around.spool.note(refusal_of(facts, fact, at=around.clock(), reply=str(reply), why=why))

    def _forget(self) -> None:
        """The transaction is over, one way or another: nothing of it is left, and no connector's terms either."""
        if self._intake is not None:
            self._intake.draft.discard()
            self._intake = None
        self._lost = False
        if self._origin is not None:
            self._origin = self._sender = None
            self._decisions = []
            self._recipients = []
            self.machine.max_message_size = self.around.limits.max_message_size
            self.machine.normalize_newlines = False

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.around.clock(), UTC)

    def _nothing(self, _: ServerEvent) -> Answer:
        return None

    def _reset(self, _: events.Reset) -> Answer:
        self._forget()
        return None


def _because(decision: Decision) -> dict[str, Any]:
    return {
        "organization": decision.organization,
        "connector": decision.connector,
        "reasons": list(decision.reasons),
        "remedies": list(decision.remedies),
    }


def _text(sender: object) -> str:
    return "" if sender is None else str(sender)


_ANSWERS: dict[type, Callable[[Reception, Any], Answer]] = {
    events.Connected: Reception._connected,
    events.XClient: Reception._xclient,
    events.Hello: Reception._hello,
    events.StartTls: Reception._starttls,
    events.Authenticate: Reception._authenticate,
    events.MailFrom: Reception._mail,
    events.RcptTo: Reception._rcpt,
    events.BodyStart: Reception._body_start,
    events.BodyChunk: Reception._body_chunk,
    events.BodyEnd: Reception._body_end,
    events.BodyLost: Reception._body_lost,
    events.Reset: Reception._reset,
    events.Refused: Reception._machine_refused,
    events.Quit: Reception._nothing,
    events.Lost: Reception._nothing,
}
_WANT_ANSWER = frozenset(
    {
        events.Connected, events.XClient, events.Hello, events.StartTls, events.Authenticate,
        events.MailFrom, events.RcptTo, events.BodyStart, events.BodyEnd,
    }
)  # fmt: skip
