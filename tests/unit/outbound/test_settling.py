"""From an attempt to a settlement: next attempts, warnings, giving up, and which reports that causes."""

from collections.abc import Callable
from typing import Any

import pytest

from gatepost.mail import Address, Deferred, Delivered, Envelope, Failed, Notify, Outcome, Recipient, Reply
from gatepost.outbound.delivery import Attempt
from gatepost.outbound.letters import Letters
from gatepost.outbound.owing import Owing
from gatepost.outbound.returns import Returns
from gatepost.outbound.settling import Settling
from gatepost.routing import Patience
from gatepost.spool import Claim, Content, Settlement, Waiting

NOON = 1_700_000_000.0
HOUR = 3_600.0
ANNA = Address("anna", "contoso.com")
FAILED = Failed("mx.example", "RCPT: no", Reply(550, "1.1", "no"))
DEFERRED = Deferred("mx.example", "RCPT: later", Reply(450, "2.1", "later"))
DELIVERED = Delivered("mx.example", Reply(250, "0.0", "ok"))


def claim_of(
    *notify: tuple[Notify, ...], sender: Address | None = ANNA, header: bytes = b"Subject: s\r\n", **more: Any
) -> Claim:
    recipients = tuple(Recipient(address=Address(f"r{n}", "x.example"), notify=one) for n, one in enumerate(notify))
    content = header + b"\r\nbody\r\n"
    return Claim(
        id="00000000000000ab",
        envelope=Envelope(sender=sender, recipients=recipients, ret=more.pop("ret", None)),
        content=Content(octets=len(content), inline=content),
        destination="mx:x.example",
        received_at=NOON,
        organization="Default",
        connector=None,
        waiting=tuple(
            Waiting(row=n, recipient=one, attempts=more.get("attempts", 1), warned=more.get("warned", False))
            for n, one in enumerate(recipients)
        ),
    )


class Told:
    """A journal that is read."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, Any]]] = []

    def fact(self, name: str, **facts: Any) -> None:
        self.facts.append((name, facts))

    def quiet_fact(self, name: str, words: Callable[[], dict[str, Any]]) -> None:
        self.fact(name, **words())


def settling_of(
    *, postmaster: str | None = None, owner: Address | None = None, journal: Told | None = None
) -> Settling:
    returns = Returns(
        Letters(
            hostname="relay.example",
            destination=lambda address, organization: f"to:{address.domain}:{organization}",
            postmaster=lambda organization: postmaster if organization == "Default" else None,
        ),
        new_id=lambda: "00000000000000ff",
        boundary=lambda: "=_b",
        give_up_after=Patience().give_up_after,
    )
    return Settling(
        Patience(), returns, Owing(lambda _: owner), journal=Told() if journal is None else journal, jitter=lambda: 0.0
    )


def settled(
    claim: Claim,
    *outcomes: Outcome,
    at: float = NOON,
    postmaster: str | None = None,
    owner: Address | None = None,
    **attempt: Any,
) -> Settlement:
    settling = settling_of(postmaster=postmaster, owner=owner)
    return settling.settlement(claim, Attempt(list(outcomes), **attempt), at)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((DELIVERED, DELIVERED), {"delivered": 2, "reply": "250 2.0.0 ok", "cause": None}),
        ((DELIVERED, DEFERRED), {"delivered": 1, "deferred": 1, "reply": "450 4.2.1 later", "reason": "RCPT: later"}),
        ((DEFERRED, FAILED), {"deferred": 1, "failed": 1, "reply": "550 5.1.1 no", "cause": "unknown-recipient"}),
    ],
    ids=["all are delivered", "the one that waits speaks", "the one that failed speaks"],
)
def test_an_attempt_is_told_as_a_whole_behind_its_recipients(
    outcomes: tuple[Outcome, ...], said: dict[str, Any]
) -> None:
    journal = Told()
    settling = settling_of(journal=journal)
    attempt = Attempt(list(outcomes), seconds=1.5)
    settlement = settling.settlement(claim_of((), ()), attempt, NOON)
    settling.tell(settlement, attempt)
    settling.tell(settlement)  # nothing was tried: an operator gave them up
    names = [name for name, _ in journal.facts]
    assert names[2] == "attempted" and names.count("attempted") == 1
    told = journal.facts[2][1]
    assert told | said == told
    assert told["began"].timestamp() == NOON - 1.5 and told["seconds"] == 1.5


N, S, F, D = Notify.NEVER, Notify.SUCCESS, Notify.FAILURE, Notify.DELAY


@pytest.mark.parametrize(
    ("notify", "outcome", "kind"),
    [
        pytest.param((), FAILED, "failed", id="failure is reported by default"),
        pytest.param((F,), FAILED, "failed", id="NOTIFY=FAILURE"),
        pytest.param((N,), FAILED, None, id="NOTIFY=NEVER"),
        pytest.param((S, D), FAILED, None, id="failure not asked for"),
        pytest.param((), DEFERRED, "delayed", id="a delay is reported by default"),
        pytest.param((D,), DEFERRED, "delayed", id="NOTIFY=DELAY"),
        pytest.param((F,), DEFERRED, None, id="delay not asked for"),
        pytest.param((), DELIVERED, None, id="success is not reported by default"),
        pytest.param((S,), DELIVERED, "delivered", id="NOTIFY=SUCCESS"),
    ],
)
def test_which_result_causes_which_report(notify: tuple[Notify, ...], outcome: Outcome, kind: str | None) -> None:
    reports = settled(claim_of(notify), outcome, at=NOON + 5 * HOUR).reports
    assert [report.story["report"] for report in reports] == ([kind] if kind else [])


@pytest.mark.parametrize("outcome", [FAILED, DEFERRED, DELIVERED])
def test_the_null_sender_never_gets_a_report(outcome: Outcome) -> None:
    assert settled(claim_of((S, F, D), sender=None), outcome, at=NOON + 5 * HOUR).reports == ()


def test_a_report_is_mail_from_nobody_routed_like_any_other() -> None:
    (report,) = settled(claim_of(()), FAILED).reports
    assert report.envelope.sender is None
    assert [one.address for one in report.envelope.recipients] == [ANNA]
    assert report.envelope.recipients[0].notify == (Notify.NEVER,)
    assert report.destinations == ("to:contoso.com:Default",)
    assert report.content.inline is not None and report.content.octets == len(report.content.inline)


@pytest.mark.parametrize(
    ("postmaster", "shown"),
    [
        (None, b"postmaster@relay.example"),
        ("helpdesk@contoso.com", b"helpdesk@contoso.com"),
        ("hélp@contoso.com", b"postmaster@relay.example"),
    ],
    ids=["the relay's own", "the organization's", "not one that needs SMTPUTF8"],
)
def test_a_report_comes_from_the_organizations_postmaster(postmaster: str | None, shown: bytes) -> None:
    (report,) = settled(claim_of(()), FAILED, postmaster=postmaster).reports
    assert (report.content.inline or b"").startswith(b"From: Mail Delivery System <" + shown + b">\r\n")
    assert report.content.octets == len(report.content.inline or b"")


def test_a_host_with_dsn_reports_success_itself() -> None:
    assert settled(claim_of((S,)), DELIVERED, dsn_passed=True).reports == ()


@pytest.mark.parametrize(("final", "action"), [(True, b"Action: delivered"), (False, b"Action: relayed")])
def test_success_says_whether_it_was_the_mailbox(final: bool, action: bytes) -> None:
    (report,) = settled(claim_of((S,)), DELIVERED, final=final).reports
    assert action in (report.content.inline or b"")


def test_recipients_of_one_kind_share_a_report() -> None:
    reports = settled(claim_of((), (), (S,)), FAILED, FAILED, DELIVERED).reports
    assert [report.story["report"] for report in reports] == ["failed", "delivered"]


@pytest.mark.parametrize(("ret", "whole"), [("FULL", True), ("HDRS", False), (None, False)])
def test_ret_says_how_much_comes_back(ret: str | None, whole: bool) -> None:
    (report,) = settled(claim_of((), ret=ret), FAILED).reports
    assert (b"\r\nbody\r\n" in (report.content.inline or b"")) is whole


def test_a_deferral_is_due_on_the_ladder_and_unwarned_before_four_hours() -> None:
    (result,) = settled(claim_of(()), DEFERRED).results
    assert (result.due, result.warned) == (NOON + 60, False)


def test_the_warning_comes_once() -> None:
    first = settled(claim_of(()), DEFERRED, at=NOON + 5 * HOUR)
    again = settled(claim_of((), warned=True), DEFERRED, at=NOON + 6 * HOUR)
    assert (first.results[0].warned, len(first.reports)) == (True, 1)
    assert (again.results[0].warned, len(again.reports)) == (True, 0)


def test_two_days_of_deferrals_are_a_failure_that_names_the_last_cause() -> None:
    settlement = settled(claim_of((), attempts=20), DEFERRED, at=NOON + 49 * HOUR)
    outcome = settlement.results[0].outcome
    assert isinstance(outcome, Failed)
    assert "given up after 20 attempts; the last one: RCPT: later" in outcome.reason
    assert [report.story["report"] for report in settlement.reports] == ["failed"]


def test_recipients_beyond_the_hosts_limit_are_tried_at_once_when_others_went_through() -> None:
    limit = Deferred("mx.example", "RCPT: too many recipients", Reply(452, "5.3", "too many recipients"))
    one, two = settled(claim_of((), ()), DELIVERED, limit).results
    assert one.due is None and two.due == NOON + 1
    (alone,) = settled(claim_of(()), limit).results
    assert alone.due == NOON + 60


OWNER = Address("owner", "contoso.com")
REPORTS = (b"Auto-Submitted: auto-replied\r\n", b"Content-Type: multipart/report; boundary=x\r\n")


@pytest.mark.parametrize("sender", [ANNA, None], ids=["a sender", "the null sender"])
def test_an_owner_is_told_of_failures_whoever_the_sender_was(sender: Address | None) -> None:
    (notice,) = settled(claim_of((N,), sender=sender), FAILED, owner=OWNER).notices
    assert (notice.kind, notice.owner, notice.detail["cause"]) == ("failed", "owner@contoso.com", "unknown-recipient")
    assert notice.detail["subject"] == "s"


def test_an_owner_is_told_of_a_long_delay_once() -> None:
    late = NOON + 5 * HOUR
    (notice,) = settled(claim_of(()), DEFERRED, at=late, owner=OWNER).notices
    assert notice.kind == "delayed"
    assert not settled(claim_of((), warned=True), DEFERRED, at=late, owner=OWNER).notices
    assert not settled(claim_of(()), DEFERRED, owner=OWNER).notices


@pytest.mark.parametrize("header", REPORTS)
def test_nobody_is_told_of_a_report_on_mail(header: bytes) -> None:
    assert not settled(claim_of((), sender=None, header=header), FAILED, owner=OWNER).notices


def test_nobody_is_told_of_mail_to_themselves() -> None:
    assert not settled(claim_of(()), FAILED, owner=Address("R0", "x.example")).notices
