"""What may be told of a session: every line that is a command, and no secret, whatever its form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Reply
from gatepost.smtp.recorder import told, told_reply


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"EHLO client.example", "EHLO client.example"),
        (b"mail from:<a@contoso.com> size=12", "mail from:<a@contoso.com> size=12"),
        (b"AUTH LOGIN", "AUTH LOGIN"),
        (b"auth plain AGFubmEAc2VjcmV0", "AUTH PLAIN ****"),
        (b"AUTH  PLAIN AGFubmEAc2VjcmV0", "AUTH ****"),
        (b"AUTH AGFubmEAc2VjcmV0", "AUTH ****"),
        (b"c2VjcmV0", "(no command, 8 octets)"),
        (b"AUTH\tPLAIN c2VjcmV0", "(no command, 19 octets)"),
        (b"BDAT 20 LAST", "BDAT 20 LAST"),
        (b"\xff\xfe", "(no command, 2 octets)"),
        (b"", "(no command, 0 octets)"),
    ],
)
def test_a_command_is_told_and_a_secret_is_not(line: bytes, shown: str) -> None:
    assert told(line) == shown


@given(st.sampled_from([b"AUTH PLAIN ", b"auth login ", b"AUTH XOAUTH2 ", b"AUTH ", b""]), st.binary(max_size=40))
def test_no_secret_is_ever_told(before: bytes, junk: bytes) -> None:
    secret = b"c2VjcmV0cGFzc3dvcmQ="
    assert "c2VjcmV0cGFzc3dvcmQ" not in told(before + secret + junk.replace(b"\n", b""))


def test_a_reply_is_told_line_by_line() -> None:
    assert told_reply(Reply(250, None, "relay\nSIZE 9")) == ["250-relay", "250 SIZE 9"]
