"""Reports read by the standard library's parser, as any mail client would."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, Deferred, Delivered, Failed, Language, Reply, ReportedRecipient, write_report
from gatepost.mail.report import MAX_RETURNED

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SENDER = Address("anna", "contoso.com")
BOB = Address("bob", "fabrikam.com")
ORIGINAL = b"From: anna@contoso.com\r\nSubject: Printer report\r\n\r\nHello\r\n.dot\r\n"
UNKNOWN = Failed("mx.fabrikam.com", "RCPT: no such user", Reply(550, "1.1", "no such user"))


def written(
    *recipients: ReportedRecipient,
    original: bytes = ORIGINAL,
    full: bool = False,
    envid: str | None = None,
    language: Language = Language.ENGLISH,
) -> bytes:
    return write_report(
        recipients or (ReportedRecipient(address=BOB, outcome=UNKNOWN),),
        original,
        to=SENDER,
        hostname="relay.contoso.com",
        queue_id="0123456789abcdef",
        arrival=AT,
        now=AT,
        boundary="=_b0",
        message_id="<r1@relay.contoso.com>",
        envid=envid,
        full=full,
        language=language,
    )


def read(report: bytes) -> EmailMessage:
    message = message_from_bytes(report, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert len(list(message.iter_parts())) == 3
    return message


def fields(report: bytes) -> list[dict[str, str]]:
    part = list(read(report).iter_parts())[1]
    blocks = part.get_payload()
    assert isinstance(blocks, list)
    return [{name.lower(): str(value) for name, value in block.items()} for block in blocks]  # type: ignore[union-attr]


def human(report: bytes) -> str:
    part = next(iter(read(report).iter_parts()))
    return str(part.get_content())


def test_a_failure_is_told_to_machines() -> None:
    about, bob = fields(written(envid="QQ+2B1"))
    assert about["reporting-mta"] == "dns; relay.contoso.com"
    assert about["original-envelope-id"] == "QQ+1"
    assert about["arrival-date"] == "Tue, 24 Nov 2026 12:00:00 +0000"
    assert bob["final-recipient"] == "rfc822; bob@fabrikam.com"
    assert bob["action"] == "failed"
    assert bob["status"] == "5.1.1"
    assert bob["remote-mta"] == "dns; mx.fabrikam.com"
    assert bob["diagnostic-code"] == "smtp; 550 5.1.1 no such user"


def test_a_failure_is_told_to_people() -> None:
    text = " ".join(human(written()).split())
    assert "Printer report" in text
    assert "could not be delivered to <bob@fabrikam.com>" in text
    assert "no such user" in text
    assert "check the address for typing errors" in text


def test_a_person_is_told_in_their_language_and_whoever_helps_them_in_english_below() -> None:
    report = written(language=Language.SIMPLIFIED_CHINESE)
    message, text = read(report), human(report)
    assert report.isascii()  # every server on the way can take it
    assert message["Content-Language"] == "zh-Hans, en"
    assert message["Subject"] == "无法送达：您的邮件未能送达"
    assert "原因：接收服务器上没有此地址。" in text
    assert text.index("解决办法") < text.index("-- English --") < text.index("What to do: check the address")


@pytest.mark.parametrize("language", Language)
def test_machines_are_told_the_same_in_every_language(language: Language) -> None:
    assert fields(written(language=language)) == fields(written())


def test_a_report_cannot_cause_another() -> None:
    message = read(written())
    assert message["Auto-Submitted"] == "auto-replied"
    assert "postmaster@relay.contoso.com" in message["From"]
    assert message["To"] == "anna@contoso.com"


@pytest.mark.parametrize(
    ("recipient", "action", "status", "subject"),
    [
        (ReportedRecipient(address=BOB, outcome=UNKNOWN), "failed", "5.1.1", "Undeliverable"),
        (ReportedRecipient(address=BOB, outcome=Deferred("h", "busy")), "delayed", "4.0.0", "Delayed"),
        (ReportedRecipient(address=BOB, outcome=Delivered("h")), "delivered", "2.0.0", "Delivered"),
        (ReportedRecipient(address=BOB, outcome=Delivered("h"), relayed=True), "relayed", "2.0.0", "Relayed"),
    ],
)
def test_each_action_has_its_words(recipient: ReportedRecipient, action: str, status: str, subject: str) -> None:
    report = written(recipient)
    assert fields(report)[1]["action"] == action
    assert fields(report)[1]["status"] == status
    assert read(report)["Subject"].startswith(subject)


def test_a_delay_says_until_when_it_is_tried() -> None:
    report = written(ReportedRecipient(address=BOB, outcome=Deferred("", "no answer"), retry_until=AT))
    assert fields(report)[1]["will-retry-until"].startswith("Tue, 24 Nov 2026")
    assert "keeps trying until Tue, 24 Nov 2026" in " ".join(human(report).split())


def test_our_own_verdict_is_not_put_into_a_foreign_mouth() -> None:
    report = written(ReportedRecipient(address=BOB, outcome=Failed("", "given up", Reply(554, "4.7", "expired"))))
    block = fields(report)[1]
    assert "remote-mta" not in block
    assert block["diagnostic-code"] == "x-gatepost; given up"
    assert block["status"] == "5.4.7"


def test_the_original_recipient_is_given_back_decoded() -> None:
    report = written(ReportedRecipient(address=BOB, outcome=UNKNOWN, orcpt="rfc822;b+2Bx@fabrikam.com"))
    assert fields(report)[1]["original-recipient"] == "rfc822; b+x@fabrikam.com"


def test_several_recipients_share_a_report() -> None:
    carol = ReportedRecipient(address=Address("carol", "x.example"), outcome=UNKNOWN)
    assert len(fields(written(ReportedRecipient(address=BOB, outcome=UNKNOWN), carol))) == 3


def test_only_the_header_comes_back_unless_all_was_asked_for() -> None:
    part = list(read(written()).iter_parts())[2]
    assert part.get_content_type() == "text/rfc822-headers"
    assert b"Hello" not in written()


def test_ret_full_gives_the_message_back_byte_for_byte() -> None:
    report = written(full=True)
    assert list(read(report).iter_parts())[2].get_content_type() == "message/rfc822"
    assert ORIGINAL in report


@pytest.mark.parametrize(
    "original",
    [
        pytest.param(b"A: b\r\n\r\n" + b"x" * MAX_RETURNED, id="too large"),
        pytest.param(b"A: b\r\n\r\n" + b"x" * 999 + b"\r\n", id="a line too long for mail"),
        pytest.param(b"A: b\r\n\r\nbare\nfeed\r\n", id="bare newline"),
        pytest.param(b"A: b\r\n\r\n--=_b0--\r\n", id="our boundary inside"),
    ],
)
def test_what_cannot_travel_inside_a_report_is_left_out(original: bytes) -> None:
    part = list(read(written(original=original, full=True)).iter_parts())[2]
    assert part.get_content_type() == "text/rfc822-headers"


def test_an_international_recipient_makes_a_global_report() -> None:
    wide = ReportedRecipient(address=Address("bøb", "fabrikam.com"), outcome=UNKNOWN)
    part = list(read(written(wide)).iter_parts())[1]
    assert part.get_content_type() == "message/global-delivery-status"
    assert "Final-Recipient: utf-8; bøb@fabrikam.com".encode() in written(wide)


HOSTILE = st.text(st.sampled_from("a\r\n\0\x1b: -=_b0é\u2028\ud800"), max_size=60)


@given(reply=HOSTILE, reason=HOSTILE, host=HOSTILE, orcpt=HOSTILE, envid=HOSTILE)
def test_nothing_foreign_can_add_a_field_or_a_part(reply: str, reason: str, host: str, orcpt: str, envid: str) -> None:
    outcome = Failed(host, reason, Reply(550, "7.1", reply))
    report = written(ReportedRecipient(address=BOB, outcome=outcome, orcpt=f"rfc822;{orcpt}"), envid=envid)
    known = {
        "reporting-mta", "original-envelope-id", "arrival-date", "original-recipient", "final-recipient",
        "action", "status", "remote-mta", "diagnostic-code",
    }  # fmt: skip
    for block in fields(report):
        assert set(block) <= known
    assert report.count(b"\r") == report.count(b"\n") == report.count(b"\r\n")
    assert b"\0" not in report


@given(st.binary(max_size=3_000), st.booleans())
def test_any_original_leaves_a_report_of_tidy_lines(original: bytes, full: bool) -> None:
    report = written(original=original, full=full)
    assert report.count(b"\r") == report.count(b"\n") == report.count(b"\r\n")
    assert all(len(line) <= 998 for line in report.split(b"\r\n"))
    assert len(list(read(report).iter_parts())) == 3
