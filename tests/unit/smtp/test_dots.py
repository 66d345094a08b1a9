"""Dots and newlines: the fast reader against the obvious one, the stuffer against both."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.smtp.dots import BodyReader, ChunkReader, DotReader, Stuffer, has_bare_newline, stuff

# Text in which everything that matters is frequent.
TEXT = st.lists(
    st.sampled_from([b"\r\n", b".", b"a", b"\r\n.\r\n", b"\r\n.", b"..", b"\r", b"\n", b"\0"]), max_size=24
).map(b"".join)
CUTS = st.lists(st.integers(0, 60), max_size=8)
CLEAN = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"..", b"\r\n."]), max_size=24).map(b"".join)


class BareNewline(Exception):
    pass


def read_byte_by_byte(stream: bytes) -> tuple[bytes, bytes] | None:
    """The oracle: text and rest, or None when the end has not come. Raises BareNewline at the end, if any was bare.

    `before` is how far we are into CRLF.CRLF, written down state by state.
    """
    out = bytearray()
    state, bare = "start", False
    for number, byte in enumerate(stream):
        match state, byte:
            case ("dot cr", 0x0A):
                if bare:
                    raise BareNewline
                return bytes(out), stream[number + 1 :]
            case ("start", 0x2E):
                state = "dot"
                continue
            case ("dot", 0x0D):
                state = "dot cr"
                continue
            case ("cr", 0x0A):
                state = "start"
            case ("cr" | "dot cr", _):
                bare = True
                state = "cr" if byte == 0x0D else "text"
            case (_, 0x0A):
                bare = True
                state = "text"
            case (_, 0x0D):
                state = "cr"
            case _:
                state = "text"
        out.append(byte)
    return None


def read_in_pieces(reader: DotReader, stream: bytes, cuts: list[int]) -> tuple[bytes, bytes] | None:
    out, at = b"", 0
    for cut in [*sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]:
        if reader.finished:
            reader.rest += stream[at:cut]
        elif stream[at:cut]:
            out += reader.feed(stream[at:cut])
        at = cut
    return (out, reader.rest) if reader.finished else None


@given(stream=TEXT, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_the_fast_reader_agrees_with_the_obvious_one(stream: bytes, cuts: list[int]) -> None:
    for text in (stream, stream + b"\r\n.\r\n"):
        reader = DotReader()
        read = read_in_pieces(reader, text, cuts)
        try:
            expected = read_byte_by_byte(text)
        except BareNewline:
            assert reader.bare
            assert read is not None
        else:
            if expected is None:
                assert read is None
            else:
                assert not reader.bare
                assert read == expected


@given(stream=TEXT, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_normalizing_gives_only_crlf_and_the_same_for_every_cutting(stream: bytes, cuts: list[int]) -> None:
    text = stream + b"\r\n.\r\nrest"
    whole = read_in_pieces(DotReader(normalize=True), text, [])
    assert whole is not None
    assert read_in_pieces(DotReader(normalize=True), text, cuts) == whole
    assert not has_bare_newline(whole[0])
    assert whole[1] == text[(b"\r\n" + text).find(b"\r\n.\r\n") + 3 :]


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (b"a\nb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\rb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\r\n.\nb\r\n.\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\n..b\r\n.\r\n", b"a\r\n.b\r\n"),
        (b".\nb\r\n.\r\n", b".\r\nb\r\n"),
        (b"..b\r\n.\r\n", b".b\r\n"),
        (b".\r\n", b""),
    ],
)
def test_a_lone_dot_at_a_bare_newline_is_text(wire: bytes, text: bytes) -> None:
    for step in (1, 2, 3, 100):
        reader = DotReader(normalize=True)
        out = b"".join(reader.feed(wire[at : at + step]) for at in range(0, len(wire), step))
        assert (out, reader.finished) == (text, True)


@given(text=CLEAN, cuts=st.lists(st.integers(0, 100), max_size=6))
def test_what_is_stuffed_comes_out_as_it_went_in(text: bytes, cuts: list[int]) -> None:
    stuffer, out, at = Stuffer(), b"", 0
    for cut in [*sorted(cut % (len(text) + 1) for cut in cuts), len(text)]:
        out += stuffer.feed(text[at:cut])
        at = cut
    wire = out + stuffer.end()
    assert wire == stuff(text)
    assert re.search(rb"(?:\A|\r\n)\.(?!\.|\r\n\Z)", wire) is None
    read = read_byte_by_byte(wire)
    expected = text if not text or text.endswith(b"\r\n") else text + b"\r\n"
    assert read == (expected, b"")


@given(text=TEXT, cuts=st.lists(st.integers(0, 100), max_size=6), normalize=st.booleans())
def test_chunks_are_judged_the_same_for_every_cutting(text: bytes, cuts: list[int], normalize: bool) -> None:
    reader: BodyReader = ChunkReader(normalize=normalize)
    out, at = b"", 0
    for cut in [*sorted(cut % (len(text) + 1) for cut in cuts), len(text)]:
        out += reader.feed(text[at:cut])
        at = cut
    out += reader.finish()
    if normalize:
        assert out == re.sub(rb"\r\n|\r|\n", b"\r\n", text)
    else:
        assert reader.bare == has_bare_newline(text)
        assert reader.bare or out == text


def test_a_line_without_end_is_handed_on_and_not_kept() -> None:
    reader = DotReader()
    assert sum(len(reader.feed(b"x" * 65536)) for _ in range(64)) == 64 * 65536


@given(st.binary() | st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\xff", b"\0"])).map(b"".join))
def test_a_newline_is_bare_when_something_is_left_of_it_without_the_crlfs(text: bytes) -> None:
    left = text.replace(b"\r\n", b"")
    assert has_bare_newline(text) is (b"\r" in left or b"\n" in left)


def cut_up(text: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


@given(TEXT, CUTS)
def test_chunks_are_normalized_alike_wherever_they_are_cut(text: bytes, cuts: list[int]) -> None:
    reader = ChunkReader(normalize=True)
    read = b"".join(map(reader.feed, cut_up(text, cuts))) + reader.finish()
    assert read == re.sub(rb"\r\n|\r|\n", b"\r\n", text)
    assert reader.repaired is has_bare_newline(text)
    assert not reader.bare


@given(TEXT, CUTS)
def test_text_is_normalized_alike_wherever_it_is_cut_and_tells_when_it_was(text: bytes, cuts: list[int]) -> None:
    whole, pieces = DotReader(normalize=True), DotReader(normalize=True)
    wire = text + b"\r\n.\r\n"
    assert whole.feed(wire) == b"".join(pieces.feed(piece) for piece in cut_up(wire, cuts) if not pieces.finished)
    assert whole.repaired is pieces.repaired


@given(st.integers(0, 300_000), st.integers(2_000, 70_000))
def test_a_long_body_is_normalized_line_by_line(size: int, step: int) -> None:
    text = (b"scanned line\n" * (size // 13 + 1))[:size]
    reader = ChunkReader(normalize=True)
    read = b"".join(reader.feed(text[at : at + step]) for at in range(0, size, step)) + reader.finish()
    assert read == text.replace(b"\n", b"\r\n")
