"""New-, Get-, Set- and Remove- of every kind, put to a real desk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.cmdlets import TABLE, Cmdlet, failure_of
from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, GatepostError, NotAllowed, NotFound
from gatepost.manage import Desk
from gatepost.shell import BindingRefused, CommandFailed

from .house import VIEWER, invoke

RELAY: dict[str, Any] = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": ["203.0.113.9"]}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={}))


# --- round trips ------------------------------------------------------------------------------------------------


def test_an_inbound_connector_is_made_shown_changed_and_removed(desk: Desk) -> None:
    made = invoke(desk, "New-InboundConnector", Name="Relay", **RELAY)
    assert made.objects[0]["SenderIPAddresses"] == ["203.0.113.9"]
    assert list(made.objects[0])[:2] == ["Enabled", "ConnectorType"]
    assert invoke(desk, "Get-InboundConnector", Identity="relay").objects == made.objects
    changed = invoke(
        desk,
        "set-inboundconnector",
        identity="Relay",
        name="Relay 2",
        senderipaddresses={
            "@odata.type": "#Exchange.GenericHashTable",
            "Add": ["2001:db8::1"],
            "Remove": "203.0.113.9",
        },
    )
    assert changed.objects == []
    (shown,) = invoke(desk, "Get-InboundConnector").objects
    assert (shown["Name"], shown["SenderIPAddresses"]) == ("Relay 2", ["2001:db8::1"])
    assert invoke(desk, "Remove-InboundConnector", Identity=shown["Guid"], Confirm=False).objects == []
    assert invoke(desk, "Get-InboundConnector", Identity=None).objects == []


def test_an_outbound_connector_keeps_its_password_to_itself(desk: Desk) -> None:
    made = invoke(
        desk,
        "New-OutboundConnector",
        Name="Upstream",
        RecipientDomains=["*"],
        UseMXRecord=False,
        SmartHosts="relay.contoso.com",
        TlsSettings="CertificateValidation",
        UserName="relay",
        Password="hunter2",
    )
    assert made.objects[0]["Password"] == "(set)"
    invoke(desk, "Set-OutboundConnector", Identity="Upstream", UserName=None, Password=None, TlsSettings=None)
    (shown,) = invoke(desk, "Get-OutboundConnector").objects
    assert (shown["Password"], shown["TlsSettings"], shown["SmartHosts"]) == (None, None, ["relay.contoso.com"])
    assert "hunter2" not in repr(invoke(desk, "Search-AdminAuditLog"))


def test_special_outbound_connectors_are_hidden_unless_asked_for(desk: Desk) -> None:
    invoke(desk, "New-OutboundConnector", Name="Plain", RecipientDomains="*")
    invoke(desk, "New-OutboundConnector", Name="Rule", RecipientDomains="*", IsTransportRuleScoped=True)
    invoke(desk, "New-OutboundConnector", Name="Test", RecipientDomains="*", TestMode=True)

    def names(**given: Any) -> list[str]:
        return [it["Name"] for it in invoke(desk, "Get-OutboundConnector", **given).objects]

    assert names() == ["Plain"]
    assert names(IncludeTestModeConnectors=True) == ["Plain", "Test"]
    assert names(IsTransportRuleScoped=True) == ["Rule"]
    assert names(Identity="Test") == ["Test"]


def test_the_marks_of_a_validation_are_stored_as_scripts_write_them(desk: Desk) -> None:
    invoke(desk, "New-OutboundConnector", Name="Upstream", RecipientDomains="*")
    invoke(
        desk,
        "Set-OutboundConnector",
        Identity="Upstream",
        IsValidated=True,
        LastValidationTimestamp="2026-07-23T22:55:13Z",
        ValidationRecipients="b@fabrikam.com",
    )
    (shown,) = invoke(desk, "Get-OutboundConnector", Identity="Upstream").objects
    assert shown["IsValidated"] is True
    assert shown["LastValidationTimestamp"] == "2026-07-23T22:55:13.0000000Z"


def test_validation_gives_one_object_for_each_task(desk: Desk) -> None:
    invoke(desk, "New-OutboundConnector", Name="By MX", RecipientDomains="*")
    tasks = invoke(desk, "Validate-OutboundConnector", Identity="By MX").objects
    assert [list(it) for it in tasks] == [["TaskName", "IsTaskSuccessful", "TaskDetail"]] * 2
    with pytest.raises(ConfigRefused, match="not configured as part of connector"):
        invoke(desk, "New-OutboundConnector", Name="Narrow", RecipientDomains="contoso.com")
        invoke(desk, "Validate-OutboundConnector", Identity="Narrow", Recipients=["b@fabrikam.com"])


def test_an_accepted_domain_is_called_what_it_is(desk: Desk) -> None:
    invoke(desk, "New-AcceptedDomain", Name="Contoso", DomainName="contoso.com")
    invoke(desk, "New-AcceptedDomain", Name="fabrikam.com", DomainType="InternalRelay")
    invoke(desk, "Set-AcceptedDomain", Identity="contoso.com", MakeDefault=True)
    domains = invoke(desk, "Get-AcceptedDomain").objects
    assert [(it["Name"], it["DomainType"], it["Default"]) for it in domains] == [
        ("contoso.com", "Authoritative", True),
        ("fabrikam.com", "InternalRelay", False),
    ]
    invoke(desk, "Remove-AcceptedDomain", Identity="fabrikam.com")
    assert len(invoke(desk, "Get-AcceptedDomain").objects) == 1


def test_organizations_are_made_configured_and_removed(desk: Desk) -> None:
    invoke(desk, "Set-OrganizationConfig", RejectDirectSend=True)
    invoke(desk, "New-Organization", Name="Fabrikam")
    assert [it["RejectDirectSend"] for it in invoke(desk, "Get-OrganizationConfig").objects] == [True, False]
    invoke(desk, "Set-OrganizationConfig", Identity="Fabrikam", Postmaster="p@fabrikam.com")
    (shown,) = invoke(desk, "Get-OrganizationConfig", Organization="Fabrikam").objects
    assert shown["Postmaster"] == "p@fabrikam.com"
    invoke(desk, "New-AcceptedDomain", Name="fabrikam.com", Organization="Fabrikam")
    assert invoke(desk, "Get-AcceptedDomain", Organization="Default").objects == []
    invoke(desk, "Remove-AcceptedDomain", Identity="fabrikam.com", Organization="Fabrikam")
    invoke(desk, "Remove-Organization", Identity="Fabrikam")
    assert len(invoke(desk, "Get-OrganizationConfig").objects) == 1


def test_a_blocked_connector_is_listed_and_unblocked(desk: Desk) -> None:
    invoke(desk, "New-InboundConnector", Name="Relay", Blocked=True, **RELAY)
    invoke(desk, "New-InboundConnector", Name="Other", **RELAY)
    (blocked,) = invoke(desk, "Get-BlockedConnector").objects
    assert blocked["Name"] == "Relay"
    assert invoke(desk, "Get-BlockedConnector", ConnectorId="Other").objects == []
    invoke(desk, "Remove-BlockedConnector", ConnectorId=blocked["ConnectorId"], Reason="It was a test.")
    assert invoke(desk, "Get-BlockedConnector").objects == []


def test_a_hypothetical_session_is_explained(desk: Desk) -> None:
    invoke(desk, "New-AcceptedDomain", Name="contoso.com")
    invoke(desk, "New-InboundConnector", Name="Relay", **RELAY)
    (said,) = invoke(
        desk, "Test-InboundConnector", IP="203.0.113.9", MailFrom="a@contoso.com", Rcpt="b@fabrikam.com"
    ).objects
    assert (said["Result"], said["Connector"]) == ("relay", "Relay")
    (said,) = invoke(
        desk, "Test-InboundConnector", ClientIP="192.0.2.1", MailFrom="a@contoso.com", Rcpt="b@fabrikam.com"
    ).objects
    assert said["Reply"].startswith("550 5.7.64")
    assert said["Remedies"]


# --- what is left as it was -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("New-InboundConnector", {"Name": "Another", **RELAY}),
        ("Set-InboundConnector", {"Identity": "Relay", "Comment": "changed"}),
        ("Remove-InboundConnector", {"Identity": "Relay"}),
        ("New-AcceptedDomain", {"Name": "fabrikam.com"}),
        ("Set-AcceptedDomain", {"Identity": "contoso.com", "DomainType": "ExternalRelay"}),
        ("Remove-AcceptedDomain", {"Identity": "contoso.com"}),
        ("Set-OrganizationConfig", {"RejectDirectSend": True}),
        ("New-Organization", {"Name": "Fabrikam"}),
        ("Remove-BlockedConnector", {"ConnectorId": "Relay"}),
    ],
)
def test_what_if_checks_everything_and_stores_nothing(desk: Desk, name: str, given: dict[str, Any]) -> None:
    invoke(desk, "New-InboundConnector", Name="Relay", Blocked=True, **RELAY)
    invoke(desk, "New-AcceptedDomain", Name="contoso.com")
    before = desk.config.world.copy()
    assert invoke(desk, name, WhatIf=True, **given).objects == []
    assert desk.config.world == before


def test_what_if_refuses_what_the_change_would_refuse(desk: Desk) -> None:
    with pytest.raises(ConfigRefused, match="not an IP address"):
        invoke(desk, "New-InboundConnector", Name="R", SenderDomains="*", SenderIPAddresses="10.0.0", WhatIf=True)
    with pytest.raises(NotFound):
        invoke(desk, "Remove-InboundConnector", Identity="typo", WhatIf=True)


def test_a_set_without_a_property_says_that_nothing_was_changed(desk: Desk) -> None:
    invoke(desk, "New-InboundConnector", Name="Relay", **RELAY)
    said = invoke(desk, "Set-InboundConnector", Identity="Relay").warnings
    assert said == ("Nothing of inbound connector 'Relay' was changed: no property was given.",)


def test_the_result_size_leaves_out_the_rest_and_says_so(desk: Desk) -> None:
    for number in range(3):
        invoke(desk, "New-InboundConnector", Name=f"Relay {number}", **RELAY)
    shown = invoke(desk, "Get-InboundConnector", ResultSize=2)
    assert [it["Name"] for it in shown.objects] == ["Relay 0", "Relay 1"]
    assert shown.warnings == ("Only the first 2 are shown. Remedy: use -ResultSize Unlimited for all of them.",)
    assert len(invoke(desk, "Get-InboundConnector", ResultSize="unlimited").objects) == 3


def test_parameters_of_exchange_without_effect_are_told(desk: Desk) -> None:
    invoke(desk, "New-InboundConnector", Name="Relay", **RELAY)
    (said,) = invoke(desk, "Set-InboundConnector", Identity="Relay", Comment="x", Force=True).warnings
    assert "'Force'" in said and "has no effect" in said


# --- bad input --------------------------------------------------------------------------------------------------

NOT_FOUND = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
INVALID = "Microsoft.Exchange.Data.DataValidationException"
BINDING = "System.Management.Automation.ParameterBindingException"
EXISTS = "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException"


@pytest.mark.parametrize(
    ("name", "given", "type_name", "words"),
    [
        ("Get-InboundConnector", {"Identity": "typo"}, NOT_FOUND, "No inbound connector is called 'typo'"),
        ("Remove-InboundConnector", {"Identity": ""}, NOT_FOUND, "No inbound connector is called ''"),
        ("Remove-InboundConnector", {"Identity": None}, NOT_FOUND, "No inbound connector is called"),
        ("Remove-InboundConnector", {"Identity": "*"}, NOT_FOUND, "No inbound connector is called '*'"),
        ("Remove-InboundConnector", {}, BINDING, "missing mandatory parameters: Identity"),
        ("Remove-AcceptedDomain", {"Identity": "typo.com"}, NOT_FOUND, "No accepted domain is called"),
        ("New-InboundConnector", {"Name": "R"}, BINDING, "missing mandatory parameters: SenderDomains"),
        ("New-InboundConnector", {"Name": "relay", "SenderDomains": "*"}, EXISTS, "the name is already taken"),
        ("New-InboundConnector", {"Name": "R", "SenderDomains": "*contoso.com"}, INVALID, "not a leading label"),
        ("New-InboundConnector", {"Name": "R", "SenderDomains": "a.*.com"}, INVALID, "not a leading label"),
        (
            "New-InboundConnector",
            {"Name": "R", "SenderDomains": "*", "TlsSenderCertificateName": "relay.*.com"},
            INVALID,
            "TlsSenderCertificateName",
        ),
        (
            "New-InboundConnector",
            {"Name": "R", "SenderDomains": "*", "SenderIPAddresses": ["10.0.0.0/33", "1.2.3.4-1.2.3.9"]},
            INVALID,
            "'10.0.0.0/33' is not an IP address or network",
        ),
        ("New-InboundConnector", {"Name": "R", "SenderDomains": "*", "SenderIPAddresses": "::/0"}, INVALID, "Internet"),
        (
            "New-InboundConnector",
            {
                "Name": "R",
                "SenderDomains": "*",
                "ConnectorType": "OnPremises",
                "TreatMessagesAsInternal": True,
                "CloudServicesMailEnabled": True,
            },
            INVALID,
            "cannot be true while CloudServicesMailEnabled is true",
        ),
        ("New-InboundConnector", {"Name": "R", "SenderDomains": "*", "ConnectorType": "Hybrid"}, BINDING, "OnPremises"),
        ("New-InboundConnector", {"Name": "R", "SenderDomains": "*", "Enabled": "perhaps"}, BINDING, "Enabled"),
        ("New-InboundConnector", {"Name": "R", "SenderDomains": "*", "Nme": "x"}, BINDING, "did you mean -Name?"),
        (
            "New-InboundConnector",
            {"Name": "R", "SenderDomains": "*", "Comment": "a\r\nb"},
            INVALID,
            "control characters",
        ),
        ("New-InboundConnector", {"Name": "a\r\nb", "SenderDomains": "*"}, INVALID, "control characters"),
        ("New-InboundConnector", {"Name": "n" * 65, "SenderDomains": "*"}, INVALID, "keep it within 64"),
        (
            "Set-InboundConnector",
            {"Identity": "Relay", "SenderIPAddresses": {"Ad": "1.2.3.4"}},
            BINDING,
            "Add and Remove",
        ),
        ("Set-InboundConnector", {"Identity": "Relay", "Name": "x", "name": "y"}, BINDING, "more than once"),
        ("New-OutboundConnector", {"Name": "U", "RecipientDomains": "*", "UseMXRecord": False}, INVALID, "SmartHosts"),
        ("New-AcceptedDomain", {}, INVALID, "Name is missing"),
        ("New-AcceptedDomain", {"Name": "not a domain"}, INVALID, "is not a domain"),
        ("Get-InboundConnector", {"ResultSize": "all"}, BINDING, "write 100, or Unlimited"),
        ("Get-InboundConnector", {"Organization": "Fabrikam"}, NOT_FOUND, "No organization is called 'Fabrikam'"),
        ("Test-InboundConnector", {"IP": "x", "MailFrom": "a", "Rcpt": "b"}, INVALID, "is not an IP address"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    desk: Desk, name: str, given: dict[str, Any], type_name: str, words: str
) -> None:
    invoke(desk, "New-InboundConnector", Name="Relay", **RELAY)
    before = desk.config.world.copy()
    with pytest.raises(GatepostError) as refused:
        invoke(desk, name, **given)
    found, message = failure_of(refused.value)
    assert (found, words in message) == (type_name, True), message
    assert "Remedy:" in message
    assert desk.config.world == before


def test_every_problem_of_a_connector_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(ConfigRefused) as refused:
        invoke(desk, "New-InboundConnector", Name="R", SenderDomains=["a*", "b*"], SenderIPAddresses="x")
    assert len(refused.value.problems) == 3


def test_a_changed_connector_type_is_refused_in_exchanges_own_words(desk: Desk) -> None:
    invoke(desk, "New-InboundConnector", Name="test", **RELAY)
    with pytest.raises(ConfigRefused) as refused:
        invoke(desk, "Set-InboundConnector", Identity="test", ConnectorType="Partner")
    type_name, message = failure_of(refused.value)
    assert type_name == ("Microsoft.Exchange.Management.Tasks.ErrorInboundConnectorConnectorTypeCannotChangeException")
    assert message.startswith("Cannot change the connector type of Inbound connector 'test'. ")
    assert "Remedy: remove the object and add it again." in message


def test_a_viewer_may_look_and_not_touch(desk: Desk) -> None:
    assert invoke(desk, "Get-InboundConnector", caller=VIEWER).objects == []
    with pytest.raises(NotAllowed) as refused:
        invoke(desk, "New-InboundConnector", caller=VIEWER, Name="R", SenderDomains="*")
    assert failure_of(refused.value)[0] == "System.UnauthorizedAccessException"


def test_an_unknown_cmdlet_is_named_with_the_nearest_one(desk: Desk) -> None:
    with pytest.raises(CommandFailed) as refused:
        invoke(desk, "Get-InboundConector")
    type_name, message = failure_of(refused.value)
    assert type_name == "System.Management.Automation.CommandNotFoundException"
    assert message == "'Get-InboundConector' is not a cmdlet of this server. Remedy: did you mean Get-InboundConnector?"


def test_an_audit_entry_names_the_cmdlet_the_person_and_what_changed(desk: Desk) -> None:
    invoke(desk, "New-InboundConnector", Name="Relay", **RELAY)
    invoke(desk, "Set-InboundConnector", Identity="Relay", Comment="new")
    entry = invoke(desk, "Search-AdminAuditLog", Cmdlets=["set-inboundconnector"]).objects[0]
    assert (entry["Caller"], entry["ObjectModified"], entry["Origin"]) == ("anna", "Relay", "cmdlet")
    assert entry["ModifiedProperties"] == [{"Name": "Comment", "OldValue": "", "NewValue": "new"}]
    assert invoke(desk, "Search-AdminAuditLog", UserIds=["nobody"]).objects == []
    assert invoke(desk, "Search-AdminAuditLog", EndDate="2020-01-01").objects == []
    unsaid: dict[str, Any] = {"UserIds": None, "Cmdlets": None, "StartDate": None, "EndDate": None, "ResultSize": None}
    assert entry in invoke(desk, "Search-AdminAuditLog", **unsaid).objects


def test_a_binding_refusal_tells_every_problem(desk: Desk) -> None:
    with pytest.raises(BindingRefused) as refused:
        invoke(desk, "New-InboundConnector", Nam="x", Enabled="perhaps")
    assert len(refused.value.problems) >= 2


# --- whatever JSON holds ----------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("*") | st.just("Relay"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Add", "Remove", "x"]), inner),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all examples: with -WhatIf none of them leaves anything behind."""
    with Config.open(tmp_path_factory.mktemp("untouched")) as config:
        yield Desk(config=config, settings=load_settings(environ={}))


@given(cmdlet=st.sampled_from(TABLE), drawn=st.data())
@settings(max_examples=300, deadline=None)
def test_no_json_makes_a_cmdlet_do_anything_but_answer_or_refuse(
    untouched: Desk, cmdlet: Cmdlet, drawn: st.DataObject
) -> None:
    names = [it.name for it in cmdlet.parameters]
    values: dict[str, Any] = drawn.draw(st.dictionaries(st.sampled_from(names), JSON, max_size=4))
    values |= {it.name: "Relay" for it in cmdlet.parameters if it.required and it.name not in values}
    before = untouched.config.world.copy()
    try:
        outcome = invoke(untouched, cmdlet.name, **values, WhatIf=True)
    except GatepostError as refused:
        type_name, message = failure_of(refused)
        assert type_name.startswith(("Microsoft.Exchange.", "System."))
        assert "Remedy:" in message
    else:
        orjson.dumps(outcome.objects)
    assert untouched.config.world == before


def test_a_transport_rule_is_made_switched_and_removed_under_exchanges_names(desk: Desk) -> None:
    invoke(desk, "New-TransportRule", Name="Test mail", From="anna@contoso.com", Quarantine=True, Priority=2)
    (shown,) = invoke(desk, "Get-TransportRule").objects
    assert (shown["State"], shown["Hold"], shown["From"]) == ("Enabled", True, ["anna@contoso.com"])
    invoke(desk, "Disable-TransportRule", Identity="Test mail")
    assert invoke(desk, "Get-TransportRule", Identity="Test mail").objects[0]["State"] == "Disabled"
    invoke(desk, "Enable-TransportRule", Identity="Test mail")
    invoke(desk, "Set-TransportRule", Identity="Test mail", Name="Tests", ExpiryDate="2127-01-31")
    (told,) = invoke(desk, "Test-TransportRule", Rcpt="b@fabrikam.com", MailFrom="anna@contoso.com").objects
    assert told["Reasons"] == ["Rule 'Tests' holds mail for b@fabrikam.com."]
    (other,) = invoke(desk, "Test-TransportRule", Rcpt="b@fabrikam.com", MailFrom="bob@contoso.com").objects
    assert other["NotFor"] == ["Tests: The sender bob@contoso.com is not in From."]
    invoke(desk, "Remove-TransportRule", Identity="Tests")
    assert not invoke(desk, "Get-TransportRule").objects
