"""Who may call which verb: the table of verbs, roles and organizations, on a real desk."""

import asyncio
import inspect
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotAllowed, NotFound
from gatepost.manage import VERBS, Answer, Caller, Desk, Role, Scope

OWNER = Caller.owner("root")
CONNECTOR = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "203.0.113.9"}
SECRET = "correct horse battery"


def somebody(role: Role, organization: str | None) -> Caller:
    return Caller(who="anna", origin="rest", role=role, organization=organization, address="192.0.2.7")


MANAGER, VIEWER = somebody(Role.ORGANIZATION_MANAGEMENT, "Contoso"), somebody(Role.VIEW_ONLY, "Contoso")
WHOLE_MANAGER, WHOLE_VIEWER = somebody(Role.ORGANIZATION_MANAGEMENT, None), somebody(Role.VIEW_ONLY, None)

# One of each in both organizations. What is asked for is always Fabrikam's, which Contoso's people never see.
KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ISSUED = trustme.CA().issue_cert("relay.contoso.com")
FABRIKAM: dict[str, dict[str, Any]] = {
    "alerts.test": {},
    "connector.show": {"identity": "Theirs"},
    "connector.add": {"name": "New", "properties": CONNECTOR},
    "connector.set": {"identity": "Theirs", "properties": {"Comment": "x"}},
    "connector.remove": {"identity": "Theirs"},
    "connector.enable": {"identity": "Theirs"},
    "connector.disable": {"identity": "Theirs"},
    "connector.validate": {"identity": "Theirs"},
    "validation.begin": {"name": "New", "properties": {"RecipientDomains": "*", "SmartHosts": "mail.fabrikam.com"}},
    "validation.show": {"id": "none"},
    "validation.stop": {"id": "none"},
    "verify.look": {"id": "none", "recipient": "a@fabrikam.com", "server": "imap.fabrikam.com", "user": "a"},
    "certificate.keep": {"content": b64encode(ISSUED.private_key_and_cert_chain_pem.bytes()).decode()},
    "connector.explain": {"ip": "203.0.113.9", "mail_from": "a@fabrikam.com", "rcpt": "b@example.com"},
    "domain.show": {"identity": "fabrikam.com"},
    "domain.add": {"name": "new.example"},
    "domain.set": {"identity": "fabrikam.com", "properties": {"MatchSubDomains": True}},
    "domain.remove": {"identity": "fabrikam.com"},
    "dkim.show": {"identity": "fabrikam.com"},
    "dkim.add": {"name": "unsigned.example", "properties": {"Selector1Ed25519Key": KEY}},
    "dkim.set": {"identity": "fabrikam.com", "properties": {"WithoutKey": "SendUnsigned"}},
    "dkim.check": {"identity": "fabrikam.com"},
    "dkim.rotate": {"identity": "fabrikam.com"},
    "dkim.remove": {"identity": "fabrikam.com"},
    "recipient.show": {"address": "them@fabrikam.com"},
    "recipient.add": {"recipients": [{"Address": "new@fabrikam.com"}]},
    "recipient.remove": {"addresses": ["them@fabrikam.com"]},
    "recipient.import": {"text": "new@fabrikam.com"},
    "organization.add": {"name": "Third"},
    "organization.set": {"identity": "Fabrikam", "properties": {"RejectDirectSend": True}},
    "organization.remove": {"identity": "Fabrikam"},
    "user.show": {"identity": "theirs"},
    "user.add": {"name": "new", "password": SECRET},
    "user.set": {"identity": "theirs", "properties": {"Enabled": False}},
    "user.password": {"identity": "theirs", "password": SECRET},
    "user.remove": {"identity": "theirs"},
    "token.show": {"identity": "theirs"},
    "token.add": {"name": "new"},
    "token.set": {"identity": "theirs", "properties": {"Enabled": False}},
    "token.remove": {"identity": "theirs"},
    "document.plan": {"document": {}},
    "document.apply": {"document": {}},
    "queue.show": {"id": "none"},
    "trace.show": {"id": "none"},
    "trace.protocol": {"id": "none"},
    "protocol-log.find": {},
    "protocol-log.show": {"session": "none"},
    "setting.list": {},
    "test.send": {"target": "none", "sender": "a@fabrikam.com", "recipients": ["b@fabrikam.com"]},
    "test.show": {"id": "none"},
    "certificate.list": {},
    "tls-report": {},
    "device.show": {"address": "203.0.113.9"},
    "device.note": {"address": "203.0.113.9", "owner": "Anna"},
    "device.allow": {"address": "203.0.113.9"},
    "device.block": {"address": "203.0.113.9"},
    "device.learning": {"action": "start"},
    "queue.retry": {"ids": ["none"]},
    "queue.hold": {"ids": ["none"]},
    "queue.release": {"ids": ["none"]},
    "queue.drop": {"ids": ["none"]},
    "queue.bounce": {"ids": ["none"]},
    "rule.show": {"identity": "Theirs"},
    "rule.add": {"name": "New", "properties": {"Hold": True}},
    "rule.set": {"identity": "Theirs", "properties": {"Comments": "x"}},
    "rule.enable": {"identity": "Theirs"},
    "rule.disable": {"identity": "Theirs"},
    "rule.remove": {"identity": "Theirs"},
    "rule.explain": {"rcpt": "b@example.com"},
    "sandbox.show": {"id": "none"},
}
# Their own organization is what they tell of.
NAMES_NOTHING = {"connector.explain", "rule.explain", "document.plan", "document.apply", "validation.begin"}
DEVICES = {"device.note", "device.allow", "device.block", "device.learning"}  # what one has to say is one's own
CREATES = {"rule.add", "connector.add", "domain.add", "user.add", "token.add"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}))
        for name, domain in (("Contoso", "contoso.com"), ("Fabrikam", "fabrikam.com")):
            whose = "Ours" if name == "Contoso" else "Theirs"
            call(desk, "organization.add", name=name)
            call(desk, "domain.add", name=domain, organization=name)
            call(desk, "recipient.add", recipients=[{"Address": f"them@{domain}"}], organization=name)
            call(desk, "connector.add", name=whose, properties=CONNECTOR, organization=name)
            call(desk, "dkim.add", name=domain, properties={"Selector1Ed25519Key": KEY}, organization=name)
            call(desk, "rule.add", name=whose, properties={"Hold": True}, organization=name)
            call(desk, "user.add", name=whose.lower(), password=SECRET, organization=name)
            call(desk, "token.add", name=whose.lower(), organization=name)
        call(desk, "token.add", name="every", all_organizations=True)
        call(desk, "organization.remove", identity="Default")
        yield desk


def call(desk: Desk, verb: str, caller: Caller = OWNER, **arguments: Any) -> Answer:
    return asyncio.run(desk.call(verb, arguments, caller=caller))


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_can_be_held_to_one_organization_and_every_change_can_be_looked_at_before(verb: str) -> None:
    row = VERBS[verb]
    names = set(inspect.signature(row.function).parameters)
    assert row.scope is Scope.SERVER or row.names in names
    assert not row.changes or "what_if" in names


@pytest.mark.parametrize("verb", sorted(verb for verb, row in VERBS.items() if row.changes))
@pytest.mark.parametrize("viewer", [VIEWER, WHOLE_VIEWER], ids=["of one organization", "of every organization"])
def test_the_view_only_role_changes_nothing(desk: Desk, verb: str, viewer: Caller) -> None:
    before = desk.config.world
    with pytest.raises(NotAllowed, match="Remedy: ask somebody with the role Organization Management"):
        call(desk, verb, viewer, **FABRIKAM[verb])
    assert desk.config.world == before


@pytest.mark.parametrize("verb", sorted(verb for verb, row in VERBS.items() if row.scope is Scope.SERVER))
def test_what_concerns_the_whole_server_needs_a_role_in_every_organization(desk: Desk, verb: str) -> None:
    with pytest.raises(NotAllowed, match="Organization Management of every organization"):
        call(desk, verb, MANAGER, **FABRIKAM[verb])


@pytest.mark.parametrize("caller", [OWNER, WHOLE_MANAGER], ids=["owner", "manager of every organization"])
def test_who_manages_every_organization_adds_and_removes_them(desk: Desk, caller: Caller) -> None:
    call(desk, "organization.add", caller, name="Third")
    assert call(desk, "organization.remove", caller, identity="Third").value["removed"] == "Third"


@pytest.mark.parametrize("verb", sorted(set(FABRIKAM) - CREATES - DEVICES - NAMES_NOTHING))
@pytest.mark.parametrize("caller", [MANAGER, VIEWER], ids=["manager", "viewer"])
def test_another_organizations_objects_are_not_there(desk: Desk, verb: str, caller: Caller) -> None:
    row = VERBS[verb]
    if row.scope is Scope.SERVER or (row.changes and caller is VIEWER):
        return
    before = desk.config.world
    for more in ({}, {row.names: "Fabrikam"}, {row.names: guid_of(desk, "Fabrikam")}):
        with pytest.raises((NotFound, ConfigRefused)) as refused:
            call(desk, verb, caller, **{**FABRIKAM[verb], **more})
        said = str(refused.value).replace(repr(more.get(row.names, "")), "").replace("'Fabrikam'", "")
        assert "abrikam" not in said.replace("fabrikam.com", "")  # but for the words that were asked with
    assert desk.config.world == before


def guid_of(desk: Desk, organization: str) -> str:
    return next(str(it["Guid"]) for it in call(desk, "organization.list").value if it["Name"] == organization)


@pytest.mark.parametrize("verb", ["connector.list", "domain.list", "user.list", "token.list", "organization.list"])
@pytest.mark.parametrize("caller", [MANAGER, VIEWER], ids=["manager", "viewer"])
def test_lists_hold_the_own_organization_alone(desk: Desk, verb: str, caller: Caller) -> None:
    own = call(desk, verb, caller).value
    assert [it["Name"].lower() for it in own] == [
        {"connector.list": "ours", "domain.list": "contoso.com", "organization.list": "contoso"}.get(verb, "ours")
    ]
    assert call(desk, verb, caller, organization="contoso").value == own
    assert call(desk, verb, caller, organization=guid_of(desk, "Contoso")).value == own
    assert len(call(desk, verb).value) > 1
    with pytest.raises(NotFound, match="No organization is called 'Fabrikam'"):
        call(desk, verb, caller, organization="Fabrikam")


def test_what_a_manager_adds_belongs_to_its_organization(desk: Desk) -> None:
    for verb in CREATES:
        assert call(desk, verb, MANAGER, **FABRIKAM[verb]).value["Organization"] == "Contoso"
    changed = call(desk, "organization.set", MANAGER, properties={"RejectDirectSend": True}).value
    assert (changed["Name"], changed["RejectDirectSend"]) == ("Contoso", True)


def test_a_taken_name_does_not_tell_by_whom(desk: Desk) -> None:
    for verb, name in (("user.add", "theirs"), ("domain.add", "fabrikam.com")):
        more = {"password": SECRET} if verb == "user.add" else {}
        with pytest.raises(ConfigRefused) as refused:
            call(desk, verb, MANAGER, name=name, **more)
        assert "Fabrikam" not in str(refused.value)


def test_a_document_of_one_organization_holds_and_changes_no_other(desk: Desk) -> None:
    document = call(desk, "document.export", MANAGER).value
    assert "abrikam" not in repr(document)
    assert call(desk, "document.plan", MANAGER, document=document).value["changes"] == []
    pruned = call(desk, "document.apply", MANAGER, document={}, prune=True).value["changes"]
    assert {(it["kind"], it["name"]) for it in pruned} == {
        ("inbound connector", "Ours"), ("accepted domain", "contoso.com"),
        ("DKIM signing configuration", "contoso.com"), ("transport rule", "Ours"),
    }  # fmt: skip
    assert len(call(desk, "connector.list").value) == 1
    for foreign in (
        {"Organization": [{"Name": "Fabrikam", "RejectDirectSend": True}]},
        {"Organization": [{"Name": "Third"}]},
        {"AcceptedDomain": [{"DomainName": "new.example", "Organization": "Fabrikam"}]},
    ):
        with pytest.raises(ConfigRefused, match="the document is of organization 'Contoso' alone"):
            call(desk, "document.apply", MANAGER, document=foreign)


def test_where_anothers_alias_leads_is_not_told_by_the_rules(desk: Desk) -> None:
    alias = {"Address": "list@fabrikam.com", "Targets": ["secret@elsewhere.example"]}
    call(desk, "recipient.add", recipients=[alias], organization="Fabrikam")
    told = call(desk, "rule.explain", MANAGER, rcpt="list@fabrikam.com").value
    assert [it["recipient"] for it in told["recipients"]] == ["list@fabrikam.com"]
    everybody = call(desk, "rule.explain", WHOLE_MANAGER, rcpt="list@fabrikam.com").value
    assert [it["recipient"] for it in everybody["recipients"]] == ["secret@elsewhere.example"]
    with pytest.raises(NotFound):  # a misspelt connector would be taken for one that no rule names
        call(desk, "rule.explain", MANAGER, rcpt="b@example.com", connector="Oours")


def test_a_script_for_exchange_holds_one_organization_alone(desk: Desk) -> None:
    call(desk, "connector.add", name="Contoso", properties={**CONNECTOR, "Comment": "foreign"}, organization="Fabrikam")
    assert "foreign" not in call(desk, "document.recreate", MANAGER).value["script"]


def test_places_on_the_servers_disk_are_not_for_those_who_manage_one_organization(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="Maildir, a place on the server's disk"):
        call(desk, "domain.set", MANAGER, identity="contoso.com", properties={"Maildir": "/tmp/{local}"})
    pfx = {"RecipientDomains": "*", "ClientCertificatePfx": "/tmp/x.pfx", "TlsSettings": "EncryptionOnly"}
    with pytest.raises(NotAllowed, match="ClientCertificatePfx, a place on the server's disk"):
        call(desk, "connector.add", MANAGER, name="Up", outbound=True, properties=pfx)
    with pytest.raises(NotAllowed, match="Maildir"):
        document = {"AcceptedDomain": [{"DomainName": "contoso.com", "Maildir": "/tmp/{local}"}]}
        call(desk, "document.apply", MANAGER, document=document)
    call(desk, "domain.set", WHOLE_MANAGER, identity="contoso.com", properties={"Maildir": "/srv/mail/{local}"})
    kept = call(desk, "domain.set", MANAGER, identity="contoso.com", properties={"MatchSubDomains": True}).value
    assert (kept["Maildir"], kept["MatchSubDomains"]) == ("/srv/mail/{local}", True)
    assert (
        call(desk, "domain.set", MANAGER, identity="contoso.com", properties={"Maildir": ""}).value["Maildir"] is None
    )


def test_nobody_gives_away_more_than_the_own_role_or_takes_it_by_a_password(desk: Desk) -> None:
    everything = {"RoleGroups": "Organization Management", "AllOrganizations": True}
    with pytest.raises(NotAllowed, match="concerns the whole server"):
        call(desk, "user.add", MANAGER, name="x", password=SECRET, properties=everything)
    with pytest.raises(NotAllowed, match="concerns the whole server"):
        call(desk, "user.set", MANAGER, identity="ours", properties=everything)
    with pytest.raises(NotAllowed, match="A token for every organization, such as 'x', concerns the whole server"):
        call(desk, "token.add", MANAGER, name="x", all_organizations=True)
    call(desk, "user.set", WHOLE_MANAGER, identity="ours", properties=everything)
    for verb, more in (
        ("user.password", {"password": SECRET}),
        ("user.set", {"properties": {"Enabled": False}}),
        ("user.remove", {}),
    ):
        with pytest.raises(NotAllowed, match="user 'ours' concerns the whole server"):
            call(desk, verb, MANAGER, identity="ours", **more)
    assert call(desk, "user.show", MANAGER, identity="ours").value["AllOrganizations"] is True
    with pytest.raises(NotFound):
        call(desk, "token.remove", MANAGER, identity="every")


def test_an_organization_is_judged_without_the_others(desk: Desk) -> None:
    session = FABRIKAM["connector.explain"]
    whole = call(desk, "connector.explain", **session).value
    assert (whole["result"], whole["connector"], whole["organization"]) == ("relay", "Theirs", "Fabrikam")
    own = call(desk, "connector.explain", MANAGER, **session).value
    assert own["result"] == "reject"
    assert "Theirs" not in repr(own)


def test_the_status_of_one_organization_counts_its_own_and_names_no_folder(desk: Desk) -> None:
    own, whole = call(desk, "status", VIEWER).value, call(desk, "status").value
    assert (own["organizations"], own["users"], own["inbound_connectors"]) == (["Contoso"], 1, 1)
    assert (whole["organizations"], whole["users"]) == (["Contoso", "Fabrikam"], 2)
    assert "data_dir" in whole
    assert "data_dir" not in own


def test_the_audit_tells_from_where_and_shows_the_own_organization_alone(desk: Desk) -> None:
    call(desk, "connector.disable", MANAGER, identity="Ours")
    last = call(desk, "audit.list", VIEWER, limit=1).value[0]
    assert (last["who"], last["origin"], last["address"], last["object"]) == ("anna", "rest", "192.0.2.7", "Ours")
    own = call(desk, "audit.list", VIEWER).value
    assert "abrikam" not in repr(own)
    assert {"Contoso", "contoso.com", "ours"} <= {it["object"] for it in own}
    assert any(it["object"] == "every" for it in call(desk, "audit.list").value)


def test_what_if_stores_nothing(desk: Desk) -> None:
    call(desk, "domain.add", name="unsigned.example", organization="Fabrikam")
    before = desk.config.world
    for verb, arguments in FABRIKAM.items():
        needs_a_running_server = verb.startswith(("queue.", "test.", "sandbox.", "verify.")) or verb in DEVICES
        if not VERBS[verb].changes or needs_a_running_server or verb == "organization.remove":
            continue
        more = {"organization": "Fabrikam"} if VERBS[verb].names == "organization" else {}
        if VERBS[verb].scope is Scope.SERVER:
            more = {}
        answer = call(desk, verb, OWNER, **arguments, **more, what_if=True)
        assert answer.value is not None
        assert desk.config.world == before, verb
    assert call(desk, "token.add", name="x", organization="Contoso", what_if=True).value["Token"] is None
