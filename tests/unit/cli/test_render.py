"""What strangers wrote does nothing to a terminal."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.cli import render


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("Grüße 中文 😀", "Grüße 中文 😀"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\r\nb\tc", "a\\x0d\\x0ab\\x09c"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028break", "line\\u2028break"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("\x00", "\\x00"),
        (5, "5"),
    ],
)
def test_clean_escapes_what_acts_and_leaves_what_reads(text: object, shown: str) -> None:
    assert render.clean(text) == shown


@given(st.text())
def test_clean_text_holds_nothing_that_acts(text: str) -> None:
    cleaned = render.clean(text)
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in cleaned)
    cleaned.encode()


def test_tables_lists_and_lines_are_clean_and_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "[bold]\x1b[2J[/bold]\u202e"
    render.table([{"a": hostile, "b": [hostile, 1], "c": {"k": hostile}}], {"a": "A", "b": "B", "c": "C"}, empty="-")
    render.pairs({hostile: hostile})
    render.line(hostile)
    render.sentences([hostile], style="red")
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[bold]\\x1b[2J[/bold]" in text


def test_json_is_one_value_and_escapes_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    render.json_out({"subject": "\x1b[31m"})
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert json.loads(out) == {"subject": "\x1b[31m"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), ([], ""), (True, "true"), (False, "false"), (["a", 1], "a, 1"), ({"a": None}, "a=")],
)
def test_cells_are_words(value: object, shown: str) -> None:
    assert render.cell(value) == shown
