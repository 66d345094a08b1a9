"""Retry-After and Graph's errors, read from what a stranger may send."""

from hypothesis import given
from hypothesis import strategies as st

from gatepost.outbound.graph import LONGEST_WAIT, read_error, read_retry_after


@given(st.text(), st.floats(min_value=0, max_value=2e9))
def test_any_text_is_a_wait_within_bounds(text: str, now: float) -> None:
    assert 0 <= read_retry_after(text, now) <= LONGEST_WAIT


@given(
    st.binary()
    | st.sampled_from([b'{"error":null}', b'{"error":{"code":[1]}}', b"[]", b'{"error":{"code":"a","message":3}}'])
)
def test_any_body_is_an_error_or_none(body: bytes) -> None:
    code, words = read_error(body)
    assert len(code) <= 100
    assert len(words) <= 300


def test_the_code_and_the_message_are_found() -> None:
    assert read_error(b'{"error":{"code":"ErrorAccessDenied","message":"No."}}') == ("ErrorAccessDenied", "No.")
