"""Where the server's side of a conversation stands, and the few moves by which that changes.

Everything that is said goes through `_say`, everything that ends a transaction through `_end_transaction`: no
path leaves by another door, so none can forget to clean up.
"""

from collections import deque
from dataclasses import replace

from gatepost.mail import Envelope, Reply
from gatepost.mail import reply as say

from .auth import AuthExchange
from .commands import Phase
from .events import BodyLost, Hello, Refused, Reset, ServerEvent
from .lines import Inbox
from .reception import Intake
from .recorder import Recorder, told_reply
from .terms import ServerTerms

MAX_ERRORS = 10  # then 421; a message that was taken wipes the slate
MAX_IDLE_COMMANDS = 100  # NOOP, RSET, VRFY … without a message; beyond, each is an error (Postfix: junk commands)


class Standing:
    """The state of one session, and its moves."""

    def __init__(self, terms: ServerTerms) -> None:
        self.terms = terms
        self.client = terms.client
        self.max_message_size = terms.max_message_size
        self.normalize_newlines = terms.normalize_newlines
        self.tls = terms.tls
        self.hello: Hello | None = None
        self.authenticated: str | None = None
        self.transaction: Envelope | None = None
        self.phase = Phase.PROXY if terms.proxy else Phase.GREETING
        self.errors = 0
        self.closing = False
        self.recorder: Recorder | None = None  # hears the session, where somebody wants to
        self._inbox = Inbox()
        self._outbox: list[bytes] = []
        self._events: deque[ServerEvent] = deque()
        self._awaited: ServerEvent | None = None
        self._intake = Intake(self._inbox, self._events)
        self._auth = AuthExchange()
        self._xclient = terms.xclient
        self._idle = 0
        self._mail_refused = False  # what was pipelined behind a refused MAIL or RCPT is no new error
        self._rcpt_refused = False

    def _ask(self, event: ServerEvent) -> None:
        self._awaited = event
        self._events.append(event)

    def _say(self, reply: Reply) -> None:
        self._outbox.append(reply.wire())
        if self.recorder is not None:
            for line in told_reply(reply):
                self.recorder.server_said(line)
        if reply.closes or reply.code == 421:
            self._close()

    def _close(self) -> None:
        self.closing = True
        self.phase = Phase.CLOSED
        self.transaction = None
        self._awaited = None
        self._intake.drop()
        self._inbox.take_all()

    def _refuse(self, verb: str, reply: Reply, *, counts: bool = True) -> None:
        self._events.append(Refused(verb, reply))
        if reply.closes:
            self._drop_body()
        if not (counts and not reply.closes and self._count(verb)):
            self._say(reply)

    def _count(self, verb: str) -> bool:
        """One more error; whether it was one too many."""
        self.errors += 1
        if self.errors < MAX_ERRORS:
            return False
        self._drop_body()
        self._events.append(Refused(verb, say.TOO_MANY_ERRORS))
        self._say(say.TOO_MANY_ERRORS)
        return True

    def _tires(self, verb: str) -> bool:
        self._idle += 1
        return self._idle > MAX_IDLE_COMMANDS and self._count(verb)

    def _not_last(self, verb: str) -> bool:
        """Bytes behind a command that must end its group would change meaning with its answer: close."""
        if self._inbox.octets:
            self._refuse(verb, say.NOT_PIPELINED)
            return True
        return False

    def _drop_body(self) -> None:
        if self._intake.drop():
            self._events.append(BodyLost())

    def _drop_transaction(self) -> None:
        self._drop_body()
        if self.transaction is not None:
            self._events.append(Reset())
            self._end_transaction()

    def _end_transaction(self) -> None:
        self._intake.drop()
        self.transaction = None
        self._rcpt_refused = False
        self.phase = Phase.READY


def closing(reply: Reply) -> Reply:
    """The same words, and good-bye."""
    return reply if reply.closes else replace(reply, closes=True)
