"""The script that recreates a configuration on Exchange Online."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.config import Config, Edit, ObjectKind
from gatepost.manage.recreate import quoted, script_of, written


def script(tmp_path: Path, *wishes: tuple[ObjectKind, str, dict[str, Any]]) -> str:
    with Config.open(tmp_path) as config:
        edits = [Edit(action="add", kind=kind, name=name, properties=values) for kind, name, values in wishes]
        config.change(edits, who="anna", origin="test")
        return script_of(config.world.records())


def inbound(**values: Any) -> tuple[ObjectKind, str, dict[str, Any]]:
    given_values = {"ConnectorType": "OnPremises", "SenderDomains": "*", **values}
    return (ObjectKind.INBOUND, "SMTP Relay (Non-TLS)", given_values)


def outbound(**values: Any) -> tuple[ObjectKind, str, dict[str, Any]]:
    return (ObjectKind.OUTBOUND, "Upstream", {"RecipientDomains": ["*"], **values})


def test_the_articles_connector_comes_out_as_the_article_has_it(tmp_path: Path) -> None:
    text = script(tmp_path, inbound(SenderIPAddresses="8.8.8.8"))
    assert "Name              = 'SMTP Relay (Non-TLS)'\n" in text
    assert "ConnectorType     = 'OnPremises'\n" in text
    assert "SenderIPAddresses = '8.8.8.8'\n" in text
    assert text.endswith("}\nNew-InboundConnector @params\n")
    assert "\n# NOTE" not in text


@pytest.mark.parametrize(
    ("wish", "note"),
    [
        (inbound(SenderIPAddresses=["8.8.8.8", "2001:db8::/64"]), "2001:db8::/64: Exchange takes no IPv6 addresses"),
        (inbound(SenderIPAddresses=["8.8.8.0/23"]), "8.8.8.0/23 is wider than Exchange's /24: written as 2 networks"),
        (inbound(SenderIPAddresses=["8.8.8.8", "9.0.0.0/8"]), "9.0.0.0/8 is wider than Exchange's /24, in 65536 parts"),
        (inbound(SenderIPAddresses=["10.0.0.9"]), "10.0.0.9 is not a public address"),
        (inbound(SenderIPAddresses=["8.8.8.8"], BareLineFeeds="Normalize"), "BareLineFeeds: only this relay has it"),
        (outbound(SmartHosts=["mail.example:2525"]), "mail.example:2525: Exchange always connects to port 25"),
        (
            outbound(SmartHosts=["mail.example"], TlsSettings="CertificateValidation", UserName="u", Password="geheim"),
            "UserName: only this relay has it",
        ),
    ],
)
def test_where_exchange_cannot_follow_is_said(tmp_path: Path, wish: Any, note: str) -> None:
    text = script(tmp_path, wish)
    assert f"{note}" in text
    assert "geheim" not in text


def test_a_connector_of_which_nothing_is_left_is_commented_out(tmp_path: Path) -> None:
    text = script(tmp_path, inbound(SenderIPAddresses=["2001:db8::1"]))
    assert "# New-InboundConnector @params\n" in text
    assert "\nNew-InboundConnector" not in text


def test_domains_are_named_and_their_types_set(tmp_path: Path) -> None:
    text = script(
        tmp_path,
        (ObjectKind.DOMAIN, "contoso.com", {}),
        (ObjectKind.DOMAIN, "fabrikam.com", {"DomainType": "InternalRelay", "MatchSubDomains": True}),
    )
    assert "#   contoso.com (Authoritative)\n" in text
    assert "Set-AcceptedDomain -Identity 'fabrikam.com' -DomainType InternalRelay -MatchSubDomains $true\n" in text


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (True, "$true"),
        (None, "$null"),
        (25, "25"),
        ([], "@()"),
        (["a", "b"], "'a', 'b'"),
        ("it's", "'it''s'"),
        ("\u2019; Remove-InboundConnector x #", "'\u2019\u2019; Remove-InboundConnector x #'"),
    ],
)
def test_values_are_written_as_literals(value: Any, literal: str) -> None:
    assert written(value) == literal


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"])))
def test_no_text_leaves_its_quotes(text: str) -> None:
    inner = quoted(text)[1:-1]
    for mark in "'\u2018\u2019\u201a\u201b":
        inner = inner.replace(mark * 2, "")
    assert not any(mark in inner for mark in "'\u2018\u2019\u201a\u201b")
