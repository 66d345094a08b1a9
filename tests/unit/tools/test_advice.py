"""Words for refusals: every reply that administrators meet has a meaning of its own and a next step."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.smtp.answers import read_line
from gatepost.tools import Advice, Circumstances, TlsMode, advice_for, remarks_on
from gatepost.tools.circumstances import seen_as
from gatepost.tools.refusals import ROWS
from gatepost.tools.tokens import refused_token, token_advice

# Exchange Online's, reply by reply as servers write them; then other providers' and Postfix's. Beside each
# the words that only the right explanation has.
MET = (
    ("550 5.7.64 TenantAttribution; Relay Access Denied [ME3AUS01FT005.eop-AUS01.prod]", "no connector that covers"),
    ("451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35", "wrong Office 365 region"),
    ("550 4.4.4 Mail received as unauthenticated, incoming to a recipient domain. ATTR5", "without mailboxes"),
    ("451 4.3.2 Temporary server error. Please try again later ATTR55", "look up to whom"),
    ("451 4.4.3 Temporary server error. Please try again later ATTR55.1", "look up to whom"),
    ("550 5.7.51 TenantInboundAttribution; There is a partner connector configured", "Partner connector"),
    ("550 5.7.68 TenantInboundAttribution; Direct Send not allowed", "RejectDirectSend"),
    ("550 5.7.711 Access denied, bad inbound connector. AS(2204)", "used for abuse"),
    ("550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains", "not registered"),
    ("550 5.7.705 Access denied, tenant has exceeded threshold", "whole organization is blocked"),
    ("550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", "reputation is low"),
    ("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "Exchange Server does not relay"),
    ("550 5.7.1 Unable to relay", "does not relay for this client"),
    ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "organization's directory"),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "does not exist"),
    ("550 5.7.367 Remote server returned not permitted to relay", "next server refused to relay"),
    ("530 5.7.57 Client not authenticated to send mail. [SI2PR01CA0016.apcprd01]", "did not sign in"),
    ("550 5.7.57 SMTP; Client was not authenticated to send anonymous mail", "did not sign in"),
    ("451 5.7.3 STARTTLS is required to send mail [SYXPR01CA0082]", "over TLS only"),
    ("530 5.7.0 Must issue a STARTTLS command first", "over TLS only"),
    ("535 5.7.3 Authentication unsuccessful", "sign-in failed"),
    ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", "SMTP AUTH is disabled"),
    ("535 5.7.139 locked by your organization's security defaults policy", "defaults forbid"),
    ("535 5.7.139 Authentication unsuccessful, the request did not meet the criteria", "Conditional Access"),
    ("550 5.7.30 Basic authentication is not supported for Client Submission", "has been retired"),
    ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "may not send as"),
    ("554 5.7.60 SMTP; Client does not have permissions to send as this sender", "may not send as"),
    ("554 5.2.252 SendAsDenied; a@contoso.com not allowed to send as b@contoso.com", "may not send as"),
    ("550 5.1.8 Access denied, bad outbound sender", "blocked for sending spam"),
    ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "too many sessions open"),
    ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "sending quota"),
    ("550 5.2.251 Sender throttled due to continuous mailbox full errors", "throttled for errors"),
    ("550 5.2.255 Sender throttled due to continuous invalid recipients errors", "throttled for errors"),
    ("451 4.7.500 Server busy. Please try again later from [192.0.2.9]. (S77719)", "slows down or holds off"),
    ("451 4.7.699 Access denied, please try again later (AS780)", "slows down or holds off"),
    ("451 4.7.650 The mail server [192.0.2.9] has been rate limited due to IP reputation", "its reputation"),
    ("550 5.7.606 Access denied, banned sending IP [192.0.2.9]", "is banned"),
    ("550 5.7.649 Access denied, banned sending IP [192.0.2.9]", "is banned"),
    ("550 5.7.1 Service unavailable, Client host [192.0.2.9] blocked using Spamhaus", "block list names"),
    ("450 4.7.26 Service does not accept messages sent over IPv6 unless they pass SPF", "must pass SPF or DKIM"),
    ("550 5.7.25 The sending IPv6 address must have a reverse DNS record", "no reverse DNS"),
    ("550 5.7.510 Access denied, IPv6 must pass SPF or DKIM", "must pass SPF or DKIM"),
    ("452 4.5.3 Too many recipients", "Too many recipients"),
    ("550 5.5.3 RESOLVER.ADR.RecipLimit; too many recipients", "Too many recipients"),
    ("552 5.3.4 Message size exceeds fixed maximum message size", "larger than the server takes"),
    ("552 5.2.3 Your message exceeded the size limits", "larger than the server takes"),
    ("554 5.4.14 Hop count exceeded - possible mail loop ATTR34", "in a loop"),
    ("554 5.4.6 Hop count exceeded - possible mail loop", "in a loop"),
    ("550 5.7.232 Your tenant has exceeded the Tenant External Recipient Rate Limit", "daily limit"),
    ("550 5.1.90 Your message can't be sent because you've reached your daily limit", "daily limit of recipients"),
    ("550 5.4.5 Daily user sending limit exceeded.", "at Google"),
    ("550 5.7.233 Your message can't be sent because your trial tenant has exceeded its limit", "daily limit"),
    ("550 5.7.236 Your message can't be sent, onmicrosoft.com", "onmicrosoft.com domain"),
    ("550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal", "bare line feeds"),
    ("550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant", "From header"),
    ("550 5.7.506 Access Denied, Bad HELO", "name in EHLO"),
    ("550 5.7.509 Access denied, sending domain does not pass DMARC verification", "(DMARC)"),
    ("550 5.7.23 The message was rejected because of Sender Policy Framework violation", "SPF record"),
    ("550 5.2.2 Mailbox full", "mailbox is full"),
    ("550 5.2.121 Recipient's per hour message receive limit exceeded", "gets too much mail"),
    ("550 5.2.122 Recipient's message receive limit exceeded", "gets too much mail"),
    ("450 4.4.312 DNS query failed", "could not resolve"),
    ("450 4.4.316 Connection refused", "next server refused the connection"),
    ("450 4.4.317 Cannot establish session with remote server [UntrustedRoot]", "next server's certificate"),
    ("550 4.4.7 Message expired", "waited too long"),
    ("454 4.7.0 Temporary authentication failure", "at the moment"),
    ("454 4.7.5 Certificate validation failure", "certificate is not acceptable"),
    ("535 5.7.8 Username and Password not accepted", "sign-in failed"),
    ("534 5.7.9 Application-specific password required", "more than its password"),
    ("534 5.7.14 Please log in via your web browser and then try again", "in a browser"),
    ("535 Authentication Credentials Invalid", "sign-in failed"),
    ("421 4.7.0 Too many errors on this connection", "enough of this session"),
    ("421 4.7.28 Unusual rate of mail from your IP address", "slows this one down"),
    ("550 5.7.26 Unauthenticated email from contoso.com is not accepted", "must pass SPF or DKIM"),
    ("554 5.7.1 <b@fabrikam.com>: Relay access denied", "does not relay for this client"),
    ("454 4.7.1 <b@fabrikam.com>: Relay access denied", "does not relay for this client"),
    ("554 <b@fabrikam.com>: Relay access denied", "does not relay for this client"),
    ("450 4.2.0 <b@fabrikam.com>: Recipient address rejected: Greylisted", "greylisting"),
    ("450 4.1.8 <a@scanner>: Sender address rejected: Domain not found", "sender's domain does not exist"),
    ("504 5.5.2 <scanner>: Helo command rejected: need fully-qualified hostname", "name in EHLO"),
    ("550 5.1.1 <b@fabrikam.com>: Recipient address rejected: User unknown", "recipient does not exist"),
    ("554 5.2.0 STOREDRV.Deliver; delivery result banner", "could not take or send"),
    ("451 4.4.3 Temporary lookup failure", "look up to whom"),
    ("550 5.4.4 Unable to route", "finds no way"),
    ("554 Message rejected: Email address is not verified.", "verified with it"),
)  # fmt: skip


def read(line: str) -> Reply:
    """A server's line as our client reads it."""
    return read_line(line.encode()).alone


@pytest.mark.parametrize(("line", "words"), MET)
def test_a_refusal_is_explained_in_words_of_its_own(line: str, words: str) -> None:
    found = advice_for(read(line))
    assert found is not None and words in found.means


def test_every_row_of_the_tables_is_met_by_some_reply() -> None:
    met = {advice for line, _ in MET if (advice := advice_for(read(line))) is not None}
    ours = {advice for reply in vars(say).values() if isinstance(reply, Reply) and (advice := advice_for(reply))}
    assert [row.advice.means for row in ROWS if row.advice not in met | ours] == []


@pytest.mark.parametrize("advice", [row.advice for row in ROWS], ids=lambda advice: advice.means[:40])
def test_advice_is_written_in_sentences(advice: Advice) -> None:
    for sentence in (advice.means, advice.next_step, *advice.reasons):
        assert sentence[0].isupper() and sentence.endswith((".", ")", "%"))
    assert not advice.facts


def test_every_refusal_that_we_speak_has_advice() -> None:
    ours = [value for value in vars(say).values() if isinstance(value, Reply) and not value.positive]
    assert len(ours) > 40
    assert [str(reply) for reply in ours if advice_for(reply) is None] == []


def test_acceptance_needs_no_advice() -> None:
    assert advice_for(say.RECIPIENT_OK) is None


@given(
    code=st.integers(200, 599),
    detail=st.none() | st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True),
    text=st.text(),
)
def test_whatever_a_server_says_is_looked_up_quietly(code: int, detail: str | None, text: str) -> None:
    advice_for(Reply(code, detail, text))


# --- what is known of the session ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "fact"),
    [
        (Circumstances(seen_as="203.0.113.9"), "saw this client as 203.0.113.9"),
        (Circumstances(certificate=True), "the session had no TLS"),
        (Circumstances(certificate=True, encrypted=True), "did not ask for one"),
        (Circumstances(certificate=True, encrypted=True, certificate_asked=True), "Our certificate was shown"),
        (
            Circumstances(
                certificate=True, encrypted=True, certificate_asked=True, certificate_names=("a.test", "b.test")
            ),
            "Our certificate for a.test, b.test was shown",
        ),
        (Circumstances(sender_domain="contoso.com"), "sender's domain is contoso.com"),
        (Circumstances(encrypted=True, certificate_asked=True), "had none to show"),
        (Circumstances(null_sender=True), "sender is null"),
    ],
)
def test_a_refused_client_is_told_what_it_was_judged_by(seen: Circumstances, fact: str) -> None:
    found = advice_for(say.RELAY_DENIED, seen)
    assert found is not None and any(fact in one for one in found.facts)
    other = advice_for(say.TOO_BIG, seen)
    assert other is not None and not other.facts


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("250-relay.contoso.com Hello [203.0.113.9]", "203.0.113.9"),
        ("250-SI2PR01CA0016.outlook.office365.com Hello [2001:db8::9]", "2001:db8::9"),
        ("250-mx.google.com at your service, [203.0.113.9]", "203.0.113.9"),
        ("250 2.6.0 <a@b> [InternalId=5111011082268, Hostname=x]", ""),
        ("250-x Hello [999.1.1.1]", ""),
        ("220 x [203.0.113.9]", ""),
    ],
)
def test_our_address_is_read_from_the_answer_to_ehlo(line: str, address: str) -> None:
    assert seen_as(["220 x", line]) == address


# --- the wrong endpoint --------------------------------------------------------------------------------------------

OFFICE = Circumstances(host="smtp.office365.com", port=587, mode=TlsMode.STARTTLS, heard=True, encrypted=True)


@pytest.mark.parametrize("seen", [OFFICE, Circumstances(host="SMTP.office365.com.", port=25)])
def test_the_submission_endpoint_without_a_sign_in_is_recognised(seen: Circumstances) -> None:
    found = advice_for(read("530 5.7.57 Client not authenticated to send mail."), seen)
    assert found is not None and "is the submission endpoint: it takes mail only" in found.means
    assert "port 25" in found.next_step


def test_the_submission_endpoint_s_other_refusals_keep_their_meaning() -> None:
    found = advice_for(read("451 5.7.3 STARTTLS is required to send mail"), Circumstances(host="smtp.office365.com"))
    assert found is not None and "over TLS only" in found.means


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (
            Circumstances(host="52.101.1.1", banner="220 XX0PEPF0000ABCD.mail.protection.outlook.com Microsoft ESMTP"),
            "in place of an MX endpoint's name",
        ),
        (Circumstances(host="contoso.mail.messaging.microsoft.com", banner="220 x"), "retired name"),
    ],
)
def test_a_bad_choice_of_the_server_is_remarked_upon(seen: Circumstances, words: str) -> None:
    assert [words in remark.means for remark in remarks_on(seen)] == [True]


@pytest.mark.parametrize(
    "seen",
    [
        Circumstances(host="127.0.0.1", banner="220 relay.contoso.com ESMTP"),
        Circumstances(host="192.0.2.1", banner="220"),
        Circumstances(host="contoso-com.mail.protection.outlook.com", banner="220 X.mail.protection.outlook.com x"),
    ],
)
def test_a_good_choice_of_the_server_is_not(seen: Circumstances) -> None:
    assert remarks_on(seen) == ()


# --- tokens --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}', "cut off, or is no access token"),
        (
            b'{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}',
            "scope https://mail.google.com/",
        ),
        (b'{"status":"invalid_token"}', "expired"),
        (b'{"status":"surprising"}', "status surprising"),
        (b"{}", "nothing more"),
        (b'{"status":"\\u001b[2J"}', "The token was refused"),
    ],
)
def test_what_a_server_says_of_a_token_is_decoded(told: bytes, words: str) -> None:
    found = token_advice(base64.b64encode(told).decode())
    assert found is not None and words in found.means and found.means.isprintable()
    assert "SMTP.Send" in found.next_step


@pytest.mark.parametrize("challenge", ["", "UGFzc3dvcmQ6", "é", "e30", base64.b64encode(b"[1]").decode(), "more?"])
def test_a_challenge_without_reasons_is_no_advice(challenge: str) -> None:
    assert token_advice(challenge) is None


def test_a_token_refused_without_reasons_is_explained_all_the_same() -> None:
    known = advice_for(read("535 5.7.3 Authentication unsuccessful"))
    found = refused_token(known)
    assert known is not None and found.means == known.means
    assert set(known.reasons) < set(found.reasons) and "access token" in found.next_step
    assert refused_token(None).means.endswith("refused the token.")


@given(st.text())
def test_any_challenge_is_read_quietly(challenge: str) -> None:
    token_advice(challenge)
    token_advice(base64.b64encode(challenge.encode("utf-8", "surrogatepass")).decode())
