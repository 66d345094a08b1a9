"""One message on its way in: its sender, what was decided for each recipient, and its body until the commit.

Every MAIL that is taken begins a new one, and the old one is dropped whole, never cleared field by field: nothing of a
message is left in the next. Nothing is decided here; what was decided is written down with the message.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gatepost.connectors import (
    Decision,
    Facts,
    HeaderTexts,
    MessageFacts,
    Origin,
    RuleBook,
    author_findings,
    rewritten_sender,
)
from gatepost.errors import SpoolUnavailable
from gatepost.mail import Address, Envelope, ReceivedFacts, Reply, TlsWish, TraceMark
from gatepost.spool import MOST_PLACES, Arrival, Content, Hold, reply_to
from gatepost.vouching import Introduced

from .intake import Intake
from .ruling import ruled
from .surroundings import Surroundings
from .taking import expanded, header_terms, lanes_of, story_of

_FEW = 100  # recipients that every message may have (RFC 5321 §4.5.3.1.8)

Kept = Callable[[SpoolUnavailable | None, Arrival | None], None]


class Transaction:
    """From MAIL to the end of the message. `receiving` while its body comes in; `lost` when that was dropped, and the
    machine has not said why yet. `written` is what its connector writes in the sender's place, if anything."""

    __slots__ = ("_around", "_decisions", "_facts", "_intake", "_protocol", "_testimony", "lost", "origin", "places",
                 "queue_id", "recipients", "sender", "written")  # fmt: skip

    def __init__(self, around: Surroundings, *, facts: Facts, sender: Address | None, origin: Origin) -> None:
        self.sender = sender
        self.written = rewritten_sender(sender, origin.connector, around.current().directory)
        self.origin = origin
        self.recipients: list[str] = []
        self.places = 0  # how many get it: the recipients, or those whom an alias leads to in their stead
        self.queue_id = ""
        self.lost = False
        self._around = around
        self._facts = facts
        self._decisions: list[Decision] = []
        self._protocol = ""
        self._testimony: list[str] = []
        self._intake: Intake | None = None

    def add(self, recipient: Address, decision: Decision) -> None:
        """A recipient is accepted, and why."""
        self._decisions.append(decision)
        self.recipients.append(str(recipient))
        self.places += len(decision.leads_to) or 1

    def has_place(self, decision: Decision, book: RuleBook) -> bool:
        """Whether one more recipient, with all whom an alias leads to, has a place beside those that rules may add.

        Whoever hears no here sends the rest in another transaction (RFC 5321 §4.5.3.1.10); after the message it would
        be too late to say so. The first recipient is never refused: nothing would be left to part.
        """
        places = self.places + (len(decision.leads_to) or 1)
        if not self._decisions or places <= _FEW:
            return True
        owners = {it.organization for it in (*self._decisions, decision)}
        return places + sum(map(book.most_added, owners)) <= MOST_PLACES

    @property
    def full(self) -> bool:
        """Whether it has as many recipients as its connector allows."""
        connector = self.origin.connector
        most = None if connector is None else connector.max_recipients_per_message
        return most is not None and len(self.recipients) >= most

    @property
    def connectors(self) -> tuple[tuple[str, str], ...]:
        """Those that took part, as (organization, name): the client's own, and partners' that let it in."""
        own = self.origin.connector
        found = [] if own is None else [(own.organization, own.name)]
        found += [
            (it.organization, it.connector) for it in self._decisions if it.organization and it.connector is not None
        ]
        return tuple(dict.fromkeys(found))

    # --- the body -------------------------------------------------------------------------------------------

    @property
    def receiving(self) -> bool:
        return self._intake is not None

    def begin_body(self, envelope: Envelope, *, client: str, protocol: str) -> None:
        """The message comes now: it has a queue id from here on, which our lines in its header name."""
        around, facts, recipients = self._around, self._facts, envelope.recipients
        self._protocol = protocol
        self.queue_id = queue_id = around.spool.new_id()
        connector = self.origin.connector
        self._intake = Intake(
            around.spool.draft(),
            terms=header_terms(
                self.origin,
                max_received=around.limits.max_received,
                sender=self.written or self.sender,
                directory=around.current().directory,
            ),
            received=ReceivedFacts(
                hello=facts.hello,
                client=client,
                by=around.hostname,
                protocol=protocol,
                queue_id=queue_id,
                at=around.clock(),
                recipient=str(recipients[0].address) if len(recipients) == 1 else None,
                tls_version=facts.tls_version,
                cipher=facts.cipher,
            ),
            mark=TraceMark(
                queue_id=queue_id,
                relay=around.hostname,
                connector=connector.name if connector is not None else None,
                relayed=self.origin.by is not None,
            ),
        )

    def write(self, piece: bytes) -> Reply | None:
        """Take the next octets; a reply means: refuse the message."""
        if self._intake is None:
            return None
        try:
            return self._intake.write(piece)
        except SpoolUnavailable as trouble:
            self._around.journal.fact("trouble", where="body", what=str(trouble))
            return reply_to(trouble)

    def end_body(self, *, repaired: bool) -> Reply | None:
        """The message is complete; a reply means: refuse it. `repaired`: its bare newlines have become CRLF."""
        if self._intake is None:
            return None
        if repaired:
            self._intake.changes.append("Lines that ended with a lone CR or LF now end with CRLF.")
        return self._intake.close()

    def drop_body(self) -> None:
        """Forget the octets; nothing of them is kept."""
        if self._intake is not None:
            self._intake.draft.discard()
            self._intake = None

    # --- the promise ----------------------------------------------------------------------------------------

    def keep(self, envelope: Envelope, *, client: str, done: Kept) -> None:
        """Store the message; `done` is called with None and what is stored after the commit, or with the trouble."""
        intake = self._intake
        assert intake is not None, "there is no body to keep"
        content = intake.draft.finish_inline()
        if content is not None and not self._is_examined():
            self._store(self._arrival(envelope, intake, content, client=client), done)
            return

        def synced(task: "asyncio.Task[Content]") -> None:
            try:
                self._store(self._arrival(envelope, intake, task.result(), client=client), done)
            except SpoolUnavailable as trouble:
                done(trouble, None)
            except (Exception, asyncio.CancelledError) as trouble:  # the client waits: it must hear something
                done(SpoolUnavailable(repr(trouble)), None)

        self._around.loop.create_task(self._finished(intake, content)).add_done_callback(synced)

    def _is_examined(self) -> bool:
        """Whether somebody has to vouch for it: a stranger's or partner's, where the recipients' organization wants it.

        Mail of its own senders has been vouched for by their connector.
        """
        owner = self._decisions[0].organization if self._decisions and self.origin.by is None else None
        organization = self._around.current().directory.organizations.get(owner or "")
        return organization is not None and organization.examines_strangers

    async def _finished(self, intake: Intake, content: Content | None) -> Content:
        """The whole content, with what was found out about it in its header."""
        if content is None:
            content = await intake.draft.finish()
        if not self._is_examined():
            return content
        facts, around = self._facts, self._around
        who = Introduced(client=facts.client, hello=facts.hello, sender=self.sender, authors=intake.authors or ())
        try:
            testimony = await around.witness.examine(content.open, who)
        except Exception as trouble:  # a stranger's message must not be lost over what we wanted to know of it
            around.journal.fact("trouble", where="examining", what=repr(trouble), id=self.queue_id)
            return content
        self._testimony = [it.line for it in testimony.statements]
        return await around.spool.with_lines(content, testimony.field, at=intake.marks)

    def _store(self, arrival: Arrival, done: Kept) -> None:
        self._around.spool.accept_soon(arrival, lambda trouble: done(trouble, arrival))

    def _arrival(self, envelope: Envelope, intake: Intake, content: Content, *, client: str) -> Arrival:
        around, origin = self._around, self.origin
        if intake.tls_optional and envelope.tls is TlsWish.USUAL:  # RFC 8689 §4.1: REQUIRETLS outweighs the header
            envelope = replace(envelope, tls=TlsWish.OPTIONAL)
        envelope, decisions, written = expanded(envelope, self._decisions)
        snapshot, received_at = around.current(), around.clock()
        connector = origin.connector.name if origin.connector is not None else None
        changes = intake.changes
        if self.written is not None:
            envelope = replace(envelope, sender=self.written)
            changes = [f"MAIL FROM said {self.sender}; it now says {self.written}.", *changes]
        holds: tuple[Hold | None, ...] = ()
        rules: tuple[str, ...] = ()
        if snapshot.rulebook:
            message = MessageFacts(
                at=received_at,
                client=self._facts.client,
                connector=connector,
                sender=envelope.sender,
                subject=intake.subject,
                octets=content.octets,
                header=HeaderTexts(intake.header),
            )
            found = ruled(
                envelope,
                decisions,
                written,
                message=message,
                book=snapshot.rulebook,
                directory=snapshot.directory,
            )
            envelope, decisions, holds, rules = found.envelope, found.decisions, found.holds, found.sentences
        findings = author_findings(
            intake.authors, envelope.sender, facts=self._facts, origin=origin, directory=snapshot.directory
        )
        return Arrival(
            id=self.queue_id,
            envelope=envelope,
            content=content,
            destinations=lanes_of(envelope, decisions, snapshot.routes, connector=connector),
            received_at=received_at,
            client=client,
            organization=decisions[0].organization if decisions else origin.organization,
            connector=connector,
            subject=intake.subject,
            message_id=intake.message_id,
            story=story_of(
                self._facts,
                origin,
                self._decisions,
                asked=self.recipients,
                protocol=self._protocol,
                findings=findings,
                changes=changes,
                testimony=self._testimony,
                rules=rules,
            ),
            holds=holds,
        )

    def told(self) -> dict[str, Any]:
        """Whose message it is, for the log and the trace when it is refused."""
        connector = self.origin.connector
        told: dict[str, Any] = {
            "sender": "" if self.sender is None else str(self.sender),
            "recipient": self.recipients[0] if self.recipients else "",
            "recipients": self.recipients,
            "organization": self.origin.organization,
            "connector": None if connector is None else connector.name,
        }
        return told | ({"id": self.queue_id} if self.queue_id else {})
