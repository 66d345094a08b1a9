"""Documents: plan, apply and export."""

import asyncio
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused
from gatepost.manage import Caller, Desk

DOCUMENT: dict[str, Any] = {
    "AcceptedDomain": [{"DomainName": "contoso.com", "Default": True}],
    "InboundConnectors": [
        {
            "Name": "Printers",
            "ConnectorType": "OnPremises",
            "SenderDomains": "*",
            "SenderIPAddresses": ["192.0.2.0/24"],
            "AssociatedAcceptedDomains": ["contoso.com"],
        }
    ],
    "OutboundConnector": {
        "Name": "Upstream",
        "RecipientDomains": ["*"],
        "SmartHosts": ["relay.example:2525"],
        "UserName": "u",
        "Password": "geheim",
        "TlsSettings": "CertificateValidation",
    },
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={}))


def call(desk: Desk, verb: str, **arguments: Any) -> Any:
    return asyncio.run(desk.call(f"document.{verb}", arguments, caller=Caller.owner("anna"))).value


def actions(value: Any) -> list[tuple[str, str]]:
    return [(it["action"], it["name"]) for it in value["changes"]]


def test_plan_tells_what_apply_does_and_apply_again_does_nothing(desk: Desk) -> None:
    planned = call(desk, "plan", document=DOCUMENT)
    assert actions(planned) == [("add", "contoso.com"), ("add", "Printers"), ("add", "Upstream")]
    assert desk.config.current().inbound == ()
    applied = call(desk, "apply", document=DOCUMENT)
    assert applied["changes"] == planned["changes"]
    assert call(desk, "apply", document=DOCUMENT)["changes"] == []
    assert call(desk, "plan", document=DOCUMENT)["changes"] == []


def test_a_rule_comes_back_from_its_document_and_goes_before_the_connector_that_it_names(desk: Desk) -> None:
    rule = {
        "Name": "Wait",
        "InboundConnectors": ["Printers"],
        "Hold": True,
        "ExpiryDate": "2127-01-31T00:00:00.0000000Z",
    }
    call(desk, "apply", document={**DOCUMENT, "TransportRule": [rule]})
    exported = call(desk, "export")
    assert exported["TransportRule"] == [rule]
    assert call(desk, "apply", document=exported, prune=True)["changes"] == []
    pruned = actions(call(desk, "apply", document={}, prune=True))
    assert pruned.index(("remove", "Wait")) < pruned.index(("remove", "Printers"))


def test_export_is_short_has_no_secret_and_applies_to_nothing(desk: Desk) -> None:
    call(desk, "apply", document=DOCUMENT)
    exported = call(desk, "export")
    assert list(exported) == ["Organization", "AcceptedDomain", "InboundConnector", "OutboundConnector"]
    assert exported["InboundConnector"] == [
        {
            "Name": "Printers",
            "ConnectorType": "OnPremises",
            "SenderIPAddresses": ["192.0.2.0/24"],
            "SenderDomains": ["smtp:*;1"],
            "AssociatedAcceptedDomains": ["contoso.com"],
            "RequireTls": False,
        }
    ]
    assert "geheim" not in repr(exported)
    assert call(desk, "apply", document=exported, prune=True)["changes"] == []
    secret = desk.config.current().outbound[0].password_secret
    assert secret is not None
    assert desk.config.secret(secret) == "geheim"


def test_a_property_left_out_returns_to_its_default_and_the_plan_shows_it(desk: Desk) -> None:
    entry = {"Name": "X", "ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "192.0.2.1"}
    call(desk, "apply", document={"InboundConnector": [{**entry, "Comment": "old", "MaxMessageSize": 5000}]})
    planned = call(desk, "plan", document={"InboundConnector": [entry]})
    assert planned["changes"][0]["differences"] == [
        {"property": "Comment", "before": "old", "after": ""},
        {"property": "MaxMessageSize", "before": 5000, "after": None},
    ]


def test_what_the_document_does_not_mention_stays_unless_pruned(desk: Desk) -> None:
    call(desk, "apply", document=DOCUMENT)
    one = {"AcceptedDomain": [{"DomainName": "fabrikam.com"}]}
    planned = call(desk, "plan", document=one)
    assert [it["name"] for it in planned["unmentioned"]] == ["contoso.com", "Printers", "Upstream"]
    pruned = call(desk, "apply", document=one, prune=True)
    assert sorted(actions(pruned)) == [
        ("add", "fabrikam.com"),
        ("remove", "Printers"),
        ("remove", "Upstream"),
        ("remove", "contoso.com"),
    ]
    assert [it.name for it in desk.config.current().organizations] == ["Default"]


def test_several_organizations_round_trip(desk: Desk) -> None:
    document = {
        "Organization": [{"Name": "Default"}, {"Name": "Other", "RejectDirectSend": True}],
        "AcceptedDomain": [
            {"DomainName": "a.example", "Organization": "Default"},
            {"DomainName": "b.example", "Organization": "Other"},
        ],
    }
    call(desk, "apply", document=document)
    exported = call(desk, "export")
    assert exported["AcceptedDomain"][1] == {
        "Organization": "Other",
        "DomainName": "b.example",
        "DomainType": "Authoritative",
    } or exported["AcceptedDomain"][1] == {"Organization": "Other", "DomainName": "b.example"}
    assert call(desk, "apply", document=exported, prune=True)["changes"] == []


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"Foo": []}, "Foo is not a list of a document. Remedy: known are: Organization, "),
        (
            {"InboundConector": []},
            "InboundConector is not a list of a document. Remedy: did you mean InboundConnector?",
        ),
        ({"InboundConnector": ["x"]}, "InboundConnector number 1: must be a table, is 'x'. Remedy: write [["),
        (
            {"InboundConnector": [{"SenderDomains": "*"}]},
            "InboundConnector number 1: Name is missing. Remedy: give it.",
        ),
        ({"AcceptedDomain": [{"Name": 5}]}, "AcceptedDomain number 1: DomainName is missing. Remedy: give it."),
        (
            {"AcceptedDomain": [{"DomainName": "a.b"}, {"DomainName": "A.b"}]},
            "AcceptedDomain number 2: 'A.b' is already number 1. Remedy: keep one of the two.",
        ),
        (
            {"AcceptedDomain": [{"DomainName": "a.b", "Organization": 1}]},
            "AcceptedDomain number 1: Organization must be",
        ),
        ({"AcceptedDomain": [{"DomainName": "a.b", "Organization": "x"}]}, "No organization is called 'x'."),
    ],
)
def test_a_bad_document_is_refused_in_words(desk: Desk, document: dict[str, Any], sentence: str) -> None:
    for verb in ("plan", "apply"):
        with pytest.raises(Exception, match=r"Remedy") as refused:
            call(desk, verb, document=document)
        assert sentence in str(refused.value)


def test_a_document_with_one_mistake_changes_nothing(desk: Desk) -> None:
    bad = {**DOCUMENT, "InboundConnector": [{"Name": "Y", "SenderDomains": "*x"}]}
    with pytest.raises(ConfigRefused):
        call(desk, "apply", document=bad)
    assert desk.config.current().accepted_domains == ()


NAMES = st.text("abcXYZ 0-_()äß中", min_size=1, max_size=12).map(str.strip).filter(bool)
DOMAINS = st.sampled_from(["contoso.com", "fabrikam.com", "bücher.example", "*.wild.example"])
NETWORKS = st.sampled_from(["192.0.2.1", "10.0.0.0/8", "2001:db8::/48", "192.168.0.1/25"])
INBOUND = st.fixed_dictionaries(
    {"Name": NAMES, "ConnectorType": st.sampled_from(["OnPremises", "Partner"]), "SenderDomains": st.just(["*"])},
    optional={
        "SenderIPAddresses": st.lists(NETWORKS, max_size=3),
        "Comment": st.text("ab\"'\\#=[]é中 ", max_size=10),
        "RequireTls": st.booleans(),
        "Enabled": st.booleans(),
        "TlsSenderCertificateName": st.sampled_from(["*.contoso.com", "relay.contoso.com", None]),
        "MaxMessageSize": st.one_of(st.none(), st.integers(1024, 10**9)),
        "BareLineFeeds": st.sampled_from(["Reject", "Normalize"]),
    },
)
OUTBOUND = st.fixed_dictionaries(
    {"Name": NAMES, "RecipientDomains": st.lists(DOMAINS, max_size=2)},
    optional={
        "SmartHosts": st.lists(st.sampled_from(["a.example", "b.example:26", "[2001:db8::1]:27"]), max_size=2),
        "TlsSettings": st.sampled_from(["None", "EncryptionOnly", "CertificateValidation", None]),
        "TestMode": st.booleans(),
    },
)
ANY_DOCUMENT = st.fixed_dictionaries(
    {
        "AcceptedDomain": st.lists(
            st.fixed_dictionaries({"DomainName": DOMAINS}, optional={"Default": st.booleans()}),
            max_size=3,
            unique_by=lambda it: it["DomainName"],
        ),
        "InboundConnector": st.lists(INBOUND, max_size=3, unique_by=lambda it: str(it["Name"]).lower()),
        "OutboundConnector": st.lists(OUTBOUND, max_size=3, unique_by=lambda it: str(it["Name"]).lower()),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=ANY_DOCUMENT)
def test_any_document_exports_and_applies_to_the_same(document: dict[str, Any]) -> None:
    from gatepost.cli.document import to_toml

    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        Config.open(Path(one)) as config,
        Config.open(Path(other)) as fresh,
    ):
        desk = Desk(config=config, settings=load_settings(environ={}))
        copy = Desk(config=fresh, settings=load_settings(environ={}))
        call(desk, "apply", document=document)
        exported = call(desk, "export")
        assert call(desk, "plan", document=exported, prune=True)["changes"] == []
        assert tomllib.loads(to_toml(exported)) == exported
        call(copy, "apply", document=exported)
        assert call(copy, "export") == exported


def test_signing_travels_without_its_keys_and_a_document_neither_switches_it_on_nor_rotates_it(desk: Desk) -> None:
    def dkim(verb: str, **arguments: Any) -> Any:
        return asyncio.run(desk.call(f"dkim.{verb}", arguments, caller=Caller.owner("anna"))).value

    call(desk, "apply", document=DOCUMENT)
    dkim("add", name="contoso.com", properties={"KeySize": 2048, "Selector1": "mail2026"})
    properties = {"Enabled": True, "Algorithms": ["RsaSha256", "Ed25519Sha256"]}
    dkim("set", identity="contoso.com", properties=properties, unchecked=True)
    organization = {"Name": "Default", "ArcSealingDomain": "contoso.com"}
    call(desk, "apply", document={"Organization": organization})
    exported = call(desk, "export")
    (signing,) = exported["DkimSigningConfig"]
    assert signing == {"Name": "contoso.com", "Selector1": "mail2026", **properties}
    assert exported["Organization"] == [organization]
    assert call(desk, "apply", document=exported, prune=True)["changes"] == []

    for rotate in (1, 2):
        dkim("rotate", identity="contoso.com", force=True)
        assert call(desk, "apply", document=exported, prune=True)["changes"] == [], rotate
    back = {"DkimSigningConfig": {**signing, "SigningSelector": "Selector1"}}
    with pytest.raises(ConfigRefused, match="changed by rotation alone"):
        call(desk, "apply", document=back)
    assert call(desk, "apply", document={"DkimSigningConfig": {**signing, "WithoutKey": "SendUnsigned"}})["changes"]

    with tempfile.TemporaryDirectory() as folder, Config.open(Path(folder)) as other:
        elsewhere = Desk(config=other, settings=load_settings(environ={}))
        del exported["OutboundConnector"]  # its password is a secret, and travels otherwise
        arguments = {"document": exported}
        answer = asyncio.run(elsewhere.call("document.apply", arguments, caller=Caller.owner("anna")))
        (made,) = other.current().signings
        assert (made.enabled, made.selector1, made.selector1_key_secret) == (False, "mail2026", None)
        told = [it.partition(":")[0] for it in answer.warnings if "DKIM" in it or "ArcSealing" in it]
        assert told == ["DKIM signing of contoso.com is left off", "organization 'Default'"]
        assert call(elsewhere, "apply", document=exported, prune=True)["changes"] == []
