"""gatepost apply takes what Exchange prints; gatepost export --powershell writes what Exchange takes."""

import json
from pathlib import Path

import pytest

from .asked import Gatepost, gatepost

__all__ = ["gatepost"]  # the fixture

PRINTED = {
    "Name": "SMTP Relay (Non-TLS)",
    "ConnectorType": "OnPremises",
    "SenderDomains": ["smtp:*;1"],
    "SenderIPAddresses": ["8.8.8.8"],
    "Enabled": True,
    "Identity": "SMTP Relay (Non-TLS)",
    "WhenCreatedUTC": "2026-07-23T22:55:13.0000000Z",
    "IsValid": True,
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("tree", [PRINTED, [PRINTED]], ids=["one object", "a list"])
def test_apply_takes_what_exchange_prints(gatepost: Gatepost, tmp_path: Path, encoding: str, tree: object) -> None:
    file = tmp_path / "connectors.json"
    file.write_bytes(json.dumps(tree, indent=4).encode(encoding))
    assert "+ inbound connector 'SMTP Relay (Non-TLS)'" in gatepost("apply", str(file)).out
    shown = gatepost("connector", "show", "SMTP Relay (Non-TLS)", "--json").json
    assert shown["SenderIPAddresses"] == ["8.8.8.8"]
    assert "Applied: no changes." in gatepost("apply", str(file)).out


def test_the_script_for_exchange_is_written_to_a_file(gatepost: Gatepost, tmp_path: Path) -> None:
    gatepost("connector", "add", "--name", "Printers", "--connector-type", "OnPremises", "--sender-domains", "*",
             "--sender-ip-addresses", "8.8.8.8")  # fmt: skip
    out = tmp_path / "recreate.ps1"
    assert gatepost("export", "--powershell", "--output", str(out)).status == 0
    assert "New-InboundConnector @params" in out.read_text("utf-8")
    assert "New-InboundConnector" in gatepost("export", "--powershell", "--json").json["script"]


def test_an_organization_needs_powershell(gatepost: Gatepost) -> None:
    assert gatepost("export", "--organization", "default").status == 2
