"""Text patterns of rules: they find what Python's `re` finds, and no text makes them slow."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gatepost.connectors import BadPattern, pattern_of
from gatepost.connectors.text_pattern import LONGEST, TextPattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("invoice-[0-9]{4}$", "Your Invoice-2027", True),
        ("invoice-[0-9]{4}$", "invoice-2027.", False),
        ("^re: ", "RE: hello", True),
        ("^re: ", "about re: hello", False),
        ("straße", "STRASSE", True),
        ("[A-F]+z", "dez", True),
        ("[Ä]", "ä", True),
        ("[^a-c]$", "abc", False),
        (r"\(525\)", "(525)", True),
        (r"[]\d-]x", "-x", True),
        (r"\S\s\W\D\w\d", "a ..b7", True),
        ("a{,2}", "a{,2}", True),  # no repetition, so it stands for itself
        ("(ab|cd){2,3}x", "abcdx", True),
        ("(ab|cd){2,3}x", "abx", False),
        ("x{0}y", "y", True),
        ("[^x]", "", False),  # what is behind the end is no sign
        (".", "", False),
        ("^$", "", True),
        ("发票.*寄出", "本月发票已寄出", True),
    ],
)
def test_a_pattern_finds_what_exchange_would_find(pattern: str, text: str, found: bool) -> None:
    assert pattern_of(pattern).found_in(text) is found


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("a" * (LONGEST + 1), "is 129 characters long, and at most 128 are read"),
        ("a*", "is found in every text"),
        ("", "is found in every text"),
        ("(a", "opens a parenthesis that is not closed"),
        ("a)b", "closes a parenthesis that was not opened"),
        ("()", "has parentheses with nothing in them"),
        ("[a", "opens a bracket that is not closed"),
        ("[z-a]", "has the range z-a, which runs backwards"),
        ("a\\", "ends with a backslash"),
        (r"(a)\1", r"has \1, which is not read here"),
        ("(?=a)", "has a group that begins with (?"),
        ("*a", "has * with nothing before it"),
        ("a**", "has two signs of repetition side by side"),
        ("a{2}{3}", "has two signs of repetition side by side"),
        ("^*a", "repeats ^"),
        ("a{3,2}", "repeats {3,2}"),
        ("(((a{9}){9}){9}){9}", "has more than 200 signs"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_why(pattern: str, says: str) -> None:
    with pytest.raises(BadPattern) as refused:
        TextPattern(pattern)
    assert says in str(refused.value)


SIGNS = st.sampled_from(["a", "b", ".", r"\d", r"\S", "[ab]", "[^a]", "[a-c1]"])
PATTERNS = st.recursive(
    SIGNS,
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        )
    ),
    max_leaves=8,
)


@given(PATTERNS, st.sampled_from(["", "^"]), st.sampled_from(["", "$"]), st.text("abc1 ", max_size=8))
def test_a_pattern_finds_what_a_pattern_that_goes_back_finds(inner: str, begin: str, end: str, text: str) -> None:
    try:
        ours = TextPattern(f"{begin}{inner}{end}")
    except BadPattern:
        assume(False)
    theirs = re.compile(f"{begin}{inner}{end}".replace("$", r"\Z"))
    assert ours.found_in(text) is bool(theirs.search(text))


def test_every_sign_of_a_text_is_one_step_and_what_is_remembered_is_bounded() -> None:
    pattern = TextPattern("(a|b)*a.{60}x")  # each text may lead to states that no other led to
    for number in range(200):
        assert not pattern.found_in(f"{number:060b}".replace("0", "a").replace("1", "b"))
    assert len(pattern._steps) <= 2_000


@given(st.text(max_size=LONGEST))
def test_whatever_somebody_writes_is_a_pattern_or_is_refused_in_words(pattern: str) -> None:
    try:
        TextPattern(pattern).found_in("Subject of a message, 2027")
    except BadPattern as bad:
        assert str(bad)
