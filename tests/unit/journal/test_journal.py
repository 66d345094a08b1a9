"""The journal: one line a fact, no fact without a meaning, no forged lines."""

import io
import json
from datetime import UTC, datetime

import pytest

from gatepost.journal import FACTS, Journal, Level, LogTerms
from gatepost.journal.writing import shown


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        self.octets = io.BytesIO()
        super().__init__(self.octets)


def test_a_fact_is_one_json_line_with_its_level() -> None:
    stream = _Stream()
    Journal.open(LogTerms(), stream).fact("accepted", id="00", client="192.0.2.9")
    line = json.loads(stream.octets.getvalue())
    assert (line["fact"], line["level"], line["client"]) == ("accepted", "info", "192.0.2.9")


def test_moments_are_written_like_the_lines_own() -> None:
    stream = _Stream()
    due = datetime(2026, 7, 23, 22, 55, 13, 500_000, tzinfo=UTC)
    Journal.open(LogTerms(), stream).fact("deferred", id="00", due=due)
    line = json.loads(stream.octets.getvalue())
    assert line["due"] == "2026-07-23T22:55:13.500000Z"
    assert line["timestamp"].endswith("Z") and len(line["timestamp"]) == len(line["due"])
    assert shown([due, "x"]) == ["2026-07-23T22:55:13Z", "x"]


def test_hostile_text_cannot_forge_a_line() -> None:
    stream = _Stream()
    Journal.open(LogTerms(), stream).fact("recipient_refused", hello='x"\n{"fact":"accepted"}\r\n\x1b[31m')
    written = stream.octets.getvalue()
    assert written.count(b"\n") == 1
    assert b"\x1b" not in written


def test_quiet_facts_are_counted_all_the_same() -> None:
    stream = _Stream()
    journal = Journal.open(LogTerms(), stream)
    journal.fact("session_ended")
    assert stream.octets.getvalue() == b""
    assert journal.counts["session_ended"] == 1


def test_an_unknown_fact_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        Journal.silent().fact("something")


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_a_sentence(name: str) -> None:
    assert FACTS[name].meaning.endswith(".")


@pytest.mark.parametrize(("quietest", "listens", "asked"), [("info", False, 0), ("debug", False, 1), ("info", True, 1)])
def test_the_words_of_a_quiet_fact_are_made_only_for_who_hears_them(quietest: str, listens: bool, asked: int) -> None:
    heard: list[str] = []
    journal = Journal.open(LogTerms(level=Level(quietest)), _Stream())
    if listens:
        journal.listener = lambda name, facts: heard.append(f"{name} {facts['id']}")
    made: list[int] = []

    def words() -> dict[str, str]:
        made.append(1)
        return {"id": "0a"}

    journal.quiet_fact("attempted", words)
    assert len(made) == asked
    assert heard == (["attempted 0a"] if listens else [])
    assert journal.counts["attempted"] == 1
