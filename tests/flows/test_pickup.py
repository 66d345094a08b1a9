"""The pickup folder of a running relay: files go, and only after the promise; bad ones say why they stayed."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from house import GUEST, PATIENCE, PRINTER, House, by_address, change, domain, house

from gatepost.config import ObjectKind, Settings
from gatepost.inbound import pickup

pytestmark = pytest.mark.flow
CONNECTOR = "SMTP Relay (Non-TLS)"


class Folder:
    """The relay's folder, and short ways to put letters there."""

    def __init__(self, relay: House, path: Path) -> None:
        self.relay = relay
        self.path = path

    def put(self, name: str, text: bytes) -> Path:
        """As a careful program does: written elsewhere, renamed when finished."""
        (self.path / f".{name}.tmp").write_bytes(text)
        return (self.path / f".{name}.tmp").rename(self.path / name)

    def why(self, name: str) -> str:
        """The text beside a bad file, once it is there."""
        self.relay.facts.wait_for("pickup_refused")
        place = self.path / "bad" / f"{name}.txt"
        self.relay.run(_until(lambda: (self.path / "bad" / name).exists()))
        return place.read_text()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickup, "LOOK_SECONDS", 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with house(tmp_path, domain(), by_address(), settings='[pickup]\nfolder = "pickup"') as relay:
        relay.run(_until((tmp_path / "pickup" / "bad").exists))
        yield Folder(relay, tmp_path / "pickup")


LETTER = f"X-Sender: {PRINTER}\r\nX-Receiver: {GUEST}\r\nSubject: x\r\n\r\nHello\r\n".encode()


def test_a_file_is_sent_and_gone_and_its_trace_says_where_it_came_from(folder: Folder) -> None:
    file = folder.put("one.eml", LETTER)
    [arrived] = folder.relay.mail()
    assert arrived.mail.startswith(f"MAIL FROM:<{PRINTER}>")
    assert arrived.rcpt == [f"RCPT TO:<{GUEST}>"]
    assert b"Received: from pickup ([127.0.0.1])" in arrived.content
    assert b"X-Sender" not in arrived.content
    assert arrived.content.endswith(b"\r\n\r\nHello\r\n")
    folder.relay.run(_until(lambda: not file.exists()))
    [accepted] = folder.relay.facts.all("accepted")
    story = folder.relay.trace(accepted["id"])
    assert story["connector"] == CONNECTOR
    assert story["events"][0]["listener"] == "pickup"


def test_a_program_on_windows_writes_in_place_and_names_nobody_but_in_the_header(folder: Folder) -> None:
    text = f"From: {PRINTER}\r\nTo: {GUEST}\r\nBcc: boss@fabrikam.com\r\nSubject: x\r\n\r\nHello".encode()
    with (folder.path / "Report.EML").open("wb") as file:
        for octet in range(0, len(text), 16):
            file.write(text[octet : octet + 16])
            file.flush()
    [arrived] = folder.relay.mail()
    assert len(arrived.rcpt) == 2
    assert b"boss" not in arrived.content


def test_what_is_no_letter_of_ours_stays_untouched(folder: Folder) -> None:
    folder.put("notes.txt", LETTER)
    folder.put(".hidden.eml", LETTER)
    folder.put("one.eml", LETTER)
    assert len(folder.relay.mail()) == 1
    assert (folder.path / "notes.txt").exists()
    assert (folder.path / ".hidden.eml").exists()


def test_what_policy_refuses_is_put_aside_with_reasons_and_remedies(folder: Folder) -> None:
    folder.put("bad.eml", LETTER.replace(PRINTER.encode(), b"me@elsewhere.example"))
    why = folder.why("bad.eml")
    assert f"{GUEST}: 550 5.7.64 TenantAttribution; Relay Access Denied" in why
    assert "The recipient's domain fabrikam.com is not an accepted domain" in why
    assert "Remedy: " in why
    folder.put("bad.eml", b"no letter at all")
    folder.relay.facts.wait_for("pickup_refused", 2)
    folder.relay.run(_until((folder.path / "bad" / "bad-2.eml").exists))
    assert "It has no sender." in (folder.path / "bad" / "bad-2.eml.txt").read_text()
    assert folder.relay.sink.deliveries == []


def test_one_refused_recipient_holds_back_the_whole_file(folder: Folder) -> None:
    folder.relay.change(change(ObjectKind.INBOUND, CONNECTOR, InternalRecipientsOnly=True))
    folder.put("mixed.eml", LETTER.replace(b"X-Receiver", f"X-Receiver: {PRINTER}\r\nX-Receiver".encode(), 1))
    assert folder.why("mixed.eml").count("\n550") == 0
    assert f"{GUEST}: 550 " in folder.why("mixed.eml")
    assert folder.relay.sink.deliveries == []


def test_what_may_be_taken_later_stays_where_it_is(folder: Folder) -> None:
    folder.relay.change(change(ObjectKind.INBOUND, CONNECTOR, MaxMessagesPerMinute=1))
    first, second = folder.put("a.eml", LETTER), folder.put("b.eml", LETTER)
    [waits] = folder.relay.facts.wait_for("pickup_waits")
    assert waits["reply"].startswith("4")
    folder.relay.run(_until(lambda: first.exists() != second.exists()))
    assert not (folder.path / "bad" / waits["file"]).exists()


def test_a_message_with_a_nul_or_a_forged_from_is_refused_as_from_a_device(folder: Folder) -> None:
    folder.put("nul.eml", LETTER + b"\0")
    assert "NUL" in folder.why("nul.eml")


def test_a_large_file_costs_little_memory_and_arrives_whole(folder: Folder) -> None:
    body = b"x" * 70 + b"\n"
    folder.put("large.eml", LETTER + body * 100_000)
    [arrived] = folder.relay.mail()
    assert arrived.content.endswith(b"x" * 70 + b"\r\n")
    assert len(arrived.content) > 7_200_000


def test_a_folder_that_cannot_be_used_is_told_once_and_taken_up_again(tmp_path: Path) -> None:
    (tmp_path / "pickup").write_text("a file where a folder should be")
    with house(tmp_path, domain(), by_address(), settings='[pickup]\nfolder = "pickup"') as relay:
        [told] = relay.facts.wait_for("pickup_unusable")
        assert "cannot be used" in told["problem"]
        os.unlink(tmp_path / "pickup")
        relay.run(_until((tmp_path / "pickup" / "bad").exists))
        Folder(relay, tmp_path / "pickup").put("one.eml", LETTER)
        assert len(relay.mail()) == 1
        assert len(relay.facts.all("pickup_unusable")) == 1


def test_a_burst_of_files_is_sent_once_each(folder: Folder) -> None:
    for number in range(100):
        folder.put(f"{number}.eml", LETTER.replace(b"Subject: x", b"Subject: %d" % number))
    arrived = folder.relay.mail(100)
    subjects = {it.content.partition(b"Subject: ")[2].partition(b"\r\n")[0] for it in arrived}
    assert len(arrived) == len(subjects) == 100


def test_the_limits_of_the_house_hold_for_files(tmp_path: Path) -> None:
    def small(settings: Settings) -> Settings:
        return replace(settings, limits=replace(settings.limits, max_message_size=2000, max_recipients=2))

    with house(tmp_path, domain(), by_address(), settings='[pickup]\nfolder = "pickup"', tune=small) as relay:
        relay.run(_until((tmp_path / "pickup" / "bad").exists))
        there = Folder(relay, tmp_path / "pickup")
        there.put("big.eml", LETTER + b"x" * 2000)
        assert "552 5.3.4" in there.why("big.eml")
        there.put(
            "many.eml", LETTER.replace(b"X-Receiver", b"X-Receiver: a@x.example, b@x.example, c@x.example\r\nX-Y")
        )
        assert "3 recipients, and 2 is the most" in there.why("many.eml")
