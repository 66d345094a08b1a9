"""The digest, and what it is not written about."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, Cause, DigestEntry, Language, about_mail_itself, write_digest
from gatepost.mail.digest import MOST_LISTED

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def entry(**more: object) -> DigestEntry:
    known: dict[str, object] = {
        "at": AT, "failed": True, "recipient": "b@fabrikam.com", "sender": "", "subject": "Scan", "cause": Cause.SIZE,
        "said": "mx.example: END: too big", "queue_id": "0123456789abcdef", "device": "192.0.2.9",
        "connector": "Printers",
    }  # fmt: skip
    return DigestEntry(**(known | more))  # type: ignore[arg-type]


def written(*entries: DigestEntry, language: Language = Language.ENGLISH) -> bytes:
    return write_digest(
        entries,
        failed=sum(it.failed for it in entries),
        delayed=sum(not it.failed for it in entries),
        to=Address("owner", "contoso.com"),
        hostname="relay.contoso.com",
        now=AT,
        message_id="<d1@relay.contoso.com>",
        language=language,
    )


def test_a_digest_names_message_cause_remedy_and_trace_id_of_each() -> None:
    message = message_from_bytes(written(entry(), entry(failed=False)), policy=policy.default)
    assert message["Subject"] == "Mail of your devices: 1 not delivered, 1 delayed"
    text = message.get_content()
    for told in (
        "<b@fabrikam.com>",
        "'Printers'",
        "larger than",
        "send a smaller message",
        "0123456789abcdef",
        "too big",
    ):
        assert told in " ".join(text.split())


def test_a_long_digest_counts_the_rest() -> None:
    text = message_from_bytes(written(*[entry()] * (MOST_LISTED + 7)), policy=policy.default).get_content()
    assert "There are 7 more" in text


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(Language))
def test_nothing_foreign_can_add_a_field_or_break_a_line(subject: str, said: str, language: Language) -> None:
    octets = written(entry(subject=subject, said=said), language=language)
    assert octets.isascii()
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    assert message_from_bytes(octets, policy=policy.default)["Auto-Submitted"] == "auto-generated"


def test_machines_that_report_on_mail_are_told_from_printers() -> None:
    assert about_mail_itself(b"Auto-Submitted: auto-replied\r\n\r\n")
    assert about_mail_itself(b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n")
    assert not about_mail_itself(b"Auto-Submitted: no\r\nSubject: Scan\r\n\r\n")
    assert not about_mail_itself(b"Subject: Scan\r\n\r\n")
