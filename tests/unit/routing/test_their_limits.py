"""A limit reached means wait, never bounce: the replies of providers, one a row."""

import pytest

from gatepost.mail import Cause, Deferred, Failed, cause_of
from gatepost.routing import finding_of, judge
from gatepost.smtp.answers import read_line

HOST = "smtp.provider.example"

# stage, what the provider says, a word of the limit, and what waits: the way for a pause, the way a little, a message
LIMITS = [
    ("END", "550 5.7.705 Access denied, tenant has exceeded threshold. AS(7555)", "tenant", "pause"),
    ("END", "550 5.1.90 Your message can't be sent because you've reached your daily limit", "mailbox", "pause"),
    ("END", "550 5.7.232 Your message can't be sent because your trial tenant has exceeded", "tenant", "pause"),
    ("END", "550 5.7.233 Your message can't be sent because your tenant exceeded", "tenant", "pause"),
    ("END", "550 5.7.236 External recipients from onmicrosoft.com exceeded", "onmicrosoft.com", "pause"),
    ("END", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "mailbox", "pause"),
    ("END", "550 5.2.2 Submission quota exceeded", "mailbox", "pause"),
    ("END", "550 5.2.252 Sender throttled due to continuous send as denied errors", "errors", "passing"),
    ("RCPT", "550 5.2.121 Recipient's per hour message receive limit from specific sender exceeded", "hour", None),
    ("RCPT", "550 5.2.122 Recipient's per hour message receive limit exceeded", "hour", None),
    ("RCPT", "450 4.2.1 The user you are trying to contact is receiving mail too quickly.", "hour", None),
    ("RCPT", "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents", "hour", None),
    ("RCPT", "550 5.4.5 Daily user sending limit exceeded. For more information", "24 hours", "pause"),
    ("MAIL", "550 5.4.5 Daily sending quota exceeded.", "24 hours", "pause"),
    ("RCPT", "550 5.4.5 Daily SMTP relay limit exceeded for user.", "sender", "passing"),
    ("RCPT", "550 5.7.1 Daily SMTP relay limit exceeded for customer.", "account", "pause"),
    ("RCPT", "450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.", "ten", "passing"),
    ("END", "454 Throttling failure: Maximum sending rate exceeded.", "at a time", "passing"),
    ("END", "454 Throttling failure: Daily message quota exceeded.", "24 hours", "pause"),
    ("END", "554 Daily message quota exceeded", "24 hours", "pause"),
    ("RCPT", "550 User a@contoso.com has exceeded its 24-hour sending limit.", "24 hours", "pause"),
    ("CONNECT", "554 mta.example: You've reached your daily relay quota - 192.0.2.9", "24 hours", "pause"),
    ("MAIL", "554 You've reached your daily relay quota - 192.0.2.9", "24 hours", "pause"),
    ("MAIL", "550 Domain contoso.com has exceeded the max emails per hour (150/150) allowed.", "hour", "pause"),
]
NO_LIMITS = [
    ("END", "554 5.2.252 SendAsDenied; scanner@contoso.com not allowed to send as ann@contoso.com"),
    ("END", "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied"),
    ("RCPT", "552 5.2.2 The email account that you tried to reach is over quota"),
    ("RCPT", "550 5.2.1 The email account that you tried to reach is disabled"),
    ("MAIL", "552 5.3.4 Message size exceeds fixed maximum message size"),
    ("RCPT", "550 5.5.3 RESOLVER.ADR.RecipLimit; too many recipients"),
    ("END", "550 5.7.28 There is an unusual rate of unsolicited mail originating from your IP address"),
    ("END", "550 5.1.8 Access denied, bad outbound sender"),
]


@pytest.mark.parametrize(("stage", "line", "word", "kind"), LIMITS)
def test_a_limit_reached_means_wait_and_is_named(stage: str, line: str, word: str, kind: str | None) -> None:
    outcome = judge(read_line(line.encode()).alone, HOST, stage)
    assert isinstance(outcome, Deferred)
    assert cause_of(outcome) is Cause.RATE_LIMIT
    assert word in outcome.reason.rpartition("their limit: ")[2]
    found = finding_of(outcome, "" if stage == "CONNECT" else stage)
    assert (found is None) == (kind is None)
    if found is not None:
        assert not found.lasting
        assert (found.pause is not None) == (kind == "pause")


@pytest.mark.parametrize(("stage", "line"), NO_LIMITS)
def test_what_is_no_limit_is_returned(stage: str, line: str) -> None:
    assert isinstance(judge(read_line(line.encode()).alone, HOST, stage), Failed)
