"""Received lines of every maker, as real servers write them, and hostile ones without harm."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.headers import analyse
from gatepost.headers.received import Received, read_received
from gatepost.mail import HeaderBlock, ReceivedFacts, received_line

NOON = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"


def hop(**more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "from_": "",
        "by": "",
        "with_": "",
        "id": "",
        "for_": "",
        "at": NOON,
        "tls": False,
    }
    return {**plain, **more}


def told(received: Received) -> dict[str, object]:
    """The parts that every line may have."""
    return hop(
        from_=received.from_,
        by=received.by,
        with_=received.with_,
        id=received.id,
        for_=received.for_,
        at=None if received.moment is None else received.moment.at,
        tls=received.tls.used,
    )


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
            hop(by="mail.example.org (Postfix, from userid 1000)", id="1A2B3C"),
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
        pytest.param(
            "(qmail 1234 invoked from network); 1 Jul 2026 12:00:00 -0000",
            hop(by="(qmail 1234 invoked from network)"),
            id="qmail",
        ),
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
def test_a_received_line_of_any_maker_is_read(value: str, expected: dict[str, object]) -> None:
    assert told(read_received(value)) == expected


@pytest.mark.parametrize("protocol", ["SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "LMTP", "local", "HTTP"])
def test_protocols_without_tls(protocol: str) -> None:
    assert not read_received(f"by a with {protocol} id 1; x").tls.used


@pytest.mark.parametrize("protocol", ["ESMTPS", "ESMTPSA", "UTF8SMTPS", "UTF8SMTPSA", "LMTPS", "esmtps", "HTTPS"])
def test_protocols_with_tls(protocol: str) -> None:
    assert read_received(f"by a with {protocol} id 1; x").tls.used


# --- what the samples tell: the client's own name, its looked-up name and address, TLS and maker of each line --------


def line(
    *, maker: str, hello: str = "", name: str = "", address: str = "", tls: str = "", cipher: str = ""
) -> tuple[str, ...]:
    return (maker, hello, name, address, tls, cipher)


AES256, AES128 = "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (
            "amazon-ses",
            [
                line(
                    maker="Amazon SES",
                    hello="app.example.org",
                    name="ec2-203-0-113-77.compute-1.amazonaws.com",
                    address="203.0.113.77",
                ),
                line(
                    maker="Gmail",
                    hello="a8-55.smtp-out.amazonses.com",
                    name="a8-55.smtp-out.amazonses.com",
                    address="54.240.8.55",
                    tls="TLSv1.2",
                    cipher="ECDHE-ECDSA-AES128-GCM-SHA256",
                ),
            ],
        ),
        (
            "exchange-server",
            [
                line(maker="Exchange Server", hello="app01", address="192.168.0.3"),
                line(maker="Exchange Server", hello="EX02.contoso.local", address="192.168.10.12", tls="yes"),
                line(
                    maker="Exchange Server",
                    hello="EX02.contoso.local",
                    address="192.168.10.12",
                    tls="TLSv1.2",
                    cipher="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                ),
            ],
        ),
        (
            "exim",
            [
                line(maker="Exim", hello="alice"),
                line(
                    maker="Exim",
                    hello="printer.example.org",
                    address="192.0.2.44",
                    tls="TLSv1.2",
                    cipher="ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM",
                ),
                line(
                    maker="Exim",
                    hello="laptop",
                    name="mail.example.org",
                    address="198.51.100.25",
                    tls="TLSv1.3",
                    cipher=AES256,
                ),
            ],
        ),
        (
            "gatepost",
            [
                line(maker="Gatepost", hello="printer", address="fd00::77"),
                line(maker="Gatepost", hello="local.test", address="203.0.113.9", tls="TLSv1.3", cipher=AES256),
            ],
        ),
        (
            "haraka",
            [
                line(maker="Haraka", hello="old.example.org", address="198.51.100.51", tls="yes"),
                line(
                    maker="Haraka",
                    hello="client.example.org",
                    name="client.example.org",
                    address="198.51.100.50",
                    tls="yes",
                    cipher=AES256,
                ),
            ],
        ),
        (
            "mimecast",
            [
                line(
                    maker="Mimecast",
                    hello="mail.example.org",
                    name="mail.example.org",
                    address="198.51.100.80",
                    tls="TLSv1.3",
                    cipher=AES256,
                )
            ],
        ),
        (
            "opensmtpd",
            [
                line(maker="OpenSMTPD", hello="localhost"),
                line(
                    maker="OpenSMTPD",
                    hello="client.example.org",
                    name="client.example.org",
                    address="198.51.100.60",
                    tls="TLSv1.3",
                    cipher=AES256,
                ),
            ],
        ),
        (
            "postfix",
            [
                line(maker="Postfix"),
                line(
                    maker="Postfix",
                    hello="mail.example.org",
                    name="mail.example.org",
                    address="198.51.100.25",
                    tls="TLSv1.3",
                    cipher=AES256,
                ),
                line(maker="Postfix", hello="localhost", name="localhost", address="127.0.0.1"),
            ],
        ),
        (
            "proofpoint",
            [
                line(
                    maker="Proofpoint",
                    hello="mail.example.org",
                    name="mail.example.org",
                    address="198.51.100.70",
                    tls="TLSv1.2",
                    cipher="ECDHE-RSA-AES256-GCM-SHA384",
                ),
                line(maker="Proofpoint", hello="pps.filterd", name="m0123456.ppops.net", address="127.0.0.1"),
                line(
                    maker="Postfix",
                    hello="mx0a-00123456.pphosted.com",
                    name="mx0a-00123456.pphosted.com",
                    address="148.163.147.1",
                    tls="yes",
                ),
            ],
        ),
        (
            "qmail",
            [
                line(maker="qmail"),
                line(
                    maker="",
                    hello="client.example.org",
                    address="198.51.100.40",
                    tls="yes",
                    cipher="AES256-GCM-SHA384",
                ),
                line(maker="qmail"),
            ],
        ),
        (
            "sendmail",
            [
                line(maker="sendmail"),
                line(
                    maker="sendmail",
                    hello="gw.example.org",
                    name="gw.example.org",
                    address="198.51.100.30",
                    tls="TLSv1.3",
                    cipher=AES256,
                ),
            ],
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_the_lines_of_a_sample_are_understood(sample: str, expected: list[tuple[str, ...]]) -> None:
    hops = [hop.received for hop in analyse((SAMPLES / f"{sample}.eml").read_bytes()).hops]
    assert [
        line(
            maker=it.product,
            hello=it.hello,
            name=it.name,
            address=it.address,
            tls=it.tls.version or ("yes" if it.tls.used else ""),
            cipher=it.tls.cipher,
        )
        for it in hops
    ] == expected


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        # Microsoft's analyser: a clause that comes again is added.
        ("by me by you with this with that with whatever", "by", "me; you"),
        ("by me by you with this with that with whatever", "with_", "this; that; whatever"),
        ("From X By Y With Z Via W", "from_", "X"),
        ("From X By Y With Z Via W", "by", "Y"),
        ("From X By Y With Z Via W", "with_", "Z"),
        ("From X By Y With Z Via W", "via", "W"),
        # A client that greets as a clause word does not become one.
        ("from by (by [192.0.2.1]) by mx.test with SMTP id 1; x", "host", "mx.test"),
        ("from with (evil.test [192.0.2.1]) by mx.test with SMTP; x", "hello", "with"),
        # A comment may hold anything (RFC 5322 §3.2.2).
        ("from a (b by c (with d); e) by f with SMTP id 1; x", "host", "f"),
        ("from a by b (via c) via d with SMTP; x", "via", "d"),
        # What looks like an address is not always one.
        ("from a (8.17.1.9/8.17.1.9) by b with SMTP; x", "address", ""),
        ("from 2026.07.01 by b with SMTP; x", "address", ""),
        ("from a (a.test [999.1.1.1]) by b; x", "address", ""),
        ("from a (a.test [IPv6:2001:DB8::0001]) by b; x", "address", "2001:db8::1"),
        ("from a ([fe80::1%eth0]) by b; x", "address", "fe80::1"),
        ("from [192.0.2.7] by b; x", "address", "192.0.2.7"),
        ("from a (unknown [192.0.2.7]) by b; x", "name", ""),
        ("from a (192.0.2.7) by b; x", "address", "192.0.2.7"),
        ("from a (envelope-from <x@y.test>) by b; x", "envelope_from", "x@y.test"),
        ("from a by b for <x@y.test>; x", "for_", "x@y.test"),
        ("from a by mail.by with ESMTP id mx.id; x", "host", "mail.by"),
        ("by pc (Postfix, from userid 33) id 1; x", "local", True),
        ("(qmail 1 invoked by uid 89); x", "local", True),
        ("from a by b with mapi id 1; x", "local", True),
    ],
)
def test_a_part_of_a_line(value: str, field: str, expected: object) -> None:
    assert getattr(read_received(value), field) == expected


@pytest.mark.parametrize(
    ("value", "version", "cipher"),
    [
        ("by a with ESMTP (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256) id 1; x", "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("by a with ESMTP/TLS/DHE-RSA-AES256-GCM-SHA384; x", "", "DHE-RSA-AES256-GCM-SHA384"),
        ("by a with esmtps tls TLS_AES_128_GCM_SHA256 (Exim 4.97); x", "", AES128),
        ("by a with Microsoft SMTP Server (version=TLS1_0, cipher=TLS_RSA) id 1; x", "TLSv1.0", "TLS_RSA"),
        ("by a with SMTP (version=SSLv3 cipher=RC4-MD5); x", "SSLv3", "RC4-MD5"),
    ],
)
def test_tls_is_read_in_each_makers_form(value: str, version: str, cipher: str) -> None:
    tls = read_received(value).tls
    assert tls.used and (tls.version, tls.cipher) == (version, cipher)
    assert tls.weak == (version in ("TLSv1.0", "SSLv3"))


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("client", ["192.0.2.1", "2001:db8::1"])
@pytest.mark.parametrize("recipient", ["bob@example.org", None])
def test_what_we_write_is_read_back(tls: bool, client: str, recipient: str | None) -> None:
    written = received_line(
        ReceivedFacts(
            hello="printer.contoso.com",
            client=client,
            by="relay.contoso.com",
            protocol="ESMTPS" if tls else "ESMTP",
            queue_id="0123456789abcdef",
            at=NOON.timestamp(),
            recipient=recipient,
            tls_version="TLSv1.3" if tls else None,
            cipher="TLS_AES_128_GCM_SHA256" if tls else None,
        )
    )
    (field,) = HeaderBlock(written)
    read = read_received(field.value.decode())
    assert (read.hello, read.address) == ("printer.contoso.com", client)
    assert (read.by, read.id, read.for_) == ("relay.contoso.com", "0123456789abcdef", recipient or "")
    assert read.moment is not None and read.moment.at == NOON
    assert (read.tls.version, read.tls.cipher) == (("TLSv1.3", AES128) if tls else ("", ""))


@pytest.mark.parametrize("hello", ["a b", "(evil)", "a;b", "x" * 1000, "[192.0.2.1]", "by", "from"])
def test_what_a_client_calls_itself_does_not_hide_who_wrote_the_line(hello: str) -> None:
    facts = ReceivedFacts(
        hello=hello, client="192.0.2.1", by="r.test", protocol="SMTP", queue_id="1", at=NOON.timestamp()
    )
    assert read_received(received_line(facts).decode().partition(":")[2]).host == "r.test"


@given(st.text(max_size=400) | st.lists(st.sampled_from([*"()\\;<>\0\t", "from ", "by ", " id "])).map("".join))
@settings(deadline=None)
def test_reading_never_raises(value: str) -> None:
    found = read_received(value)
    assert "\0" not in found.from_ + found.by + found.with_ + found.id + found.for_


def test_reading_a_hostile_line_takes_no_time() -> None:
    for value in ("(" * 5000, "(a" * 3000, "(a)" * 2000, "from " * 1000, "\\(" * 2500, "; " * 2500, "by a " * 9000):
        read_received(value)
