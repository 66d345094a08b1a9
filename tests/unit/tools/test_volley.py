"""The figures of many messages: ranks, counts, and answers told apart within a limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.tools import Advice, ProbeResult, RecipientAnswer, Volley, answer_kinds, volley_values
from gatepost.tools.volley import MAX_KINDS, Latency, latency_of


@pytest.mark.parametrize(
    ("seconds", "figures"),
    [
        ([0.5], (0.5, 0.5, 0.5, 0.5)),
        ([0.2, 0.1], (0.1, 0.1, 0.2, 0.2)),
        ([n / 100 for n in range(100, 0, -1)], (0.01, 0.5, 0.95, 1.0)),
        ([n / 20 for n in range(1, 21)], (0.05, 0.5, 0.95, 1.0)),
    ],
)
def test_figures_are_those_of_real_messages(seconds: list[float], figures: tuple[float, ...]) -> None:
    least, median, p95, most = figures
    assert latency_of(seconds) == Latency(least=least, median=median, p95=p95, most=most)


@given(st.lists(st.floats(0, 1000), min_size=1))
def test_figures_rise(seconds: list[float]) -> None:
    found = latency_of(seconds)
    assert found is not None and found.least <= found.median <= found.p95 <= found.most


def test_nothing_has_no_figures() -> None:
    assert latency_of([]) is None
    assert volley_values(Volley(5))["latency_ms"] is None and Volley(5).per_second == 0


def answered(*replies: Reply, seconds: float = 0.1) -> ProbeResult:
    answers = tuple(
        RecipientAnswer(address="b@contoso.com", reply=reply, stage="END" if reply.positive else "RCPT", advice=None)
        for reply in replies
    )
    return ProbeResult(answers=answers, transcript=(), seconds=seconds)


def test_messages_are_accepted_refused_or_without_an_answer() -> None:
    volley = Volley(4)
    volley.note(answered(say.queued("1"), say.queued("2")))
    volley.note(answered(say.queued("3"), say.RELAY_DENIED))
    volley.note(ProbeResult(answers=(), transcript=(), trouble=Advice("Nothing listens.", "Look.")))
    volley.note(ProbeResult(answers=(), transcript=(), trouble_reply=say.TOO_MANY_CONNECTIONS))
    assert (volley.accepted, volley.refused, volley.failed, volley.done) == (1, 2, 1, 4)
    kinds = [(kind.count, kind.reply[:9]) for kind in answer_kinds(volley)]
    assert kinds == [(3, "250 2.6.0"), (1, "550 5.7.6"), (1, "Nothing l"), (1, "421 4.3.2")]
    assert volley.first_bad is not None and len(volley.first_bad.answers) == 2


def test_a_server_that_numbers_its_refusals_fills_no_memory() -> None:
    volley = Volley(1000)
    for number in range(1000):
        volley.note(answered(Reply(451, "7.500", f"busy, request {number}")))
    assert len(answer_kinds(volley)) <= MAX_KINDS + 1
    assert sum(kind.count for kind in answer_kinds(volley)) == 1000
