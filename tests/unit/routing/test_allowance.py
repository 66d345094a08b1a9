"""How much may go by a way, counted; the clock is a number."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gatepost.routing import NO_LIMITS, PRESETS, Allowance, Limits

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 3_600


def test_the_minute_is_counted_message_by_message() -> None:
    limits, allowance = Limits(messages_per_minute=2), Allowance()
    for now in (NOON, NOON + 10):
        assert allowance.wait(limits, now) is None
        allowance.take(now)
    wait = allowance.wait(limits, NOON + 20)
    assert wait == (NOON + 60, "2 messages have gone within a minute")
    assert allowance.wait(limits, NOON + 60) is None


def test_the_day_is_the_last_24_hours_and_survives_a_restart() -> None:
    limits, allowance = Limits(recipients_per_day=10), Allowance()
    allowance.take(NOON, recipients=8)
    assert allowance.wait(limits, NOON, recipients=2) is None
    wait = allowance.wait(limits, NOON, recipients=3)
    assert wait is not None
    assert wait[0] == NOON + 25 * 3_600
    again = Allowance(allowance.hours)
    assert again.wait(limits, NOON + 23 * 3_600, recipients=3) is not None
    assert again.wait(limits, wait[0], recipients=3) is None


def test_what_was_refused_does_not_count() -> None:
    allowance = Allowance()
    allowance.take(NOON, recipients=5)
    allowance.give_back(NOON, recipients=4)
    assert allowance.today(NOON) == 1


def test_a_message_to_more_than_a_day_allows_goes_alone() -> None:
    limits, allowance = Limits(recipients_per_day=10), Allowance()
    assert allowance.wait(limits, NOON, recipients=50) is None
    allowance.take(NOON, recipients=50)
    wait = allowance.wait(limits, NOON, recipients=50)
    assert wait is not None
    assert allowance.wait(limits, wait[0], recipients=50) is None


def test_no_limit_never_waits() -> None:
    allowance = Allowance()
    for _ in range(1_000):
        assert allowance.wait(NO_LIMITS, NOON) is None
        allowance.take(NOON)


def test_microsoft_365_is_as_its_documentation_says() -> None:
    assert PRESETS["Microsoft365"] == Limits(
        messages_per_minute=30, connections=3, session_minutes=20, recipients_per_day=10_000
    )
    assert PRESETS["Microsoft365"].session_seconds == 19 * 60


@given(
    st.lists(st.tuples(st.floats(0, 300), st.integers(1, 20)), max_size=200), st.integers(1, 30), st.integers(1, 200)
)
def test_whoever_waits_as_told_never_exceeds_a_limit(sends: list[tuple[float, int]], minute: int, day: int) -> None:
    limits, allowance, now = Limits(messages_per_minute=minute, recipients_per_day=day), Allowance(), NOON
    gone: list[tuple[float, int]] = []
    for pause, recipients in sends:
        now += pause
        for _ in range(10):  # a wait may end at a second limit
            if (wait := allowance.wait(limits, now, recipients=recipients)) is None:
                break
            assert wait[0] > now, "or it would be asked again at once"
            now = wait[0]
        assert allowance.wait(limits, now, recipients=recipients) is None
        allowance.take(now, recipients=recipients)
        gone.append((now, recipients))
        assert sum(at > now - 60 for at, _ in gone) <= minute
        within = [count for at, count in gone if at > now - 86_400]
        assert sum(within) <= day or len(within) == 1
    assert Counter(at for at, _ in gone).total() == len(sends)
