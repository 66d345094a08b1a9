"""Limits: buckets as values, bounded maps, and whom a limit counts as one."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors import Bucket, Counters, Rates, Wait, client_key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "::c000:201", False),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_client_is_an_ipv4_address_or_a_64_of_ipv6(one: str, other: str, same: bool) -> None:
    assert (client_key(ip_address(one)) == client_key(ip_address(other))) is same


def test_a_bucket_starts_full_gives_its_burst_and_then_makes_wait() -> None:
    bucket: Bucket | Wait = Bucket.per_minute(3)
    for _ in range(3):
        assert isinstance(bucket, Bucket)
        full, bucket = bucket, bucket.take(100.0)
    assert isinstance(bucket, Bucket)
    wait = bucket.take(100.0)
    assert isinstance(wait, Wait)
    assert wait.seconds == pytest.approx(20.0)
    assert isinstance(bucket.take(120.1), Bucket)
    assert full.missing == 2.0  # a value: taking from it left it as it was


def test_more_than_fits_waits_for_ever_and_a_zero_rate_too() -> None:
    assert Bucket(rate=1, burst=5).take(0.0, 6.0) == Wait(seconds=float("inf"))
    assert Bucket(rate=0, burst=0).take(0.0) == Wait(seconds=float("inf"))


@given(
    st.floats(0.01, 100),
    st.integers(1, 50),
    st.lists(st.floats(0, 10), min_size=1, max_size=200),
)
def test_never_more_than_burst_and_what_flowed_in_is_taken(rate: float, burst: int, gaps: list[float]) -> None:
    bucket, now, taken = Bucket(rate=rate, burst=burst), 0.0, 0
    for gap in gaps:
        now += gap
        after = bucket.take(now)
        if isinstance(after, Bucket):
            bucket, taken = after, taken + 1
        else:
            assert after.seconds > 0
            assert isinstance(bucket.take(now + after.seconds * 1.0001 + 1e-6), Bucket)
    assert taken <= burst + now * rate + 1e-6


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_a_clock_that_turns_back_gives_nothing(first: float, second: float) -> None:
    bucket = Bucket(rate=1, burst=1).take(max(first, second))
    assert isinstance(bucket, Bucket)
    assert isinstance(bucket.take(min(first, second)), Wait)


def test_refusals_cost_a_key_nothing() -> None:
    rates = Rates(Bucket(rate=1, burst=1))
    assert rates.take("a", 0.0) == 0.0
    for tenth in range(1, 10):
        assert rates.take("a", tenth / 10) == pytest.approx(1 - tenth / 10)
    assert rates.take("a", 1.0) == 0.0


def test_keys_are_counted_apart_and_their_number_is_bounded() -> None:
    rates = Rates(Bucket(rate=1, burst=1), room=100)
    for number in range(10_000):
        assert rates.take(number, number * 0.001) == 0.0
    assert len(rates) <= 100


def test_forgetting_takes_full_buckets_first() -> None:
    rates = Rates(Bucket(rate=1, burst=10), room=2)
    rates.take("idle", 0.0)
    for _ in range(10):
        rates.take("busy", 100.0)
    rates.take("new", 100.0)
    assert rates.take("busy", 100.0) > 0


def test_a_counter_refuses_beyond_its_limit_and_forgets_those_who_left() -> None:
    counters = Counters(2)
    assert [counters.enter("a"), counters.enter("a"), counters.enter("a"), counters.enter("b")] == [
        True,
        True,
        False,
        True,
    ]
    counters.leave("a")
    assert counters.enter("a")
    for key in ("a", "a", "a", "b"):
        counters.leave(key)
    assert (counters.count("a"), counters.count("b")) == (0, 0)
