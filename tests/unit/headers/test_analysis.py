"""Whole headers: order, delays, clocks, trust, roles and the verdict."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.headers import NOBODY, Analysis, Own, Role, Trust, analyse, say, sentence_of, values
from gatepost.mail import ReceivedFacts, TraceMark, received_line, trace_line

SAMPLES = Path(__file__).parent / "samples"
NOON = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)
CONTOSO = Own(hosts=frozenset({"relay.contoso.com"}), organizations=frozenset({"contoso.com"}))
LAB = Own(hosts=frozenset({"local.test", "cloud.test"}))
FIRST, SECOND = "a" * 16, "b" * 16
LETTER = b"Subject: x\r\n\r\nReceived: from the body\r\n"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S +0000")


def line(sender: str, by: str, seconds: float, *, address: str = "", name: str = "") -> bytes:
    seen = f" ({name} [{address}])" if address else ""
    return f"Received: from {sender}{seen} by {by} with ESMTPS id 1; {at(seconds)}\r\n".encode()


def gatepost(relay: str, queue_id: str, seconds: int, connector: str | None = None, client: str = "10.0.0.1") -> bytes:
    facts = ReceivedFacts(
        hello="client.test",
        client=client,
        by=relay,
        protocol="ESMTPS",
        queue_id=queue_id,
        at=NOON.timestamp() + seconds,
        tls_version="TLSv1.3",
        cipher="X",
    )
    return received_line(facts) + trace_line(TraceMark(queue_id=queue_id, relay=relay, connector=connector))


def codes(analysis: Analysis) -> list[str]:
    return [finding.note.code for finding in analysis.findings]


def said(analysis: Analysis, code: str) -> str:
    return next(say(finding.note) for finding in analysis.findings if finding.note.code == code)


# --- order and marks ------------------------------------------------------------------------------------------------


def test_hops_come_oldest_first_with_delays_and_marks() -> None:
    stranger = b"Received: from a by b.test with SMTP id 7; Wed, 1 Jul 2026 12:00:05 +0000\r\n"
    way = analyse(
        gatepost("cloud.test", SECOND, 8, "SMTP Relay (TLS)") + stranger + gatepost("local.test", FIRST, 0) + LETTER
    )
    assert [hop.received.host for hop in way.hops] == ["local.test", "b.test", "cloud.test"]
    assert [hop.number for hop in way.hops] == [1, 2, 3]
    assert [hop.delay for hop in way.hops] == [None, 5.0, 3.0]
    assert [hop.received.tls.used for hop in way.hops] == [True, False, True]
    assert way.total == 8.0
    first, middle, last = (hop.mark for hop in way.hops)
    assert first is not None and first.connector is None
    assert middle is None
    assert last is not None and last.connector == "SMTP Relay (TLS)"


def test_a_mark_belongs_to_its_own_line_wherever_it_stands() -> None:
    received, _, trace = gatepost("r.test", FIRST, 0, "x").partition(b"X-Gatepost-Trace")
    (hop,) = analyse(b"X-Gatepost-Trace" + trace + received + LETTER).hops
    assert hop.mark is not None and hop.mark.queue_id == FIRST


def test_a_mark_with_a_strangers_queue_id_or_relay_belongs_to_nobody() -> None:
    stranger = b"Received: from a by b.test with SMTP id %b; %b\r\n" % (FIRST.encode(), at(0).encode())
    for queue_id, relay in ((SECOND, "b.test"), (FIRST, "evil.test")):
        mark = trace_line(TraceMark(queue_id=queue_id, relay=relay, connector="x"))
        assert [hop.mark for hop in analyse(stranger + mark + LETTER).hops] == [None]


def test_lines_that_stand_oldest_first_are_turned_round() -> None:
    lines = [line("a.test", "b.test", 0), line("b.test", "c.test", 5), line("c.test", "d.test", 9)]
    straight, turned = analyse(b"".join(reversed(lines))), analyse(b"".join(lines))
    assert [hop.received.host for hop in turned.hops] == [hop.received.host for hop in straight.hops]
    assert turned.total == straight.total == 9.0
    assert "order_reversed" in codes(turned) and "order_reversed" not in codes(straight)


def test_a_repeated_line_counts_once() -> None:
    one = line("a.test", "b.test", 0)
    found = analyse(line("b.test", "c.test", 5) + one + one)
    assert len(found.hops) == 2 and "hops_repeated" in codes(found)


def test_a_message_that_came_back_went_in_a_circle() -> None:
    found = analyse(line("b.test", "a.test", 9) + line("a.test", "b.test", 5) + line("x.test", "a.test", 0))
    assert said(found, "cycle").startswith("The message came to a.test again (hops 1 and 3).")


def test_a_content_filter_on_the_same_machine_is_no_circle() -> None:
    found = analyse(line("localhost", "mx.test", 2) + line("mx.test", "localhost", 1) + line("x.test", "mx.test", 0))
    assert "cycle" not in codes(found)


def test_of_very_many_hops_the_newest_are_kept() -> None:
    found = analyse(b"".join(line(f"a{n}.test", f"b{n}.test", -n) for n in range(1500)))
    assert len(found.hops) == 1000 and found.hops[-1].received.host == "b0.test"
    assert "too_many_hops" in codes(found)


# --- times ----------------------------------------------------------------------------------------------------------


def timed(*seconds: float) -> Analysis:
    """Hops h1, h2 … at these seconds, oldest first."""
    lines = [line(f"h{n}.test", f"h{n + 1}.test", it) for n, it in enumerate(seconds)]
    return analyse(b"".join(reversed(lines)))


@pytest.mark.parametrize(
    ("seconds", "delays", "total", "sentence"),
    [
        ((0, 200, 20), [None, 200, -180], 20, "The clock of h2.test is 3 minutes ahead of the clock of h3.test."),
        ((0, -180, 20), [None, -180, 200], 20, "The clock of h2.test is 3 minutes behind the clock of h1.test."),
        ((180, 0), [None, -180], None, "The clock of h1.test is 3 minutes ahead of the clock of h2.test."),
        ((0, 5, 3605, 9), [None, 5, 3600, -3596], 9, "The clock of h3.test is 59 minutes 56 seconds ahead"),
    ],
)
def test_a_wrong_clock_is_named_and_its_time_left_out_of_the_total(
    seconds: tuple[float, ...], delays: list[float | None], total: float | None, sentence: str
) -> None:
    found = timed(*seconds)
    assert [hop.delay for hop in found.hops] == delays
    assert found.total == total
    told = [say(finding.note) for finding in found.findings if finding.note.code.startswith("clock_")]
    assert len(told) == 1 and told[0].startswith(sentence)


def test_a_second_more_or_less_is_no_wrong_clock() -> None:
    assert codes(timed(0, 1, 0, 2)) == codes(timed(0, 1, 2))


def test_a_clock_that_lost_its_year_does_not_make_a_delay_of_years() -> None:
    found = timed(-3 * 365 * 86_400, 0, 4)
    assert found.total == 4.0
    assert said(found, "gap_unlikely").startswith("Hop 2 came 1095 days later")


def test_a_clock_that_was_never_set_is_named() -> None:
    never = b"Received: from a by h1.test with SMTP id 1; Thu, 1 Jan 1970 00:00:07 +0000\r\n"
    found = analyse(line("h1.test", "h2.test", 0) + never)
    assert found.total is None and [hop.delay for hop in found.hops] == [None, None]
    assert "it says 1970" in said(found, "clock_unset")


def test_a_hop_without_a_date_does_not_spoil_the_others() -> None:
    undated = b"Received: from a by b.test with SMTP; some day\r\n"
    found = analyse(line("b.test", "c.test", 9) + undated + line("a.test", "a.test", 0))
    assert [hop.delay for hop in found.hops] == [None, None, 9.0]
    assert "no_time" in codes(found)


def test_a_long_wait_names_the_host_whose_queue_it_was() -> None:
    assert said(timed(0, 2, 9993), "slow_hop") == (
        "The message waited 2 hours 46 minutes 31 seconds before hop 3. Remedy: look at the queue of h2.test."
    )


def test_a_date_beyond_the_readers_clock_is_said() -> None:
    message = line("a.test", "b.test", 3600)
    assert "in_the_future" in codes(analyse(message, now=NOON))
    assert "in_the_future" not in codes(analyse(message, now=NOON + timedelta(hours=1)))
    assert "in_the_future" not in codes(analyse(message))


@given(st.lists(st.integers(min_value=-10_000, max_value=10_000), max_size=12))
def test_the_total_is_never_negative(seconds: list[int]) -> None:
    total = timed(*seconds).total
    assert total is None or total >= 0


# --- trust ----------------------------------------------------------------------------------------------------------


def trusts(message: bytes, own: Own = NOBODY) -> list[Trust]:
    return [hop.trust for hop in analyse(message, own).hops]


TRUSTED, CLAIMED, SUSPECT = Trust.TRUSTED, Trust.CLAIMED, Trust.SUSPECT
DIAL_UP = line("dial.evil.test", "mx.contoso.com", 9, address="198.51.100.7", name="dial.evil.test")


@pytest.mark.parametrize(
    ("message", "own", "expected"),
    [
        pytest.param(DIAL_UP, NOBODY, [TRUSTED], id="the newest line is its reader's server's"),
        pytest.param(
            DIAL_UP + line("bank.test", "mail.bank.test", 0), NOBODY, [CLAIMED, TRUSTED], id="a stranger's own line"
        ),
        pytest.param(
            DIAL_UP + line("x.test", "relay.contoso.com", 0),
            CONTOSO,
            [SUSPECT, TRUSTED],
            id="a stranger who names our relay",
        ),
        pytest.param(
            DIAL_UP + line("x.test", "A.mail.protection.outlook.com", 0),
            NOBODY,
            [SUSPECT, TRUSTED],
            id="a stranger who names a provider",
        ),
        pytest.param(
            line("relay.contoso.com", "mx.contoso.com", 9, address="10.0.0.4", name="unknown")
            + line("printer", "relay.contoso.com", 0),
            NOBODY,
            [TRUSTED, TRUSTED],
            id="from inside the house",
        ),
        pytest.param(
            line("mail-a.google.com", "mx.test", 9, address="209.85.1.1", name="mail-a.google.com")
            + line("pc", "smtp.gmail.com", 0),
            NOBODY,
            [TRUSTED, TRUSTED],
            id="a provider whose name was looked up",
        ),
        pytest.param(
            line("mail-a.google.com", "mx.test", 9, address="198.51.100.7", name="dial.evil.test")
            + line("pc", "smtp.gmail.com", 0),
            NOBODY,
            [SUSPECT, TRUSTED],
            id="a client that greets as a provider and is none",
        ),
        pytest.param(
            line("x", "mx.test", 9, address="54.1.1.1", name="ec2-54-1-1-1.compute-1.amazonaws.com")
            + line("pc", "email-smtp.us-east-1.amazonaws.com", 0),
            NOBODY,
            [SUSPECT, TRUSTED],
            id="a customer's host is not the provider",
        ),
        pytest.param(
            line("x", "mx.test", 9, address="203.0.113.9", name="unknown") + line("pc", "relay.contoso.com", 0),
            Own(hosts=CONTOSO.hosts, addresses=("203.0.113.0/24",)),
            [TRUSTED, TRUSTED],
            id="an address of ours",
        ),
        pytest.param(
            gatepost("cloud.test", SECOND, 8, "By certificate", "203.0.113.9") + gatepost("local.test", FIRST, 0, "D"),
            LAB,
            [TRUSTED, TRUSTED],
            id="a client that our relay knew by a connector",
        ),
        pytest.param(
            gatepost("cloud.test", SECOND, 8, None, "203.0.113.9") + gatepost("local.test", FIRST, 0, "D"),
            LAB,
            [SUSPECT, TRUSTED],
            id="a client that our relay did not know",
        ),
    ],
)
def test_hops_are_believed_as_far_as_the_ones_above_vouch_for_them(
    message: bytes, own: Own, expected: list[Trust]
) -> None:
    assert trusts(message, own) == expected


def test_where_trust_ends_is_said() -> None:
    found = analyse(DIAL_UP + line("x.test", "relay.contoso.com", 0), CONTOSO)
    assert said(found, "suspect").startswith("Hop 1 names relay.contoso.com, but hop 2 saw another host")
    assert said(found, "trust_ends").startswith("Only hop 2 and later can be trusted")


# --- roles and verdict ----------------------------------------------------------------------------------------------


def test_the_hosts_of_a_relayed_message_have_their_roles() -> None:
    found = analyse(sample("exchange-online-relayed"), CONTOSO)
    assert [hop.role for hop in found.hops] == [
        Role.LOCAL_RELAY,
        Role.FRONT_DOOR,
        Role.HUB,
        Role.HUB,
        Role.RECIPIENT_MX,
        Role.INNER,
    ]
    assert [hop.from_role for hop in found.hops] == [Role.DEVICE, None, None, None, Role.OUTBOUND_POOL, None]
    assert {hop.trust for hop in found.hops} == {Trust.TRUSTED}


def test_the_lab_has_a_local_and_a_connectors_relay() -> None:
    found = analyse(sample("gatepost"), LAB)
    assert [hop.role for hop in found.hops] == [Role.LOCAL_RELAY, Role.CONNECTOR_RELAY]


@pytest.mark.parametrize(
    ("message", "own", "code", "sentence", "certain"),
    [
        pytest.param(
            sample("gatepost"),
            LAB,
            "through_connector",
            f"The message went through cloud.test and its connector SMTP Relay (TLS) (queue id {'b' * 32}).",
            True,
            id="two relays",
        ),
        pytest.param(
            sample("exchange-online-relayed"),
            CONTOSO,
            "through_exchange_from_relay",
            "The message went through your relay relay.contoso.com, and Exchange Online took it through an OnPremises "
            "connector of tenant 11111111-2222-3333-4444-555555555555, at ch1pepf0000ad7b.mail.protection.outlook.com.",
            True,
            id="a relay and Exchange Online",
        ),
        pytest.param(
            sample("exchange-online-internet"),
            CONTOSO,
            "exchange_internet",
            "Exchange Online took the message as Internet mail: it matched no OnPremises connector.",
            True,
            id="Internet mail at Exchange Online",
        ),
        pytest.param(
            gatepost("cloud.test", SECOND, 8) + LETTER,
            LAB,
            "through_no_connector",
            f"The message went through cloud.test, where no connector stood for its client (queue id {SECOND}).",
            True,
            id="no connector",
        ),
        pytest.param(
            line("a.test", "cloud.test", 8),
            LAB,
            "through_unsigned",
            "The message went through cloud.test; which connector it matched there is no longer in the header.",
            True,
            id="the mark is gone",
        ),
        pytest.param(
            DIAL_UP + gatepost("relay.contoso.com", FIRST, 0, "Ours"),
            CONTOSO,
            "relay_not_believed",
            "Hop 1 names your relay relay.contoso.com, but the hop above it saw another host: do not believe it.",
            False,
            id="forged",
        ),
        pytest.param(
            line("relay.contoso.com", "mx.test", 9, address="203.0.113.9", name="unknown")
            + gatepost("relay.contoso.com", FIRST, 0, "Ours"),
            CONTOSO,
            "through_connector",
            f"The message went through relay.contoso.com and its connector Ours (queue id {FIRST}). No line that can "
            "be believed confirms it.",
            False,
            id="only greeted as ours",
        ),
        pytest.param(sample("postfix"), CONTOSO, "not_through", "No hop shows that the message", True, id="not ours"),
        pytest.param(sample("postfix"), NOBODY, "not_known", "Nothing in the header shows", True, id="nobody asked"),
        pytest.param(b"Subject: x\n", CONTOSO, "no_hops", "There is no Received line", True, id="no hops"),
    ],
)
def test_the_verdict_is_one_sentence(message: bytes, own: Own, code: str, sentence: str, certain: bool) -> None:
    found = analyse(message, own)
    assert found.verdict.note.code == code and found.verdict.certain is certain
    assert sentence_of(found).startswith(sentence)


def test_the_evidence_of_exchange_online_is_what_it_wrote() -> None:
    told = [say(note) for note in analyse(sample("exchange-online-relayed"), CONTOSO).verdict.evidence]
    assert told[:4] == [
        "X-MS-Exchange-CrossTenant-FromEntityHeader is HybridOnPrem.",
        "The filter's direction is OUT.",
        "X-EOPAttributedMessage is 0.",
        "Exchange Online saw the client 203.0.113.9, which greeted as relay.contoso.com.",
    ]
    assert "Tenant 11111111-2222-3333-4444-555555555555 is yours." in told


def test_what_went_in_the_clear_between_houses_is_said_and_what_stayed_inside_is_not() -> None:
    assert "in_clear" in codes(analyse(sample("exchange-online-internet")))
    assert "in_clear" not in codes(analyse(sample("exchange-online-relayed")))
    assert "in_clear" not in codes(analyse(sample("exchange-server")))


# --- anything at all ------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        *("Received: ", "X-Forefront-Antispam-Report: ", "Authentication-Results: ", "X-Gatepost-Trace: ", "From "),
        *("from ", "by ", "; ", "(", ")", '"', "\\", "=?utf-8?b?", "?=", "\r\n", "\n", "\r", "\0", "\x1b[31m", "<b>"),
        *(
            "1 Jul 2026",
            " 12:00:00",
            "+0000",
            "SFV:SPM;",
            "spf=fail",
            "i=1;",
            "192.0.2.1",
            "[",
            "]",
            "\ud800",
            "\u202e",
        ),
        *("id=aaaaaaaaaaaaaaaa; relay=x", "DKIM-Signature: ", "X-MS-Exchange-Organization-SCL: ", "9" * 30, "-1"),
    ]
)


@given(st.binary(max_size=800) | st.text(max_size=800) | st.lists(_PIECES, max_size=60).map("".join))
@settings(deadline=None)
def test_whatever_is_pasted_gives_an_analysis(source: bytes | str) -> None:
    found = analyse(source, CONTOSO, now=NOON)
    for language in ("en", "zh-Hans", "zh-Hant"):
        values(found, language=language)


@pytest.mark.parametrize(
    ("source", "said_of_it"),
    [
        pytest.param(b"", ["no_header"], id="nothing"),
        pytest.param(b"\0\0\0\n\0", ["no_header"], id="only NULs"),
        pytest.param(b"no header at all\nnor here", ["no_header"], id="text"),
        pytest.param(b"<html><body>Received: no</body></html>", ["no_header"], id="a web page"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", ["no_header"], id="a picture"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ["outlook_item"], id="an Outlook item"),
        pytest.param(b"\r\n\r\n\r\nBody only, with no header\r\n", ["no_header"], id="a body"),
        pytest.param(b"Subject: x\r\n\r\nReceived: from the body\r\n", ["no_received"], id="a header in the body"),
        pytest.param(b"Subject: " + b"x" * (17 * 1024 * 1024), ["no_received", "cut"], id="more than is read"),
        pytest.param("Subject: x\nReceived: by a; nie".encode("utf-16"), ["no_time"], id="UTF-16 without a date"),
    ],
)
def test_what_is_wrong_with_the_input_is_said(source: bytes, said_of_it: list[str]) -> None:
    assert codes(analyse(source)) == said_of_it


def test_hops_that_a_stranger_put_below_the_trusted_one_are_named() -> None:
    """A dial-up claims a way through our relay and Exchange Online, with our mark copied from elsewhere."""
    forged = (
        line("relay.contoso.com", "A.mail.protection.outlook.com", 5, address="203.0.113.9", name="relay.contoso.com")
        + gatepost("relay.contoso.com", FIRST, 0, "Devices")
        + b"X-MS-Exchange-CrossTenant-FromEntityHeader: HybridOnPrem\r\nX-EOPAttributedMessage: 0\r\n"
    )
    found = analyse(DIAL_UP + forged, CONTOSO)
    assert [hop.trust for hop in found.hops] == [CLAIMED, SUSPECT, TRUSTED]
    assert not found.verdict.certain
    assert said(found, "suspect").startswith("Hop 2 names a.mail.protection.outlook.com, but hop 3 saw another host")
    assert said(found, "trust_ends").startswith("Only hop 3 and later can be trusted")


_LONG = 1_000_000


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"Subject: " + b"a" * 10 * _LONG, id="one long header"),
        pytest.param(b"Received: " + b"(" * 10 * _LONG, id="open comments"),
        pytest.param(b"A: b" + b"\r" * 10 * _LONG, id="carriage returns"),
        pytest.param(b"a:b\n" * (_LONG // 4), id="very many fields"),
        pytest.param(b"".join(line(f"a{n}", f"b{n}", n) for n in range(100_000)), id="very many hops"),
        pytest.param(b"Authentication-Results: " + b'"\\"a="\\"' * (_LONG // 8), id="quotes"),
        pytest.param(b"DKIM-Signature: v=1\nA" + b":a" * (_LONG // 2) + b"!", id="a list of names"),
        pytest.param(b"Subject: " + b"=?utf-8?q?=41?= " * (_LONG // 16), id="encoded words"),
        pytest.param(b"X-Forefront-Antispam-Report: " + b"A:b;\n " * (_LONG // 6), id="a long report"),
        pytest.param(b"From a 12:00\nReceived: by a\n\nx\n\n" * (_LONG // 32), id="very many messages"),
        pytest.param(b"\xe9: x\n" * (_LONG // 6), id="no UTF-8"),
        pytest.param(b"Subject: x\n" + b"y\n" * (_LONG // 2), id="lost folding"),
        pytest.param(b"X-Forefront-Antispam-Report: A:b;\n" + b"C:d;\n" * (_LONG // 5), id="a report without folding"),
        pytest.param(b"DKIM-Signature: h=a:\n" + b"B:c:\n" * (_LONG // 5), id="names without folding"),
        pytest.param(b"Subject:" + b" \n" * (_LONG // 2) + b" x", id="lines of white space"),
        pytest.param(b"Subject: x" + b" " * 10 * _LONG + b"y", id="white space"),
        pytest.param(b"A: b\n" * 3 + b"\0" * 10 * _LONG, id="NULs"),
        pytest.param(b"Received: by a " + b"(b(c)" * (_LONG // 5), id="comments that never close"),
        pytest.param(b"Received: " + b"from a by b; " * (_LONG // 13), id="one line of many clauses"),
        pytest.param(b"Authentication-Results: " + b"a" * 10 * _LONG, id="a result without an end"),
        pytest.param(b"Authentication-Results: " + b"a=fail (b(" * (_LONG // 10), id="results with open comments"),
        pytest.param(b"DKIM-Signature: " + b"; " * (_LONG // 2), id="empty tags"),
        pytest.param(b"Subject: " + b"=?utf-8?b?" + b"QUFB" * (_LONG // 4) + b"?=", id="one encoded word"),
        pytest.param(b"Date: " + b"1 Jul 2026 " * (_LONG // 11), id="many dates in one"),
        pytest.param(bytes(range(256)) * (_LONG // 256), id="binary"),
    ],
)
@pytest.mark.timeout(20)  # a quadratic step would take minutes
def test_huge_input_is_read_in_linear_time(source: bytes) -> None:
    values(analyse(source))
