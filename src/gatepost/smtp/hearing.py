"""The listening half of the server's chair: bytes become events, faults of form and order are refused.

Refusals of form and order need no decision, so no event waits for them; the shell only hears of them
(Refused).
"""

from collections.abc import Callable

from gatepost.mail import BodyKind, Reply
from gatepost.mail import reply as say

from .auth import AuthExchange
from .commands import (
    TALK,
    UNIMPLEMENTED,
    VERBS,
    Phase,
    is_foreign,
    out_of_order,
    read_chunk,
    read_mail,
    read_rcpt,
)
from .events import (
    Authenticate,
    BodyEnd,
    BodyStart,
    Connected,
    Hello,
    Quit,
    Refused,
    StartTls,
    XClient,
)
from .lines import AUTH_LIMIT, COMMAND_LIMIT, LineTrouble
from .proxy import BadProxyHeader, read_header, read_xclient
from .reception import DRAIN_LIMIT, Progress
from .recorder import MASKED, told, told_message
from .standing import Standing, closing

MAX_HELLO = 255

_CLIENT_HELLO = b"\x16"  # the first octet of a TLS record with a handshake in it (RFC 8446 §5.1)


class Hearing(Standing):
    """What the next bytes mean."""

    # --- reading ----------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Read one thing from the inbox; whether anything was done."""
        phase = self.phase
        if self._intake.chunk is not None or phase not in TALK:
            return self._read_otherwise(phase)
        inbox = self._inbox
        if not inbox.octets:
            return False
        line = inbox.take_line(COMMAND_LIMIT)
        if not isinstance(line, bytes):
            return self._refuse_line(line)
        self._read_command(line)
        return True

    def _read_otherwise(self, phase: Phase) -> bool:
        """Where no command line is due."""
        if self._intake.chunk is not None:
            return self._took(self._intake.read_chunk())
        if phase is Phase.DATA:
            return self._took(self._intake.read_text())
        match phase:
            case Phase.GREETING:
                self._ask(Connected())
                return True
            case Phase.PROXY:
                return self._read_proxy_header()
            case Phase.AUTH:
                line = self._inbox.take_line(AUTH_LIMIT)
                if line is not None:
                    self.phase = Phase.READY
                if not isinstance(line, bytes):
                    return self._refuse_line(line)
                if self.recorder is not None:
                    self.recorder.client_said(MASKED)
                self._auth_step(self._auth.proceed(line.decode("latin-1")))
                return True
            case _:
                return False  # the TLS engine's bytes, or nobody's

    def _refuse_line(self, trouble: LineTrouble | None) -> bool:
        match trouble:
            case LineTrouble.TOO_LONG:
                self._refuse("?", say.LINE_TOO_LONG)
            case LineTrouble.ENDLESS:
                self._refuse("?", closing(say.LINE_TOO_LONG))
            case LineTrouble.BARE_NEWLINE:
                self._refuse("?", say.BARE_NEWLINE_COMMAND)
            case _:
                if self._inbox.peek(1) != _CLIENT_HELLO:
                    return False
                self._refuse("?", say.NOT_SMTP)  # TLS on a plain port; it may never send a CRLF
        return True

    def _read_command(self, line: bytes) -> None:
        if self.recorder is not None:
            self.recorder.client_said(told(line))
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._refuse("?", say.NOT_SMTP if line[:1] == _CLIENT_HELLO else say.BAD_ARGUMENTS)
            return
        if not text.isprintable():
            self._refuse("?", say.NOT_SMTP if line[:1] == _CLIENT_HELLO else say.NUL_IN_COMMAND)
            return
        word, _, argument = text.partition(" ")
        verb, argument = word.upper(), argument.strip(" ")
        row = VERBS.get(verb)
        if row is None:
            self._refuse_unknown(verb)
        elif verb == "BDAT":  # its octets follow, whatever else is wrong
            self._announce_chunk(argument)
        elif row.last and self._not_last(verb):
            pass
        elif self.phase not in row.phases:
            self._refuse_order(verb, out_of_order(verb, self.phase))
        elif row.argument is not None and bool(argument) is not row.argument:
            self._refuse(verb, say.BAD_ARGUMENTS if row.argument else say.NO_ARGUMENT_ALLOWED)
        elif row.idle and self._tires(verb):
            pass
        else:
            _COMMANDS[verb](self, argument)

    def _refuse_unknown(self, verb: str) -> None:
        if verb == "PROXY":
            self._refuse(verb, say.PROXY_REFUSED)
        elif is_foreign(verb):
            self._refuse("?", say.NOT_SMTP)
        elif verb in UNIMPLEMENTED:
            self._refuse(verb, say.NOT_IMPLEMENTED)
        else:
            self._refuse("?", say.UNKNOWN_COMMAND)  # never echoed or logged: it may be a password out of step

    def _refuse_order(self, verb: str, refusal: Reply) -> None:
        if verb == "DATA" and self.phase is Phase.MAIL and self._rcpt_refused:
            refusal = say.NO_VALID_RECIPIENTS
        # Behind a refused MAIL or RCPT a client that pipelines cannot help it (RFC 2920 §3.1).
        innocent = verb in ("RCPT", "DATA") and (self._mail_refused or self._rcpt_refused)
        self._refuse(verb, refusal, counts=not innocent)

    def _read_proxy_header(self) -> bool:
        try:
            found = read_header(self._inbox.peek(4096))
        except BadProxyHeader:
            self._refuse("PROXY", say.PROXY_REFUSED)
            return True
        if found is None:
            return False
        header, size = found
        self._inbox.take(size)
        if header.client is not None:
            self.client = header.client
        self.phase = Phase.GREETING
        self._ask(header)
        return True

    def _took(self, progress: Progress) -> bool:
        """Answer the chunk or the body that is over."""
        if progress is Progress.MOVED or progress is Progress.STARVED:
            return progress is Progress.MOVED
        body = self._intake.body
        match progress:
            case Progress.STRAY_OVER:
                innocent = self._mail_refused or self._rcpt_refused
                self._refuse("BDAT", self._intake.stray or say.RCPT_FIRST, counts=not innocent)
            case Progress.CHUNK_OVER:
                assert body is not None
                self._report(body.refusal if not body.told else None)
                body.told = body.refusal is not None
                self._say(body.refusal or say.CHUNK_OK)
            case Progress.BODY_OVER:
                assert body is not None
                if self.recorder is not None:
                    self.recorder.client_said(told_message(body.octets))
                if body.refusal is None:
                    self._ask(BodyEnd(body.envelope, body.octets, body.repaired))
                else:
                    self._report(body.refusal if not body.told else None)
                    self._end_transaction()
                    self._say(body.refusal)
        return True

    def _report(self, refusal: Reply | None) -> None:
        if refusal is not None:
            self._events.append(Refused("BDAT" if self.phase is Phase.BDAT else "DATA", refusal))

    # --- commands ---------------------------------------------------------------------------------

    def _ehlo(self, name: str) -> None:
        self._hello(Hello(name, extended=True))

    def _helo(self, name: str) -> None:
        self._hello(Hello(name, extended=False))

    def _hello(self, event: Hello) -> None:
        # RFC 2920 §3.1 wants EHLO to be the last of its group. What stands behind it is answered all the
        # same: it runs in order and as what it is, and there are devices that send HELO and MAIL together.
        if len(event.name) > MAX_HELLO:
            self._refuse("EHLO" if event.extended else "HELO", say.BAD_ARGUMENTS)
            return
        self._drop_transaction()  # RFC 5321 §4.1.4
        self._ask(event)

    def _mail(self, argument: str) -> None:
        event = read_mail(argument, self.max_message_size)
        self._rcpt_refused = False
        if isinstance(event, Reply):
            self._mail_refused = True
            self._refuse("MAIL", event, counts=event is not say.TOO_BIG)
        elif event.require_tls and not self.tls:
            self._mail_refused = True
            self._refuse("MAIL", say.REQUIRETLS_NEEDS_TLS)
        else:
            self._ask(event)

    def _rcpt(self, argument: str) -> None:
        assert self.transaction is not None
        event = read_rcpt(argument, self.terms.hostname, smtputf8=self.transaction.smtputf8)
        if isinstance(event, Reply):
            self._rcpt_refused = True
            self._refuse("RCPT", event, counts=False)  # an honest list may hold many bad addresses
        elif len(self.transaction.recipients) >= self.terms.max_recipients:
            self._refuse("RCPT", say.TOO_MANY_RECIPIENTS, counts=False)
        else:
            self._ask(event)

    def _start_data(self, _: str) -> None:
        assert self.transaction is not None
        if self.transaction.body is BodyKind.BINARY:
            self._refuse("DATA", say.BINARY_NEEDS_BDAT)  # RFC 3030 §3
        else:
            self._ask(BodyStart(self.transaction))

    def _announce_chunk(self, argument: str) -> None:
        chunk = read_chunk(argument)
        if chunk is None:  # nobody knows how many octets follow, and they must not run as commands
            self._refuse("BDAT", closing(say.BAD_ARGUMENTS))
            return
        stray: Reply | None = None
        if self.phase is Phase.HELLO:
            stray = say.HELLO_FIRST
        elif self.phase is Phase.MAIL and self._rcpt_refused:
            stray = say.NO_VALID_RECIPIENTS
        elif self.phase not in (Phase.RCPT, Phase.BDAT):
            stray = say.RCPT_FIRST
        if stray is not None and chunk.octets > self.max_message_size + DRAIN_LIMIT:
            self._refuse("BDAT", closing(stray))
            return
        if not chunk.octets and not chunk.last and self._tires("BDAT"):
            return  # a chunk of nothing costs its sender nothing (hazard F7)
        self._intake.announce(chunk, stray)
        if self.phase is Phase.RCPT:
            assert self.transaction is not None
            self._ask(BodyStart(self.transaction))

    def _rset(self, _: str) -> None:
        self._mail_refused = False
        self._drop_transaction()
        self._say(say.RESET_OK)

    def _noop(self, _: str) -> None:
        self._say(say.NOOP_OK)

    def _vrfy(self, _: str) -> None:
        self._say(say.CANNOT_VERIFY)

    def _help(self, _: str) -> None:
        self._say(say.HELP)

    def _quit(self, _: str) -> None:
        self._drop_body()
        self._events.append(Quit())
        self._say(say.BYE)  # what stands behind QUIT is never looked at

    def _starttls(self, _: str) -> None:
        if self.tls:
            self._refuse("STARTTLS", say.TLS_ALREADY)
        elif not self.terms.starttls:
            self._refuse("STARTTLS", say.NOT_IMPLEMENTED)
        else:
            self._ask(StartTls())

    def _authenticate(self, argument: str) -> None:
        if not self.terms.auth:
            self._refuse("AUTH", say.AUTH_NOT_HERE)
        elif not self.tls:
            self._refuse("AUTH", say.AUTH_NEEDS_TLS)
        elif self.authenticated is not None:
            self._refuse("AUTH", say.AUTH_ALREADY)
        else:
            self._auth = AuthExchange()
            self._auth_step(self._auth.begin(argument))

    def _auth_step(self, step: Reply | Authenticate) -> None:
        if self._not_last("AUTH"):
            return
        if isinstance(step, Authenticate):
            self._ask(step)
        elif step.code == 334:
            self.phase = Phase.AUTH
            self._say(step)
        else:
            self._refuse("AUTH", step)

    def _ask_xclient(self, argument: str) -> None:
        if not self._xclient:
            self._refuse("XCLIENT", say.XCLIENT_REFUSED)
        elif (attributes := read_xclient(argument)) is None:
            self._refuse("XCLIENT", say.BAD_ARGUMENTS)
        else:
            self._ask(XClient(attributes))


_COMMANDS: dict[str, Callable[[Hearing, str], None]] = {
    "EHLO": Hearing._ehlo,
    "HELO": Hearing._helo,
    "MAIL": Hearing._mail,
    "RCPT": Hearing._rcpt,
    "DATA": Hearing._start_data,
    "RSET": Hearing._rset,
    "NOOP": Hearing._noop,
    "QUIT": Hearing._quit,
    "VRFY": Hearing._vrfy,
    "HELP": Hearing._help,
    "STARTTLS": Hearing._starttls,
    "AUTH": Hearing._authenticate,
    "XCLIENT": Hearing._ask_xclient,
}
