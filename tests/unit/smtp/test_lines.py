"""Command lines: ended by CRLF only, skipped whole when too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.smtp.lines import AUTH_LIMIT, COMMAND_LIMIT, SKIP_LIMIT, Inbox, LineTrouble


def lines_of(stream: bytes, step: int) -> list[bytes | LineTrouble]:
    inbox, lines = Inbox(), []
    for at in range(0, len(stream), step):
        inbox.add(stream[at : at + step])
        while (line := inbox.take_line()) is not None:
            lines.append(line)
            if line in (LineTrouble.BARE_NEWLINE, LineTrouble.ENDLESS):
                return lines
    return lines


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"a\r\nb\r\nc", [b"a", b"b"]),
        (b"\r\n\r\n", [b"", b""]),
        (b"a\nb\r\n", [LineTrouble.BARE_NEWLINE]),
        (b"a\rb\r\n", [LineTrouble.BARE_NEWLINE]),
        (b"x" * COMMAND_LIMIT + b"\r\n", [b"x" * COMMAND_LIMIT]),
        (b"x" * (COMMAND_LIMIT + 1) + b"\r\nNOOP\r\n", [LineTrouble.TOO_LONG, b"NOOP"]),
        (b"x" * 50_000 + b"\r\nNOOP\r\n", [LineTrouble.TOO_LONG, b"NOOP"]),
        (b"x" * (SKIP_LIMIT + 3000), [LineTrouble.ENDLESS]),
        (b"AUTH " + b"x" * (AUTH_LIMIT - 5) + b"\r\n", [b"AUTH " + b"x" * (AUTH_LIMIT - 5)]),
        (b"AUTH " + b"x" * AUTH_LIMIT + b"\r\nNOOP\r\n", [LineTrouble.TOO_LONG, b"NOOP"]),
    ],
    ids=range(10),
)
def test_lines_are_split_under_limits(stream: bytes, lines: list[bytes | LineTrouble], step: int) -> None:
    assert lines_of(stream, step) == lines


@given(lines=st.lists(st.binary(max_size=30).filter(lambda b: b"\r" not in b and b"\n" not in b), max_size=9))
def test_every_cutting_gives_the_same_lines(lines: list[bytes]) -> None:
    stream = b"".join(line + b"\r\n" for line in lines)
    for step in (1, 2, 5, len(stream) + 1):
        assert lines_of(stream, step) == lines


def test_octets_are_taken_exactly() -> None:
    inbox = Inbox()
    inbox.add(b"ab\r\ncdef")
    assert inbox.take_line() == b"ab"
    assert (len(inbox), inbox.take(2), inbox.take(9), len(inbox)) == (4, b"cd", b"ef", 0)
