"""Replies as hosts of the world give them, each with the cause that a person would name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Cause, Deferred, Failed, Language, Reply, cause_of, remedy, why
from gatepost.mail import reply as say

CASES = [
    (Cause.UNKNOWN_RECIPIENT, 550, "1.1", "RCPT", "<b@x.example>: Recipient address rejected: User unknown"),
    (Cause.UNKNOWN_RECIPIENT, 550, "1.1", "RCPT", "The email account that you tried to reach does not exist"),
    (Cause.UNKNOWN_RECIPIENT, 550, "1.10", "END", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP"),
    (Cause.UNKNOWN_RECIPIENT, 550, "4.1", "RCPT", "Recipient address rejected: Access denied. AS(201806281)"),
    (Cause.UNKNOWN_RECIPIENT, 550, None, "RCPT", "No such user here"),
    (Cause.UNKNOWN_RECIPIENT, 550, None, "RCPT", "no"),
    (Cause.UNKNOWN_DOMAIN, 556, "1.10", "RCPT", "Recipient address has null MX"),
    (Cause.UNKNOWN_DOMAIN, 521, None, "CONNECT", "This host takes no mail"),
    (Cause.MAILBOX_FULL, 452, "2.2", "RCPT", "The email account that you tried to reach is over quota"),
    (Cause.MAILBOX_FULL, 554, "2.2", "END", "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"),
    (Cause.MAILBOX_FULL, 552, None, "RCPT", "Requested mail action aborted: exceeded storage allocation"),
    (Cause.POLICY, 550, "7.1", "END", "Message rejected as spam by Content Filtering"),
    (Cause.POLICY, 550, "7.26", "END", "This mail does not pass authentication checks (SPF and DKIM did not pass)"),
    (Cause.POLICY, 550, "7.606", "CONNECT", "Access denied, banned sending IP [192.0.2.9]"),
    (Cause.POLICY, 554, "7.1", "RCPT", "Service unavailable; Client host [192.0.2.9] blocked using zen.example"),
    (Cause.POLICY, 554, None, "END", "Transaction failed"),
    (Cause.SIGN_IN, 535, "7.8", "AUTH", "Username and Password not accepted"),
    (Cause.SIGN_IN, 535, "7.139", "AUTH", "Authentication unsuccessful, SmtpClientAuthentication is disabled"),
    (Cause.SIGN_IN, 530, "7.57", "MAIL", "Client not authenticated to send mail"),
    (Cause.SIGN_IN, 550, "7.30", "AUTH", "Basic authentication is not supported for Client Submission"),
    (Cause.TLS, 550, "7.30", "MAIL", "REQUIRETLS support required"),
    (Cause.TLS, 530, "7.0", "MAIL", "Must issue a STARTTLS command first"),
    (Cause.TLS, 454, "7.0", "STARTTLS", "TLS not available due to temporary reason"),
    (Cause.TLS, 550, "7.10", "MAIL", "Encryption needed"),
    (Cause.NETWORK, 421, "4.2", "EHLO", "Timeout"),
    (Cause.NETWORK, 450, "4.1", "RCPT", "cannot find your hostname"),
    (Cause.SIZE, 552, "3.4", "MAIL", "Message size exceeds fixed limit"),
    (Cause.SIZE, 552, None, "END", "no"),
    (Cause.SIZE, 550, "2.3", "END", "RESOLVER.RST.RecipSizeLimit; message too large for this recipient"),
    (Cause.RATE_LIMIT, 451, "7.1", "RCPT", "Greylisted, please come back in 5 minutes"),
    (Cause.RATE_LIMIT, 432, "3.2", "END", "Concurrent connections limit exceeded"),
    (Cause.RATE_LIMIT, 451, "7.500", "MAIL", "Server busy. Please try again later"),
    (Cause.RATE_LIMIT, 421, "7.28", "END", "Our system has detected an unusual rate of mail"),
    (Cause.RATE_LIMIT, 550, "7.233", "END", "tenant has exceeded the recipient rate limit"),
    (Cause.RATE_LIMIT, 452, "5.3", "RCPT", "Too many recipients"),
    (Cause.RELAY_DENIED, 550, "7.64", "RCPT", "TenantAttribution; Relay Access Denied"),
    (Cause.RELAY_DENIED, 554, "7.1", "RCPT", "<b@x.example>: Relay access denied"),
    (Cause.RELAY_DENIED, 550, None, "RCPT", "relaying not permitted"),
    (Cause.FORMAT, 550, "6.11", "END", "SMTPSEND.BareLinefeedsAreIllegal"),
    (Cause.LOOP, 554, "4.6", "END", "Hop count exceeded - possible mail loop"),
    (Cause.LOOP, 554, "4.14", "END", "Hop count exceeded"),
    (Cause.EXPIRED, 550, "4.316", "END", "Message expired, connection refused"),
    (Cause.OTHER, 503, "5.1", "DATA", "bad sequence"),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "code", "detail", "stage", "text"), CASES)
def test_a_hosts_reply_has_its_cause(cause: Cause, code: int, detail: str | None, stage: str, text: str) -> None:
    kind = Deferred if code < 500 else Failed
    assert cause_of(kind("mx.example", f"{stage}: {text}", Reply(code, detail, text))) is cause


OURS = [
    (Cause.UNKNOWN_DOMAIN, say.NO_SUCH_DOMAIN),
    (Cause.UNKNOWN_DOMAIN, say.NULL_MX),
    (Cause.LOOP, say.MX_LOOP),
    (Cause.RETURNED, say.RETURNED),
    (Cause.EXPIRED, say.EXPIRED),
    (Cause.SIZE, say.GRAPH_TOO_BIG),
    (Cause.FORMAT, say.NEEDS_SMTPUTF8),
    (Cause.FORMAT, say.UNSENDABLE),
    (Cause.LOCAL, say.CANNOT_SIGN),
    (Cause.LOCAL, say.INTERNAL_TROUBLE),
]


@pytest.mark.parametrize(("cause", "reply"), OURS)
def test_what_this_relay_says_itself_has_its_cause(cause: Cause, reply: Reply) -> None:
    assert cause_of(Failed("", "in words", reply)) is cause


def test_a_host_that_says_nothing_is_a_matter_of_the_network_unless_it_is_known_better() -> None:
    silent = Deferred("mx.example", "cannot connect", host_trouble=True)
    assert cause_of(silent) is Cause.NETWORK
    assert cause_of(Deferred("mx.example", "the certificate ends", host_trouble=True, cause=Cause.TLS)) is Cause.TLS


@given(
    st.integers(200, 599), st.text("0123456789.x", max_size=9) | st.none(), st.text(max_size=9), st.text(max_size=80)
)
def test_whatever_a_host_says_there_is_one_cause(code: int, detail: str | None, stage: str, text: str) -> None:
    assert cause_of(Failed("mx.example", f"{stage}: {text}", Reply(code, detail, text))) in Cause


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_sentence_and_a_remedy_in_every_language(cause: Cause, language: Language) -> None:
    told = why(cause, language), remedy(cause, language)
    assert all(it and it[-1] in ".。" for it in told)
    assert all(it.isascii() for it in told) is (language is Language.ENGLISH)
