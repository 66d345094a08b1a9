"""What a connector does in sentences, and the wizard's answers as properties and back."""

from typing import Any

import pytest

from gatepost.web.pages.catalogue import Words, words_of
from gatepost.web.pages.connectors_answers import answers_to, properties_of, whole
from gatepost.web.pages.connectors_scenarios import SCENARIOS, scenario_of
from gatepost.web.pages.connectors_sentences import ends, sections
from gatepost.web.pages.forms import Form

ENGLISH = Words(language="en", texts={})
INBOUND: dict[str, Any] = {
    "Name": "Relay",
    "Organization": "Default",
    "Comment": "",
    "Enabled": True,
    "ConnectorType": "OnPremises",
    "CloudServicesMailEnabled": False,
    "ProtocolLoggingLevel": "None",
    "SenderDomains": ["smtp:*;1"],
    "SenderIPAddresses": [],
    "TlsSenderCertificateName": None,
    "RequireTls": False,
    "RestrictDomainsToCertificate": False,
    "RestrictDomainsToIPAddresses": False,
    "RepairHeaders": True,
    "RewriteSenders": "None",
    "SenderRewriteAddress": None,
    "MinimumTlsVersion": "TLSv1.2",
    "BareLineFeeds": "Reject",
    "InternalRecipientsOnly": False,
    "MaxMessageSize": None,
    "MaxRecipientsPerMessage": None,
    "Owner": None,
    "MaxMessagesPerMinute": None,
    "MaxConnections": None,
}
PARTNER = {**INBOUND, "ConnectorType": "Partner", "SenderDomains": ["smtp:fabrikam.com;1", "smtp:*.fabrikam.com;1"]}
OUTBOUND: dict[str, Any] = {
    "Name": "Upstream",
    "Organization": "Default",
    "Comment": "",
    "Enabled": True,
    "ConnectorType": "Partner",
    "CloudServicesMailEnabled": False,
    "ProtocolLoggingLevel": "None",
    "IsTransportRuleScoped": False,
    "AllAcceptedDomains": False,
    "RecipientDomains": ["fabrikam.com"],
    "UseMXRecord": True,
    "SmartHosts": [],
    "TlsSettings": None,
    "TlsDomain": None,
    "SmtpDaneMode": "Opportunistic",
    "MtaStsMode": "Opportunistic",
    "ClientCertificatePfx": None,
    "UserName": None,
    "Transport": "Smtp",
    "AuthenticationMethod": "Password",
    "OAuthTenant": None,
    "OAuthClientId": None,
    "Password": None,
    "OAuthClientSecret": None,
    "OAuthCertificatePfx": None,
    "OAuthCertificatePassword": None,
    "ClientCertificatePassword": None,
    "OAuthAuthority": "https://login.microsoftonline.com",
    "GraphEndpoint": "https://graph.microsoft.com",
    "ValidationRecipients": [],
    "SenderDomains": [],
    "InboundConnectors": [],
    "FallbackConnectors": [],
    "LimitPreset": "None",
    "WhenLimited": "Wait",
    "SmartHostOrder": "InOrder",
    "SourceIPAddress": None,
    "MaxMessagesPerMinute": None,
    "MaxConnections": None,
    "MaxSessionMinutes": None,
    "MaxRecipientsPerDay": None,
}
Case = tuple[dict[str, Any], str, str]
RELAYS: list[Case] = [
    ({"TlsSenderCertificateName": "*.contoso.com"}, "identity", "TLS certificate matches this domain: *.contoso.com."),
    ({"TlsSenderCertificateName": "a.contoso.com"}, "identity", "must be in an accepted domain of your organization."),
    ({"SenderIPAddresses": ["192.0.2.1", "2001:db8::/64"]}, "identity", "your organization: 192.0.2.1, 2001:db8::/64."),
    ({"SenderIPAddresses": ["192.0.2.1"]}, "identity", "need not be sent over TLS."),
    ({"SenderIPAddresses": ["192.0.2.1"], "RequireTls": True}, "identity", "Reject email messages if they aren't sent"),
    ({}, "identity", "Nothing identifies your email server"),
    ({}, "name", "The connector is turned on."),
    ({"Enabled": False}, "name", "The connector is turned off"),
    ({"CloudServicesMailEnabled": True}, "name", "email headers are retained."),
    ({"ProtocolLoggingLevel": "Verbose"}, "name", "What is said in its sessions is written into the protocol log."),
    ({"Blocked": True}, "name", "5.7.711"),
    ({}, "devices", "need TLS 1.2 or newer"),
    ({"MinimumTlsVersion": "TLSv1.1"}, "devices", "may use TLS as old as TLS 1.1."),
    ({"BareLineFeeds": "Normalize"}, "devices", "are repaired."),
    ({"InternalRecipientsOnly": True}, "devices", "for accepted domains only."),
    ({"MaxMessageSize": 4096}, "devices", "4096 octets at most."),
    ({"MaxRecipientsPerMessage": 20}, "devices", "20 recipients at most."),
    ({"MaxMessagesPerMinute": 30}, "devices", "30 messages a minute are taken."),
    ({"MaxConnections": 5}, "devices", "5 sessions may be open at once."),
]
PARTNERS: list[Case] = [
    ({}, "identity", "come from these sender domains: fabrikam.com, *.fabrikam.com."),
    ({"SenderDomains": ["smtp:*;1"], "SenderIPAddresses": ["192.0.2.1"]}, "identity", "IP addresses: 192.0.2.1."),
    ({}, "restrictions", "There are no restrictions."),
    ({"RequireTls": True}, "restrictions", "sent over Transport Layer Security (TLS)."),
    (
        {"RequireTls": True, "RestrictDomainsToCertificate": True, "TlsSenderCertificateName": "mail.fabrikam.com"},
        "restrictions",
        "matches this domain name: mail.fabrikam.com.",
    ),
    (
        {"RestrictDomainsToIPAddresses": True, "SenderIPAddresses": ["192.0.2.1"]},
        "restrictions",
        "from within these IP addresses: 192.0.2.1.",
    ),
]
SUBMISSION = {
    "UserName": "a@contoso.com",
    "OAuthTenant": "t",
    "OAuthClientId": "c",
    "UseMXRecord": False,
    "TlsSettings": "DomainValidation",
}
WRITTEN_ANEW = {"SenderRewriteAddress": "scans@contoso.com"}
RELAYS += [
    ({}, "changes", "Date, Message-ID and From are added"),
    ({"RepairHeaders": False}, "changes", "Nothing is added to the header"),
    (
        {"RewriteSenders": "NotAccepted", **WRITTEN_ANEW},
        "changes",
        "no accepted domain are replaced by scans@contoso.com.",
    ),
    ({"RewriteSenders": "All", **WRITTEN_ANEW}, "changes", "Every sender is replaced by scans@contoso.com."),
]
WAYS_OUT: list[Case] = [
    ({"SmtpDaneMode": "Mandatory"}, "security", "Nothing is sent to hosts without DANE."),
    ({"SmtpDaneMode": "None"}, "security", "DANE is ignored."),
    ({"MtaStsMode": "None"}, "security", "MTA-STS policies are ignored."),
    ({}, "use", "Use only for email sent to these domains: fabrikam.com."),
    ({"RecipientDomains": ["*"]}, "use", "every domain"),
    ({"RecipientDomains": [], "AllAcceptedDomains": True}, "use", "all accepted domains"),
    ({"RecipientDomains": [], "IsTransportRuleScoped": True}, "use", "a transport rule"),
    ({"RecipientDomains": []}, "use", "never used"),
    ({}, "routing", "MX record"),
    ({"UseMXRecord": False, "SmartHosts": ["a.example", "b.example:2525"]}, "routing", ": a.example, b.example:2525."),
    ({"FallbackConnectors": ["By address", "MX"]}, "routing", "in this order: By address, MX."),
    ({"LimitPreset": "Microsoft365"}, "routing", "waits until it may go."),
    ({"LimitPreset": "Google", "WhenLimited": "NextWay"}, "routing", "goes by the next connector."),
    ({}, "terms", "no limits of its own."),
    ({"SourceIPAddress": "192.0.2.8", "SmartHostOrder": "Shuffled"}, "terms", "from 192.0.2.8."),
    (
        {"MaxMessagesPerMinute": 30, "MaxRecipientsPerDay": 500},
        "terms",
        "30 messages a minute are sent. 500 recipients",
    ),
    ({"MaxConnections": 2, "MaxSessionMinutes": 5}, "terms", "2 connections may be open at once. A connection is used"),
    ({"SenderDomains": ["contoso.com"]}, "use", "from these sender domains: contoso.com."),
    ({"InboundConnectors": ["Devices"]}, "use", "came through these connectors: Devices."),
    ({}, "security", "where the recipient's email server offers it"),
    ({"TlsSettings": "EncryptionOnly"}, "security", "self-signed"),
    ({"TlsSettings": "CertificateValidation"}, "security", "trusted certificate authority (CA)."),
    ({"TlsSettings": "DomainValidation", "TlsDomain": "x.example"}, "security", "matches this domain: x.example."),
    ({"TlsSettings": "DomainValidation"}, "security", "matches the host that is connected to."),
    ({"TlsSettings": "None"}, "security", "Never use TLS."),
    ({"ClientCertificatePfx": "/srv/relay.pfx"}, "security", "/srv/relay.pfx"),
    ({"UserName": "anna"}, "sign-in", "signs in as anna."),
    ({}, "sign-in", "does not sign in."),
    (
        SUBMISSION | {"AuthenticationMethod": "XOAUTH2", "SmartHosts": ["smtp.example:587"]},
        "sign-in",
        "signs in as a@contoso.com. Its tokens are those of the application c in the tenant t.",
    ),
    (SUBMISSION | {"Transport": "MicrosoftGraph"}, "sign-in", "as the mailbox a@contoso.com."),
    ({"UseMXRecord": False, "Transport": "MicrosoftGraph"}, "routing", "to Microsoft Graph"),
]
ALL = [
    *(pytest.param(INBOUND | it, False, step, words, id=words) for it, step, words in RELAYS),
    *(pytest.param(PARTNER | it, False, step, words, id=words) for it, step, words in PARTNERS),
    *(pytest.param(OUTBOUND | it, True, step, words, id=words) for it, step, words in WAYS_OUT),
]


@pytest.mark.parametrize(("connector", "outbound", "step", "words"), ALL)
def test_a_section_says_what_the_connector_does(
    connector: dict[str, Any], outbound: bool, step: str, words: str
) -> None:
    [section] = [it for it in sections(connector, ENGLISH, outbound=outbound) if it.step == step]
    assert words in " ".join(section.sentences)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
@pytest.mark.parametrize(("connector", "outbound", "step", "words"), ALL)
def test_every_sentence_stands_in_every_language(
    connector: dict[str, Any], outbound: bool, step: str, words: str, language: str
) -> None:
    for english, other in zip(
        sections(connector, ENGLISH, outbound=outbound),
        sections(connector, words_of(language), outbound=outbound),
        strict=True,
    ):
        assert all(here != there for here, there in zip(english.sentences, other.sentences, strict=True))


@pytest.mark.parametrize(("connector", "outbound", "step", "words"), ALL)
def test_answers_give_the_properties_again(connector: dict[str, Any], outbound: bool, step: str, words: str) -> None:
    scenario = scenario_of(connector, outbound=outbound)
    given = Form(fields=answers_to(connector, outbound=outbound))
    for name, value in properties_of(scenario, step, given).items():
        stored = connector[name]
        if name == "SenderDomains":
            stored = [it.removeprefix("smtp:").removesuffix(";1") for it in stored]
        if name == "RequireTls" and step == "identity" and not connector["SenderIPAddresses"]:
            stored = True  # as the wizard has it: a certificate comes with TLS
        assert value == (stored or ("Opportunistic" if name == "TlsSettings" else stored)), name


def test_both_ends_are_named() -> None:
    assert ends(INBOUND, ENGLISH, outbound=False) == ("Your organization's email server", "This relay")
    assert ends(OUTBOUND, ENGLISH, outbound=True) == ("This relay", "Partner organization")


def test_fields_of_the_other_way_do_not_count() -> None:
    """Going back and choosing otherwise keeps what was typed, and nothing of it gets into the connector."""
    fields = {"identify": ("certificate",), "TlsSenderCertificateName": ("a.example",), "SenderIPAddresses": ("::1",)}
    properties = whole(SCENARIOS["own-server"], Form(fields=fields), ("identity",))
    assert properties["SenderIPAddresses"] == []
    assert properties["RequireTls"] is True
