"""Lines longer than mail may have: found whatever the pieces, folded only where reading stays the same."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import MAX_LINE, LongLines, fold_header, has_long_line


def obvious(text: bytes) -> bool:
    return any(len(line) > MAX_LINE for line in text.split(b"\r\n"))


TEXTS = st.lists(
    st.builds(lambda size, word: (word * size)[:size], st.integers(0, 2100), st.sampled_from([b"x", b"two words "])),
    max_size=6,
).map(b"\r\n".join)


@pytest.mark.parametrize("size", [0, 1, 996, 997, 998, 999, 1000, 1001, 5000])
@pytest.mark.parametrize("around", [b"%b", b"%b\r\n", b"a\r\n%b\r\nb", b"\r\n\r\n%b\r\n"])
def test_the_bound_is_998_octets_and_crlf(size: int, around: bytes) -> None:
    text = around % (b"y" * size)
    assert has_long_line(text) is (size > MAX_LINE)


@given(TEXTS)
def test_a_long_line_is_found_wherever_it_stands(text: bytes) -> None:
    assert has_long_line(text) is obvious(text)


@given(TEXTS, st.lists(st.integers(0, 9000), max_size=8))
def test_a_long_line_is_found_whatever_the_pieces(text: bytes, cuts: list[int]) -> None:
    watch = LongLines()
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    for start, end in pairwise(places):
        watch.feed(text[start:end])
    assert watch.finish() is obvious(text)


def test_a_field_is_folded_before_white_space() -> None:
    assert fold_header(b"Subject: " + b"word " * 300 + b"\r\nTo: a@b\r\n").split(b"\r\n", 1)[1].startswith(b" word")
    block = b"To: a@b\r\nSubject: short\r\n\tfolded\r\n"
    assert fold_header(block) == block


def test_a_word_that_is_too_long_stays_whole_and_the_rest_is_folded() -> None:
    block = b"X: " + b"y" * 2000 + b" behind\r\n"
    assert fold_header(block) == b"X:\r\n " + b"y" * 2000 + b"\r\n behind\r\n"
    assert fold_header(b"X:" + b"y" * 2000 + b"\r\n") == b"X:" + b"y" * 2000 + b"\r\n"


WHITE = st.sampled_from([b" ", b"\t", b"  \t "])
WORDS = st.lists(st.builds(lambda size, white: b"w" * size + white, st.integers(1, 400), WHITE), max_size=30)


@given(WORDS)
def test_folding_changes_nothing_that_is_read(words: list[bytes]) -> None:
    field = b"References: " + b"".join(words).rstrip() + b"\r\n"
    folded = fold_header(field)
    assert folded.replace(b"\r\n", b"") == field.replace(b"\r\n", b"")
    assert not has_long_line(folded)
    assert all(line.strip() for line in folded.split(b"\r\n")[:-1]), "a line of white space alone ends no field"
