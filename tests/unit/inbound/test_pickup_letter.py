"""Files of the pickup folder: their envelope, what is sent of them, and what is wrong with the bad ones."""

import os
from pathlib import Path

import pytest

from gatepost.inbound.pickup_letter import BLOCK, BadLetter, PickupLetter


def read(folder: Path, text: bytes) -> tuple[str, list[str], bytes]:
    file = folder / "x.eml"
    file.write_bytes(text)
    letter = PickupLetter(file)
    try:
        return str(letter.sender), [str(it) for it in letter.recipients], b"".join(letter.blocks())
    finally:
        letter.close()


HELLO = b"Subject: x\n\nHello\n"


@pytest.mark.parametrize(
    ("text", "sender", "recipients", "sent"),
    [
        (b"X-Sender: a@x.example\nX-Receiver: b@y.example\nX-Receiver: <c@y.example>\nTo: other@z.example\n" + HELLO,
         "a@x.example", ["b@y.example", "c@y.example"], b"To: other@z.example\r\nSubject: x\r\n\r\nHello\r\n"),
        (b"x-sender: <>\r\nX-RECEIVER: b@y.example\r\n\r\n", "None", ["b@y.example"], b"\r\n"),
        (b"From: A <a@x.example>\nTo: b@y.example, c@y.example\nCc: D <d@y.example>\nBcc: e@y.example\n\nHi",
         "a@x.example", ["b@y.example", "c@y.example", "d@y.example", "e@y.example"],
         b"From: A <a@x.example>\r\nTo: b@y.example, c@y.example\r\nCc: D <d@y.example>\r\n\r\nHi\r\n"),
        (b"\xef\xbb\xbfX-Sender: a@x.example\nX-Receiver: b@y.example\n\n\xe4\r", "a@x.example", ["b@y.example"],
         b"\r\n\xe4\r\n"),
        (b"X-CreatedBy: MSExchange15\nX-EndOfInjectedXHeaders: 1\nX-Sender: a@x.example\nX-Receiver: b@y.example\n\n",
         "a@x.example", ["b@y.example"], b"\r\n"),
    ],
)  # fmt: skip
def test_the_envelope_is_read_and_not_sent(
    text: bytes, sender: str, recipients: list[str], sent: bytes, tmp_path: Path
) -> None:
    assert read(tmp_path, text) == (sender, recipients, sent)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "It has no sender. Remedy: "),
        (b"From: a@x.example\n\n", "It has no recipient. Remedy: "),
        (b"From: root\nTo: b@y.example\n\n", "The sender 'root' is not an address"),
        (b"From: a@x.example\nTo: b@y.example, nobody\n\n", "The recipient 'nobody' is not an address"),
        (b"X-Sender: a@x.example\nX-Receiver: b@y.example> SIZE=1\n\n", "The recipient "),
    ],
)
def test_what_cannot_be_sent_is_told_with_its_remedy(text: bytes, problem: str, tmp_path: Path) -> None:
    with pytest.raises(BadLetter) as refused:
        read(tmp_path, text)
    assert str(refused.value).startswith(problem)
    assert "Remedy: " in str(refused.value)


@pytest.mark.parametrize("size", [BLOCK - 60, BLOCK - 59, BLOCK, 2 * BLOCK + 7])
def test_lines_are_ended_alike_where_blocks_are_cut(size: int, tmp_path: Path) -> None:
    head = b"X-Sender: a@x.example\r\nX-Receiver: b@y.example\r\n\r\n"
    body = (b"line\r\n" * (size // 6 + 1))[:size]
    _, _, sent = read(tmp_path, head + body)
    whole = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert sent == b"\r\n" + whole + (b"" if whole.endswith(b"\r\n") else b"\r\n")


def test_a_link_is_not_followed_and_a_pipe_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(HELLO)
    (tmp_path / "link.eml").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic"):
        PickupLetter(tmp_path / "link.eml")
    os.mkfifo(tmp_path / "pipe.eml")
    with pytest.raises(BadLetter, match="no regular file"):
        PickupLetter(tmp_path / "pipe.eml")
