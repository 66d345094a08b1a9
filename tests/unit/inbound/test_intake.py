"""What the relay adds to a message, what it takes away, and that every other octet stays as it came."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.inbound.intake import HeaderTerms, Intake
from gatepost.mail import MAX_HEADER, ReceivedFacts, Reply, TraceMark
from gatepost.mail import reply as replies
from gatepost.spool import Draft

ID = "0123456789abcdef"
STRANGER = HeaderTerms(max_received=50)
DEVICE = replace(STRANGER, repair=True)
RELAY = replace(STRANGER, trusted_trace=True)
HYBRID = replace(STRANGER, promote=True)
RECEIVED = ReceivedFacts(
    hello="printer",
    client="192.0.2.9",
    by="relay.contoso.com",
    protocol="ESMTP",
    queue_id=ID,
    at=datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp(),
)
MARK = TraceMark(queue_id=ID, relay="relay.contoso.com", connector="Printers")
ADDED = (
    b"Received: from printer ([192.0.2.9])\r\n\tby relay.contoso.com with ESMTP id 0123456789abcdef;\r\n"
    b"\tWed, 01 Jul 2026 12:00:00 +0000\r\n"
    b'X-Gatepost-Trace: id=0123456789abcdef; relay=relay.contoso.com; connector="Printers"\r\n'
)
DATE = b"Date: Wed, 01 Jul 2026 12:00:00 +0000\r\n"
MESSAGE_ID = b"Message-ID: <0123456789abcdef@relay.contoso.com>\r\n"


@contextmanager
def intake(terms: HeaderTerms) -> Iterator[Intake]:
    with TemporaryDirectory() as folder:
        yield Intake(Draft(Path(folder), lambda: ID), terms=terms, received=RECEIVED, mark=MARK)


def passed(*pieces: bytes, terms: HeaderTerms = STRANGER) -> bytes | Reply:
    """What the spool would keep, or the refusal."""
    with intake(terms) as made:
        for piece in pieces:
            if (refusal := made.write(piece)) is not None:
                return refusal
        if (refusal := made.close()) is not None:
            return refusal
        content = made.draft.finish_inline() or asyncio.run(made.draft.finish())
        if content.file is not None:
            return content.file.read_bytes()
        assert content.inline is not None
        return content.inline


ORDINARY = [
    b"From: a@b\r\nSubject: x\r\n\r\nHello\r\n",
    b"From: a@b\r\nSubject: folded\r\n over\r\n\tlines\r\n\r\nHello\r\n\r\nX-Gatepost-Trace: body\r\n",
    b"Subject : odd\r\nX-Empty:\r\n\r\n",
    b"\r\nonly a body\r\n",
    b"From: a@b\r\nSubject: header only\r\n",
    b"Subject: \xff\xfe 8-bit\r\n\r\n\xff\x00\r\n",
    b"DKIM-Signature: v=1;\r\n  b=abc\r\nReceived: from x by y; z\r\n\r\n.\r\n..\r\n",
]


@pytest.mark.parametrize("message", ORDINARY)
def test_our_two_lines_stand_in_front_and_nothing_else_changes(message: bytes) -> None:
    assert passed(message) == ADDED + message


@pytest.mark.parametrize("message", [b"Hello, world\r\nsecond line\r\n", b"", b" folded: from nothing\r\n\r\nx\r\n"])
def test_a_message_without_a_header_gets_the_empty_line_that_ends_ours(message: bytes) -> None:
    assert passed(message) == ADDED + b"\r\n" + message


@pytest.mark.parametrize("step", [1000, 70_000, 1_000_000])
def test_a_long_text_without_a_header_is_no_long_header(step: int) -> None:
    message = b"All work and no play\r\n" * 20_000
    assert passed(*(message[at : at + step] for at in range(0, len(message), step))) == ADDED + b"\r\n" + message


@pytest.mark.parametrize("line", [b"no field at all", b"Bad Name: x", b": nameless", b"N\xc3\xa4me: x", b"X\0: y"])
def test_what_stands_behind_a_line_that_is_no_field_cannot_be_read_as_header(line: bytes) -> None:
    behind = line + b"\r\nX-MS-Exchange-Organization-AuthAs: Internal\r\n\r\nHello\r\n"
    assert passed(b"Subject: x\r\n" + behind) == ADDED + b"Subject: x\r\n\r\n" + behind


FORGED = [
    b"X-Gatepost-Trace: id=0123456789abcdef; relay=relay.contoso.com\r\n",
    b"x-gatepost-anything: 1\r\n",
    b"X-MS-Exchange-Organization-AuthAs: Internal\r\n",
    b"X-MS-EXCHANGE-ORGANIZATION-SCL:\r\n -1\r\n\t-1\r\n",
    b"X-MS-Exchange-CrossPremises-AuthAs : Internal\r\n",
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("terms", [STRANGER, DEVICE])
def test_trust_that_strangers_plant_is_removed(forged: bytes, terms: HeaderTerms) -> None:
    before, after = b"Message-ID: <1@a>\r\nDate: x\r\n", b"X-MS-Exchange-Organisation: y\r\n\r\n" + forged
    assert passed(before + forged + after, terms=terms) == ADDED + before + after


def test_a_relay_of_ours_keeps_its_trace_but_plants_no_trust() -> None:
    message = FORGED[0] + FORGED[2] + b"Subject: x\r\n\r\n"
    assert passed(message, terms=RELAY) == ADDED + FORGED[0] + b"Subject: x\r\n\r\n"


def test_cross_premises_headers_are_promoted_in_place_of_the_existing_ones() -> None:
    message = FORGED[2] + b"Subject: x\r\n" + FORGED[4] + b"\r\nHello\r\n"
    expected = b"Subject: x\r\nX-MS-Exchange-Organization-AuthAs : Internal\r\n\r\nHello\r\n"
    assert passed(message, terms=HYBRID) == ADDED + expected


@pytest.mark.parametrize(
    ("header", "completed"),
    [
        (b"Subject: x\r\n", DATE + MESSAGE_ID),
        (b"Date: today\r\n", MESSAGE_ID),
        (b"MESSAGE-ID: <1@a>\r\n", DATE),
        (b"Message-ID:\r\n", DATE),
        (b"Date: today\r\nMessage-Id: <1@a>\r\n", b""),
        (b"", DATE + MESSAGE_ID),
    ],
)
def test_date_and_message_id_are_added_where_a_device_forgot_them(header: bytes, completed: bytes) -> None:
    assert passed(header + b"\r\nHello\r\n", terms=DEVICE) == ADDED + header + completed + b"\r\nHello\r\n"
    assert passed(header + b"\r\nHello\r\n", terms=STRANGER) == ADDED + header + b"\r\nHello\r\n"


@pytest.mark.parametrize(("count", "refused"), [(49, False), (50, True), (400, True)])
def test_too_many_received_lines_are_a_loop(count: int, refused: bool) -> None:
    result = passed(b"Received: from a by b; c\r\n" * count + b"\r\nHello\r\n")
    assert (result is replies.LOOP) is refused
    assert replies.LOOP.wire().startswith(b"554 5.4.6 ")


def test_received_lines_in_the_body_are_no_loop() -> None:
    assert isinstance(passed(b"Subject: bounce\r\n\r\n" + b"Received: from a by b; c\r\n" * 99), bytes)


def header_of(octets: int) -> bytes:
    line = b"X-Filler: " + b"x" * 986 + b"\r\n"
    header = line * (octets // len(line))
    rest = octets - len(header)
    return header + b"X:" + b"x" * (rest - 4) + b"\r\n"


@pytest.mark.parametrize("pieces", [1, 1000, 1_000_000])
@pytest.mark.parametrize(("octets", "refused"), [(MAX_HEADER, False), (MAX_HEADER + 2, False), (MAX_HEADER + 5, True)])
def test_a_header_ends_within_its_limit_or_the_message_is_refused(octets: int, refused: bool, pieces: int) -> None:
    message = header_of(octets) + b"\r\nHello\r\n"
    step = 70_000 if pieces == 1 else max(1, pieces)
    result = passed(*(message[at : at + step] for at in range(0, len(message), step)))
    assert (result is replies.HEADER_TOO_LONG) is refused
    assert refused or result == ADDED + message


def test_a_header_that_never_ends_is_refused_before_it_fills_the_memory() -> None:
    with intake(STRANGER) as made:
        told = [made.write(b"x" * 1024) for _ in range(300)]
    assert replies.HEADER_TOO_LONG in told


def test_a_lone_newline_in_a_field_is_refused() -> None:
    forged = b"Subject: x\nX-MS-Exchange-Organization-AuthAs: Internal\r\n"
    assert passed(forged + b"\r\nHello\r\n") is replies.BARE_NEWLINE
    assert passed(forged) is replies.BARE_NEWLINE


def test_a_lone_carriage_return_ends_the_header() -> None:
    forged = b"Subject: x\rX-MS-Exchange-Organization-AuthAs: Internal\r\n\r\nHello\r\n"
    assert passed(b"From: a@b\r\n" + forged) == ADDED + b"From: a@b\r\n\r\n" + forged


def test_lone_newlines_in_a_binary_body_are_its_own_business() -> None:
    message = b"Subject: x\r\n\r\n\n\r\0binary\r\r\n\n"
    assert passed(message) == ADDED + message


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"=?utf-8?b?A?=", "=?utf-8?b?A?="),
        (b"=?zlib?q?x?=", "=?zlib?q?x?="),
        (b"=?utf-8?b?!!!!?= =?", " =?"),
        (b"a\x1b[31mred\x00", "a[31mred"),
        (b"\xff\xfe", "��"),
        (b"x" * 5000, "x" * 255),
        (b"=?utf-8?q?=0D=0AX?=", "X"),
    ],
)
def test_the_subject_is_readable_and_harmless(subject: bytes, shown: str) -> None:
    with intake(STRANGER) as made:
        assert made.write(b"Subject: " + subject + b"\r\n\r\n") is None
        assert made.subject == shown


@given(st.binary(max_size=300))
def test_no_subject_raises_or_is_longer_than_a_line(subject: bytes) -> None:
    clean = subject.replace(b"\r", b"").replace(b"\n", b"")
    with intake(STRANGER) as made:
        assert made.write(b"Subject: =?utf-8?" + clean + b"?=\r\n\r\n") is None
        assert len(made.subject) <= 255
        assert made.subject.isprintable()


PARTS = [
    b"\r\n", b"\r\n\r\n", b"Received: x\r\n", b"Subject: y\r\n", b" folded\r\n", b"text", b":", b"\r", b"\n",
    b"X-Gatepost-Trace: z\r\n", b"X-MS-Exchange-CrossPremises-A: b\r\n", b"Date: d\r\n", b"\xff", b"\0",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(PARTS), max_size=20).map(b"".join),
    st.lists(st.integers(1, 9), min_size=1, max_size=20),
    st.sampled_from([STRANGER, DEVICE, RELAY, HYBRID]),
)
def test_any_cutting_up_gives_what_one_piece_gives(message: bytes, cuts: list[int], terms: HeaderTerms) -> None:
    pieces, at, turn = [], 0, 0
    while at < len(message):
        pieces.append(message[at : at + cuts[turn % len(cuts)]])
        at, turn = at + cuts[turn % len(cuts)], turn + 1
    assert passed(*pieces, terms=terms) == passed(message, terms=terms)


@given(st.lists(st.sampled_from(PARTS), max_size=20).map(b"".join))
def test_no_forged_field_is_ever_found_by_another_reader(message: bytes) -> None:
    """Read as strictly as possible: every line up to the first empty one."""
    result = passed(message)
    if isinstance(result, Reply):
        return
    header = result.removeprefix(ADDED).partition(b"\r\n\r\n")[0]
    first_empty = result.removeprefix(ADDED).startswith(b"\r\n")
    lines = [] if first_empty else header.replace(b"\r", b"\n").split(b"\n")
    assert not any(line.lower().startswith((b"x-gatepost", b"x-ms-exchange")) for line in lines)


@pytest.mark.parametrize(
    "header",
    [
        b"From: a@contoso.com\r\nFrom: boss@fabrikam.com\r\n",
        b"From: a@contoso.com\r\nSubject: x\r\nfrom : a@contoso.com\r\n",
        b"From: a@contoso.com, b@contoso.com\r\n",
        b"From: Everybody: a@contoso.com;\r\n",
        b"From: a@contoso.com <a@contoso.com>\r\n <b@contoso.com>\r\n",
        b"From: =?utf-8?Q?boss?=@contoso.com\r\n",
    ],
)
def test_an_author_on_whom_readers_disagree_is_refused_as_exchange_does(header: bytes) -> None:
    assert passed(header + b"\r\nHello\r\n") == replies.BAD_FROM


@pytest.mark.parametrize(
    ("header", "authors"),
    [
        (b"From: Scanner <scan@contoso.com>\r\n", ["scan@contoso.com"]),
        (b"From: a@contoso.com, b@contoso.com\r\nSender: a@contoso.com\r\n", ["a@contoso.com", "b@contoso.com"]),
        (b"From: Scanner\r\n", []),
        (b"From:\r\n", []),
        (b"Subject: x\r\n", None),
    ],
)
def test_devices_that_name_nobody_are_borne_with(header: bytes, authors: list[str] | None) -> None:
    with intake(DEVICE) as made:
        assert made.write(header + b"\r\nHello\r\n") is None
        assert (None if made.authors is None else [str(it) for it in made.authors]) == authors


@pytest.mark.parametrize(
    "claimed",
    [
        b"relay.contoso.com; spf=pass",
        b" (a comment)\r\n Relay.Contoso.COM 1; dkim=pass",
        b'"relay.contoso.com"; none',
        b"relay.contoso.com.; none",
        b"relay.contoso.com(x); none",
    ],
)
def test_results_that_claim_to_be_ours_go_under_another_name(claimed: bytes) -> None:
    field = b"Authentication-Results:" + claimed + b"\r\n"
    rest = b"From: a@b\r\nAuthentication-Results: mx.fabrikam.com; spf=pass relay.contoso.com\r\n\r\nx\r\n"
    assert passed(field + rest) == ADDED + b"X-Original-" + field + rest
    assert passed(field + rest, terms=RELAY) == ADDED + field + rest


@pytest.mark.parametrize(
    "others",
    [b"notrelay.contoso.com; spf=pass", b"spf=pass smtp.mailfrom=relay.contoso.com", b"", b"(relay.contoso.com", b"x"],
)
def test_results_of_others_stay_as_they_came(others: bytes) -> None:
    message = b"Authentication-Results: " + others + b"\r\nFrom: a@b\r\n\r\nx\r\n"
    assert passed(message) == ADDED + message


@pytest.mark.parametrize(
    ("header", "optional"),
    [
        (b"", False),
        (b"TLS-Required: No\r\n", True),
        (b"tls-required:no\r\n", True),
        (b"TLS-Required: Yes\r\n", False),
        (b"TLS-Required: No\r\nTLS-Required: No\r\n", False),  # RFC 8689 §4: one field
        (b"TLS-Required: Not at all\r\n", False),
    ],
)
def test_a_header_may_say_that_tls_does_not_matter(header: bytes, optional: bool) -> None:
    with intake(STRANGER) as made:
        assert made.write(header + b"Subject: x\r\n\r\nHello\r\n") is None
        assert made.close() is None
        assert made.tls_optional is optional
        made.draft.discard()
