"""What will change: sessions of the last week, judged as if a change were stored."""

from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from device_scenes import PRINTER, STRANGER, Scene, play

from gatepost.errors import ConfigRefused, NotAllowed
from gatepost.manage import Caller, Role
from gatepost.spool import Visit

OURS = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": [STRANGER]}


def test_a_new_connector_would_let_in_whom_it_names(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.refused()
        ask.refused()
        ask.refused("203.0.113.1")
        told = await ask("connector.foresee", name="Scanners", properties=OURS)
        assert (told["judged"], told["accepted"], told["refused"], told["complete"]) == (2, 1, 0, True)
        (example,) = told["examples"]
        assert (example["client"], example["times"], example["change"]) == (STRANGER, 2, "accepted")
        assert example["before"].startswith("550 5.7.64") and example["after"].startswith("250 ")
        assert (example["connector_before"], example["connector_after"]) == (None, "Scanners")
        assert await ask("connector.list") == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "remove", "identity": "Printers"},
        {"action": "set", "identity": "Printers", "properties": {"Enabled": False}},
        {"edits": [{"action": "remove", "kind": "domain", "name": "contoso.com"}]},
        {
            "edits": [
                {
                    "action": "set",
                    "kind": "organization",
                    "name": "Default",
                    "properties": {"BlockedIPAddresses": [PRINTER]},
                }
            ]
        },
    ],
    ids=["removed", "disabled", "its domain removed", "blocked"],
)
def test_a_change_would_shut_out_whom_it_no_longer_names(tmp_path: Path, change: dict[str, Any]) -> None:
    async def scene(ask: Scene) -> None:
        await ask("connector.add", name="Printers", properties={**OURS, "SenderIPAddresses": [PRINTER]})
        ask.met()
        told = await ask("connector.foresee", **change)
        assert (told["accepted"], told["refused"]) == (0, 1)
        (example,) = told["examples"]
        assert (example["change"], example["connector_before"]) == ("refused", "Printers")
        assert example["reasons"] and example["remedies"]

    play(tmp_path, scene)


def test_a_change_that_decides_nothing_at_the_door_changes_nothing(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.refused()
        hosts = {"UseMXRecord": False, "SmartHosts": ["relay.example"]}
        told = await ask("connector.foresee", name="Up", outbound=True, properties=hosts)
        assert (told["judged"], told["accepted"], told["examples"]) == (0, 0, [])
        ask.now += 8 * 86_400
        assert (await ask("connector.foresee", name="Scanners", properties=OURS))["judged"] == 0

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], ["ours"], (1, 0)),
        (["ours"], [], (0, 1)),
        (["ours"], ["theirs"], (0, 1)),
        (["theirs"], ["ours", "theirs"], (1, 0)),
        (["ours"], ["theirs", "ours"], (0, 0)),
    ],
)
def test_a_change_of_certificate_authorities_is_judged_with_the_chain_that_was_sent(
    tmp_path: Path, before: list[str], after: list[str], expected: tuple[int, int]
) -> None:
    names = {"ours": trustme.CA(), "theirs": trustme.CA()}
    roots = {name: it.cert_pem.bytes().decode() for name, it in names.items()}
    shown = names["ours"].issue_cert("relay.contoso.com")
    leaf = x509.load_pem_x509_certificate(shown.cert_chain_pems[0].bytes())

    def sent(ask: Scene, *chain: bytes) -> None:
        ask.spool.meet(
            Visit(
                client=STRANGER,
                at=ask.now,
                tls="TLSv1.3",
                certificate_names=("relay.contoso.com",),
                trusted_by=("Default",) if "ours" in before else (),
                certificate_chain=chain,
                sender="scan@contoso.com",
                recipients=("b@fabrikam.example",),
            )
        )

    async def scene(ask: Scene) -> None:
        ask.now = leaf.not_valid_after_utc.timestamp() - 60  # a week holds the session, whatever the day of the test
        by_certificate = {"RequireTls": True, "TlsSenderCertificateName": "relay.contoso.com"}
        await ask("connector.add", name="Relay", properties={**OURS, "SenderIPAddresses": [], **by_certificate})
        await ask("organization.set", properties={"CertificateAuthorities": [roots[it] for it in before]})
        sent(ask, leaf.public_bytes(Encoding.DER))
        properties = {"CertificateAuthorities": [roots[it] for it in after]}
        edit = {"action": "set", "kind": "organization", "name": "Default", "properties": properties}
        told = await ask("connector.foresee", edits=[edit])
        assert (told["accepted"], told["refused"], told["complete"]) == (*expected, True)
        sent(ask)  # by a relay that kept no chains yet: nobody can tell
        told = await ask("connector.foresee", edits=[edit])
        assert (told["accepted"], told["refused"], told["complete"]) == (*expected, False)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "X", "action": "trust"},
        {"name": "X", "properties": []},
        {"edits": [{"action": "add", "kind": "printer", "name": "X"}]},
        {"name": "X", "properties": {"SenderIPAddresses": ["0.0.0.0/0"]}},
    ],
)
def test_a_change_that_could_not_be_stored_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async def scene(ask: Scene) -> None:
        with pytest.raises(ConfigRefused, match="Remedy"):
            await ask("connector.foresee", **wrong)

    play(tmp_path, scene)


def test_one_organization_foresees_nothing_of_another(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await ask("organization.add", name="Fabrikam", properties={})
        await ask("domain.add", name="fabrikam.com", properties={}, organization="Fabrikam")
        ask.refused()
        ask.refused("203.0.113.1", sender="x@fabrikam.com")
        ask.refused("203.0.113.2", sender="x@nobody.example")
        ask.caller = Caller(who="bo", origin="web", role=Role.VIEW_ONLY, organization="Fabrikam")
        told = await ask("connector.foresee", name="New", properties={**OURS, "SenderIPAddresses": ["203.0.113.0/24"]})
        assert (told["judged"], [it["client"] for it in told["examples"]]) == (1, ["203.0.113.1"])
        with pytest.raises(NotAllowed):
            edit = {
                "action": "set",
                "kind": "organization",
                "name": "Default",
                "properties": {"RejectDirectSend": True},
            }
            await ask("connector.foresee", edits=[edit])

    play(tmp_path, scene)
