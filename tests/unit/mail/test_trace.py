"""Received lines: ours as written, anyone's as read, and hostile ones without harm."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.mail import (
    HeaderBlock,
    Hop,
    ReceivedFacts,
    TraceMark,
    parse_received,
    parse_trace_line,
    received_line,
    trace_line,
)

NOON = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)


def hop(**more: object) -> Hop:
    plain: dict[str, object] = {
        "from_": "",
        "by": "",
        "with_": "",
        "id": "",
        "for_": "",
        "at": NOON,
        "tls": False,
    }
    return Hop(**{**plain, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            "from mail.example.com (mail.example.com [192.0.2.1])\r\n\t(using TLSv1.3 with cipher "
            "TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature "
            "RSA-PSS (2048 bits))"
            "\r\n\t(No client certificate requested)\r\n\tby mx.example.org (Postfix) with ESMTPS id 4ABCDEF"
            "\r\n\tfor <bob@example.org>; Wed,  1 Jul 2026 14:00:00 +0200 (CEST)",
            hop(
                from_="mail.example.com (mail.example.com [192.0.2.1])",
                by="mx.example.org",
                with_="ESMTPS",
                id="4ABCDEF",
                for_="bob@example.org",
                tls=True,
            ),
            id="Postfix with TLS",
        ),
        pytest.param(
            "by mail.example.org (Postfix, from userid 1000)\r\n\tid 1A2B3C; Wed,  1 Jul 2026 12:00:00 +0000 (UTC)",
            hop(by="mail.example.org", id="1A2B3C"),
            id="Postfix local",
        ),
        pytest.param(
            "from [192.0.2.1] (port=4711 helo=client.example)\r\n\tby mail.example.org with esmtpsa  "
            "(TLS1.3) tls "
            "TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)\r\n\t(envelope-from <a@example.com>)\r\n\tid "
            "1abcDE-0001Ab-2C"
            "\r\n\tfor bob@example.org;\r\n\tWed, 01 Jul 2026 12:00:00 +0000",
            hop(
                from_="[192.0.2.1] (port=4711 helo=client.example)",
                by="mail.example.org",
                with_="esmtpsa",
                id="1abcDE-0001Ab-2C",
                for_="bob@example.org",
                tls=True,
            ),
            id="Exim with TLS and sign-in",
        ),
        pytest.param(
            "from a.example ([192.0.2.1] helo=a) by b.example with esmtp (Exim 4.96) id 1-2; "
            "Wed, 01 Jul 2026 12:00:00 +0000",
            hop(from_="a.example ([192.0.2.1] helo=a)", by="b.example", with_="esmtp", id="1-2"),
            id="Exim in clear",
        ),
        pytest.param(
            "from AM0PR01MB1234.eurprd01.prod.exchangelabs.com (2603:10a6:208:1::2)\r\n by "
            "DB7PR01MB5678.eurprd01.prod.exchangelabs.com (2603:10a6:10::3) with\r\n Microsoft SMTP Server "
            "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)\r\n id 15.20.8000.1; "
            "Wed, 1 Jul 2026 12:00:00 +0000",
            hop(
                from_="AM0PR01MB1234.eurprd01.prod.exchangelabs.com (2603:10a6:208:1::2)",
                by="DB7PR01MB5678.eurprd01.prod.exchangelabs.com",
                with_="Microsoft SMTP Server",
                id="15.20.8000.1",
                tls=True,
            ),
            id="Exchange Online",
        ),
        pytest.param(
            "from relay.contoso.com (203.0.113.9) by\r\n XX1PEPF0000ABCD.mail.protection.outlook.com "
            "(10.167.1.2) "
            "with Microsoft SMTP\r\n Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.9.1 via "
            "Frontend\r\n Transport; Wed, 1 Jul 2026 12:00:00 +0000",
            hop(
                from_="relay.contoso.com (203.0.113.9)",
                by="XX1PEPF0000ABCD.mail.protection.outlook.com",
                with_="Microsoft SMTP Server",
                id="15.20.9.1",
                tls=True,
            ),
            id="Exchange Online front end",
        ),
        pytest.param(
            "from A.prod.outlook.com ([fe80::1]) by A.prod.outlook.com ([fe80::1%4]) with mapi id 15.20.1.1; "
            "Wed, 1 Jul 2026 12:00:00 +0000",
            hop(from_="A.prod.outlook.com ([fe80::1])", by="A.prod.outlook.com", with_="mapi", id="15.20.1.1"),
            id="Exchange mailbox",
        ),
        pytest.param(
            "from mail-wr1-f51.google.com (mail-wr1-f51.google.com. [209.85.221.51])\r\n        by "
            "mx.google.com "
            "with ESMTPS id abc-123.4\r\n        for <bob@example.org>\r\n        (version=TLS1_3 "
            "cipher=TLS_AES_128_GCM_SHA256 bits=128/128);\r\n        Wed, 01 Jul 2026 05:00:00 -0700 (PDT)",
            hop(
                from_="mail-wr1-f51.google.com (mail-wr1-f51.google.com. [209.85.221.51])",
                by="mx.google.com",
                with_="ESMTPS",
                id="abc-123.4",
                for_="bob@example.org",
                tls=True,
            ),
            id="Gmail",
        ),
        pytest.param(
            "by 2002:a05:6000:1a2b:: with SMTP id x1csp123; Wed, 1 Jul 2026 05:00:00 -0700 (PDT)",
            hop(by="2002:a05:6000:1a2b::", with_="SMTP", id="x1csp123"),
            id="Gmail inside",
        ),
        pytest.param(
            "from pc (pc.example [192.0.2.2]) (authenticated bits=0) by mx.example (8.17/8.17) with "
            "ESMTPSA id q1 "
            "(version=TLSv1.3 cipher=X bits=256 verify=NO) for <b@example>; Wed, 1 Jul 2026 12:00:00 GMT",
            hop(
                from_="pc (pc.example [192.0.2.2])",
                by="mx.example",
                with_="ESMTPSA",
                id="q1",
                for_="b@example",
                tls=True,
            ),
            id="Sendmail",
        ),
        pytest.param("(qmail 1234 invoked from network); 1 Jul 2026 12:00:00 -0000", hop(), id="qmail"),
        pytest.param(
            "from unknown ([192.0.2.1]) by old.example with Microsoft SMTPSVC(6.0.3790); "
            "Wed, 1 Jul 2026 12:00:00 +0000",
            hop(from_="unknown ([192.0.2.1])", by="old.example", with_="Microsoft SMTPSVC"),
            id="IIS",
        ),
        pytest.param(
            "from mail.by (mx.id [192.0.2.1]) by smtp.by with ESMTP id 7; Wed, 1 Jul 2026 12:00:00 +0000",
            hop(from_="mail.by (mx.id [192.0.2.1])", by="smtp.by", with_="ESMTP", id="7"),
            id="country domains that look like clauses",
        ),
        pytest.param(
            "from TLS1.evil.test (TLS1.evil.test [192.0.2.1]) by b.example with SMTP id 1; "
            "Wed, 1 Jul 2026 12:00:00 +0000",
            hop(from_="TLS1.evil.test (TLS1.evil.test [192.0.2.1])", by="b.example", with_="SMTP", id="1"),
            id="a name that pretends TLS",
        ),
        pytest.param(
            r"from a (b \) (c (d)) e) by f with LMTP id g; Wed, 1 Jul 2026 12:00:00 +0000 (UTC; or so)",
            hop(from_=r"a (b \) (c (d)) e)", by="f", with_="LMTP", id="g"),
            id="nested comments and a semicolon in one",
        ),
        pytest.param(
            "from a by b with SMTP; no date at all",
            hop(from_="a", by="b", with_="SMTP", at=None),
            id="bad date",
        ),
        pytest.param("from a by b with SMTP", hop(from_="a", by="b", with_="SMTP", at=None), id="no date"),
        pytest.param("", hop(at=None), id="empty"),
        pytest.param("from a (never closed by b; Wed", hop(from_="a", at=None), id="unclosed comment"),
    ],
)
def test_a_received_line_of_any_maker_is_read(value: str, expected: Hop) -> None:
    assert parse_received(value) == expected


@pytest.mark.parametrize("protocol", ["SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "LMTP", "local", "HTTP"])
def test_protocols_without_tls(protocol: str) -> None:
    assert not parse_received(f"by a with {protocol} id 1; x").tls


@pytest.mark.parametrize("protocol", ["ESMTPS", "ESMTPSA", "UTF8SMTPS", "UTF8SMTPSA", "LMTPS", "esmtps", "HTTPS"])
def test_protocols_with_tls(protocol: str) -> None:
    assert parse_received(f"by a with {protocol} id 1; x").tls


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("client", ["192.0.2.1", "2001:db8::1"])
@pytest.mark.parametrize("recipient", ["bob@example.org", None])
def test_what_we_write_is_read_back(tls: bool, client: str, recipient: str | None) -> None:
    line = received_line(
        ReceivedFacts(
            hello="printer.contoso.com",
            client=client,
            by="relay.contoso.com",
            protocol="ESMTPS" if tls else "ESMTP",
            queue_id="0123456789abcdef",
            at=NOON,
            recipient=recipient,
            tls_version="TLSv1.3" if tls else None,
            cipher="TLS_AES_128_GCM_SHA256" if tls else None,
        )
    )
    (field,) = HeaderBlock(line)
    assert field.raw == line and max(map(len, line.split(b"\r\n"))) <= 100
    read = parse_received(field.value.decode())
    assert read.from_.startswith("printer.contoso.com ([") and client in read.from_
    assert (read.by, read.id, read.for_) == ("relay.contoso.com", "0123456789abcdef", recipient or "")
    assert read.at == NOON and read.tls is tls


@pytest.mark.parametrize("hello", ["a b", "a\r\nX: y", "(evil)", "a;b", "", "\0", "x" * 1000, "[192.0.2.1]", "ü"])
def test_what_a_client_calls_itself_cannot_break_out(hello: str) -> None:
    facts = ReceivedFacts(hello=hello, client="192.0.2.1", by="r.test", protocol="SMTP", queue_id="1", at=NOON)
    assert [field.raw for field in HeaderBlock(received_line(facts))] == [received_line(facts)]
    assert parse_received(received_line(facts).decode().partition(":")[2]).by == "r.test"


@pytest.mark.parametrize("connector", [None, "", "SMTP Relay (TLS)", 'a "quoted\\" name', "名前", "a\r\nb\tc"])
def test_a_trace_mark_is_read_back(connector: str | None) -> None:
    mark = TraceMark(queue_id="0123456789abcdef", relay="relay.contoso.com", connector=connector)
    (field,) = HeaderBlock(trace_line(mark))
    read = parse_trace_line(field.value.decode())
    assert read is not None and (read.queue_id, read.relay) == (mark.queue_id, mark.relay)
    clean = None if connector is None else "".join(c if c.isprintable() else "?" for c in connector)
    assert read.connector == clean


@pytest.mark.parametrize("value", ["", "id=x; relay=y", "id=0123456789abcdef", "id=0123456789abcdef; relay=a b"])
def test_what_is_no_trace_mark_is_none(value: str) -> None:
    assert parse_trace_line(value) is None


@given(st.text(max_size=400) | st.lists(st.sampled_from([*"()\\;<>\0\t", "from ", "by ", " id "])).map("".join))
@settings(deadline=None)
def test_reading_never_raises(value: str) -> None:
    found = parse_received(value)
    assert "\0" not in found.from_ + found.by + found.with_ + found.id + found.for_


def test_reading_a_hostile_line_takes_no_time() -> None:
    for value in ("(" * 5000, "(a" * 3000, "(a)" * 2000, "from " * 1000, "\\(" * 2500, "; " * 2500):
        parse_received(value)
