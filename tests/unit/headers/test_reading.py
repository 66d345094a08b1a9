"""What is pasted or saved becomes fields: headers, messages, mbox, lost folding, and odd encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.headers.reading import Form, HeaderField, decoded, read


def fields(source: bytes | str) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in read(source).fields]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A: b\r\n c\r\nD: e\r\n\r\nbody: x", [("A", "b c"), ("D", "e")]),
        ("\n\n  \nA: b\n\nC: d", [("A", "b")]),
        ("A: b\rC: d\r\rE: f", [("A", "b"), ("C", "d")]),
        ("A: b\r\r\nC: d\r\r\n", [("A", "b"), ("C", "d")]),
        ("A:b\n16:20:05 x\nC: d", [("A", "b 16:20:05 x"), ("C", "d")]),
        ("A: b\n(2603:10b6::1) c\n2603:10b6::1 d\nfe80::1", [("A", "b (2603:10b6::1) c 2603:10b6::1 d fe80::1")]),
        ("A: b\nhttps://x.test/y\nC: d", [("A", "b https://x.test/y"), ("C", "d")]),
        ("Some words\nA: b", [("", "Some words"), ("A", "b")]),
        ("A:\nB:", [("A", ""), ("B", "")]),
        ("A: b\0c", [("A", "bc")]),
        ("", []),
        ("\n\n\n", []),
        ("no header at all", [("", "no header at all")]),
    ],
)
def test_lines_become_fields(source: str, expected: list[tuple[str, str]]) -> None:
    assert fields(source) == expected
    assert fields(source.encode()) == expected


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (b"A: b\r\n", Form.HEADERS),
        (b"A: b\r\n\r\nbody", Form.MESSAGE),
        (b"From a@b Wed Jul  1 12:00:00 2026\nA: b\n\nbody", Form.MBOX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", Form.OUTLOOK),
        (b"", Form.NOTHING),
    ],
)
def test_the_form_is_recognised(source: bytes, form: Form) -> None:
    assert read(source).form is form


def test_a_message_of_an_mbox_is_chosen_by_number() -> None:
    source = (
        b"From a@b.test Wed Jul  1 12:00:00 2026\nSubject: one\n\nFrom here\n\nFrom there on\n\n"
        b"From 12@xxx Wed Jul 01 12:00:00 +0000 2026\nSubject: two\n\nx\n"
    )
    assert [read(source, message=number).fields[0].value for number in (1, 2, 9)] == ["one", "two", "two"]
    assert read(source).messages == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_what_an_editor_saved_is_read_whatever_its_encoding(encoding: str) -> None:
    text = "Subject: caf\u00e9\nTo: x\n" if encoding != "utf-16-le" else "Subject: cafe\nTo: x\n"
    read_back = fields(text.encode(encoding))
    assert read_back[0] == ("Subject", "caf\u00e9" if encoding != "utf-16-le" else "cafe") and read_back[1] == (
        "To",
        "x",
    )


def test_lost_folding_is_mended_and_said() -> None:
    source = (
        "DKIM-Signature: v=1; d=a.test;\nh=From:Date:Subject:\nMessage-ID:Content-Type:MIME-Version;\nb=Zm9v\n"
        "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:US;\nSRV:;IPV:NLI;SFV:NSPM;\nDIR:OUT;SFP:1102;\n"
        "Received: from a by b with SMTP id 1; Wed,\n1 Jul 2026\n12:00:00 +0000\nTo: x\n"
    )
    reading = read(source)
    assert reading.folding_lost
    assert reading.fields == (
        HeaderField(
            "DKIM-Signature",
            "v=1; d=a.test; h=From:Date:Subject: Message-ID:Content-Type:MIME-Version; b=Zm9v",
            "dkim-signature",
        ),
        HeaderField(
            "X-Forefront-Antispam-Report",
            "CIP:192.0.2.1;CTRY:US; SRV:;IPV:NLI;SFV:NSPM; DIR:OUT;SFP:1102;",
            "x-forefront-antispam-report",
        ),
        HeaderField("Received", "from a by b with SMTP id 1; Wed, 1 Jul 2026 12:00:00 +0000", "received"),
        HeaderField("To", "x", "to"),
    )
    assert not read("A: b\n c\n").folding_lost


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?Q?caf=C3=A9?=", "caf\u00e9"),
        ("=?utf-8?q?a_b?= =?utf-8?q?c?=", "a bc"),
        ("=?utf-8?B?5omr?= =?UTF-8?B?5o+P?= now", "\u626b\u63cf now"),
        ("=?utf-8?B?5g==?= =?utf-8?B?ias=?=", "\u626b"),
        ("Re: =?iso-8859-1?Q?=E9?=, x", "Re: \u00e9, x"),
        ("=?gb2312?B?yajD6A==?=", "\u626b\u63cf"),
        ("=?zlib?B?eJwDAAAAAAE=?=", "=?zlib?B?eJwDAAAAAAE=?="),
        ("=?unicode_escape?Q?=5Cx41?=", "=?unicode_escape?Q?=5Cx41?="),
        ("=?utf-8*en?Q?a?=", "a"),
        ("=?utf-8?Q?=FF?=", "\ufffd"),
        ("plain", "plain"),
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
    ],
)
def test_encoded_words_are_read(value: str, expected: str) -> None:
    assert decoded(value) == expected


@given(st.binary(max_size=600) | st.text(max_size=600))
def test_reading_never_raises(source: bytes | str) -> None:
    for field in read(source).fields:
        assert "\0" not in field.value
        decoded(field.value).encode()


@given(st.lists(st.sampled_from(["=?", "utf-8", "?", "b", "Q", "=41", "?=", " ", "\u00e9", "AA=="])).map("".join))
def test_broken_encoded_words_never_raise(value: str) -> None:
    decoded(value)
