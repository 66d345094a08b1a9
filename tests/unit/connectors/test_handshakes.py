"""Which TLS a client may use, and what a session over old TLS counts for."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors import (
    Directory,
    Facts,
    Organization,
    TlsVersion,
    attribute,
    explain,
    handshake_refused,
    is_old_tls,
)
from gatepost.mail import reply

from .world import (
    CONTOSO,
    FABRIKAM,
    accepted,
    address,
    by_address,
    by_certificate,
    certificate,
    directory,
    facts,
    mailbox,
)

OLD = replace(by_address("Old scanners", "192.0.2.9"), minimum_tls_version=TlsVersion.V1_0)
LESS_OLD = replace(by_address("Less old", "192.0.2.0/28"), minimum_tls_version=TlsVersion.V1_1)
STRICT = by_address("Strict", "192.0.2.9")
OUTSIDE = mailbox("b@fabrikam.test")


def over(version: str, client: str = "192.0.2.9") -> Facts:
    return replace_facts(facts(client, tls=True), version)


def replace_facts(known: Facts, version: str) -> Facts:
    return Facts(client=known.client, hello=known.hello, tls_version=version, certificate=known.certificate)


@pytest.mark.parametrize(
    ("client", "may"),
    [
        ("192.0.2.9", TlsVersion.V1_0),  # the oldest that any connector allows it
        ("192.0.2.8", TlsVersion.V1_1),
        ("192.0.2.16", TlsVersion.V1_2),
        ("::ffff:192.0.2.9", TlsVersion.V1_0),
        ("2001:db8::9", TlsVersion.V1_2),
    ],
)
def test_the_address_decides_how_old_the_tls_may_be(client: str, may: TlsVersion) -> None:
    where = directory(OLD, LESS_OLD, by_address("Strict", "192.0.2.0/24"))
    assert where.minimum_tls(ip_address(client)) is may


@pytest.mark.parametrize("off", [{"enabled": False}, {"blocked": True}, {"sender_ip_addresses": ()}], ids=str)
def test_a_connector_that_lets_nobody_in_lowers_nothing(off: dict[str, object]) -> None:
    assert directory(replace(OLD, **off)).minimum_tls(ip_address("192.0.2.9")) is TlsVersion.V1_2  # type: ignore[arg-type]


def test_a_device_that_its_organization_has_blocked_may_use_no_old_tls() -> None:
    blocking = Organization(name=CONTOSO.name, blocked_ip_addresses=OLD.sender_ip_addresses)
    where = Directory.build(organizations=[blocking, FABRIKAM], accepted_domains=(), inbound=[OLD])
    assert where.minimum_tls(ip_address("192.0.2.9")) is TlsVersion.V1_2


@pytest.mark.parametrize(
    ("version", "connector", "found"),
    [
        ("TLSv1", OLD, "Old scanners"),
        ("TLSv1", replace(OLD, minimum_tls_version=TlsVersion.V1_1), None),
        ("TLSv1.1", replace(OLD, minimum_tls_version=TlsVersion.V1_1), "Old scanners"),
        ("TLSv1.3", replace(OLD, minimum_tls_version=TlsVersion.V1_2), "Old scanners"),
    ],
)
def test_require_tls_means_tls_as_new_as_the_connector_says(version: str, connector: object, found: str | None) -> None:
    assert isinstance(connector, type(OLD))
    origin = attribute(over(version), address("a@contoso.com"), directory(replace(connector, require_tls=True)))
    assert (None if origin.connector is None else origin.connector.name) == found


def test_a_certificate_shown_over_old_tls_opens_no_connector_that_did_not_ask_for_that() -> None:
    where = directory(OLD, by_certificate("Gateway", "relay.contoso.com"), domains=[accepted("contoso.com")])
    shown = facts("192.0.2.9", certificate("relay.contoso.com"))
    for version, name in (("TLSv1", "Old scanners"), ("TLSv1.1", "Old scanners"), ("TLSv1.2", "Gateway")):
        origin = attribute(replace_facts(shown, version), address("a@contoso.com"), where)
        assert origin.connector is not None and origin.connector.name == name
    alone = directory(by_certificate("Gateway", "relay.contoso.com"), domains=[accepted("contoso.com")])
    decision = explain(replace_facts(shown, "TLSv1"), address("a@contoso.com"), OUTSIDE, alone)
    assert decision.reply is reply.TLS_TOO_OLD


def test_what_does_not_require_tls_takes_old_tls_as_it_takes_clear_text() -> None:
    where = directory(OLD, by_address("Plain", "192.0.2.9"))
    origin = attribute(over("TLSv1"), address("a@contoso.com"), where)
    assert origin.connector is not None


ALLOW = "gatepost device allow 192.0.2.9 --minimum-tls-version TLSv1.0 --organization Contoso"


@pytest.mark.parametrize(
    ("connector", "offered", "reason", "remedy"),
    [
        (STRICT, "TLSv1", "The client knows only TLS 1.0, and 192.0.2.9 may use TLS 1.2", ALLOW),
        (STRICT, "TLSv1.2", "only cipher suites or signatures that are too old", ALLOW),
        (STRICT, None, "only cipher suites or signatures that are too old", ALLOW),
        (by_address("Other", "192.0.2.1"), "TLSv1.1", "knows only TLS 1.1", "TLSv1.0 --organization NAME"),
        (OLD, "SSLv3", "knows only SSL 3.0, which nobody may use", "Replace the device, or let the device send"),
        (OLD, "SSLv2", "knows only SSL 2.0, which nobody may use", "Replace the device"),
        (OLD, "TLSv1", 'MinimumTlsVersion of connector "Old scanners". Still', "certificate with an RSA key"),
        (replace(OLD, minimum_tls_version=TlsVersion.V1_1), "TLSv1", "may use TLS 1.1 or newer: Minimum", ALLOW),
    ],
)  # fmt: skip
def test_a_handshake_that_ends_is_told_with_what_would_help(
    connector: object, offered: str | None, reason: str, remedy: str
) -> None:
    assert isinstance(connector, type(OLD))
    decision = handshake_refused(ip_address("192.0.2.9"), offered, directory(connector))
    assert reason in decision.reasons[0] and remedy in decision.remedies[0]
    assert decision.reply is reply.TLS_TOO_OLD and decision.result == "reject"


def test_explain_says_what_the_handshake_would() -> None:
    where = directory(OLD, by_address("Strict", "192.0.2.8"))
    assert explain(over("TLSv1"), address("a@contoso.com"), OUTSIDE, where).result == "relay"
    told = explain(over("TLSv1", "192.0.2.8"), address("a@contoso.com"), OUTSIDE, where)
    assert (told.result, told.connector) == ("reject", "Strict")
    assert any("Its addresses may use TLSv1.0 and newer." in it for it in _reasons(where))


def _reasons(where: object) -> tuple[str, ...]:
    return explain(over("TLSv1"), address("a@contoso.com"), OUTSIDE, where).reasons  # type: ignore[arg-type]


@given(version=st.sampled_from(["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]), minimum=st.sampled_from(TlsVersion))
def test_no_session_that_could_not_shake_hands_is_attributed_by_require_tls(version: str, minimum: TlsVersion) -> None:
    where = directory(replace(OLD, minimum_tls_version=minimum, require_tls=True))
    refused = explain(over(version), address("a@contoso.com"), OUTSIDE, where).reply is reply.TLS_TOO_OLD
    origin = attribute(over(version), address("a@contoso.com"), where)
    assert refused is (origin.connector is None)


def test_only_what_is_older_than_1_2_is_old() -> None:
    assert [it for it in ("TLSv1", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3", None) if is_old_tls(it)] == [
        "TLSv1",
        "TLSv1.0",
        "TLSv1.1",
    ]
