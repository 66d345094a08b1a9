"""The answers: what the machine asks, judged by connectors and kept by the spool.

No decision is made here; this file asks the pure rooms, writes down what they said, and waits only for a commit or a
password check. Attribution is taken anew from the current snapshot at every MAIL.
"""

from collections.abc import Callable
from typing import Any

from gatepost.connectors import (
    BareLineFeeds,
    Decision,
    InboundConnector,
    ProtocolLoggingLevel,
    at_connect,
    at_rcpt,
    attribute,
    handshake_refused,
    refusal_at_mail,
    too_many_recipients,
)
from gatepost.errors import SpoolUnavailable
from gatepost.journal import ProtocolSession
from gatepost.mail import Reply
from gatepost.mail import reply as replies
from gatepost.smtp import ServerEvent, events
from gatepost.spool import Arrival, reply_to

from .allowance import Allowance
from .facts import Caller
from .introduction import Answer, Introduction, Later
from .refusing import advice_on, concerned, refusal_of
from .surroundings import Surroundings
from .transaction import Transaction

_NEEDS_USER = (
    "This listener takes mail from authenticated users only.",
    "Give the client a user (gatepost user add), or send it to a listener without require_auth.",
)
# What a client hears that has sent the rest of a refused transaction along: in the log, but no refusal of its own.
_FOLLOWING = (replies.MAIL_FIRST, replies.RCPT_FIRST, replies.NO_VALID_RECIPIENTS)
_SHEER = 10  # times the recipients that a message may have: nobody goes on so long who listens to our replies


class Reception(Introduction):
    """One session's memory and judgement."""

    def __init__(self, around: Surroundings, caller: Caller, finish: Callable[[Reply], None]) -> None:
        super().__init__(around, caller, finish)
        self._transaction: Transaction | None = None
        self._denied = 0  # senders and recipients since the last message that was taken
        self._turned_down = False  # what was refused last is the sender or a recipient of this transaction
        self._allowance = Allowance(around)

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

    def turned_away(self) -> Reply | None:
        """Before the greeting: why this client is not even heard, if it is not."""
        decision = at_connect(self.facts.client, self.around.current().directory)
        if decision is None:
            return None
        self._refused("session_refused", decision.reply, **_because(decision))
        return decision.reply

    def spoke_old_tls(self, offered: str | None, *, problem: str) -> None:
        """The handshake was broken off because the client knows nothing newer: it is told in words, as a refusal is."""
        decision = handshake_refused(self.facts.client, offered, self.around.current().directory)
        self._refused(
            "tls_failed",
            decision.reply,
            **_because(decision),
            listener=self.around.listener.name,
            problem=problem,
            offered=offered,
        )

    # --- the envelope --------------------------------------------------------------------------------

    def _mail(self, event: events.MailFrom) -> Answer:
        around = self.around
        self._forget()
        self._turned_down = False
        if (full := around.spool.has_room()) is not None:
            return full
        if around.listener.require_auth and self.facts.user is None:
            reason, remedy = _NEEDS_USER
            sender = _text(event.sender)
            self._refused("sender_refused", replies.AUTH_REQUIRED, sender=sender, reasons=[reason], remedies=[remedy])
            return replies.AUTH_REQUIRED
        directory = around.current().directory
        origin = attribute(self.facts, event.sender, directory)
        if self.record is not None:
            self._tell_whose(origin.connector, self.record)
        if (refusal := refusal_at_mail(self.facts, event.sender, origin, directory)) is not None:
            self._refused("sender_refused", refusal.reply, **_because(refusal), sender=_text(event.sender))
            return self._tried(refusal.reply)
        connector = origin.connector
        if connector is not None:
            if (beyond := self._allowance.beyond(event, connector, origin)) is not None:
                self._refused("sender_refused", beyond.reply, **_because(beyond), sender=_text(event.sender))
                return beyond.reply
            self.machine.max_message_size = connector.max_message_size or around.limits.max_message_size
            self.machine.normalize_newlines = connector.bare_line_feeds is BareLineFeeds.NORMALIZE
        self._transaction = Transaction(around, facts=self.facts, sender=event.sender, origin=origin)
        return replies.SENDER_OK

    def _tell_whose(self, connector: InboundConnector | None, record: ProtocolSession) -> None:
        """The protocol log has the sessions of those connectors that ask for it."""
        log = self.around.protocol_log
        if connector is None:
            record.belongs_to("", logged=log is not None and log.without_connector)
            return
        several = len(self.around.current().directory.organizations) > 1
        name = f"{connector.organization}/{connector.name}" if several else connector.name
        record.belongs_to(name, logged=connector.protocol_logging_level is ProtocolLoggingLevel.VERBOSE)

    def give_up_place(self) -> None:
        """The session is over: another may come in its stead."""
        self._allowance.leave()

    def _rcpt(self, event: events.RcptTo) -> Answer:
        transaction = self._transaction
        if transaction is None:
            return replies.MAIL_FIRST
        sender, directory = transaction.sender, self.around.current().directory
        decision = at_rcpt(self.facts, sender, event.address, transaction.origin, directory)
        if decision.reply.positive and transaction.full:
            decision = too_many_recipients(transaction.origin, directory)
        if not decision.reply.positive:
            self._refused(
                "recipient_refused",
                decision.reply,
                **_because(decision),
                sender=_text(sender),
                recipient=str(event.address),
            )
            return self._tried(decision.reply)
        if not transaction.has_place(decision, self.around.current().rulebook):
            return replies.TOO_MANY_RECIPIENTS  # the rest comes in another transaction (RFC 5321 §4.5.3.1.10)
        transaction.add(event.address, decision)
        return replies.RECIPIENT_OK

    def _tried(self, refusal: Reply) -> Reply:
        """An honest list may hold many addresses that we refuse; nobody's holds more than a message may have."""
        self._denied += 1
        return refusal if self._denied <= self.around.limits.max_recipients else replies.TOO_MANY_ERRORS

    # --- the message --------------------------------------------------------------------------------

    def _body_start(self, event: events.BodyStart) -> Answer:
        transaction = self._transaction
        if transaction is None:
            return replies.RCPT_FIRST
        if (full := self.around.spool.has_room()) is not None:
            return full
        transaction.begin_body(event.envelope, client=self.client, protocol=self.machine.protocol)
        return replies.START_INPUT

    def _body_chunk(self, event: events.BodyChunk) -> Answer:
        transaction = self._transaction
        if transaction is not None and (refusal := transaction.write(event.data)) is not None:
            self._refuse_body(refusal)
        return None

    def _refuse_body(self, refusal: Reply) -> None:
        self._message_refused(refusal)
        self.machine.refuse_body(refusal)

    def _body_end(self, event: events.BodyEnd) -> Answer:
        transaction, envelope = self._transaction, event.envelope
        if transaction is None or not transaction.receiving:
            return replies.INTERNAL_TROUBLE
        if (refusal := transaction.end_body(repaired=event.repaired)) is not None:
            self._message_refused(refusal)
            return refusal
        transaction.keep(
            envelope, client=self.client, done=lambda trouble, kept: self._kept(transaction, trouble, kept)
        )
        return Later.LATER

    def _kept(self, transaction: Transaction, trouble: SpoolUnavailable | None, arrival: Arrival | None) -> None:
        """The commit is through (or is not): only now may the client hear 250."""
        journal, queue_id = self.around.journal, transaction.queue_id
        if trouble is not None or arrival is None:
            journal.fact("trouble", where="spool", what=str(trouble), id=queue_id)
            reply = replies.CANNOT_STORE if trouble is None else reply_to(trouble)
        else:
            journal.fact(
                "accepted",
                id=queue_id,
                client=arrival.client,
                connector=arrival.connector,
                sender=arrival.envelope.reverse_path,
                recipients=[str(recipient.address) for recipient in arrival.envelope.recipients],
                octets=arrival.content.octets,
                message_id=arrival.message_id,
                tls=self.facts.tls_version,
            )
            if arrival.holds:
                self._tell_held(arrival)
            self._denied = 0
            self._met(
                accepted=True,
                organization=transaction.origin.organization,
                concerns=arrival.organization,
                connectors=transaction.connectors,
                sender=arrival.envelope.reverse_path,
                recipients=transaction.recipients,
            )
            reply = replies.queued(queue_id)
        self._forget()
        self.finish(reply)

    def _tell_held(self, arrival: Arrival) -> None:
        pairs = zip(arrival.envelope.recipients, arrival.holds, strict=True)
        for recipient, hold in pairs:
            if hold is not None:
                self.around.journal.fact(
                    "held", id=arrival.id, to=str(recipient.address), rule=hold.rule, sandbox=hold.sandbox
                )

    def _body_lost(self, _: events.BodyLost) -> Answer:
        """The octets go at once; whose they were is remembered until the machine says why, or the session goes on."""
        transaction = self._transaction
        if transaction is not None and transaction.receiving:
            transaction.drop_body()
            transaction.lost = True
        return None

    def _machine_refused(self, event: events.Refused) -> Answer:
        transaction = self._transaction
        if transaction is not None and transaction.lost and event.verb in ("DATA", "BDAT"):
            self._message_refused(event.reply)
            return None
        if self._turned_down and event.reply in _FOLLOWING:
            self.around.journal.fact(
                "command_refused", client=self.client, hello=self.facts.hello, reply=str(event.reply), verb=event.verb
            )
        else:
            told = {} if transaction is None else transaction.told()
            whose = {name: told[name] for name in ("sender", "organization", "connector") if name in told}
            self._refused("command_refused", event.reply, **whose, verb=event.verb)
        receiving = transaction is not None and transaction.receiving
        if self.machine.transaction is None or (event.verb == "BDAT" and receiving):
            self._forget()  # a body refused by the machine shall not lie about until the next MAIL
        if event.verb == "RCPT":
            self._denied += 1
            if self._denied > _SHEER * self.around.limits.max_recipients:
                self.machine.hang_up(replies.TOO_MANY_ERRORS)
        return None

    def ended(self) -> None:
        """The connection is gone; what was half received is dropped."""
        self._forget()
        self._leave()

    # --- shared --------------------------------------------------------------------------------

    def _message_refused(self, reply: Reply) -> None:
        told = {} if self._transaction is None else self._transaction.told()
        self._refused("message_refused", reply, **told, **advice_on(reply))
        self._forget()

    def _refused(self, fact: str, reply: Reply, **why: Any) -> None:
        """Say why in the log and in the trace, under one id."""
        around, facts = self.around, self.facts
        self._turned_down = fact in ("sender_refused", "recipient_refused")
        why.setdefault("id", around.spool.new_id())
        around.journal.fact(fact, client=self.client, hello=facts.hello, reply=str(reply), **why)
        if why.get("organization") is None:
            why["organization"] = concerned(why.get("sender", ""), around.current().directory)
        refusal = refusal_of(facts, fact, at=around.clock(), reply=str(reply), why=why)
        around.spool.note(refusal)
        self._met(
            refusal=refusal,
            concerns=refusal.organization,
            sender=refusal.sender,
            recipients=(refusal.recipient,) if refusal.recipient else (),
        )

    def _forget(self) -> None:
        """The transaction is over, one way or another: nothing of it is left, and no connector's terms either."""
        if self._transaction is not None:
            self._transaction.drop_body()
            self._transaction = None
            self.machine.max_message_size = self.around.limits.max_message_size
            self.machine.normalize_newlines = False

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
