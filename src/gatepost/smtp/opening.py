"""The client's side of a session around its messages: banner, EHLO, STARTTLS, AUTH, QUIT, and the end.

What is expected is a queue of stages, in the order in which the commands went out; each reply takes the
first. A reply that nobody expects is a protocol error, because it may be an answer that somebody planted
(hazard T2).
"""

from collections import deque

from gatepost.errors import IllegalMove
from gatepost.mail import Reply
from gatepost.mail import reply as say

from .answers import Answers, Nonsense
from .auth import AuthScript
from .events import (
    Authenticated,
    AuthenticationRefused,
    ClientEvent,
    ClosedByServer,
    Greeted,
    TlsAgreed,
    TlsRefused,
)
from .extensions import read_offer
from .recorder import MASKED, Recorder, told_lines, told_reply


class Opening:
    """A session without a message in it."""

    def __init__(self, hello: str, *, lmtp: bool, tls: bool) -> None:
        self.hello = hello
        self.lmtp = lmtp
        self.tls = tls
        self.extensions: dict[str, str] = {}
        self.closed = False
        self.recorder: Recorder | None = None  # hears the session, where somebody wants to
        self._answers = Answers()
        self._outbox: list[bytes] = []
        self._events: deque[ClientEvent] = deque()
        self._expected: deque[str] = deque(["CONNECT"])
        self._greeted = False
        self._handshaking = False
        self._ended = False
        self._secrets: tuple[bytes, ...] = ()
        self._challenge = ""

    def __repr__(self) -> str:
        return f"<ClientSession expecting {list(self._expected)}>"

    def receive(self, data: bytes) -> None:
        """Bytes from the server, b"" when it hung up."""
        if self.closed:
            return
        if not data:
            self._ended = True
        elif self._handshaking:
            self._break("bytes came between the answer to STARTTLS and the handshake")
        else:
            self._answers.add(data)

    def next_event(self) -> ClientEvent | None:
        """The next event; None when it needs bytes, or a command from the shell."""
        events = self._events
        while not events:
            if self.closed:
                return None
            try:
                reply = self._answers.take()
            except Nonsense as error:
                self._break(str(error))
                continue
            if reply is not None:
                self._take(reply)
            elif self._ended:
                self._close(None, "the connection ended")
            else:
                return None
        return events.popleft()

    def to_send(self) -> bytes:
        """Everything queued, in one piece."""
        outbox = self._outbox
        if not outbox:
            return b""
        queued = b"".join(outbox)
        outbox.clear()
        return queued

    @property
    def reusable(self) -> bool:
        """Whether the session is greeted and at rest: another message may be sent."""
        return self._greeted and not (self.closed or self._ended or self._expected or self._handshaking)

    # --- what the shell may ask for ---------------------------------------------------------------

    def start_tls(self) -> None:
        """Ask for STARTTLS; TlsAgreed or TlsRefused comes."""
        self._at_rest("start TLS")
        self._command(b"STARTTLS\r\n", "STARTTLS")

    def tls_started(self) -> None:
        """The handshake is done: EHLO goes out again, the old offers are forgotten (RFC 3207 §4.2)."""
        self.tls = True
        self.extensions = {}
        self._handshaking = False
        self._greeted = False
        self._say_hello()

    def authenticate(self, user: str, secret: str, *, mechanism: str = "") -> None:
        """AUTH by the mechanism, or PLAIN, else LOGIN; raises IllegalMove outside TLS, where no secret belongs."""
        if not self.tls:
            raise IllegalMove("AUTH outside TLS")
        self._at_rest("authenticate")
        script = AuthScript.write(self.extensions.get("AUTH", ""), user, secret, mechanism=mechanism)
        if script is None:
            self._events.append(AuthenticationRefused(say.AUTH_UNKNOWN_MECHANISM))
            return
        self._secrets, self._challenge = script.answers, ""
        self._command(script.command, "AUTH")

    def reset(self) -> None:
        """RSET: is the server still there, and has it forgotten everything?"""
        self._at_rest("reset")
        self._command(b"RSET\r\n", "RSET")

    def quit(self) -> None:
        """QUIT; ClosedByServer with stage QUIT comes when the server has said good-bye."""
        if not self.closed:
            self._command(b"QUIT\r\n", "QUIT")

    # --- replies ----------------------------------------------------------------------------------

    def _take(self, reply: Reply) -> None:
        """Give a reply to the command that it answers."""
        stage = self._expected[0] if self._expected else ""
        if self.recorder is not None:
            for line in told_reply(reply):
                self.recorder.server_said(line)
        if reply.code == 421:
            self._close(reply, "the server closes the connection", stage or None)
        elif not stage:
            self._take_unexpected(reply)
        else:
            self._expected.popleft()
            if reply.code // 100 == 3 and stage not in ("AUTH", "DATA", "DOT", "IGNORED"):
                self._break("an intermediate reply came out of turn", stage)
            else:
                self._answer(reply, stage)

    def _take_unexpected(self, reply: Reply) -> None:
        self._break("a reply came that nobody waits for")

    def _answer(self, reply: Reply, stage: str) -> None:
        """A reply to anything that is not about a message."""
        match stage:
            case "CONNECT" if reply.positive:
                self._say_hello()
            case "CONNECT":
                self._close(reply, "the greeting refuses us", stage)
            case "EHLO" | "LHLO" | "HELO":
                self._answer_hello(reply, stage)
            case "STARTTLS":
                self._answer_starttls(reply)
            case "AUTH":
                self._answer_auth(reply)
            case "QUIT":
                self._close(reply, "good-bye", stage)

    def _answer_hello(self, reply: Reply, stage: str) -> None:
        if reply.positive:
            self.extensions = {} if stage == "HELO" else read_offer(reply)
            self._greeted = True
            self._events.append(Greeted(dict(self.extensions)))
        elif stage == "EHLO" and reply.code >= 500:
            self._command(f"HELO {self.hello}\r\n".encode(), "HELO")  # RFC 5321 §3.2
        else:
            self._close(reply, f"{stage} was refused", stage)

    def _answer_starttls(self, reply: Reply) -> None:
        if not reply.positive:
            self._events.append(TlsRefused(reply))
        elif self._answers.pending:
            self._break("bytes came behind the answer to STARTTLS", "STARTTLS")
        else:
            self._handshaking = True
            self._events.append(TlsAgreed())

    def _answer_auth(self, reply: Reply) -> None:
        if reply.code == 334:
            answer, *rest = self._secrets or (b"*\r\n",)
            self._secrets, self._challenge = tuple(rest), reply.text
            self._octets(answer, "AUTH", MASKED)
            return
        self._secrets = ()
        if reply.code // 100 == 3:
            self._break("an intermediate reply came out of turn", "AUTH")
        else:
            self._events.append(Authenticated() if reply.positive else AuthenticationRefused(reply, self._challenge))

    # --- moving -----------------------------------------------------------------------------------

    def _command(self, octets: bytes, stage: str) -> None:
        self._outbox.append(octets)
        self._expected.append(stage)
        if self.recorder is not None:
            self._tell(octets)

    def _octets(self, octets: bytes, stage: str, told: str) -> None:
        """What is no command line goes out, and is told in other words."""
        self._outbox.append(octets)
        self._expected.append(stage)
        if self.recorder is not None:
            self.recorder.client_said(told)

    def _tell(self, octets: bytes) -> None:
        if self.recorder is not None:
            for line in told_lines(octets):
                self.recorder.client_said(line)

    def _say_hello(self) -> None:
        verb = "LHLO" if self.lmtp else "EHLO"
        self._command(f"{verb} {self.hello}\r\n".encode(), verb)

    def _at_rest(self, what: str) -> None:
        if not self.reusable:
            raise IllegalMove(f"to {what} while {list(self._expected) or 'not greeted'}")

    def _break(self, reason: str, stage: str | None = None) -> None:
        self._close(None, f"protocol error: {reason}", stage)

    def _close(self, reply: Reply | None, reason: str, stage: str | None = None, *, after_end: bool = False) -> None:
        """Nothing more will come. What is queued is not sent any more."""
        if stage is None:
            stage = self._expected[0] if self._expected else "IDLE"
        self.closed = True
        self._secrets = ()
        self._outbox.clear()
        self._events.append(ClosedByServer(reply, reason, stage, after_end))
