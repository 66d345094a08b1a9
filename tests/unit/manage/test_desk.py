"""The desk: verbs, their arguments and answers, and what a hypothetical session is told."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotFound
from gatepost.manage import VERBS, Answer, Caller, Desk

ON_PREMISES = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "203.0.113.9"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={}))


def call(desk: Desk, verb: str, **arguments: Any) -> Answer:
    work: Coroutine[Any, Any, Answer] = desk.call(verb, arguments, caller=Caller.owner("anna"))
    return asyncio.run(work)


def test_an_added_connector_is_answered_in_exchanges_order(desk: Desk) -> None:
    answer = call(desk, "connector.add", name="Relay", properties=ON_PREMISES)
    assert ", ".join(answer.value) == (
        "Enabled, ConnectorType, ConnectorSource, Comment, SenderIPAddresses, SenderDomains, TrustedOrganizations, "
        "ClientHostNames, AssociatedAcceptedDomains, RequireTls, RestrictDomainsToIPAddresses, "
        "RestrictDomainsToCertificate, CloudServicesMailEnabled, TreatMessagesAsInternal, TlsSenderCertificateName, "
        "EFTestMode, ScanAndDropRecipients, EFSkipLastIP, EFSkipIPs, EFSkipMailGateway, EFUsers, AdminDisplayName, "
        "Name, Identity, WhenChangedUTC, WhenCreatedUTC, Guid, IsValid, "
        "BareLineFeeds, MaxMessageSize, InternalRecipientsOnly, MaxMessagesPerMinute, RepairHeaders, "
        "RewriteSenders, SenderRewriteAddress, "
        "MinimumTlsVersion, MaxConnections, MaxRecipientsPerMessage, ProtocolLoggingLevel, "
        "Owner, Blocked, Organization"
    )
    assert answer.value["SenderDomains"] == ["smtp:*;1"]
    assert answer.value["Identity"] == "Relay"
    assert answer.value["TlsSenderCertificateName"] is None
    assert call(desk, "connector.show", identity="relay").value == answer.value
    assert call(desk, "connector.list").value == [answer.value]


def test_a_connector_is_changed_disabled_enabled_and_removed(desk: Desk) -> None:
    call(desk, "connector.add", name="Relay", properties=ON_PREMISES)
    changed = call(desk, "connector.set", identity="Relay", properties={"Name": "Relay 2", "Comment": "new"})
    assert (changed.value["Name"], changed.value["Comment"]) == ("Relay 2", "new")
    assert call(desk, "connector.disable", identity="Relay 2").value["Enabled"] is False
    assert call(desk, "connector.enable", identity="Relay 2").value["Enabled"] is True
    assert call(desk, "connector.remove", identity="Relay 2").value["removed"] == "Relay 2"
    assert call(desk, "connector.list").value == []


def test_a_change_that_is_meant_for_an_earlier_state_overwrites_nothing(desk: Desk) -> None:
    properties = {"SenderDomains": ["*"], "ConnectorType": "OnPremises", "SenderIPAddresses": ["192.0.2.1"]}
    seen = call(desk, "connector.add", name="Printers", properties=properties).value["WhenChangedUTC"]
    theirs = call(desk, "connector.set", identity="Printers", properties={"Comment": "theirs"}, seen=seen)
    with pytest.raises(ConfigRefused, match="after it was read"):
        call(desk, "connector.set", identity="Printers", properties={"Comment": "mine"}, seen=seen)
    now = theirs.value["WhenChangedUTC"]
    assert (
        call(desk, "connector.set", identity="Printers", properties={"Comment": "mine"}, seen=now).value["Comment"]
        == "mine"
    )


def test_a_rename_together_with_nothing_else_answers_the_renamed_one(desk: Desk) -> None:
    call(desk, "connector.add", name="Relay", properties=ON_PREMISES)
    assert call(desk, "connector.set", identity="Relay", properties={"Name": "Relay"}).value["Name"] == "Relay"


def test_inbound_and_outbound_do_not_mix(desk: Desk) -> None:
    call(desk, "connector.add", name="Relay", properties=ON_PREMISES)
    call(desk, "connector.add", name="Relay", outbound=True, properties={"RecipientDomains": "*"})
    call(desk, "connector.remove", identity="Relay", outbound=True)
    assert [it["Name"] for it in call(desk, "connector.list").value] == ["Relay"]
    with pytest.raises(NotFound):
        call(desk, "connector.show", identity="Relay", outbound=True)


def test_validate_repeats_the_warnings(desk: Desk) -> None:
    added = call(desk, "connector.add", name="R", properties={**ON_PREMISES, "SenderIPAddresses": "10.0.0.0/8"})
    again = call(desk, "connector.validate", identity="R")
    assert again.warnings == added.warnings != ()
    assert again.value[0]["IsTaskSuccessful"] is True


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        ("connector.add", {"name": "x"}, "connector.add: properties is missing"),
        ("connector.add", {"name": "x", "properties": {}, "foo": 1}, "connector.add: foo is not an argument"),
        ("connector.add", {"name": 5, "properties": {}}, "Name is missing"),
        ("domain.add", {"name": None}, "Name is missing"),
        ("domain.add", {"name": "*"}, "value '*' stands for every domain"),
        ("user.add", {"name": "a b", "password": "x"}, "contains a space"),
    ],
)
def test_bad_arguments_are_refused_in_words(desk: Desk, verb: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        call(desk, verb, **arguments)
    assert words in " ".join(refused.value.problems)


def test_an_unknown_verb_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound, match="No verb is called"):
        call(desk, "connector.explode")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_says_what_it_does_in_its_own_words(verb: str) -> None:
    import inspect

    for parameter in list(inspect.signature(VERBS[verb].function).parameters.values())[1:]:
        assert parameter.kind is parameter.KEYWORD_ONLY


def test_domains_and_organizations_come_and_go(desk: Desk) -> None:
    added = call(desk, "domain.add", name="Contoso.com", properties={"DomainType": "internalrelay"})
    assert (added.value["DomainName"], added.value["DomainType"]) == ("contoso.com", "InternalRelay")
    changed = call(desk, "domain.set", identity="contoso.com", properties={"MatchSubDomains": "$true"})
    assert changed.value["MatchSubDomains"] is True
    assert [it["Name"] for it in call(desk, "domain.list").value] == ["contoso.com"]
    assert call(desk, "domain.remove", identity="contoso.com").value["removed"] == "contoso.com"
    call(desk, "organization.add", name="Other")
    assert call(desk, "organization.set", identity="Other", properties={"RejectDirectSend": True}).value[
        "RejectDirectSend"
    ]
    call(desk, "organization.remove", identity="Other")
    assert call(desk, "organization.set", properties={"Postmaster": "p@contoso.com"}).value["Name"] == "Default"


def test_a_user_has_a_password_that_nobody_sees(desk: Desk) -> None:
    added = call(desk, "user.add", name="scanner", password="geheim", properties={"AllowedSenders": ["*@contoso.com"]})
    assert added.value["Password"] == "(set)"
    user = desk.config.current().directory.user("scanner")
    assert user is not None
    before = user.password_hash
    call(desk, "user.password", identity="SCANNER", password="neu")
    user = desk.config.current().directory.user("scanner")
    assert user is not None
    assert user.password_hash != before
    assert call(desk, "user.set", identity="scanner", properties={"Enabled": False}).value["Enabled"] is False
    said = repr(call(desk, "audit.list").value) + repr(call(desk, "user.list").value)
    assert "geheim" not in said
    assert "argon2" not in said
    call(desk, "user.remove", identity="scanner")
    assert call(desk, "user.list").value == []


def explained(desk: Desk, **changes: Any) -> Mapping[str, Any]:
    session = {"ip": "203.0.113.9", "mail_from": "a@contoso.com", "rcpt": "b@fabrikam.com", **changes}
    value = call(desk, "connector.explain", **session).value
    assert list(value) == ["result", "connector", "organization", "reply", "reasons", "remedies"]
    return dict(value)


@pytest.fixture
def relay(desk: Desk) -> Desk:
    """The article's two connectors."""
    call(desk, "domain.add", name="contoso.com")
    call(desk, "connector.add", name="SMTP Relay (Non-TLS)", properties=ON_PREMISES)
    tls = {
        "ConnectorType": "OnPremises",
        "SenderDomains": "*",
        "RequireTls": True,
        "TlsSenderCertificateName": "relay.contoso.com",
    }
    call(desk, "connector.add", name="SMTP Relay (TLS)", properties=tls)
    return desk


@pytest.mark.parametrize(
    ("changes", "result", "connector"),
    [
        ({}, "relay", "SMTP Relay (Non-TLS)"),
        ({"ip": "::ffff:203.0.113.9"}, "relay", "SMTP Relay (Non-TLS)"),
        ({"ip": "198.51.100.1"}, "reject", None),
        ({"ip": "198.51.100.1", "rcpt": "b@contoso.com"}, "incoming", None),
        ({"mail_from": "a@fabrikam.com"}, "reject", None),
        ({"ip": "198.51.100.1", "cert_names": ["relay.contoso.com"]}, "relay", "SMTP Relay (TLS)"),
        ({"ip": "198.51.100.1", "cert_names": ["relay.contoso.com"], "mail_from": "<>"}, "relay", "SMTP Relay (TLS)"),
        ({"ip": "198.51.100.1", "cert_names": ["other.contoso.com"]}, "reject", None),
    ],
    ids=[
        "address",
        "mapped address",
        "other address",
        "internal",
        "foreign sender",
        "certificate",
        "null",
        "other name",
    ],
)
def test_explain_answers_for_a_hypothetical_session(
    relay: Desk, changes: dict[str, Any], result: str, connector: str | None
) -> None:
    answer = explained(relay, **changes)
    assert answer["result"] == result
    if result == "relay":
        assert answer["connector"] == connector
    assert answer["reasons"]
    if result == "reject":
        assert answer["reply"] == "550 5.7.64 TenantAttribution; Relay Access Denied"


def test_explain_refuses_a_session_that_makes_no_sense_with_every_problem(desk: Desk) -> None:
    with pytest.raises(ConfigRefused) as refused:
        explained(desk, ip="somewhere", mail_from="nobody", rcpt="<>", cert_names=["a b"])
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize(
    "wrong", [{"mail_from": None}, {"rcpt": None}, {"mail_from": 5}, {"cert_pem": 1}, {"ip": []}, {"hello": {}}]
)
def test_explain_refuses_what_is_no_text(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigRefused, match=r"must be text\. Remedy: put it in quotes"):
        explained(desk, **wrong)


def test_explain_judges_a_real_certificate(relay: Desk) -> None:
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert("relay.contoso.com")
    pem = b"".join(it.bytes() for it in issued.cert_chain_pems).decode()
    stranger = explained(relay, ip="198.51.100.1", cert_pem=pem)
    assert stranger["result"] == "reject"
    assert any("trust" in reason for reason in stranger["reasons"])
    own = authority.cert_pem.bytes().decode()
    call(relay, "organization.set", properties={"CertificateAuthorities": [own]})
    known = explained(relay, ip="198.51.100.1", cert_pem=pem)
    assert (known["result"], known["connector"]) == ("relay", "SMTP Relay (TLS)")


def test_explain_says_when_a_file_holds_no_certificate(relay: Desk) -> None:
    with pytest.raises(ConfigRefused, match="no PEM certificate"):
        explained(relay, cert_pem="nothing")


def test_status_readiness_and_numbers_without_a_spool(desk: Desk) -> None:
    assert asyncio.run(desk.ready()) == {"ready": True, "troubles": [], "notes": []}
    status = call(desk, "status").value
    assert (status["ready"], status["organizations"], status["inbound_connectors"]) == (True, ["Default"], 0)
    names = [name for name, _, _, _ in asyncio.run(desk.metrics())]
    assert "gatepost_ready" in names
    with pytest.raises(ConfigRefused, match="has no queue"):
        call(desk, "queue.list")


def test_a_bad_certificate_or_no_door_makes_it_not_ready(tmp_path: Path) -> None:
    class Certificate:
        name = "starttls:2525"
        usable, problem = False, "relay.pem: expired on 1 May. Remedy: renew it."
        expires_at: float | None = None

        def expires_soon(self, now: float) -> str | None:
            return None

    class Inbound:
        addresses: tuple[tuple[str, int], ...] = ()
        sessions = 3
        certificates = (Certificate(),)

    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}), inbound=Inbound())
        assert asyncio.run(desk.ready()) == {
            "ready": False,
            "troubles": ["No listener is open.", Certificate.problem],
            "notes": [],
        }


def test_a_certificate_that_will_end_is_a_note_and_a_number_and_no_trouble(tmp_path: Path) -> None:
    class Certificate:
        name, usable, problem = "0.0.0.0:25", True, None
        expires_at: float | None = 5_000.0

        def expires_soon(self, now: float) -> str | None:
            return f"It expires in {5_000.0 - now:.0f} seconds."

    class Inbound:
        addresses = (("127.0.0.1", 25),)
        sessions = 0
        certificates = (Certificate(),)

    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}), inbound=Inbound(), clock=lambda: 2_000.4)
        note = "It expires in 3000 seconds."
        assert asyncio.run(desk.ready()) == {"ready": True, "troubles": [], "notes": [note]}
        told = call(desk, "status")
        assert (told.value["notes"], told.warnings) == ([note], ())
        numbers = [
            (labels, value)
            for name, _, labels, value in asyncio.run(desk.metrics())
            if name == "gatepost_certificate_expiry_seconds"
        ]
        assert numbers == [({"listener": "0.0.0.0:25"}, 3_000.0)]
