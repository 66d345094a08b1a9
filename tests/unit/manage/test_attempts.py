"""Guessing is slowed down, and people who mistype are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.manage import attempts
from gatepost.manage.attempts import Attempts, attempt, place


def fail(tallies: Attempts, key: object, now: float) -> float:
    return attempt([(tallies, key)], now)


def test_a_few_attempts_are_free_and_then_each_wait_is_twice_the_last() -> None:
    tallies, now = Attempts(longest=3600.0), 1000.0
    for _ in range(5):
        assert fail(tallies, "a", now) == 0.0
    waits = []
    for _ in range(8):
        waits.append(fail(tallies, "a", now))
        now += waits[-1]
        assert fail(tallies, "a", now) == 0.0
    assert waits == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    assert fail(tallies, "b", now) == 0.0


def test_an_attempt_that_has_to_wait_counts_nowhere() -> None:
    names, addresses = Attempts(longest=300.0), Attempts(longest=300.0)
    for _ in range(5):
        fail(names, "anna", 0.0)
    assert attempt([(names, "anna"), (addresses, "here")], 1.0) == 59.0
    assert len(addresses) == 0


def test_quiet_is_forgiving() -> None:
    tallies = Attempts(longest=3600.0)
    for _ in range(5):
        fail(tallies, "a", 0.0)
    assert tallies.wait("a", 59.0) == 1.0
    assert fail(tallies, "a", 60.0 + 901.0) == 0.0
    assert fail(tallies, "a", 60.0 + 902.0) == 0.0


def test_a_good_attempt_takes_back_itself_alone() -> None:
    tallies = Attempts(longest=3600.0)
    for _ in range(5):
        fail(tallies, "a", 0.0)
    tallies.forgive("a", 0.0)
    assert tallies.wait("a", 0.0) == 0.0
    assert fail(tallies, "a", 0.0) == 0.0  # the fifth again
    assert tallies.wait("a", 0.0) == 60.0
    tallies.forget("a")
    assert (tallies.wait("a", 0.0), len(tallies)) == (0.0, 0)


def test_strangers_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_ROOM", 100)
    tallies = Attempts(longest=60.0)
    for number in range(1000):
        fail(tallies, number, 0.0)
    assert len(tallies) == 100
    fail(tallies, "new", 10_000.0)  # all others have been quiet for long
    assert len(tallies) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        (None, "", True),
        (None, "somewhere", True),
    ],
)
def test_an_address_counts_as_one_household(one: str | None, other: str, same: bool) -> None:
    assert (place(one) == place(other)) is same


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5000)), max_size=60))
def test_no_wait_is_longer_than_the_longest(steps: list[tuple[str, float]]) -> None:
    tallies, now = Attempts(longest=300.0), 0.0
    for key, later in steps:
        now += later
        assert 0.0 <= fail(tallies, key, now) <= 300.0
