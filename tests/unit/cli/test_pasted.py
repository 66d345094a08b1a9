"""What a page shows to be pasted into a shell makes the connector that was meant."""

import shlex
from typing import Any

import pytest

from gatepost.config import ObjectKind
from gatepost.manage.commands import commands_of

from .asked import Gatepost, gatepost

__all__ = ["gatepost"]

HOSTILE = 'it\'s $(reboot) `reboot` \u2019; gatepost connector remove x "%s" & <b>'


@pytest.mark.parametrize(
    ("name", "kind", "properties"),
    [
        (
            "-SMTP Relay (Non-TLS)",
            ObjectKind.INBOUND,
            {
                "ConnectorType": "OnPremises",
                "SenderDomains": ["*"],
                "RequireTls": False,
                "SenderIPAddresses": ["192.0.2.1", "2001:db8::/64"],
                "Comment": HOSTILE,
                "Enabled": False,
            },
        ),
        (
            "Upstream",
            ObjectKind.OUTBOUND,
            {
                "ConnectorType": "Partner",
                "RecipientDomains": ["*"],
                "UseMXRecord": False,
                "SmartHosts": ["mx.example:25", "192.0.2.25:2525"],
                "TlsSettings": "DomainValidation",
                "TlsDomain": "mx.example",
            },
        ),
    ],
    ids=["in", "out"],
)
def test_a_pasted_command_line_makes_the_connector(
    gatepost: Gatepost, name: str, kind: ObjectKind, properties: dict[str, Any]
) -> None:
    program, *words = shlex.split(commands_of(kind, name, properties)["Cli"])
    assert program == "gatepost"
    assert (made := gatepost(*words)).status == 0, made.err
    outbound = ["--outbound"] if kind is ObjectKind.OUTBOUND else []
    [found] = gatepost("connector", "list", *outbound, "--json").json
    assert found["Name"] == name
    wanted = properties | ({"SenderDomains": ["smtp:*;1"]} if "SenderDomains" in properties else {})
    shown = {key: found[key] for key in wanted}
    if "SmartHosts" in shown:
        wanted["SmartHosts"] = ["mx.example", "192.0.2.25:2525"]
    assert shown == wanted
