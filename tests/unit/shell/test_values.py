"""Values and conversions: what a thing is as a text, a number, a truth, a date."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.shell import CommandFailed, Credential, HashEntries, PSObject, SecureString, to_bool, to_text
from gatepost.shell.values.convert import cast, is_type, to_number, to_whole
from gatepost.shell.values.figures import format_number, number_text
from gatepost.shell.values.kinds import type_name_of
from gatepost.shell.values.moments import format_moment, format_span, read_moment, read_span

NOON = datetime(2026, 1, 2, 12, 0, 5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "True"),
        (5, "5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (2.0, "2"),
        (1e15, "1E+15"),
        (123456789012345.0, "123456789012345"),
        (0.00001, "1E-05"),
        (float("inf"), "∞"),
        ([1, None, "a"], "1  a"),
        ([[1], 2], "System.Object[] 2"),
        (HashEntries({"a": 1}), "System.Collections.Hashtable"),
        (PSObject({"a": 1, "b": [1]}), "@{a=1; b=System.Object[]}"),
        (PSObject({"a": PSObject({"b": 1})}), "@{a=@{b=1}}"),
        (NOON, "01/02/2026 12:00:05"),
        (timedelta(days=1, hours=2, seconds=3), "1.02:00:03"),
        (SecureString("geheim"), "System.Security.SecureString"),
    ],
)
def test_a_value_inside_a_string(value: Any, text: str) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize("value", [None, "", 0, 0.0, [], [0], [""], False])
def test_these_are_false(value: Any) -> None:
    assert not to_bool(value)


@pytest.mark.parametrize("value", ["x", "False", "0", 1, -1, [0, 0], [[]] * 2, HashEntries(), PSObject(), NOON, True])
def test_these_are_true(value: Any) -> None:
    assert to_bool(value)


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        ("int", "25", 25),
        ("int", " 0x1F ", 31),
        ("int", 2.5, 2),
        ("int", 3.5, 4),
        ("int", None, 0),
        ("long", 2**40, 2**40),
        ("double", "1.5", 1.5),
        ("string", [1, 2], "1 2"),
        ("string", None, ""),
        ("bool", "False", True),
        ("array", "x", ["x"]),
        ("string[]", [1, "a"], ["1", "a"]),
        ("System.Int32", "7", 7),
        ("datetime", "2026-01-02 12:00:05", NOON),
        ("timespan", "00:05:00", timedelta(minutes=5)),
    ],
)
def test_casts(kind: str, value: Any, result: Any) -> None:
    assert cast(kind, value) == result


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int", "abc", "'abc' was not in a correct format"),
        ("int", "3000000000", "too large or too small for an Int32"),
        ("int", HashEntries(), 'Cannot convert value "System.Collections.Hashtable"'),
        ("datetime", "tomorrow", "not recognized as a valid DateTime"),
        ("guid", "x", "32 digits"),
        ("char", "ab", "exactly one character"),
        ("hashtable", "x", "System.Collections.Hashtable"),
        ("int", "\x1b[31m", r"\x1b[31m"),
    ],
)
def test_a_cast_that_cannot_be_says_why_and_what_to_do(kind: str, value: Any, words: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        cast(kind, value)
    assert words in caught.value.message
    assert "Remedy: " in caught.value.message
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    ("value", "name"),
    [(1, "int"), (2**40, "long"), (1.5, "double"), ("", "string"), ([], "array"), (True, "bool"), (NOON, "datetime"),
     (HashEntries(), "hashtable"), (PSObject(), "pscustomobject"), (1, "object"), (1, "System.Int32")],
)  # fmt: skip
def test_types_are_told_apart(value: Any, name: str) -> None:
    assert is_type(value, name)


def test_a_number_is_no_text_and_nothing_has_no_type() -> None:
    assert not is_type(1, "string")
    assert not is_type(None, "object")


def test_keys_of_a_hashtable_need_no_case_and_keep_their_spelling() -> None:
    table = HashEntries([("Name", 1), (1, "one"), (True, "yes")])
    table["NAME"] = 2
    assert (table["name"], table[1], table[True], list(table)) == (2, "one", "yes", ["Name", 1, True])
    del table["nAmE"]
    assert "Name" not in table


def test_a_secret_shows_in_nothing() -> None:
    secret = SecureString("geheim")
    for shown in (repr(secret), str(secret), repr(Credential("u", secret)), str(Credential("u", secret))):
        assert "geheim" not in shown
    assert secret.reveal() == "geheim"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02", datetime(2026, 1, 2)),
        ("2026-01-02T03:04:05.1234567Z", datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)),
        ("2026-01-02 10:00 +02:00", datetime(2026, 1, 2, 10, tzinfo=timezone(timedelta(hours=2)))),
        ("1/2/2026 3:04 PM", datetime(2026, 1, 2, 15, 4)),
        ("2 Jan 2026 10:00", datetime(2026, 1, 2, 10)),
        ("Friday, January 2, 2026 3:04:05 PM", datetime(2026, 1, 2, 15, 4, 5)),
        ("Fri, 02 Jan 2026 03:04:05 GMT", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_dates_are_read(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@given(st.text(max_size=40))
def test_a_text_that_is_no_date_is_a_value_error_and_nothing_else(text: str) -> None:
    for read in (read_moment, read_span):
        try:
            read(text)
        except ValueError:
            pass


@given(st.datetimes(min_value=datetime(1, 1, 1)))
def test_the_round_trip_format_comes_back(moment: datetime) -> None:
    assert read_moment(format_moment(moment, "o")) == moment


@given(st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000)))
def test_a_span_comes_back(span: timedelta) -> None:
    assert read_span(format_span(span)) == span


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("yyyy-MM-dd HH:mm:ss", "2026-01-02 12:00:05"), ("d", "1/2/2026"), ("ddd d. MMM yy", "Fri 2. Jan 26"),
     ("h:mm tt", "12:00 PM"), ("'at' HH\\h", "at 12h"), ("fff", "000"),
     ("u", "2026-01-02 12:00:05Z"), ("", "1/2/2026 12:00:05 PM")],
)  # fmt: skip
def test_dates_are_formatted(pattern: str, text: str) -> None:
    assert format_moment(NOON, pattern) == text


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [(1234.567, "N2", "1,234.57"), (12, "D4", "0012"), (-5, "D3", "-005"), (255, "X", "FF"), (-1, "x", "ffffffff"),
     (0.256, "P1", "25.6%"), (1234.5, "#,##0.00", "1,234.50"), (0, "0.##", "0"), (5, "000", "005"),
     (-1234.5, "C", "-$1,234.50"), (1500, "E2", "1.50E+003"), (0.5, "0%", "50%"), (-5, "0;(0)", "(5)"),
     (2.5, "F0", "3")],
)  # fmt: skip
def test_numbers_are_formatted(value: float, pattern: str, text: str) -> None:
    assert format_number(value, pattern) == text


@given(st.integers() | st.floats(), st.text(max_size=12))
def test_a_format_is_a_text_or_a_value_error(value: float, pattern: str) -> None:
    try:
        assert isinstance(format_number(value, pattern), str)
    except ValueError:
        pass


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_is_the_same_number(value: float) -> None:
    assert float(number_text(value)) == value


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_whole_number_survives_being_a_text(value: int) -> None:
    assert to_whole(to_text(value)) == value
    assert type_name_of(value) == "System.Int32"


@given(st.text())
def test_a_text_becomes_a_number_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(to_number(text), int | float)
    except CommandFailed as failed:
        assert "Cannot convert value" in failed.message
