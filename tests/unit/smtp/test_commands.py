"""MAIL, RCPT and BDAT arguments, and the table of verbs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, BodyKind, Notify, Reply
from gatepost.mail import reply as say
from gatepost.smtp import MailFrom, Phase, RcptTo
from gatepost.smtp.commands import VERBS, Chunk, out_of_order, read_chunk, read_mail, read_rcpt
from gatepost.smtp.hearing import _COMMANDS

A = Address("a", "here.example")


@pytest.mark.parametrize(
    ("argument", "event"),
    [
        ("FROM:<a@here.example>", MailFrom(A, None, BodyKind.SEVEN_BIT, False, None, None)),
        ("from: <a@Here.Example>", MailFrom(A, None, BodyKind.SEVEN_BIT, False, None, None)),
        ("FROM:<>", MailFrom(None, None, BodyKind.SEVEN_BIT, False, None, None)),
        ("FROM:<a@here.example> requiretls", MailFrom(A, None, BodyKind.SEVEN_BIT, False, None, None, True)),
        (
            "FROM:<a@here.example>  SIZE=12  body=8bitmime SMTPUTF8 RET=full ENVID=x+2By AUTH=a+40b",
            MailFrom(A, 12, BodyKind.EIGHT_BIT, True, "FULL", "x+2By"),
        ),
    ],
)
def test_mail_is_read(argument: str, event: MailFrom) -> None:
    assert read_mail(argument, 1000) == event


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("FROM <a@here.example>", say.BAD_SENDER_SYNTAX),
        ("FROM:a@here.example", say.BAD_SENDER_SYNTAX),
        ("FROM:<a@here.example>SIZE=1", say.BAD_SENDER_SYNTAX),
        ("FROM:<a@here.example> SIZE", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> SIZE=+5", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> SIZE=٣", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> SMTPUTF8=1", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> AUTH=a@b=c", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> REQUIRETLS=1", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> BODY=9BIT", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> ENVID=", say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> ENVID=" + "x" * 101, say.BAD_ARGUMENTS),
        ("FROM:<a@here.example> HOLDFOR=10", say.PARAMETER_UNKNOWN),
        ("FROM:<a@here.example> SIZE=1001", say.TOO_BIG),
        ("FROM:<" + "a" * 300 + "@here.example>", say.BAD_SENDER_SYNTAX),
    ],
)
def test_mail_is_refused(argument: str, reply: Reply) -> None:
    assert read_mail(argument, 1000) is reply


@pytest.mark.parametrize(
    ("argument", "event"),
    [
        ("TO:<a@here.example>", RcptTo(A, (), None)),
        ("TO:<POSTMASTER>", RcptTo(Address("POSTMASTER", "relay.example"), (), None)),
        (
            "TO:<a@here.example> NOTIFY=success,failure ORCPT=RFC822;x+3Dy",
            RcptTo(A, (Notify.SUCCESS, Notify.FAILURE), "RFC822;x+3Dy"),
        ),
        ("TO:<a@here.example> NOTIFY=NEVER", RcptTo(A, (Notify.NEVER,), None)),
        ("TO:<a@here.example> ORCPT=utf-8;tête@x", RcptTo(A, (), "utf-8;tête@x")),
    ],
)
def test_rcpt_is_read(argument: str, event: RcptTo) -> None:
    assert read_rcpt(argument, "relay.example", smtputf8=True) == event


def test_original_recipients_are_8_bit_only_with_smtputf8() -> None:
    argument = "TO:<a@here.example> ORCPT=utf-8;tête@x"
    assert read_rcpt(argument, "relay.example", smtputf8=False) is say.BAD_ARGUMENTS


@pytest.mark.parametrize(
    ("argument", "chunk"),
    [
        ("0", Chunk(0, last=False)),
        ("12 last", Chunk(12, last=True)),
        ("99999999999999999999 LAST", Chunk(10**20 - 1, last=True)),
        ("", None),
        ("-1", None),
        ("1_0", None),
        ("٣", None),
        ("1 LAST LAST", None),
        ("100000000000000000000", None),
    ],
)
def test_bdat_sizes_are_ascii_digits(argument: str, chunk: Chunk | None) -> None:
    assert read_chunk(argument) == chunk


@given(st.text(max_size=80), st.booleans())
def test_no_argument_raises(text: str, smtputf8: bool) -> None:
    read_mail("FROM:" + text, 1000)
    read_mail("FROM:<a@here.example> " + text, 1000)
    read_rcpt("TO:" + text, "relay.example", smtputf8=smtputf8)
    read_rcpt("TO:<a@here.example> ORCPT=" + text, "relay.example", smtputf8=smtputf8)
    read_chunk(text)


def test_every_verb_has_a_command_and_a_refusal_for_every_other_phase() -> None:
    assert set(_COMMANDS) == set(VERBS) - {"BDAT"}
    for verb, row in VERBS.items():
        assert Phase.CLOSED not in row.phases
        for phase in set(Phase) - row.phases:
            assert out_of_order(verb, phase).code == 503
