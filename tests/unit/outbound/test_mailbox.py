"""Maildir delivery: where it lands, what it holds, and what a hostile local part cannot do."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, Deferred, Delivered, Failed, without_detail
from gatepost.mail.reply import LOOP
from gatepost.outbound.mailbox import deliver_to_mailbox, mailbox_folder, safe_name
from gatepost.spool import Content

BOB = Address("Bob", "contoso.com")
SENDER = Address("anna", "fabrikam.com")
MESSAGE = b"Return-Path: <old@x.example>\r\nSubject: hi\r\n\r\nbody\r\n"


def inline(content: bytes) -> Content:
    return Content(octets=len(content), inline=content)


def letters(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((folder / "new").iterdir())]


@pytest.mark.parametrize(
    ("local", "name"),
    [("bob", "bob"), ("Anna.Lee+news", "anna.lee+news"), ("o_o", "o_o")],
)
def test_ordinary_local_parts_are_their_own_folder(local: str, name: str) -> None:
    assert safe_name(local) == name


@given(st.text(min_size=1, max_size=80))
def test_no_local_part_leaves_its_place(local: str) -> None:
    folder = mailbox_folder("/mail/{domain}/{local}", Address(local, "contoso.com"))
    assert folder.parent == Path("/mail/contoso.com")
    assert set(folder.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._+-")
    assert not folder.name.startswith(".")


@given(st.lists(st.text(max_size=20).map(str.lower), min_size=2, max_size=6, unique=True))
def test_different_local_parts_never_share_a_folder(locals_: list[str]) -> None:
    assert len({safe_name(local) for local in locals_}) == len(locals_)


def test_a_pattern_is_not_a_template_language() -> None:
    folder = mailbox_folder("/mail/{local.__class__}/{local}", Address("{domain}", "contoso.com"))
    assert folder.parent == Path("/mail/{local.__class__}")
    assert "contoso" not in folder.name


def test_marks_stand_in_front_and_the_old_return_path_is_gone(tmp_path: Path) -> None:
    outcome = deliver_to_mailbox(tmp_path / "bob", BOB, SENDER, inline(MESSAGE))
    assert isinstance(outcome, Delivered)
    assert letters(tmp_path / "bob") == [
        b"Return-Path: <anna@fabrikam.com>\r\nDelivered-To: Bob@contoso.com\r\nSubject: hi\r\n\r\nbody\r\n"
    ]
    assert list((tmp_path / "bob" / "tmp").iterdir()) == []


def test_the_null_sender_is_written_as_such(tmp_path: Path) -> None:
    deliver_to_mailbox(tmp_path, BOB, None, inline(MESSAGE))
    assert letters(tmp_path)[0].startswith(b"Return-Path: <>\r\n")


def test_a_large_body_comes_from_its_file(tmp_path: Path) -> None:
    content = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" * 400_000
    (tmp_path / "body").write_bytes(content)
    stored = Content(octets=len(content), file=tmp_path / "body")
    deliver_to_mailbox(tmp_path / "bob", BOB, SENDER, stored)
    assert letters(tmp_path / "bob")[0].endswith(content)


def test_a_message_that_comes_round_again_is_refused(tmp_path: Path) -> None:
    deliver_to_mailbox(tmp_path, BOB, SENDER, inline(MESSAGE))
    again = deliver_to_mailbox(tmp_path, BOB, SENDER, inline(letters(tmp_path)[0]))
    assert isinstance(again, Failed) and again.reply == LOOP
    assert len(letters(tmp_path)) == 1


def test_two_messages_in_the_same_moment_keep_two_names(tmp_path: Path) -> None:
    for _ in range(50):
        deliver_to_mailbox(tmp_path, BOB, SENDER, inline(MESSAGE))
    assert len(letters(tmp_path)) == 50


def test_a_folder_that_cannot_be_made_defers_without_a_path_in_the_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    outcome = deliver_to_mailbox(tmp_path / "file" / "bob", BOB, SENDER, inline(MESSAGE))
    assert isinstance(outcome, Deferred)
    assert str(tmp_path) not in outcome.reason


def test_a_full_disk_defers_and_leaves_no_half_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = deliver_to_mailbox(tmp_path, BOB, SENDER, inline(MESSAGE))
    assert isinstance(outcome, Deferred) and outcome.host_trouble
    assert outcome.reply is not None and outcome.reply.enhanced == "4.2.2"
    assert list((tmp_path / "tmp").iterdir()) == list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("local", "owner"),
    [("anna+news", "anna"), ("anna+a+b", "anna"), ("anna+", "anna"), ("+news", "+news"), ('"a+b"', '"a+b"')],
)
def test_what_follows_a_plus_is_the_owners_own_note(local: str, owner: str) -> None:
    assert without_detail(Address(local, "contoso.com")).local == owner
