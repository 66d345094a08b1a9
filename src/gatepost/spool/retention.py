"""The long end of the trace: finished messages are made findable, and one day forgotten, a piece at a time.

The look-ups by sender, recipient and Message-ID are filled in here and not when a message arrives: three
random index pages a message would cost the hot path a third more. What is newer than the mark is found by
reading, newest first.
"""

from .ids import first_id_at
from .store import HISTORY, Connection, json_ids

FORGET = 500  # messages a transaction, so that mail gets in between
INDEX = 1000
SETTLED_SECONDS = 900  # ids are given when a body begins to arrive; nearly all are stored this much later


def index_some(connection: Connection, *, now: float) -> int:
    """Move the mark over one piece; returns how many messages it passed."""
    (mark,) = connection.execute(HISTORY["trace_mark"]).fetchone()
    before = first_id_at(now - SETTLED_SECONDS)
    high, count = connection.execute(
        HISTORY["next_unindexed"], {"mark": mark, "before": before, "room": INDEX}
    ).fetchone()
    if not count:
        return 0
    connection.execute(HISTORY["index_words"], {"low": mark + 1, "high": high})
    connection.execute(HISTORY["set_trace_mark"], {"mark": high})
    return int(count)


def index_late(connection: Connection, numbers: list[int]) -> None:
    """Make findable what was stored behind the mark: a body that took very long to arrive."""
    (mark,) = connection.execute(HISTORY["trace_mark"]).fetchone()
    for number in numbers:
        if number <= mark:
            connection.execute(HISTORY["index_words"], {"low": number, "high": number})


def forget_some(connection: Connection, *, before: float) -> int:
    """Delete a piece of the messages that were finished before that moment, with all that belongs to them."""
    asked = {"before_id": first_id_at(before), "before": before, "room": FORGET}
    numbers = [number for (number,) in connection.execute(HISTORY["expired"], asked)]
    if numbers:
        ids = {"ids": json_ids(numbers)}
        for name in ("forget_words", "forget_events", "forget_recipients", "forget_messages"):
            connection.execute(HISTORY[name], ids)
    return len(numbers)
