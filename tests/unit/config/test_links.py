"""Connectors that name connectors: what is refused, warned of, and followed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, Edit, ObjectKind
from gatepost.errors import ConfigRefused

IN, OUT = ObjectKind.INBOUND, ObjectKind.OUTBOUND
HOST = {"SmartHosts": "up.example", "RecipientDomains": "*"}


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with Config.open(tmp_path) as opened:
        yield opened


def edit(action: str, kind: ObjectKind, name: str, **properties: Any) -> Edit:
    return Edit(action=action, kind=kind, name=name, properties=properties)


def change(config: Config, *edits: Edit) -> tuple[str, ...]:
    return config.change(edits, who="test", origin="test").warnings


def refusal(config: Config, *edits: Edit) -> tuple[str, ...]:
    with pytest.raises(ConfigRefused) as refused:
        change(config, *edits)
    return refused.value.problems


def fallbacks(config: Config, name: str) -> tuple[str, ...]:
    (found,) = [it for it in config.current().outbound if it.name == name]
    return found.fallback_connectors


def test_what_is_named_may_come_in_the_same_change_and_is_kept_as_it_writes_itself(config: Config) -> None:
    change(
        config,
        edit("add", OUT, "First", **HOST, FallbackConnectors=["second", "THIRD"]),
        edit("add", OUT, "Second", **HOST, IsTransportRuleScoped=True),
        edit("add", OUT, "Third", **HOST, IsTransportRuleScoped=True),
    )
    assert fallbacks(config, "First") == ("Second", "Third")


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"FallbackConnectors": "Nowhere"},
         "outbound connector 'First': FallbackConnectors value 'Nowhere' is no outbound connector of organization "
         "'Default'. Remedy: name one of: 'Second'."),
        ({"FallbackConnectors": "first"},
         "outbound connector 'First': FallbackConnectors names itself. Remedy: name other connectors."),
        ({"FallbackConnectors": ["Second", "second"]},
         "outbound connector 'First': FallbackConnectors names a connector twice. "
         "Remedy: name each once, in their order."),
        ({"InboundConnectors": "Scanners"},
         "outbound connector 'First': InboundConnectors value 'Scanners' is no inbound connector of organization "
         "'Default'. Remedy: add the inbound connector first."),
    ],
)  # fmt: skip
def test_a_name_that_leads_nowhere_is_refused(config: Config, properties: dict[str, Any], sentence: str) -> None:
    change(config, edit("add", OUT, "Second", **HOST))
    assert refusal(config, edit("add", OUT, "First", **HOST, **properties)) == (sentence,)


def test_a_new_name_is_followed(config: Config) -> None:
    change(
        config,
        edit("add", IN, "Scanners", ConnectorType="OnPremises", SenderDomains="*", SenderIPAddresses="192.0.2.1"),
        edit("add", OUT, "Second", **HOST),
        edit("add", OUT, "First", **HOST, FallbackConnectors="Second", InboundConnectors="Scanners"),
    )
    change(config, edit("set", OUT, "Second", Name="Spare"), edit("set", IN, "Scanners", Name="Devices"))
    assert fallbacks(config, "First") == ("Spare",)
    (first,) = [it for it in config.current().outbound if it.name == "First"]
    assert first.inbound_connectors == ("Devices",)


def test_what_is_named_cannot_be_removed(config: Config) -> None:
    change(config, edit("add", OUT, "Second", **HOST))
    change(config, edit("add", OUT, "First", **HOST, FallbackConnectors="Second"))
    assert refusal(config, edit("remove", OUT, "Second")) == (
        "outbound connector 'Second': is named in FallbackConnectors of outbound connector 'First'. "
        "Remedy: take it out there first.",
    )
    change(config, edit("remove", OUT, "First"), edit("remove", OUT, "Second"))


def test_two_may_stand_in_for_each_other(config: Config) -> None:
    """A list counts for its own connector alone, so nothing goes round in circles."""
    change(config, edit("add", OUT, "One", **HOST), edit("add", OUT, "Two", **HOST, FallbackConnectors="One"))
    change(config, edit("set", OUT, "One", FallbackConnectors="Two"))
    assert (fallbacks(config, "One"), fallbacks(config, "Two")) == (("Two",), ("One",))


def test_a_disabled_one_is_warned_of(config: Config) -> None:
    change(config, edit("add", OUT, "Second", **HOST, Enabled=False))
    assert change(config, edit("add", OUT, "First", **HOST, FallbackConnectors="Second")) == (
        "outbound connector 'First': FallbackConnectors value 'Second' is disabled, so it is passed over. "
        "Remedy: enable it.",
    )
    warnings = change(config, edit("set", OUT, "First", WhenLimited="NextWay", FallbackConnectors=[]))
    assert warnings == (
        "outbound connector 'First': WhenLimited is NextWay but FallbackConnectors is empty, so mail waits. "
        "Remedy: name a next way.",
    )
