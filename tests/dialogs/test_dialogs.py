"""Every dialog, played against the machine: whole segments, and byte by byte."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatepost.mail import Address, Reply
from gatepost.mail import reply as say
from gatepost.smtp import (
    Authenticate,
    BodyChunk,
    BodyEnd,
    BodyStart,
    Connected,
    Hello,
    MailFrom,
    ProxyHeader,
    RcptTo,
    ServerEvent,
    ServerSession,
    ServerTerms,
    StartTls,
    XClient,
)

from .player import octets_of, offered, play

SCRIPTS = sorted(Path(__file__).parent.glob("*.smtp"))
TERMS = ServerTerms(hostname="relay.example", client="192.0.2.9")


class Machine:
    """A ServerSession with the dialogs' policy, fed in pieces of a chosen size (0: as they come)."""

    def __init__(self, terms: dict[str, Any], piece: int = 0) -> None:
        self.session = ServerSession(replace(TERMS, **terms))
        self.piece = piece
        self.heard = b""
        self.body = b""
        self.last = b""
        self.advance()

    def send(self, octets: bytes) -> None:
        step = self.piece or max(len(octets), 1)
        for at in range(0, len(octets), step):
            self.session.receive(octets[at : at + step])
            self.advance()

    def reply(self) -> list[str]:
        lines: list[str] = []
        while self.heard:
            line, _, self.heard = self.heard.partition(b"\r\n")
            lines.append(line.decode())
            if line[3:4] != b"-":
                return lines
        assert self.session.closing, "the server says nothing"
        return lines

    def start_tls(self) -> None:
        assert self.session.expects_tls_bytes
        self.session.tls_started()
        self.advance()

    def kept(self) -> bytes:
        return self.last

    def advance(self) -> None:
        while (event := self.session.next_event()) is not None:
            if isinstance(event, ProxyHeader):
                self.session.proceed()
            elif (reply := self.decide(event)) is not None:
                self.session.answer(reply)
        self.heard += self.session.to_send()

    def decide(self, event: ServerEvent) -> Reply | None:
        match event:
            case Connected() | XClient():
                return say.greeting("relay.example")
            case Hello():
                return self.session.hello_reply(event)
            case StartTls():
                return say.READY_FOR_TLS
            case Authenticate():
                right = (event.identity, event.password) == ("ann", "secret")
                return say.AUTHENTICATED if right else say.AUTH_FAILED
            case MailFrom():
                return say.SENDER_OK if self.knows(event.sender, "here.example") else say.RELAY_DENIED
            case RcptTo():
                ours = ("there.example", "relay.example")
                return say.RECIPIENT_OK if self.knows(event.address, *ours) else say.RELAY_DENIED
            case BodyStart():
                self.body = b""
                return say.START_INPUT
            case BodyChunk():
                self.body += event.data
            case BodyEnd():
                assert event.octets == len(self.body)
                self.last = self.body
                return say.queued("0123456789abcdef")
            case _:
                pass
        return None

    @staticmethod
    def knows(address: Address | None, *domains: str) -> bool:
        return address is None or address.domain in domains


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_machine_plays_the_dialog(script: Path) -> None:
    text = script.read_text()
    play(text, Machine(offered(text)))


# Where the same segment matters (bytes behind STARTTLS, DATA, AUTH), cutting it up changes what is said.
SEGMENTS_MATTER = {"injection_behind_starttls", "injection_behind_data", "injection_behind_auth"}


@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if path.stem not in SEGMENTS_MATTER], ids=lambda path: path.stem
)
@pytest.mark.parametrize("piece", [1, 7])
def test_the_dialog_is_the_same_in_small_pieces(script: Path, piece: int) -> None:
    text = script.read_text()
    play(text, Machine(offered(text), piece))


def test_there_are_dialogs_for_the_hazards() -> None:
    assert len(SCRIPTS) >= 25


def test_rows_are_read_with_their_escapes() -> None:
    assert octets_of(r"a\r\n\0\x16{B*3}\\") == b"a\r\n\0\x16BBB\\"
    assert offered("@ starttls max_message_size=10\nC: x") == {"starttls": True, "max_message_size": 10}
