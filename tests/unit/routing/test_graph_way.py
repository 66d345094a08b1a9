"""Which messages may go by Microsoft Graph, what is added to them, and what its answers mean."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import (
    Deferred,
    Delivered,
    Envelope,
    Failed,
    HeaderBlock,
    Recipient,
    TlsWish,
    parse_mailbox,
    read_addressees,
)
from gatepost.mail.reply import NEEDS_REQUIRETLS
from gatepost.routing import MOST_FOR_GRAPH, judge_graph, refused_by_graph, with_blind_copies

A, B, C = "anna@contoso.com", "bob@fabrikam.com", "carl@contoso.com"


def envelope(*to: str, sender: str | None = A) -> Envelope:
    recipients = tuple(Recipient(address=parse_mailbox(it)) for it in to)
    return Envelope(sender=None if sender is None else parse_mailbox(sender), recipients=recipients)


def message(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "Subject: x", "", "body")).encode()


@pytest.mark.parametrize(
    ("lines", "to", "blind"),
    [
        (["To: anna@contoso.com"], [A], []),
        (["To: ANNA@Contoso.com"], [A], []),
        (["To: anna@contoso.com", "Cc: bob@fabrikam.com"], [A, B], []),
        (["To: anna@contoso.com"], [A, B], [B]),
        ([], [A, B], [A, B]),
        (["To: undisclosed-recipients:;"], [A], [A]),
        (["To: anna@contoso.com", "Bcc: bob@fabrikam.com"], [A, B], [B]),
        (["To: anna@contoso.com", "To: bob@fabrikam.com"], [A, B], []),
    ],
)
def test_a_message_whose_header_names_only_recipients_goes_with_a_bcc_of_the_rest(
    lines: list[str], to: list[str], blind: list[str]
) -> None:
    content = message(*lines)
    header = HeaderBlock(content)
    assert refused_by_graph(header, envelope(*to), len(content)) is None
    sent = HeaderBlock(with_blind_copies(content, header, envelope(*to)))
    assert [str(it) for it in read_addressees(sent.first("bcc") or b"")] == blind
    assert sent.count("bcc") == bool(blind)


@pytest.mark.parametrize(
    ("lines", "to", "sender", "octets", "words"),
    [
        (["To: anna@contoso.com, carl@contoso.com"], [A], A, 100, "names carl@contoso.com"),
        (["To: anna@contoso.com", "Bcc: carl@contoso.com"], [A], A, 100, "names carl@contoso.com"),
        (["To: anna@contoso.com", "Cc: Team: carl@contoso.com;"], [A], A, 100, "names carl@contoso.com"),
        (["To: nobody"], [A], A, 100, "its header has a To that names something"),
        (["To: anna@contoso.com"], [A], None, 100, "its sender is empty"),
        (["To: anna@contoso.com"], [A], A, MOST_FOR_GRAPH + 1, "send it by SMTP"),
        (["To: anna@contoso.com"], [A, "jörg@contoso.com"], A, 100, "beyond ASCII"),
    ],
)
def test_a_message_that_graph_would_send_otherwise_is_refused(
    lines: list[str], to: list[str], sender: str | None, octets: int, words: str
) -> None:
    refusal = refused_by_graph(HeaderBlock(message(*lines)), envelope(*to, sender=sender), octets)
    assert refusal is not None
    reply, why = refusal
    assert words in why
    assert reply.code // 100 == 5


def test_a_message_that_needs_tls_on_every_hop_is_refused() -> None:
    header = HeaderBlock(message("To: anna@contoso.com"))
    refusal = refused_by_graph(header, replace(envelope(A), tls=TlsWish.REQUIRED), 100)
    assert refusal is not None
    assert refusal[0] == NEEDS_REQUIRETLS


_PEOPLE = [f"{name}@contoso.com" for name in "abcdefgh"]
_SOME = st.lists(st.sampled_from(_PEOPLE), unique=True, max_size=6)


@given(_SOME.filter(bool), _SOME, _SOME, _SOME)
def test_graph_sends_to_the_envelope_or_not_at_all(
    to: list[str], first: list[str], cc: list[str], bcc: list[str]
) -> None:
    lines = [f"{name}: {', '.join(who)}" for name, who in (("To", first), ("Cc", cc), ("Bcc", bcc)) if who]
    content = message(*lines)
    header = HeaderBlock(content)
    if refused_by_graph(header, envelope(*to), len(content)) is not None:
        assert set(first + cc + bcc) - set(to)
        return
    sent = with_blind_copies(content, header, envelope(*to))
    block = HeaderBlock(sent)
    named = {str(it) for field in block if field.name in ("to", "cc", "bcc") for it in read_addressees(field.value)}
    assert named == set(to)
    assert sent.endswith(content[header.body_start :])


@pytest.mark.parametrize(
    ("status", "code", "fate", "of_the_host"),
    [
        (202, "", Delivered, False),
        (400, "ErrorInvalidRecipients", Failed, False),
        (400, "ErrorMailboxStoreUnavailable", Deferred, True),
        (401, "InvalidAuthenticationToken", Deferred, True),
        (403, "ErrorAccessDenied", Deferred, True),
        (403, "ErrorSendAsDenied", Failed, False),
        (404, "ErrorInvalidUser", Deferred, True),
        (413, "", Failed, False),
        (429, "ApplicationThrottled", Deferred, True),
        (503, "", Deferred, True),
        (504, "", Deferred, True),
        (301, "", Deferred, True),
        (200, "", Delivered, False),
    ],
)
def test_answers_are_fates(status: int, code: str, fate: type, of_the_host: bool) -> None:
    outcome = judge_graph(status, code, "words", "graph.example")
    assert type(outcome) is fate
    assert (isinstance(outcome, Deferred) and outcome.host_trouble) is of_the_host
