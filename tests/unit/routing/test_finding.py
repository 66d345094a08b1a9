"""Which outcomes speak of the way, and which are the message's own fate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Deferred, Delivered, Failed, Reply
from gatepost.routing import asked_pause, finding_of, host_failed, judge
from gatepost.smtp.answers import read_line

HOST = "mx.contoso.com"


@pytest.mark.parametrize(
    ("stage", "line", "kind"),
    [
        ("RCPT", "550 5.7.64 TenantAttribution; Relay Access Denied", "lasting"),
        ("RCPT", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "lasting"),
        ("RCPT", "550 5.7.1 Unable to relay", "lasting"),
        ("RCPT", "554 5.7.1 <b@fabrikam.com>: Relay access denied", "lasting"),
        ("RCPT", "550 relaying not allowed", "lasting"),
        ("RCPT", "550 5.7.606 Access denied, banned sending IP [192.0.2.9]", "lasting"),
        ("RCPT", "550 5.7.1 Service unavailable, Client host [192.0.2.9] blocked using Spamhaus", "lasting"),
        ("RCPT", "550 5.7.68 TenantInboundAttribution; Direct Send not allowed", "lasting"),
        ("MAIL", "530 5.7.57 Client not authenticated to send mail.", "lasting"),
        ("MAIL", "451 5.7.3 STARTTLS is required to send mail", "lasting"),
        ("END", "554 5.7.60 SMTP; Client does not have permissions to send as this sender", "lasting"),
        ("END", "550 5.7.711 Access denied, bad inbound connector. AS(2204)", "lasting"),
        ("END", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "passing"),
        ("MAIL", "451 4.7.500 Server busy. Please try again later from [192.0.2.9]", "passing"),
        ("RCPT", "421 4.3.2 going down", "passing"),
        # the message's own
        ("RCPT", "550 5.1.1 no such user", None),
        ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", None),
        ("RCPT", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", None),
        ("RCPT", "450 4.7.1 Greylisted, come back in 300 seconds", None),
        ("RCPT", "452 4.5.3 Too many recipients", None),
        ("RCPT", "550 5.2.2 mailbox full", None),
        ("MAIL", "552 5.3.4 Message size exceeds fixed maximum message size", None),
        ("END", "550 5.7.512 Access denied, message must be RFC 5322 compliant", None),
        ("END", "550 5.7.509 Access denied, sending domain does not pass DMARC", None),
        ("END", "554 5.7.1 spam, and no open relay will take it: relaying denied", None),
        ("END", "550 5.6.0 virus found", None),
        ("DATA", "451 4.3.0 later", None),
    ],
)
def test_a_reply_is_about_the_way_or_about_the_message(stage: str, line: str, kind: str | None) -> None:
    found = finding_of(judge(read_line(line.encode()).alone, HOST, stage), stage)
    if kind is None:
        assert found is None
    else:
        assert found is not None
        assert (found.lasting, found.pause is not None) == (kind == "lasting", kind == "pause")


@pytest.mark.parametrize(
    ("outcome", "lasting"),
    [
        (host_failed(HOST, "cannot connect"), False),
        (host_failed(HOST, "our certificate has expired", lasting=True), True),
        (judge(Reply(554, "7.1", "no"), HOST, "CONNECT"), True),
        (judge(Reply(421, "7.0", "busy"), HOST, "CONNECT"), False),
        (judge(Reply(450, "7.1", "not now"), HOST, "EHLO"), False),
        (judge(Reply(535, "7.139", "no"), HOST, "AUTH"), True),
        (judge(Reply(521, None, "no mail here"), HOST, "CONNECT"), True),
        (Deferred("", "DNS is silent", Reply(451, "4.3", "DNS"), host_trouble=True), False),
    ],
)
def test_without_a_session_the_way_cannot_be_used(outcome: Deferred | Failed, lasting: bool) -> None:
    found = finding_of(outcome, "")
    assert found is not None
    assert found.lasting is lasting


def test_what_the_dns_says_of_a_recipient_is_the_messages_own() -> None:
    assert finding_of(Failed("", "no such domain", Reply(550, "1.2", "no")), "") is None
    assert finding_of(Failed("", "null MX", Reply(556, "1.10", "no")), "") is None
    assert finding_of(Delivered(HOST), "END") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Server busy. Please try again in 5 minutes", 300.0),
        ("throttled, retry after 90 seconds", 90.0),
        ("come back in 2 hours", 7_200.0),
        ("wait 99999 hours", 86_400.0),
        ("try again later", None),
        ("try again in 0 seconds", None),
    ],
)
def test_a_host_may_say_for_how_long_it_wants_to_be_left_alone(text: str, seconds: float | None) -> None:
    assert asked_pause(Reply(451, "7.500", text)) == seconds


@given(st.integers(200, 599), st.one_of(st.none(), st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)), st.text())
def test_any_reply_is_read_at_any_stage(code: int, detail: str | None, text: str) -> None:
    for stage in ("", "MAIL", "RCPT", "DATA", "END"):
        finding_of(judge(Reply(code, detail, text), HOST, stage or "CONNECT"), stage)
