"""What strangers write is no formula in a spreadsheet, and comes back as it was."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.journal import ProtocolEvent, ProtocolLine
from gatepost.journal.protocol_lines import read, written
from gatepost.mail import as_cell, from_cell, parse_mailbox
from gatepost.manage.recipient_files import read_list, write_list

BEGINNINGS = "=+-@\t\r\n\uff1d"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1 555 0100", "'+1 555 0100"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("'=1", "''=1"),
        ("-5", "-5"),
        ("+49,5", "+49,5"),
        ("-", "-"),
        ("'quoted'", "'quoted'"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_text_that_would_be_calculated_begins_with_an_apostrophe(text: str, cell: str) -> None:
    assert as_cell(text) == cell and from_cell(cell) == text


@given(st.text("'=+-@5a\t"))
def test_every_text_comes_back_and_none_is_a_formula(text: str) -> None:
    cell = as_cell(text)
    assert from_cell(cell) == text
    assert not (len(cell) > 1 and cell[0] in BEGINNINGS and not cell[1:].isdigit())


def test_neither_the_protocol_log_nor_a_list_of_recipients_holds_a_formula() -> None:
    line = ProtocolLine(
        at=0.0, connector="=x", session="0A", number=0, local="192.0.2.1:25", remote="192.0.2.9:4",
        event=ProtocolEvent.HEARD, data="=cmd()", context="@now",
    )  # fmt: skip
    octets = written([line])
    [row] = csv.reader([octets.decode()])
    assert (row[1], row[7], row[8]) == ("'=x", "'=cmd()", "'@now")
    assert list(read(octets)) == [line]
    listed = write_list([{"+49123@contoso.com": (parse_mailbox("=a@contoso.com"),)}])
    assert listed == "Address,Targets\n'+49123@contoso.com,'=a@contoso.com\n"
    assert read_list(listed) == {"+49123@contoso.com": ["=a@contoso.com"]}
