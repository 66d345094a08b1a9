"""Every kind of property value: what it takes, what it refuses with which remedy, and how it is shown."""

from dataclasses import fields
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.config import PROPERTIES, ObjectKind, Wrong, property_named
from gatepost.connectors import InboundConnector, OutboundConnector

INBOUND_ORDER = [
    "Enabled",
    "ConnectorType",
    "ConnectorSource",
    "Comment",
    "SenderIPAddresses",
    "SenderDomains",
    "TrustedOrganizations",
    "ClientHostNames",
    "AssociatedAcceptedDomains",
    "RequireTls",
    "RestrictDomainsToIPAddresses",
    "RestrictDomainsToCertificate",
    "CloudServicesMailEnabled",
    "TreatMessagesAsInternal",
    "TlsSenderCertificateName",
    "EFTestMode",
    "ScanAndDropRecipients",
    "EFSkipLastIP",
    "EFSkipIPs",
    "EFSkipMailGateway",
    "EFUsers",
    "AdminDisplayName",
]
OUTBOUND_ORDER = [
    "Enabled",
    "UseMXRecord",
    "Comment",
    "ConnectorType",
    "ConnectorSource",
    "RecipientDomains",
    "SmartHosts",
    "TlsDomain",
    "TlsSettings",
    "IsTransportRuleScoped",
    "RouteAllMessagesViaOnPremises",
    "CloudServicesMailEnabled",
    "AllAcceptedDomains",
    "SenderRewritingEnabled",
    "MtaStsMode",
    "SmtpDaneMode",
    "TestMode",
    "ValidationRecipients",
    "IsValidated",
    "LastValidationTimestamp",
    "AdminDisplayName",
]


def read(name: str, value: Any, kind: ObjectKind = ObjectKind.INBOUND) -> Any:
    item = property_named(kind, name)
    assert item is not None
    return item.kind.read(value)


def show(name: str, value: Any, kind: ObjectKind = ObjectKind.INBOUND) -> Any:
    item = property_named(kind, name)
    assert item is not None
    return item.kind.show(value)


@pytest.mark.parametrize(
    ("kind", "order"),
    [(ObjectKind.INBOUND, INBOUND_ORDER), (ObjectKind.OUTBOUND, OUTBOUND_ORDER)],
    ids=["inbound", "outbound"],
)
def test_the_order_is_that_of_a_live_record(kind: ObjectKind, order: list[str]) -> None:
    assert [item.name for item in PROPERTIES[kind] if not item.ours] == order


@pytest.mark.parametrize(
    ("kind", "model"),
    [(ObjectKind.INBOUND, InboundConnector), (ObjectKind.OUTBOUND, OutboundConnector)],
    ids=["inbound", "outbound"],
)
def test_the_table_has_every_field_of_the_model(kind: ObjectKind, model: Any) -> None:
    identity = {"name", "organization", "guid", "when_created_utc", "when_changed_utc"}
    assert {item.field for item in PROPERTIES[kind]} == {it.name for it in fields(model)} - identity


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("*", "*"),
        ("Contoso.com", "contoso.com"),
        ("smtp:contoso.com;1", "contoso.com"),
        ("SMTP:*.contoso.com;100", "*.contoso.com"),
        ("smtp:*;1", "*"),
        ("contoso.com;1", "contoso.com"),
        ("*.com", "*.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("contoso.com.", "contoso.com"),
    ],
)
def test_sender_domains_take_exchanges_forms(value: str, wanted: str) -> None:
    assert read("SenderDomains", value) == wanted
    assert read("SenderDomains", show("SenderDomains", wanted)) == wanted


@pytest.mark.parametrize(
    ("name", "value", "words", "remedy"),
    [
        ("SenderDomains", "*contoso.com", "not a leading label", "write contoso.com for the domain itself "
        "or *.contoso.com"),
        ("SenderDomains", "con*.com", "not a leading label", "*."),
        ("SenderDomains", "contoso.com;101", "the cost 101", "1 to 100"),
        ("SenderDomains", "contoso com", "is not a domain", "such as contoso.com"),
        ("SenderDomains", "[192.0.2.1]", "is an address", "such as contoso.com"),
        ("SenderDomains", "x400:contoso;1", "is not a domain pattern", "*.contoso.com or *"),
        ("SenderIPAddresses", "10.0.0.1-10.0.0.4", "is a range", "10.0.0.1, 10.0.0.2/31, 10.0.0.4"),
        ("SenderIPAddresses", "10.0.0.9-10.0.0.4", "is a range", "single addresses and networks"),
        ("SenderIPAddresses", "10.0.0.1-x", "is a range", "single addresses and networks"),
        ("SenderIPAddresses", "0.0.0.0/0", "the whole Internet", "your own senders"),
        ("SenderIPAddresses", "::/0", "the whole Internet", "your own senders"),
        ("SenderIPAddresses", "::ffff:0:0/96", "the whole Internet", "your own senders"),
        ("SenderIPAddresses", "10.0.0", "is not an IP address", "192.0.2.0/24"),
        ("SenderIPAddresses", 10, "must be text", "in quotes"),
        ("TlsSenderCertificateName", "relay.*.com", "not a leading label", "*."),
        ("TlsSenderCertificateName", "*", "every domain", "name the domain"),
        ("TlsSenderCertificateName", "<I>CN=X<S>CN=Y", "is not a domain", "such as contoso.com"),
        ("RequireTls", "maybe", "must be true or false", "true or false"),
        ("RequireTls", 1, "must be true or false", "true or false"),
        ("RequireTls", None, "must be true or false", "true or false"),
        ("ConnectorType", "Onpremise", "must be OnPremises or Partner", "OnPremises, Partner"),
        ("Comment", "a\nb", "control characters", "one line"),
        ("Comment", "x" * 3000, "3000 characters", "2048"),
        ("MaxMessageSize", 10, "10 octets", "1024"),
        ("MaxMessagesPerMinute", 0, "from 1 to", "correct"),
        ("MaxMessagesPerMinute", True, "from 1 to", "correct"),
    ],
)  # fmt: skip
def test_a_bad_inbound_value_says_what_it_is_and_what_to_do(name: str, value: Any, words: str, remedy: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read(name, value)
    assert words in wrong.value.words
    assert remedy in wrong.value.remedy


@pytest.mark.parametrize(
    ("value", "wanted", "shown"),
    [
        ("192.0.2.1", "192.0.2.1/32", "192.0.2.1"),
        ("192.168.0.1/25", "192.168.0.0/25", "192.168.0.0/25"),
        ("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8"),
        ("2001:db8::1", "2001:db8::1/128", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1/128", "2001:db8::1"),
        ("2001:db8::ffff/64", "2001:db8::/64", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1/32", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1/32", "192.0.2.1"),
    ],
)
def test_addresses_take_any_prefix_and_drop_host_bits(value: str, wanted: str, shown: str) -> None:
    assert read("SenderIPAddresses", value) == ip_network(wanted)
    assert show("SenderIPAddresses", ip_network(wanted)) == shown


@pytest.mark.parametrize("value", [True, "true", "$true", "True", "$TRUE", "yes"])
def test_true_has_several_spellings(value: Any) -> None:
    assert read("RequireTls", value) is True


@pytest.mark.parametrize("value", [False, "false", "$false", "no"])
def test_false_has_several_spellings(value: Any) -> None:
    assert read("RequireTls", value) is False


@pytest.mark.parametrize("value", [None, "", "$null"])
def test_nothing_clears_a_certificate_name(value: Any) -> None:
    assert read("TlsSenderCertificateName", value) is None


@pytest.mark.parametrize(
    ("value", "wanted", "shown"),
    [
        ("smtp.contoso.com", "smtp.contoso.com:25", "smtp.contoso.com"),
        ("Smtp.Contoso.com:2525", "smtp.contoso.com:2525", "smtp.contoso.com:2525"),
        ("192.0.2.1", "192.0.2.1:25", "192.0.2.1"),
        ("[192.0.2.1]".strip("[]"), "192.0.2.1:25", "192.0.2.1"),
        ("2001:db8::1", "[2001:db8::1]:25", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]:25", "[2001:db8::1]"),
        ("[2001:db8::1]:2525", "[2001:db8::1]:2525", "[2001:db8::1]:2525"),
    ],
)
def test_smart_hosts_take_exchanges_forms_and_ports(value: str, wanted: str, shown: str) -> None:
    assert read("SmartHosts", value, ObjectKind.OUTBOUND) == wanted
    assert show("SmartHosts", wanted, ObjectKind.OUTBOUND) == shown
    assert read("SmartHosts", shown, ObjectKind.OUTBOUND) == wanted


@pytest.mark.parametrize(
    "value",
    ["", "a b", "host:", "host:0", "host:70000", "[::1", "[::1]25", "10.0.0.0/8", "999.1.1.1", "host:x", "[::1]:"],
)
def test_a_bad_smart_host_is_refused(value: str) -> None:
    with pytest.raises(Wrong):
        read("SmartHosts", value, ObjectKind.OUTBOUND)


@pytest.mark.parametrize("value", [None, "", "$null", "Opportunistic"])
def test_no_tls_settings_means_opportunistic_and_shows_as_nothing(value: Any) -> None:
    read_value = read("TlsSettings", value, ObjectKind.OUTBOUND)
    assert str(read_value) == "Opportunistic"
    assert show("TlsSettings", read_value, ObjectKind.OUTBOUND) is None


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.text(), max_size=2)
)


@given(kind=st.sampled_from(list(ObjectKind)), value=ANYTHING, pick=st.integers(0, 100))
def test_no_value_does_anything_but_read_or_be_refused(kind: ObjectKind, value: Any, pick: int) -> None:
    item = PROPERTIES[kind][pick % len(PROPERTIES[kind])]
    try:
        kept = item.kind.read(value)
    except Wrong as wrong:
        assert wrong.words
        assert wrong.remedy
    else:
        assert item.kind.secret or item.kind.read(item.kind.show(kept)) == kept
