"""The server's chair: bytes in, events out; answers in, bytes out. No sockets, no clock, no policy.

An unanswered event stops parsing, so pipelined commands need no special case: their replies come in order and
leave in one write. The transaction is an immutable envelope that is replaced, never edited, so no error path
can leave half of an old one behind.
"""

from gatepost.mail import Envelope, Recipient, Reply, TlsWish
from gatepost.mail import reply as say

from .commands import Phase
from .events import (
    Authenticate,
    BodyEnd,
    BodyStart,
    Connected,
    Hello,
    Lost,
    MailFrom,
    ProxyHeader,
    RcptTo,
    ServerEvent,
    StartTls,
    XClient,
)
from .extensions import welcome
from .hearing import Hearing
from .standing import closing
from .terms import ServerTerms


class ServerSession(Hearing):
    """One side of an SMTP conversation.

    Feed bytes with `receive` (b"" when the peer hung up), take events, answer each one before asking for the
    next, and send what `to_send` returns. `client`, `max_message_size` and `normalize_newlines` may be set on
    the way, for what follows: a connector is known only at MAIL. `authenticated` is the name that AUTH has
    proved; `closing` is true once `to_send()` holds the last bytes: write them and close.
    """

    def __init__(self, terms: ServerTerms) -> None:
        super().__init__(terms)
        self.early_talker = False  # bytes came before our banner was out (RFC 5321 §4.3.1)
        self._ended = False

    def receive(self, data: bytes) -> None:
        """Bytes from the peer, b"" when it hung up."""
        if self.closing:
            return
        if not data:
            self._ended = True
        elif self.phase is not Phase.TLS:  # what comes before the handshake is dropped, never read (hazard T1)
            if self.phase is Phase.GREETING:
                self.early_talker = True
            self._inbox.add(data)

    def next_event(self) -> ServerEvent | None:
        """The next event; None when it needs bytes, or when an answer is outstanding."""
        events = self._events
        while not events:
            if self._awaited is not None or self.closing:
                return None
            if not self._read():
                if not self._ended:
                    return None
                self._drop_body()
                events.append(Lost())
                self._close()
        return events.popleft()

    def to_send(self) -> bytes:
        """Everything queued, in one piece."""
        outbox = self._outbox
        if len(outbox) == 1:
            return outbox.pop()
        queued = b"".join(outbox)
        outbox.clear()
        return queued

    def answer(self, reply: Reply) -> None:
        """The shell's decision about the last event that wants one."""
        event, self._awaited = self._awaited, None
        if event is None or self.closing:
            return  # hung up meanwhile
        positive = reply.code < 400
        if isinstance(event, RcptTo):
            if positive:
                self._add(event)
            else:
                self._rcpt_refused = True
        elif isinstance(event, MailFrom):
            self._mail_refused = not positive
            if positive:
                self._begin(event)
        elif isinstance(event, BodyStart):
            self._start_body(event, reply)
            return
        elif isinstance(event, BodyEnd):
            self._end_transaction()
            if positive:
                self.errors = self._idle = 0
        elif isinstance(event, Hello):
            if positive:
                self.hello, self.phase = event, Phase.READY
        elif isinstance(event, Connected):
            self.phase = Phase.HELLO
            reply = reply if positive else closing(reply)
        elif not self._change_footing(event, reply):
            return
        self._say(reply)

    # --- what only the shell knows ----------------------------------------------------------------

    @property
    def expects_tls_bytes(self) -> bool:
        """Between READY_FOR_TLS and `tls_started()`: the socket's bytes belong to the TLS engine."""
        return self.phase is Phase.TLS

    @property
    def waiting(self) -> int:
        """Octets received and not yet read; the shell stops reading from the socket when this grows."""
        return len(self._inbox)

    @property
    def protocol(self) -> str:
        """What Received calls this (RFC 3848, RFC 6531 §4.3), for the transaction as it stands."""
        if self.hello is None or not self.hello.extended:
            return "SMTP"
        utf8 = self.transaction is not None and self.transaction.smtputf8
        return f"{'UTF8SMTP' if utf8 else 'ESMTP'}{'S' if self.tls else ''}{'A' if self.authenticated else ''}"

    def proceed(self) -> None:
        """Go on after ProxyHeader, with the header's `client` unless it was set since."""
        if isinstance(self._awaited, ProxyHeader):
            self._awaited = None
            self.early_talker = len(self._inbox) > 0 and not self.terms.tls

    def take_waiting(self) -> bytes:
        """The bytes behind a PROXY header, where implicit TLS follows it: they belong to the TLS engine."""
        return self._inbox.take_all()

    def tls_started(self) -> None:
        """The handshake is done. All that the client said before is forgotten (RFC 3207 §4.2)."""
        self.tls = True
        self._forget()

    def hello_reply(self, event: Hello) -> Reply:
        """The answer to HELO or EHLO."""
        first = f"{self.terms.hostname} Hello [{self.client}]"
        if not event.extended:
            return Reply(250, None, first)
        return welcome(
            first,
            max_message_size=self.max_message_size,
            starttls=self.terms.starttls and not self.tls,
            tls=self.tls,
            auth=self.terms.auth and self.tls,
            xclient=self._xclient,
        )

    def refuse_body(self, reply: Reply) -> None:
        """Read the rest of this body, drop it, and answer with this reply."""
        if isinstance(self._awaited, BodyEnd):
            self.answer(reply)
        elif (body := self._intake.body) is not None and body.refusal is None:
            body.refusal, body.told = reply, True

    def hang_up(self, reply: Reply) -> None:
        """Say this (timeout, shutdown) and close."""
        if not self.closing:
            self._awaited = None
            self._drop_body()
            self._say(closing(reply))

    # --- what an answer changes -------------------------------------------------------------------

    def _change_footing(self, event: ServerEvent, reply: Reply) -> bool:
        """TLS, another identity, another client; whether the reply is still to be said."""
        positive = reply.code < 400
        if isinstance(event, StartTls) and positive:
            if self._not_last("STARTTLS"):
                return False
            self._drop_transaction()
            self.phase = Phase.TLS
        elif isinstance(event, Authenticate):
            if self._not_last("AUTH") or (not positive and self._count("AUTH")):
                return False
            if positive:
                self.authenticated = event.identity
        elif isinstance(event, XClient) and positive:
            self._start_anew(event)
        return True

    def _begin(self, event: MailFrom) -> None:
        self.transaction = Envelope(
            sender=event.sender,
            recipients=(),
            body=event.body,
            smtputf8=event.smtputf8,
            ret=event.ret,
            envid=event.envid,
            tls=TlsWish.REQUIRED if event.require_tls else TlsWish.USUAL,
        )
        self.phase = Phase.MAIL

    def _add(self, event: RcptTo) -> None:
        old = self.transaction
        assert old is not None
        recipient = Recipient(address=event.address, notify=event.notify, orcpt=event.orcpt)
        self.transaction = Envelope(
            sender=old.sender,
            recipients=(*old.recipients, recipient),
            body=old.body,
            smtputf8=old.smtputf8,
            ret=old.ret,
            envid=old.envid,
            tls=old.tls,
        )
        self.phase = Phase.RCPT

    def _start_body(self, event: BodyStart, reply: Reply) -> None:
        started = reply.code == say.START_INPUT.code
        if self._intake.chunk is not None and not reply.closes:
            self.phase = Phase.BDAT
            self._intake.begin_chunks(event.envelope, self.max_message_size, normalize=self.normalize_newlines)
            if not started:
                self.refuse_body(reply)
        elif self._intake.chunk is None and self._not_last("DATA"):
            pass
        elif started:
            self.phase = Phase.DATA
            self._intake.begin_text(event.envelope, self.max_message_size, normalize=self.normalize_newlines)
            self._say(reply)
        else:
            self._end_transaction()
            self._say(reply)

    def _start_anew(self, event: XClient) -> None:
        """As if the client named had just connected; it may not use XCLIENT itself."""
        address = dict(event.attributes).get("ADDR", "")
        if address and not address.startswith("["):
            self.client = address
        self._xclient = False
        self._forget()

    def _forget(self) -> None:
        self.hello = self.authenticated = self.transaction = None
        self._mail_refused = self._rcpt_refused = False
        self._inbox.take_all()
        self.phase = Phase.HELLO
