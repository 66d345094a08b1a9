"""The ladder, the end of patience, and the one warning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.routing import LADDER, Patience

DAY = 86_400.0
NOON = 1_700_000_000.0


def test_the_ladder_never_shortens() -> None:
    waits = [
        due - NOON
        for n in range(1, 10)
        if (due := Patience().next_attempt(n, NOON, jitter=0.99, received_at=NOON)) is not None
    ]
    assert len(waits) == 9
    assert waits == sorted(waits)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 120), (7, 240), (50, 240)]
)
def test_the_rungs(attempts: int, minutes: int) -> None:
    assert Patience().next_attempt(attempts, NOON, jitter=0.0, received_at=NOON) == NOON + 60 * minutes


def test_jitter_adds_at_most_a_quarter() -> None:
    due = Patience().next_attempt(1, NOON, jitter=0.999, received_at=NOON)
    assert due is not None and NOON + 60 < due < NOON + 75


def test_two_days_are_the_end() -> None:
    assert Patience().next_attempt(20, NOON + 2 * DAY, jitter=0, received_at=NOON) is None


def test_the_last_attempt_falls_on_the_end_of_patience() -> None:
    late = NOON + 2 * DAY - 600
    assert Patience().next_attempt(20, late, jitter=0, received_at=NOON) == NOON + 2 * DAY


def test_a_clock_that_jumps_a_week_ahead_bounces_nothing_at_once() -> None:
    due = Patience().next_attempt(1, NOON + 7 * DAY, jitter=0, received_at=NOON)
    assert due == NOON + 7 * DAY + LADDER[0]


@given(attempts=st.integers(1, 40), age=st.floats(0, 5 * DAY), jitter=st.floats(0, 0.999))
def test_the_next_attempt_is_never_in_the_past(attempts: int, age: float, jitter: float) -> None:
    due = Patience().next_attempt(attempts, NOON + age, jitter=jitter, received_at=NOON)
    assert due is None or due > NOON + age or due == NOON + 2 * DAY


@pytest.mark.parametrize(
    ("hours", "warned", "wants"), [(3.9, False, False), (4, False, True), (5, False, True), (5, True, False)]
)
def test_the_sender_is_warned_once_after_four_hours(hours: float, warned: bool, wants: bool) -> None:
    now = NOON + hours * 3600
    assert Patience().wants_warning(now, received_at=NOON, warned=warned) is wants
