"""What a test message is known by, whichever relays it came through, and whose mailbox is whose."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.cli.own_relay import mailbox_pattern
from gatepost.mail import parse_mailbox
from gatepost.tools import MaildirPlace, PastedPlace, PickupFailed, ProbeResult, Search, Sent, find_copy
from gatepost.tools.pickup import bears

TOKEN = "0123456789abcdef"
OTHER = "fedcba9876543210"
MINE = f"Message-ID: <{TOKEN}.verify@contoso.com>\r\nSubject: Gatepost probe {TOKEN}\r\n\r\nx\r\n".encode()


@pytest.mark.parametrize(
    ("header", "is_it"),
    [
        (f"Message-ID: <{TOKEN}.verify@contoso.com>", True),
        (f"X-Gatepost-Probe: {TOKEN}", True),
        (f"Message-ID: <new@ses.example>\r\nSubject: Gatepost probe {TOKEN}", True),
        (f"Subject: [EXTERNAL] Gatepost probe {TOKEN}", True),
        (f"Message-ID: <{OTHER}.verify@contoso.com>\r\nSubject: Gatepost probe {OTHER}", False),
        (f"Subject: Undeliverable: Gatepost probe {TOKEN}\r\nContent-Type: multipart/report; boundary=x", False),
        (f"Subject: Automatic reply: Gatepost probe {TOKEN}\r\nAuto-Submitted: auto-replied", False),
        (f"Subject: Gatepost probe {TOKEN} and more", False),
        (f"Received: from a by b (Gatepost) with ESMTP\r\n id {TOKEN} for <a@b>; Tue, 24 Nov 2026", True),
        (f"Received: from a by b (Gatepost) with ESMTP id {OTHER}; Tue, 24 Nov 2026\r\nX-Other: {TOKEN}", False),
        (f"In-Reply-To: <{TOKEN}.verify@contoso.com>\r\nSubject: Re: hello", False),
        ("", False),
    ],
)
def test_a_copy_is_known_by_its_id_its_header_or_its_subject_and_a_report_is_none(header: str, is_it: bool) -> None:
    message = f"{header}\r\n\r\nbody {TOKEN}\r\n".encode()
    assert bears(message, TOKEN) is is_it
    assert bears(message.replace(b"\r\n", b"\n"), TOKEN) is is_it


@given(st.binary(max_size=2000))
def test_any_octets_are_no_copy_and_no_trouble(content: bytes) -> None:
    assert not bears(content, TOKEN)


def look(place: MaildirPlace) -> str | None:
    found = asyncio.run(place.look(TOKEN))
    return None if found is None else found.key


@pytest.mark.parametrize("part", ["new", "cur", ".Junk/new", ".Archive.2026/cur"])
def test_a_maildir_is_searched_with_its_folders(tmp_path: Path, part: str) -> None:
    place = MaildirPlace(tmp_path)
    assert look(place) is None  # there is nothing yet, and that is no failure
    (tmp_path / part).mkdir(parents=True)
    (tmp_path / part / "other").write_bytes(MINE.replace(TOKEN.encode(), OTHER.encode()))
    assert look(place) is None
    file = tmp_path / part / "copy"
    file.write_bytes(MINE)
    assert look(place) == str(file)


def test_old_mail_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    file = tmp_path / "new" / "copy"
    file.write_bytes(MINE)
    os.utime(file, (time.time() - 86_400,) * 2)
    assert look(MaildirPlace(tmp_path)) is None


def test_a_maildir_that_cannot_be_read_is_told_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "copy").symlink_to(tmp_path / "new" / "copy")  # a circle
    with pytest.raises(PickupFailed, match=r"new/copy cannot be read: .* Remedy: "):
        look(MaildirPlace(tmp_path))


@pytest.mark.parametrize("text", ["", "Subject: another", "x" * 100_000])
def test_pasted_headers_of_another_message_are_refused(text: str) -> None:
    with pytest.raises(PickupFailed, match=f"do not hold {TOKEN}. Remedy: "):
        asyncio.run(PastedPlace(lambda: text).look(TOKEN))


@pytest.mark.parametrize(
    ("domain", "pattern"),
    [
        ("contoso.com", "one"),
        ("mail.contoso.com", "one"),
        ("fabrikam.com", "two"),
        ("mail.fabrikam.com", None),
        ("x.wild.example", "three"),
        ("wild.example", None),
        ("near.contoso.com", None),
        ("deep.near.contoso.com", "one"),
        ("elsewhere.example", None),
    ],
)
def test_the_nearest_accepted_domain_has_the_mailbox(domain: str, pattern: str | None) -> None:
    domains = [
        {"DomainName": "contoso.com", "MatchSubDomains": True, "Maildir": "one"},
        {"DomainName": "near.contoso.com", "MatchSubDomains": False, "Maildir": None},
        {"DomainName": "fabrikam.com", "MatchSubDomains": False, "Maildir": "two"},
        {"DomainName": "*.wild.example", "MatchSubDomains": False, "Maildir": "three"},
    ]
    assert mailbox_pattern(domains, domain) == pattern


def test_what_was_never_taken_is_not_searched_for() -> None:
    sent = Sent(
        recipient=parse_mailbox("anna@contoso.com"),
        token=TOKEN,
        message_id=f"<{TOKEN}.verify@contoso.com>",
        result=ProbeResult(answers=(), transcript=()),
        server="relay.contoso.com:25",
    )
    told = asyncio.run(find_copy(sent, Search(places=())))
    assert not told.held and told.found is None
    assert told.problems == (
        "The message was not taken. Remedy: send it with gatepost send, which shows the whole conversation.",
    )
