"""When a way is left alone, and when it is asked again; the clock is a number."""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gatepost.routing import Breaker, Finding, Standing
from gatepost.routing.breaker import ENOUGH, FIRST_PAUSE, LONGEST_PAUSE

PASSING = Finding(reason="no answer")
LASTING = Finding(reason="certificate refused", lasting=True)


def opened(now: float = 0.0) -> Breaker:
    return Breaker().failed(LASTING, now, jitter=0.0)


def test_a_few_findings_in_a_row_open_it_and_a_success_between_starts_anew() -> None:
    breaker = Breaker()
    for _ in range(ENOUGH - 1):
        breaker = breaker.failed(PASSING, 0.0, jitter=0.0)
    assert breaker.standing is Standing.CLOSED
    assert breaker.worked(0.0) == Breaker(reason="no answer")
    assert breaker.failed(PASSING, 0.0, jitter=0.0).standing is Standing.OPEN


def test_what_somebody_has_to_mend_opens_it_at_once() -> None:
    assert opened().standing is Standing.OPEN
    assert opened().reason == "certificate refused"


def test_one_message_asks_and_the_others_do_not_wait_for_it() -> None:
    breaker = opened()
    assert not breaker.admits(FIRST_PAUSE - 1)
    assert breaker.admits(FIRST_PAUSE)
    asking = breaker.asked()
    assert asking.standing is Standing.HALF_OPEN
    assert not asking.admits(FIRST_PAUSE)
    assert asking.unanswered().admits(FIRST_PAUSE)
    assert asking.worked(FIRST_PAUSE).standing is Standing.CLOSED


def test_each_disappointment_doubles_the_pause_up_to_a_limit() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(8):
        now = breaker.probe_at
        breaker = breaker.asked().failed(PASSING, now, jitter=0.0)
        pauses.append(breaker.probe_at - now)
    assert pauses == sorted(pauses)
    assert pauses[0] == 2 * FIRST_PAUSE
    assert pauses[-1] == LONGEST_PAUSE


def test_a_way_that_flaps_is_asked_ever_more_seldom_and_one_that_was_calm_is_forgiven() -> None:
    breaker = opened().asked().worked(60.0)
    flapping = breaker.failed(LASTING, 61.0, jitter=0.0)
    assert flapping.probe_at == 61.0 + 2 * FIRST_PAUSE
    calm = breaker.failed(LASTING, 60.0 + 2 * FIRST_PAUSE, jitter=0.0)
    assert calm.pause == FIRST_PAUSE


def test_a_success_that_began_before_it_opened_does_not_close_it() -> None:
    assert opened().worked(1.0).standing is Standing.OPEN


def test_the_pause_that_the_host_asks_for_is_kept() -> None:
    breaker = Breaker().failed(Finding(reason="busy", pause=900.0), 0.0, jitter=0.0)
    assert breaker.probe_at == 900.0


def test_an_operator_may_have_it_asked_now() -> None:
    assert opened().woken().admits(1.0)
    assert Breaker().woken() == Breaker()


@dataclass
class _Clock:
    now: float = 0.0


class Flapping(RuleBasedStateMachine):
    """Any order of successes, findings, cancelled messages and time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = _Clock()
        self.breaker = Breaker()
        self.asking = 0

    @rule(seconds=st.floats(0, 4_000))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @precondition(lambda self: self.breaker.admits(self.clock.now))
    @rule()
    def a_message_goes(self) -> None:
        self.asking += self.breaker.opened_at is not None
        assert self.asking <= 1, "one message alone finds out"
        self.breaker = self.breaker.asked()

    @rule(finding=st.sampled_from([PASSING, LASTING]), jitter=st.floats(0, 0.99))
    def it_fails(self, finding: Finding, jitter: float) -> None:
        self.breaker, self.asking = self.breaker.failed(finding, self.clock.now, jitter=jitter), 0

    @rule()
    def it_works(self) -> None:
        self.breaker = self.breaker.worked(self.clock.now)
        if not self.breaker.probing:
            self.asking = 0

    @rule()
    def it_is_cancelled(self) -> None:
        self.breaker, self.asking = self.breaker.unanswered(), 0

    @invariant()
    def it_is_always_asked_again(self) -> None:
        breaker = self.breaker
        assert breaker.unanswered().admits(max(self.clock.now, breaker.probe_at))
        assert breaker.probe_at <= self.clock.now + LONGEST_PAUSE * 1.25

    @invariant()
    def only_an_open_one_is_probed(self) -> None:
        assert self.breaker.opened_at is not None or not self.breaker.probing


TestFlapping = Flapping.TestCase
