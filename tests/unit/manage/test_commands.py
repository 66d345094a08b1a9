"""A connector as a cmdlet, a command line and JSON: each pasted where it belongs makes the same one."""

import asyncio
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.manage import Caller, Desk

OWNER = Caller.owner("tests")
HOSTILE = 'it\'s $(reboot) `reboot` \u2019; Remove-InboundConnector -x "%s" & <b>'
CASES: list[tuple[str, bool, dict[str, Any]]] = [
    (
        "SMTP Relay (TLS)",
        False,
        {
            "ConnectorType": "OnPremises",
            "SenderDomains": ["*"],
            "RequireTls": True,
            "TlsSenderCertificateName": "*.contoso.com",
            "CloudServicesMailEnabled": True,
            "Enabled": False,
        },
    ),
    (
        "-SMTP Relay (Non-TLS)",
        False,
        {
            "ConnectorType": "OnPremises",
            "SenderDomains": ["*"],
            "RequireTls": False,
            "SenderIPAddresses": ["192.0.2.1", "2001:db8::/64"],
            "Comment": HOSTILE,
            "MaxMessageSize": 4096,
        },
    ),
    (
        HOSTILE,
        False,
        {"ConnectorType": "Partner", "SenderDomains": ["fabrikam.com", "*.fabrikam.com"], "RequireTls": False},
    ),
    (
        "Upstream",
        True,
        {
            "ConnectorType": "Partner",
            "RecipientDomains": ["*"],
            "UseMXRecord": False,
            "SmartHosts": ["mx.example", "[2001:db8::25]:2525"],
            "TlsSettings": "DomainValidation",
            "TlsDomain": "mx.example",
            "ValidationRecipients": ["b@fabrikam.com"],
        },
    ),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={}))


def call(desk: Desk, verb: str, **arguments: Any) -> Any:
    return asyncio.run(desk.call(verb, arguments, caller=OWNER)).value


def made(desk: Desk, name: str, *, outbound: bool) -> dict[str, Any]:
    """The connector without what tells which one it is; it is gone afterwards."""
    found = call(desk, "connector.show", identity=name, outbound=outbound)
    call(desk, "connector.remove", identity=found["Guid"], outbound=outbound)
    return {key: value for key, value in found.items() if key not in ("Guid", "WhenChangedUTC", "WhenCreatedUTC")}


@pytest.mark.parametrize(("name", "outbound", "properties"), CASES, ids=["name", "address", "partner", "out"])
def test_each_command_makes_the_same_connector(
    desk: Desk, name: str, outbound: bool, properties: dict[str, Any]
) -> None:
    commands = call(desk, "connector.commands", name=name, properties=properties, outbound=outbound)
    call(desk, "connector.add", name=name, properties=properties, outbound=outbound)
    wanted = made(desk, name, outbound=outbound)
    body = json.loads(commands["Json"])
    call(desk, "connector.add", name=body.pop("Name"), properties=body, outbound=outbound)
    assert made(desk, name, outbound=outbound) == wanted


def test_what_is_a_default_anyway_is_left_out_and_a_secret_never_written(desk: Desk) -> None:
    properties = {
        "Enabled": True,
        "Comment": "",
        "SmartHosts": ["mx.example"],
        "UseMXRecord": False,
        "TlsSettings": "CertificateValidation",
        "UserName": "anna",
        "Password": "hunter2",
        "ConnectorSource": "AdminUI",
    }
    commands = call(desk, "connector.commands", name="Out", properties=properties, outbound=True)
    text = "\n".join(commands.values())
    assert "hunter2" not in text and "Comment" not in text and "ConnectorSource" not in text
    assert shlex.split(commands["Cli"])[-2:] == ["--password-file", "(the secret)"]
    assert "-Enabled" not in commands["PowerShell"]


def test_the_organization_is_named_where_there_are_several(desk: Desk) -> None:
    call(desk, "organization.add", name="Fabrikam")
    commands = call(desk, "connector.commands", name="A", properties={"SenderDomains": ["*"]}, organization="Fabrikam")
    assert commands["PowerShell"].endswith("-Organization 'Fabrikam'")
    assert commands["Cli"].endswith("--organization Fabrikam")
    assert json.loads(commands["Json"])["Organization"] == "Fabrikam"
