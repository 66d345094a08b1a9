"""Every reply has exactly one fate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Deferred, Delivered, Failed, Reply
from gatepost.routing import judge, one_line
from gatepost.routing.judge import MAX_REASON

STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END")


@pytest.mark.parametrize(
    ("reply", "stage", "fate", "host_trouble"),
    [
        pytest.param(Reply(250, "0.0", "ok"), "END", Delivered, None, id="accepted"),
        pytest.param(Reply(250, "1.5", "ok"), "RCPT", Deferred, False, id="250 to RCPT is no delivery"),
        pytest.param(Reply(354, None, "go"), "END", Deferred, False, id="nonsense defers"),
        pytest.param(Reply(450, "2.1", "greylisted"), "RCPT", Deferred, False, id="4xx"),
        pytest.param(Reply(550, "1.1", "unknown"), "RCPT", Failed, None, id="5xx"),
        pytest.param(Reply(554, "7.1", "spam"), "END", Failed, None, id="refused after the message"),
        pytest.param(Reply(421, "3.2", "closing"), "END", Deferred, True, id="421 anywhere"),
        pytest.param(Reply(421, None, "busy"), "CONNECT", Deferred, True, id="421 greeting"),
        pytest.param(Reply(554, None, "no service"), "CONNECT", Deferred, True, id="5xx greeting may be mended"),
        pytest.param(Reply(521, None, "never"), "CONNECT", Failed, None, id="RFC 7504"),
        pytest.param(Reply(535, "7.8", "no"), "AUTH", Deferred, True, id="our credentials are our trouble"),
        pytest.param(Reply(552, "5.3", "too many"), "RCPT", Deferred, False, id="552 5.5.3 is 452"),
        pytest.param(Reply(552, None, "too many"), "RCPT", Deferred, False, id="bare 552 to RCPT is 452"),
        pytest.param(Reply(552, "2.2", "mailbox full"), "RCPT", Failed, None, id="552 5.2.2 is what it says"),
        pytest.param(Reply(552, "3.4", "too big"), "MAIL", Failed, None, id="552 to MAIL"),
    ],
)
def test_the_fate_of_a_reply(reply: Reply, stage: str, fate: type, host_trouble: bool | None) -> None:
    outcome = judge(reply, "mx.example", stage)
    assert type(outcome) is fate
    assert outcome.host == "mx.example"
    assert outcome.reply == reply
    assert getattr(outcome, "host_trouble", None) is host_trouble


@given(code=st.integers(0, 999), text=st.text(max_size=2_000), stage=st.sampled_from(STAGES))
def test_no_reply_raises_and_every_reason_is_one_short_printable_line(code: int, text: str, stage: str) -> None:
    outcome = judge(Reply(code, None, text), "h", stage)
    if isinstance(outcome, Deferred | Failed):
        assert outcome.reason.isprintable()
        assert len(outcome.reason) <= MAX_REASON + len(stage) + 2


@given(st.text())
def test_one_line_is_idempotent(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
