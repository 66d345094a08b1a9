"""Transport rules on their way into the store: what is refused, what is worth a word, and what follows a new name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, Edit, ObjectKind, RecipientEdit
from gatepost.errors import ConfigRefused

PRINTERS = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "192.0.2.9"}


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with Config.open(tmp_path) as found:
        change(found, "add", ObjectKind.INBOUND, "Printers", **PRINTERS)
        change(found, "add", ObjectKind.DOMAIN, "contoso.com", AddressBookEnabled=True, DomainType="Authoritative")
        yield found


def change(config: Config, action: str, kind: ObjectKind, name: str, **properties: Any) -> tuple[str, ...]:
    edit = Edit(action=action, kind=kind, name=name, properties=properties)
    return config.change([edit], who="anna", origin="tests").warnings


def rule(config: Config, **properties: Any) -> tuple[str, ...]:
    return change(config, "add", ObjectKind.RULE, "R", **properties)


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (
            {},
            "transport rule 'R': Hold is false, and nothing else is to be done, so the rule would do nothing. Remedy:",
        ),
        ({"Hold": True, "Sandbox": True}, "transport rule 'R': Sandbox is true as Hold is"),
        ({"SentTo": "a@x.example", "RedirectMessageTo": "A@x.example"}, "RedirectMessageTo names those of SentTo"),
        ({"BlindCopyTo": [f"a{n}@x.example" for n in range(101)]}, "BlindCopyTo names 101 addresses"),
        ({"Hold": True, "InboundConnectors": "Scanners"}, "InboundConnectors value 'Scanners' is no inbound connector"),
        ({"RedirectMessageTo": "nobody"}, "RedirectMessageTo value 'nobody' is not an address"),
        ({"Hold": True, "SenderIpRanges": "0.0.0.0/0"}, "SenderIpRanges"),
        ({"Hold": True, "Priority": -1}, "Priority must be a whole number"),
        ({"Hold": True, "ExpiryDate": "soon"}, "ExpiryDate value 'soon' is not a time"),
        ({"Hold": True, "MessageSizeOver": "much"}, "MessageSizeOver must be a size"),
        ({"Hold": True, "HeaderContainsWords": "x"}, "HeaderContainsMessageHeader is missing, and HeaderContainsWords"),
        (
            {"Hold": True, "HeaderMatchesMessageHeader": "X-A"},
            "HeaderMatchesPatterns is empty, and Header",
        ),
        ({"Hold": True, "ExceptIfHeaderMatchesPatterns": "x"}, "ExceptIfHeaderMatchesMessageHeader is missing"),
        ({"Hold": True, "HeaderContainsMessageHeader": "X-A:"}, "value 'X-A:' is not the name of a header field"),
        (
            {"Hold": True, "SubjectMatchesPatterns": ["a(b"]},
            "value 'a(b' is no text pattern: it opens a parenthesis that is not closed",
        ),
        ({"Hold": True, "SubjectMatchesPatterns": "a*"}, "value 'a*' is no text pattern: it is found in every text"),
        ({"Hold": True, "From": "a@x.example", "ExceptIfFrom": "a@x.example"}, "ExceptIfFrom names what From names"),
        ({"Hold": True, "ExceptIfInboundConnectors": "Scanners"}, "ExceptIfInboundConnectors value 'Scanners' is no"),
        ({"Hold": True, "ExceptIfHeaderContainWords": "x"}, "did you mean ExceptIfHeaderContainsWords?"),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused_with_the_remedy(
    config: Config, properties: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigRefused) as refused:
        rule(config, **properties)
    assert any(says in problem and "Remedy: " in problem for problem in refused.value.problems), refused.value.problems


def test_what_is_allowed_and_worth_a_word_is_told(config: Config) -> None:
    assert any("the rule is for all mail of the organization" in it for it in rule(config, Hold=True))
    told = change(config, "set", ObjectKind.RULE, "R", SentTo="a@x.example", BlindCopyTo="nobody@contoso.com")
    assert told == (
        "transport rule 'R': leads to nobody@contoso.com, who is in no recipient list. "
        "Remedy: list it: gatepost recipient add nobody@contoso.com.",
    )


def test_rules_that_together_lead_to_more_than_a_message_has_room_for_are_refused(config: Config) -> None:
    lists = [f"l{number}@contoso.com" for number in range(4)]
    targets = {name: [f"a{number}.{at}@x.example" for number in range(800)] for at, name in enumerate(lists)}
    config.change_recipients(RecipientEdit(put=targets), who="anna", origin="tests")
    change(config, "add", ObjectKind.RULE, "Three", BlindCopyTo=lists[:3])
    with pytest.raises(ConfigRefused, match="together lead to 3200 addresses, and a message has room for 3000"):
        change(config, "add", ObjectKind.RULE, "One more", BlindCopyTo=lists[3])


def test_a_rule_with_an_exception_is_not_said_to_be_for_all_mail(config: Config) -> None:
    assert rule(config, Hold=True, ExceptIfFrom="a@contoso.com") == ()


def test_a_rule_that_only_stops_is_an_exception_from_those_behind_it(config: Config) -> None:
    assert rule(config, StopRuleProcessing=True, SentTo="a@x.example") == ()


def test_a_connector_that_a_rule_names_keeps_its_rule_under_a_new_name_and_is_not_removed(config: Config) -> None:
    rule(config, Hold=True, ExceptIfInboundConnectors="PRINTERS")
    change(config, "set", ObjectKind.INBOUND, "Printers", Name="Scanners")
    record = config.world.find(ObjectKind.RULE, "R")
    assert record.model.except_if_inbound_connectors == ("Scanners",)  # type: ignore[union-attr]
    with pytest.raises(ConfigRefused, match="is named in ExceptIfInboundConnectors of transport rule 'R'"):
        change(config, "remove", ObjectKind.INBOUND, "Scanners")


def test_the_next_message_sees_a_rule_and_a_new_name_of_it(config: Config) -> None:
    assert not config.current().rulebook
    rule(config, Hold=True)
    change(config, "set", ObjectKind.RULE, "R", Name="Renamed")
    assert [it.rule.name for it in config.current().rulebook.of("Default")] == ["Renamed"]
    change(config, "remove", ObjectKind.RULE, "Renamed")
    change(config, "set", ObjectKind.ORGANIZATION, "Default", Sandbox=True)
    assert config.current().rulebook.is_sandbox("Default")
