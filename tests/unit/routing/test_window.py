"""Windows grow with success, shrink with trouble, and let dead hosts rest."""

from hypothesis import given
from hypothesis import strategies as st

from gatepost.routing import Window
from gatepost.routing.window import FIRST_REST, LONGEST_REST, MOST, START


def test_a_new_destination_gets_five_connections() -> None:
    assert Window().allowed(0) == START == 5


def test_a_window_grows_to_twenty_and_no_further() -> None:
    window = Window()
    for _ in range(400):
        window = window.succeeded()
    assert window.allowed(0) == MOST == 20


def test_growth_takes_a_full_window_of_successes_a_connection() -> None:
    window = Window()
    for _ in range(5):
        window = window.succeeded()
    assert window.allowed(0) == 5
    assert window.succeeded().allowed(0) == 6


def test_a_dead_host_rests_and_then_gets_one_connection() -> None:
    window = Window().troubled(100.0, jitter=0.0)
    assert window.allowed(100.0 + FIRST_REST - 1) == 0
    assert window.allowed(100.0 + FIRST_REST) == 1
    assert window.succeeded().allowed(200.0) == 5


def test_rests_double_up_to_a_limit() -> None:
    window, now, rests = Window(), 0.0, []
    for _ in range(12):
        window = window.troubled(now, jitter=0.0)
        rests.append(window.resting_until - now)
        now = window.resting_until
    assert rests[:4] == [30.0, 60.0, 120.0, 240.0]
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST


def test_connections_that_fail_together_count_once() -> None:
    once = Window().troubled(0.0, jitter=0.0)
    assert once.troubled(1.0, jitter=0.0).failures == 1


def test_trouble_beside_working_connections_only_shrinks() -> None:
    window = Window(size=20).troubled(0.0, jitter=0.5, others_work=True)
    assert window.allowed(0.0) == 10


@given(
    steps=st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 0.999)), max_size=60),
    most=st.floats(1, 100),
)
def test_a_window_never_closes_for_good_nor_opens_beyond_its_limit(
    steps: list[tuple[bool, bool, float]], most: float
) -> None:
    window, now = Window(size=min(START, most), most=most), 0.0
    for good, others, jitter in steps:
        now += 10
        window = window.succeeded() if good else window.troubled(now, jitter=jitter, others_work=others)
        assert window.allowed(now) <= most
        assert window.allowed(now + LONGEST_REST * 1.25) >= 1
