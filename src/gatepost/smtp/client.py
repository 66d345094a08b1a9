"""The client's chair: commands out, replies in, one flight where the server allows it.

Every reply to RCPT is read, whatever was pipelined behind it. Between messages RSET goes out only after a
transaction that failed half-way: a completed one leaves nothing behind.
"""

from collections import deque

from gatepost.mail import BodyKind, Envelope, Reply
from gatepost.mail import reply as say

from .dots import ChunkReader, Stuffer, stuff
from .events import Sent, WantBody
from .opening import Opening
from .parcel import Parcel, lacking, refused_here, write_mail, write_recipient
from .recorder import told_message


class ClientSession(Opening):
    """One side of an SMTP or LMTP conversation.

    Feed bytes with `receive` (b"" when the peer hung up), take events, send what `to_send` returns. After
    Greeted, call `start_tls`, `authenticate`, `send` or `quit`, one at a time; `reusable` says that the next
    may be called.
    """

    def __init__(self, hello: str, *, lmtp: bool = False, tls: bool = False) -> None:
        super().__init__(hello, lmtp=lmtp, tls=tls)
        self._parcel: Parcel | None = None
        self._lines: list[str] = []  # the MAIL and RCPT commands of the parcel
        self._dirty = False  # the last transaction failed half-way: RSET before the next
        self._end_sent = False
        self._chunking = False  # this parcel goes by BDAT
        self._stuffer = Stuffer()
        self._newlines = ChunkReader()
        self._fed = 0  # octets of the message, since DATA

    @property
    def reusable(self) -> bool:
        """Whether the session is greeted and at rest: another message may be sent."""
        return self._parcel is None and super().reusable

    # --- what the shell may ask for ---------------------------------------------------------------

    def lacks(self, envelope: Envelope, octets: int = 0) -> Reply | None:
        """Why this server cannot take the message, by what it offers; None when it can."""
        return lacking(envelope, octets, self.extensions)

    def send(
        self,
        envelope: Envelope,
        octets: int,
        content: bytes | None,
        *,
        use_chunking: bool = True,
        long_lines: bool = False,
    ) -> None:
        """Send one message. `content` whole, or None: then WantBody comes, and `body` and `end_body` feed it.

        What only BDAT can carry (BODY=BINARYMIME) goes by BDAT whatever `use_chunking` says; so does a message with
        `long_lines` where the server takes chunks, for DATA has a bound for lines and BDAT counts octets. What the
        server lacks the extension for, or what nobody may be sent, is refused here: Sent comes with our own reply,
        stage MAIL.
        """
        self._at_rest("send")
        offered = self.extensions
        binary = envelope.body is BodyKind.BINARY
        lines = [write_mail(envelope, octets, offered)]
        lines += [write_recipient(recipient, offered) for recipient in envelope.recipients]
        text = "".join(lines)
        parcel = Parcel(envelope, content)
        if refusal := lacking(envelope, octets, offered) or refused_here(envelope, content, text):
            count = len(envelope.recipients)
            self._events.append(Sent((refusal,) * count, ("MAIL",) * count))
            return
        self._parcel, self._lines = parcel, lines
        self._chunking = "CHUNKING" in offered and (binary or long_lines or (use_chunking and content is not None))
        self._end_sent = False
        if "PIPELINING" not in offered:
            self._command(b"RSET\r\n", "RSET") if self._dirty else self._command(lines[0].encode(), "MAIL")
            return
        if self._dirty:
            self._command(b"RSET\r\n", "RSET")
        group = text.encode()
        self._outbox.append(group)
        self._tell(group)
        self._expected.append("MAIL")
        self._expected.extend(["RCPT"] * len(envelope.recipients))
        if content is not None or not self._chunking:
            self._announce_body(parcel)

    @property
    def end_sent(self) -> bool:
        """Whether the end of a message is on its way: from then on it may have been accepted."""
        return self._end_sent

    def body(self, data: bytes) -> None:
        """A piece of the message, after WantBody."""
        if self._parcel is None or self.closed or not data:
            return
        if self._chunking:
            announced = b"BDAT %d\r\n" % len(data)
            self._tell(announced)
            self._octets(announced + data, "CHUNK", told_message(len(data)))
            return
        text = self._newlines.feed(data)
        if self._newlines.bare or b"\0" in data:
            self._close(say.UNSENDABLE, "the message cannot be sent", "END")
        elif text:
            self._fed += len(text)
            self._outbox.append(self._stuffer.feed(text))

    def end_body(self) -> None:
        """The message is complete."""
        if self._parcel is None or self.closed:
            return
        if self._chunking:
            self._command(b"BDAT 0 LAST\r\n", "END")
        else:
            self._newlines.finish()
            if self._newlines.bare:
                self._close(say.UNSENDABLE, "the message cannot be sent", "END")
                return
            self._octets(self._stuffer.end(), "END", told_message(self._fed))
        self._end_sent = True

    # --- replies ----------------------------------------------------------------------------------

    def _take_unexpected(self, reply: Reply) -> None:
        if self._parcel is not None and self._parcel.accepted and not reply.positive:
            # The body is being fed and the server has had enough of it: it may say so early, and we stop.
            self._close(reply, "the server refused the message before its end", "END")
        else:
            super()._take_unexpected(reply)

    def _answer(self, reply: Reply, stage: str) -> None:
        match stage:
            case "END":
                self._answer_end(reply)
            case "RCPT":
                self._answer_recipient(reply)
            case "MAIL":
                self._answer_mail(reply)
            case "DATA":
                self._answer_start(reply)
            case "CHUNK":
                self._answer_chunk(reply)
            case "DOT":
                self._finish(dirty=not reply.positive)
            case "RSET":
                self._answer_reset(reply)
            case "IGNORED":
                pass
            case _:
                super()._answer(reply, stage)

    def _answer_reset(self, reply: Reply) -> None:
        if not reply.positive:
            self._break("RSET was refused", "RSET")
            return
        self._dirty = False
        if self._parcel is not None and not self._expected:  # no pipelining: MAIL waited for this
            self._command(self._lines[0].encode(), "MAIL")

    def _answer_mail(self, reply: Reply) -> None:
        parcel = self._current()
        parcel.answer_mail(reply)
        if self._expected:
            return
        if parcel.mail_refused is not None or parcel.all_answered:
            self._finish(dirty=parcel.mail_refused is None)
        else:
            self._command(self._lines[1].encode(), "RCPT")

    def _answer_recipient(self, reply: Reply) -> None:
        parcel = self._current()
        parcel.answer_recipient(reply)
        if self._expected:
            return
        if not parcel.all_answered:
            self._command(self._lines[parcel.next_recipient + 1].encode(), "RCPT")
        elif parcel.accepted:
            self._announce_body(parcel)
        else:
            self._finish(dirty=True)

    def _announce_body(self, parcel: Parcel) -> None:
        """The recipients are asked, or being asked: now the message."""
        if not self._chunking:
            self._command(b"DATA\r\n", "DATA")
        elif parcel.content is None:
            self._events.append(WantBody())
        else:
            announced = b"BDAT %d LAST\r\n" % len(parcel.content)
            self._outbox.append(announced)
            self._tell(announced)
            self._octets(parcel.content, "END", told_message(len(parcel.content)))
            self._end_sent = True

    def _answer_start(self, reply: Reply) -> None:
        parcel = self._current()
        if reply.positive and reply.code != 354:
            self._break("DATA was answered with something else than 354", "DATA")
        elif not reply.positive:
            parcel.answer_accepted(reply, "DATA")
            self._finish(dirty=True)
        elif not parcel.accepted:
            if self.lmtp:  # RFC 2033 §4.2: it would answer once for each of none
                self._break("354 came though no recipient was accepted", "DATA")
            else:
                self._octets(b".\r\n", "DOT", told_message(0))  # RFC 2920 §3.1
        elif parcel.content is not None:
            self._octets(stuff(parcel.content), "END", told_message(len(parcel.content)))
            self._end_sent = True
        else:
            self._stuffer, self._newlines, self._fed = Stuffer(), ChunkReader(), 0
            self._events.append(WantBody())

    def _answer_chunk(self, reply: Reply) -> None:
        if not reply.positive:
            self._current().answer_accepted(reply, "DATA")
            self._expected = deque("IGNORED" for _ in self._expected)
            self._finish(dirty=True)

    def _answer_end(self, reply: Reply) -> None:
        parcel = self._current()
        if not self.lmtp:
            parcel.answer_accepted(reply, "END")
        elif not parcel.answer_next_final(reply):
            self._expected.appendleft("END")
            return
        self._finish(dirty=not (reply.positive and parcel.accepted))

    # --- moving -----------------------------------------------------------------------------------

    def _current(self) -> Parcel:
        assert self._parcel is not None
        return self._parcel

    def _finish(self, *, dirty: bool) -> None:
        self._dirty = dirty
        parcel, self._parcel = self._current(), None
        self._end_sent = False
        self._events.append(parcel.result())

    def _close(self, reply: Reply | None, reason: str, stage: str | None = None, *, after_end: bool = False) -> None:
        parcel, self._parcel = self._parcel, None
        if stage is None and parcel is not None and not self._expected:
            stage = "END"
        if parcel is not None and self.lmtp and 0 < parcel.finals < len(parcel.accepted):
            # Some recipients have their final reply, and must not get the message twice for the others' sake.
            while not parcel.answer_next_final(say.LOST_REPLY):
                pass
            self._events.append(parcel.result())
        super()._close(reply, reason, stage, after_end=after_end or (self._end_sent and reply is None))
