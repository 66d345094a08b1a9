"""What a page shows to be pasted into PowerShell makes the connector that the page makes."""

from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.manage import Desk

from .house import Commanded

HOSTILE = 'it\'s $(reboot) `reboot` \u2019; Remove-InboundConnector -x "%s" & <b>'
BY_ADDRESS = {
    "ConnectorType": "OnPremises",
    "SenderDomains": ["*"],
    "SenderIPAddresses": ["192.0.2.1", "2001:db8::/64"],
}
BY_NAME = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "TlsSenderCertificateName": "*.contoso.com"}
OUT = {"RecipientDomains": ["*"], "UseMXRecord": False, "SmartHosts": ["mx.example", "192.0.2.25:2525"]}


@pytest.mark.parametrize(
    ("name", "outbound", "properties"),
    [
        ("SMTP Relay (TLS)", False, BY_NAME | {"RequireTls": True, "Enabled": False}),
        ("-SMTP Relay (Non-TLS)", False, BY_ADDRESS | {"RequireTls": False, "Comment": HOSTILE}),
        (HOSTILE[:64], False, {"ConnectorType": "Partner", "SenderDomains": ["fabrikam.com"], "RequireTls": False}),
        ("Upstream", True, OUT | {"TlsSettings": "DomainValidation", "TlsDomain": "mx.example"}),
    ],
    ids=["name", "address", "partner", "out"],
)
def test_a_pasted_cmdlet_makes_the_same_connector(
    tmp_path: Path, name: str, outbound: bool, properties: dict[str, Any]
) -> None:
    made = []
    for folder, pasted in ((tmp_path / "a", True), (tmp_path / "b", False)):
        with Config.open(folder) as config:
            desk = Desk(config=config, settings=load_settings(environ={}))
            powershell = Commanded(desk)
            arguments = {"name": name, "properties": properties, "outbound": outbound}
            if pasted:
                text = powershell._ask("connector.commands", arguments)[0]["PowerShell"]
                assert powershell.run(text) == 0, powershell.screen.written
            else:
                powershell._ask("connector.add", arguments)
            [it] = powershell._ask("connector.list", {"outbound": outbound})[0]
            made.append({key: it[key] for key in it if key not in ("Guid", "WhenChangedUTC", "WhenCreatedUTC")})
    assert made[0] == made[1]
