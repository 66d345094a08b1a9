"""The table of states, and that the SQL agrees with it."""

import re
from itertools import product

import pytest

from gatepost.errors import IllegalMove
from gatepost.spool import LIVE, MOVES, On, State, move
from gatepost.spool.steps import STEPS
from gatepost.spool.store import HISTORY, QUEUE, load


def test_every_state_has_a_row_and_final_rows_are_empty() -> None:
    assert set(MOVES) == set(State)
    assert not MOVES[State.DELIVERED] and not MOVES[State.FAILED] and not MOVES[State.REFUSED]
    assert {State.WAITING, State.SENDING, State.HELD} == LIVE


@pytest.mark.parametrize(("state", "on"), list(product(State, On)))
def test_move_follows_the_table_and_refuses_everything_else(state: State, on: On) -> None:
    if on in MOVES[state]:
        assert move(state, on) is MOVES[state][on]
    else:
        with pytest.raises(IllegalMove, match=f"{state} cannot {on}"):
            move(state, on)


def test_every_state_but_refused_can_be_reached_from_waiting() -> None:
    reached, edge = {State.WAITING}, [State.WAITING]
    while edge:
        for target in MOVES[edge.pop()].values():
            if target not in reached:
                reached.add(target)
                edge.append(target)
    assert reached == set(State) - {State.REFUSED}


MOVING_SQL = {
    "claim": (On.CLAIM, {State.WAITING}),
    "deliver": (On.ACCEPTED, {State.SENDING}),
    "release_claim": (On.UNTRIED, {State.SENDING}),
    "reclaim_after_crash": (On.RESTART, {State.SENDING}),
    "quarantine": (On.QUARANTINE, {State.WAITING, State.SENDING}),
}


@pytest.mark.parametrize("name", MOVING_SQL)
def test_the_sql_moves_states_as_the_table_does(name: str) -> None:
    on, sources = MOVING_SQL[name]
    assert sources == {state for state in State if on in MOVES[state]}
    (target,) = {MOVES[source][on] for source in sources}
    assert f"SET state = '{target}'" in QUEUE[name]
    named = set(re.findall(r"state (?:= |IN \()'(\w+)'", QUEUE[name].partition("WHERE")[2]))
    named |= set(re.findall(r", '(\w+)'\)", QUEUE[name].partition("WHERE")[2]))
    assert named == sources


def test_named_sql_is_split_at_its_names() -> None:
    assert load("-- about\n-- name: one\nSELECT 1;\n\n-- name: two\n-- why\nSELECT 2;\n") == {
        "one": "SELECT 1;",
        "two": "-- why\nSELECT 2;",
    }
    assert len(set(QUEUE) | set(HISTORY)) == len(QUEUE) + len(HISTORY)


def test_crash_steps_have_distinct_names() -> None:
    assert len(set(STEPS)) == len(STEPS)
