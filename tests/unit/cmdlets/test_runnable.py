"""Cmdlets in the shell: pipelines, -WhatIf, -Confirm, errors by object, and objects that scripts can use."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gatepost.cmdlets import TABLE, Cmdlet, Outcome, server_cmdlets, wish_of
from gatepost.config import Config, load_settings
from gatepost.connectors import InboundConnector
from gatepost.manage import Desk
from gatepost.shell import BUILTINS, Bound, Shell

from .house import Commanded, Screen, invoke


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={}))


def names(desk: Desk) -> list[str]:
    return [it.name for it in desk.config.current().inbound]


def connector(desk: Desk, name: str) -> InboundConnector:
    return next(it for it in desk.config.current().inbound if it.name == name)


def made(desk: Desk) -> None:
    """Three connectors: A, B and C."""
    properties: dict[str, Any] = {
        "ConnectorType": "OnPremises",
        "SenderDomains": "*",
        "SenderIPAddresses": "203.0.113.9",
    }
    for name in "ABC":
        invoke(desk, "New-InboundConnector", Name=name, **properties)


def test_the_articles_splat_makes_a_connector_and_shows_four_columns(desk: Desk) -> None:
    commanded = Commanded(desk)
    script = """
    $params = @{
        Name                         = 'SMTP Relay (Non-TLS)'
        ConnectorType                = 'OnPremises'
        SenderDomains                = '*'
        SenderIPAddresses            = '203.0.113.9'
        RestrictDomainsToIPAddresses = $true
    }
    New-InboundConnector @params
    """
    assert commanded.run(script) == 0
    head = next(line for line in commanded.screen.said("output").splitlines() if line.strip())
    assert head.split() == ["Name", "SenderDomains", "SenderIPAddresses", "Enabled"]
    assert "WARNING: " in commanded.screen.said("warning")
    assert "has no effect on a connector of type OnPremises" in commanded.screen.said("warning")


def test_objects_are_piped_by_their_identity(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk)
    assert commanded.run("Get-InboundConnector | Set-InboundConnector -Enabled $false") == 0
    assert commanded.asked == ["connector.list", *["connector.set"] * 3]
    assert [it.enabled for it in desk.config.current().inbound] == [False] * 3


def test_names_are_piped_as_they_are(desk: Desk) -> None:
    made(desk)
    assert Commanded(desk).run("'a', 'B' | Remove-InboundConnector -Confirm:$false") == 0
    assert names(desk) == ["C"]


def test_one_that_fails_does_not_stop_the_others(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk)
    assert commanded.run("'A', 'typo', 'C' | Remove-InboundConnector -Confirm:$false") == 1
    assert names(desk) == ["B"]
    assert "Remove-InboundConnector: No inbound connector is called 'typo'" in commanded.screen.said("error")


def test_with_stop_the_first_failure_is_caught_and_ends_the_pipeline(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk)
    script = """
    try { 'A', 'typo', 'C' | Remove-InboundConnector -Confirm:$false -ErrorAction Stop }
    catch { $caught = $_ }
    """
    commanded.run(script)
    assert names(desk) == ["B", "C"]
    (caught,) = commanded.shell.invoke("$caught")
    assert "No inbound connector is called 'typo'" in caught.get("Exception").get("Message")
    assert caught.get("Exception").type_name.endswith("ManagementObjectNotFoundException")


def test_what_if_says_what_would_be_done_and_does_nothing(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk)
    assert commanded.run("Remove-InboundConnector A -WhatIf; New-InboundConnector 'D' -SenderDomains * -WhatIf") == 0
    assert names(desk) == ["A", "B", "C"]
    assert commanded.screen.said("host") == (
        'What if: Performing the operation "Remove-InboundConnector" on target "A".\n'
        'What if: Performing the operation "New-InboundConnector" on target "D".\n'
    )


def test_the_preference_for_what_if_is_heard(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk)
    commanded.run("$WhatIfPreference = $true; 'A' | Remove-InboundConnector")
    assert names(desk) == ["A", "B", "C"]


def test_what_if_is_an_error_where_the_change_would_be(desk: Desk) -> None:
    commanded = Commanded(desk)
    assert commanded.run("Remove-InboundConnector typo -WhatIf") == 1
    assert "What if" not in commanded.screen.said("host")
    assert "No inbound connector is called 'typo'" in commanded.screen.said("error")


def test_a_removal_asks_first_and_hears_the_answer(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk, "n", "y", "l")
    assert commanded.run("Get-InboundConnector | Remove-InboundConnector") == 0
    assert names(desk) == ["A", "C"]
    assert 'Performing the operation "Remove-InboundConnector" on target "A".' in commanded.screen.said("host")


def test_a_change_asks_only_when_told_to(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk, "n")
    commanded.run("Set-InboundConnector A -Comment first; Set-InboundConnector A -Comment second -Confirm")
    assert connector(desk, "A").comment == "first"


def test_moments_are_moments_and_lists_are_lists(desk: Desk) -> None:
    made(desk)
    shell = Commanded(desk).shell
    (connector,) = shell.invoke("Get-InboundConnector A")
    assert isinstance(connector.get("WhenCreatedUTC"), datetime)
    assert connector.get("SenderIPAddresses") == ["203.0.113.9"]
    assert connector.type_name == "Gatepost.InboundConnector"
    assert shell.invoke("(Get-InboundConnector A).SenderIPAddresses[0]") == ["203.0.113.9"]
    assert shell.invoke("(Get-InboundConnector).Count") == [3]
    (entry,) = shell.invoke("Search-AdminAuditLog -ObjectIds A")
    assert entry.get("ModifiedProperties")[0].get("Name") == "Name"


def test_a_list_is_changed_in_place_by_a_hashtable(desk: Desk) -> None:
    made(desk)
    Commanded(desk).run("Set-InboundConnector A -SenderIPAddresses @{Add='2001:db8::1'; Remove='203.0.113.9'}")
    assert list(map(str, connector(desk, "A").sender_ip_addresses)) == ["2001:db8::1/128"]


def test_a_prefix_of_a_parameter_is_enough(desk: Desk) -> None:
    made(desk)
    commanded = Commanded(desk)
    assert commanded.run("set-inboundconnector -id A -com hello -ena:$false") == 0
    assert connector(desk, "A").comment == "hello"
    assert commanded.run("Set-InboundConnector A -Sender x") == 1
    assert "ambiguous" in commanded.screen.said("error")
    assert "-SenderIPAddresses, -SenderDomains" in commanded.screen.said("error")


def test_an_empty_result_prints_nothing(desk: Desk) -> None:
    commanded = Commanded(desk)
    assert commanded.run("Get-InboundConnector") == 0
    assert commanded.screen.written == []


class Seeing:
    """A connection that keeps what it was asked, and knows two objects of everything."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def invoke(self, cmdlet: Cmdlet, bound: Bound) -> Outcome:
        self.asked.append(cmdlet.name)
        wish_of(cmdlet, bound)
        both = [
            {"Identity": name, "Status": status, "MessageTraceId": name, "ConnectorId": name}
            for name, status in (("A", "Retry"), ("B", "Suspended"))
        ]
        return Outcome(objects=both)


@pytest.mark.parametrize("cmdlet", TABLE, ids=lambda cmdlet: cmdlet.name)
def test_the_example_of_a_cmdlet_runs_as_it_stands(cmdlet: Cmdlet) -> None:
    seeing, screen = Seeing(), Screen("y", "y")
    shell = Shell(screen, (*BUILTINS, *server_cmdlets(seeing)))
    assert shell.run(cmdlet.example) == 0, screen.said("error")
    assert cmdlet.name in seeing.asked
    assert screen.said("warning") == ""
