"""Every conversation with a mailbox server, played against the client's machine."""

from pathlib import Path

import pytest

from gatepost.mail import Deferred, Delivered, Envelope, Recipient, parse_mailbox
from gatepost.routing import host_failed, judge
from gatepost.smtp import ClientEvent, ClientSession, ClosedByServer, Greeted, Sent

from .lmtp_player import MESSAGE, Say, Script, read

SCRIPTS = sorted((Path(__file__).parent / "lmtp").glob("*.lmtp"))
HOST = "mail.example"


class Chair:
    """A client with one message to send, and what came of it."""

    def __init__(self, script: Script) -> None:
        self.session = ClientSession("relay.example", lmtp=True)
        self.script = script
        self.said = b""
        self.fates: dict[str, tuple[str, str]] = {}

    def hear(self, octets: bytes, piece: int) -> None:
        step = piece or max(len(octets), 1)
        for at in range(0, max(len(octets), 1), step):
            self.session.receive(octets[at : at + step])
            while (event := self.session.next_event()) is not None:
                self.take(event)
        self.said += self.session.to_send()

    def take(self, event: ClientEvent) -> None:
        recipients = self.script.recipients
        if isinstance(event, Greeted):
            wanted = tuple(Recipient(address=parse_mailbox(it)) for it in recipients)
            self.session.send(Envelope(sender=None, recipients=wanted), len(MESSAGE), MESSAGE)
        elif isinstance(event, Sent):
            told = [judge(reply, HOST, stage) for reply, stage in zip(event.replies, event.stages, strict=True)]
            for recipient, outcome in zip(recipients, told, strict=True):
                fate = {Delivered: "delivered", Deferred: "waiting"}.get(type(outcome), "failed")
                self.fates[recipient] = (fate, "" if isinstance(outcome, Delivered) else outcome.reason)
        elif isinstance(event, ClosedByServer) and not self.fates:
            reason = f"{event.stage}: {event.reply.text if event.reply is not None else event.reason}"
            failed = host_failed(HOST, reason, event.reply)
            self.fates = dict.fromkeys(recipients, ("waiting", failed.reason))


@pytest.mark.parametrize("piece", [0, 1])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_machine_plays_the_dialog_with_a_mailbox_server(script: Path, piece: int) -> None:
    read_script = read(script.read_text())
    chair = Chair(read_script)
    for step in read_script.steps:
        if isinstance(step, Say):
            chair.hear(step.octets, piece)
            continue
        end = len(step.octets) if step.whole == "octets" else chair.said.index(b"\r\n") + 2
        heard, chair.said = chair.said[:end], chair.said[end:]
        assert heard.startswith(step.octets), (step, heard)
    assert chair.fates.keys() == read_script.fates.keys()
    for recipient, (fate, words) in read_script.fates.items():
        assert chair.fates[recipient][0] == fate, recipient
        assert words in chair.fates[recipient][1]
