"""Comments are taken out the same way by the quick reading of common ones and by the counting of all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.headers import authentication, comments

_PIECES = st.lists(st.sampled_from(["(", ")", "\\", '"', ";", "a", " ", "b=c", "(d)", "(e(f)g)"]), max_size=25).map(
    "".join
)


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        ("a (b) c", "a  \x000\x00  c", ["b"]),
        ("a (b (c) d) (e)", "a  \x000\x00   \x001\x00 ", ["b (c) d", "e"]),
        ("a (b (c (d)))", "a  \x000\x00 ", ["b (c (d))"]),
        (r"a (b \) c) d", "a  \x000\x00  d", [r"b \) c"]),
        ("a (b", "a ", ["b"]),
        ("a) b", "a) b", []),
        ("()", " \x000\x00 ", [""]),
        ("", "", []),
    ],
)
def test_a_mark_stands_for_each_outermost_comment(text: str, bare: str, found: list[str]) -> None:
    assert comments.without_comments(text) == (bare, found)


@given(_PIECES)
def test_the_quick_way_reads_comments_as_the_counting_way_does(text: str) -> None:
    assert comments.without_comments(text) == comments._counted(text)


@given(_PIECES)
def test_the_quick_way_reads_statements_as_the_counting_way_does(text: str) -> None:
    assert authentication._statements(text) == authentication._counted(text)
