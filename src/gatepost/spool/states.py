"""The life of one recipient, as a table. `move` is the only way from one state to another."""

from enum import StrEnum

from gatepost.errors import IllegalMove


class State(StrEnum):
    """Where a recipient stands."""

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"  # never taken: only the trace knows it, and nothing leads here or away


class On(StrEnum):
    """What can happen to a recipient."""

    CLAIM = "claim"  # a courier takes it
    ACCEPTED = "accepted"  # the next host has taken responsibility
    DEFERRED = "deferred"
    REFUSED = "refused"  # for good, or too old
    UNTRIED = "untried"  # a courier gives the claim back
    RESTART = "restart"  # we died while it was being sent
    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"
    DROP = "drop"
    BOUNCE = "bounce"  # an operator takes it out of the queue, to send it back
    QUARANTINE = "quarantine"  # its body is missing or torn, or it was there at three crashes


MOVES: dict[State, dict[On, State]] = {
    State.WAITING: {
        On.CLAIM: State.SENDING,
        On.RETRY: State.WAITING,
        On.HOLD: State.HELD,
        On.DROP: State.FAILED,
        On.BOUNCE: State.SENDING,
        On.QUARANTINE: State.HELD,
    },
    State.SENDING: {
        On.ACCEPTED: State.DELIVERED,
        On.DEFERRED: State.WAITING,
        On.REFUSED: State.FAILED,
        On.UNTRIED: State.WAITING,
        On.RESTART: State.WAITING,
        On.QUARANTINE: State.HELD,
    },
    State.HELD: {On.RELEASE: State.WAITING, On.DROP: State.FAILED, On.BOUNCE: State.SENDING},
    State.DELIVERED: {},
    State.FAILED: {},
    State.REFUSED: {},
}

LIVE = frozenset(state for state, moves in MOVES.items() if moves)


def move(state: State, on: On) -> State:
    """The state after `on`; raises IllegalMove where the table has none.

    >>> move(State.SENDING, On.DEFERRED)
    <State.WAITING: 'waiting'>
    """
    try:
        return MOVES[state][on]
    except KeyError:
        raise IllegalMove(f"{state} cannot {on}.") from None
