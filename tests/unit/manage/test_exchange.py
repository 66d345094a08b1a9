"""What Exchange prints, read as a document."""

from typing import Any

import pytest

from gatepost.errors import ConfigRefused
from gatepost.manage.exchange import read_exchange

# The shape of a live record, as ConvertTo-Json prints it.
INBOUND: dict[str, Any] = {
    "Enabled": True,
    "ConnectorType": "OnPremises",
    "ConnectorSource": "AdminUI",
    "Comment": "Accept relay from on-prem SMTP server",
    "SenderIPAddresses": ["203.0.113.9"],
    "SenderDomains": ["smtp:*;1"],
    "TrustedOrganizations": [],
    "ClientHostNames": [],
    "AssociatedAcceptedDomains": [],
    "RequireTls": False,
    "RestrictDomainsToIPAddresses": False,
    "RestrictDomainsToCertificate": False,
    "CloudServicesMailEnabled": False,
    "TreatMessagesAsInternal": False,
    "TlsSenderCertificateName": None,
    "EFTestMode": False,
    "ScanAndDropRecipients": [],
    "EFSkipLastIP": False,
    "EFSkipIPs": [],
    "EFSkipMailGateway": [],
    "EFUsers": [],
    "AdminDisplayName": "",
    "Name": "SMTP Relay (Non-TLS)",
    "Identity": "SMTP Relay (Non-TLS)",
    "WhenChangedUTC": "2026-07-23T22:55:13.0000000Z",
    "WhenCreatedUTC": "2026-07-23T22:55:13.0000000Z",
    "Guid": "7f1c3d1e-0000-4000-8000-000000000001",
    "IsValid": True,
}
OUTBOUND = {
    "Name": "Upstream",
    "RecipientDomains": ["*"],
    "SmartHosts": ["mail.contoso.com"],
    "UseMXRecord": False,
    "TlsSettings": None,
    "WhenCreatedUTC": "2026-07-23T22:55:13.0000000Z",
}
DOMAIN = {
    "DomainName": "contoso.com",
    "DomainType": "Authoritative",
    "MatchSubDomains": False,
    "Default": True,
    "AuthenticationType": "Managed",
    "CatchAllRecipientID": None,
    "Name": "contoso.com",
    "ExchangeVersion": "0.20 (15.0.0.0)",
}


def test_an_inbound_connector_loses_what_is_only_shown() -> None:
    document, warnings = read_exchange([INBOUND])
    (kept,) = document["InboundConnector"]
    assert kept["Name"] == "SMTP Relay (Non-TLS)"
    assert kept["SenderIPAddresses"] == ["203.0.113.9"]
    assert not {"Identity", "Guid", "WhenChangedUTC", "IsValid"} & kept.keys()
    assert warnings == ()


@pytest.mark.parametrize(
    "tree",
    [INBOUND, [INBOUND], {"value": [INBOUND], "Count": 1}, {"@odata.context": "x", "value": [INBOUND]}],
    ids=["one object", "a list", "wrapped by Windows PowerShell", "a reply of the admin API"],
)
def test_every_wrapping_is_the_same_document(tree: Any) -> None:
    document, _ = read_exchange(tree)
    assert list(document) == ["InboundConnector"]
    assert len(document["InboundConnector"]) == 1


def test_kinds_are_told_apart_and_what_only_exchange_has_is_said() -> None:
    document, warnings = read_exchange([INBOUND, OUTBOUND, DOMAIN])
    assert sorted(document) == ["AcceptedDomain", "InboundConnector", "OutboundConnector"]
    assert document["AcceptedDomain"][0] == {
        "DomainName": "contoso.com",
        "DomainType": "Authoritative",
        "MatchSubDomains": False,
        "Default": True,
    }
    assert warnings == ("accepted domain 'contoso.com': AuthenticationType: Exchange's own; left out.",)


def test_sections_may_be_named_as_the_cmdlets_are() -> None:
    tree = {
        "InboundConnectors": {"value": [INBOUND], "Count": 1},
        "OrganizationConfig": {"Name": "contoso", "RejectDirectSend": True, "LeanPopout": True, "ObjectState": "New"},
    }
    document, warnings = read_exchange(tree)
    assert document["Organization"] == [{"RejectDirectSend": True}]
    assert len(document["InboundConnector"]) == 1
    assert warnings == ()


def test_a_list_wrapped_inside_an_object_is_a_list() -> None:
    wrapped = INBOUND | {"SenderDomains": {"value": ["smtp:*;1"], "Count": 1}, "SenderDomains@data.type": "#Collection"}
    document, _ = read_exchange(wrapped)
    assert document["InboundConnector"][0]["SenderDomains"] == ["smtp:*;1"]


def test_a_document_comes_back_as_it_is() -> None:
    document = {"InboundConnector": [{"Name": "x", "SenderDomains": "*", "Bad": 1}], "Nonsense": 3}
    assert read_exchange(document) == (document, ())


@pytest.mark.parametrize("tree", [[{}], [1], ["text"], [None], 3, {"value": [{"Name": "?"}]}])
def test_what_it_is_must_be_told(tree: Any) -> None:
    with pytest.raises(ConfigRefused, match="Object number 1 is neither"):
        read_exchange(tree)
