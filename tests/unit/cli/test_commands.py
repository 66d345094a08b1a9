"""The commands against a real desk behind a real admin socket."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepost.cli import below
from gatepost.config import PROPERTIES, ObjectKind

from .asked import APP, Gatepost, gatepost, invoke

__all__ = ["gatepost"]  # the fixture

ARTICLE = [
    "connector",
    "add",
    "--name",
    "SMTP Relay (Non-TLS)",
    "--connector-type",
    "OnPremises",
    "--sender-domains",
    "*",
]


def test_the_commands_of_the_contract_set_up_a_relay(gatepost: Gatepost) -> None:
    added = gatepost(
        "connector", "add", "--name", "SMTP Relay (TLS)", "--connector-type", "OnPremises", "--sender-domains", "*",
        "--require-tls", "true", "--tls-sender-certificate-name", "relay.contoso.com",
    )  # fmt: skip
    assert (added.status, added.err) == (0, "")
    assert "Added connector 'SMTP Relay (TLS)'" in added.out
    added = gatepost(
        "connector", "add", "--outbound", "--name", "Upstream", "--recipient-domains", "*", "--use-mx-record", "false",
        "--smart-hosts", "127.0.0.1:2600",
    )  # fmt: skip
    assert added.status == 0, added.err
    assert gatepost("domain", "add", "contoso.com", "--domain-type", "Authoritative").status == 0
    listed = gatepost("connector", "list", "--json")
    assert [it["Name"] for it in listed.json] == ["SMTP Relay (TLS)"]
    assert gatepost("connector", "show", "Upstream", "--outbound", "--json").json["SmartHosts"] == ["127.0.0.1:2600"]
    explained = gatepost(
        "connector", "explain", "--ip", "203.0.113.9", "--cert-name", "relay.contoso.com", "--mail-from",
        "a@contoso.com", "--rcpt", "b@fabrikam.com", "--json",
    )  # fmt: skip
    assert (explained.status, explained.json["result"]) == (0, "relay")
    assert explained.json["connector"] == "SMTP Relay (TLS)"


def test_tables_for_people(gatepost: Gatepost) -> None:
    assert "There are no connectors" in gatepost("connector", "list").out
    gatepost(*ARTICLE, "--sender-ip-addresses", "192.0.2.1", "--sender-ip-addresses", "192.0.2.2")
    gatepost("domain", "add", "contoso.com")
    table = gatepost("connector", "list").out
    assert "SMTP Relay (Non-TLS)" in table
    assert "192.0.2.1, 192.0.2.2" in table
    assert "contoso.com" in gatepost("domain", "list").out
    assert "SenderIPAddresses" in gatepost("connector", "show", "smtp relay (non-tls)").out
    why = gatepost(
        "connector", "explain", "--ip", "192.0.2.9", "--mail-from", "a@contoso.com", "--rcpt", "b@fabrikam.com"
    )
    assert "reject: 550 5.7.64" in why.out
    assert "because" in why.out
    assert "remedy" in why.out
    assert "The queue is empty." in gatepost("queue", "list").out
    assert "Nothing was found." in gatepost("trace", "find").out
    assert "ready" in gatepost("status").out
    assert "SMTP Relay" in gatepost("audit").out


def test_connectors_are_changed_and_lists_edited(gatepost: Gatepost) -> None:
    gatepost(*ARTICLE, "--sender-ip-addresses", "192.0.2.1")
    name = "SMTP Relay (Non-TLS)"
    assert gatepost("connector", "set", name, "--add-sender-ip-addresses", "192.0.2.2", "--comment", "hi").status == 0
    assert gatepost("connector", "set", name, "--remove-sender-ip-addresses", "192.0.2.1").status == 0
    shown = gatepost("connector", "show", name, "--json").json
    assert (shown["SenderIPAddresses"], shown["Comment"]) == (["192.0.2.2"], "hi")
    assert gatepost("connector", "set", name, "--comment", "", "--name", "New").status == 0
    assert gatepost("connector", "show", "New", "--json").json["Comment"] == ""
    assert gatepost("connector", "disable", "New").status == 0
    assert gatepost("connector", "enable", "New", "--json").json["Enabled"] is True
    assert gatepost("connector", "validate", "New", "--json").json[0]["IsTaskSuccessful"] is True
    assert gatepost("connector", "remove", "New").status == 0
    assert gatepost("connector", "list", "--json").json == []


def test_a_refusal_is_status_1_with_every_sentence_on_standard_error(gatepost: Gatepost) -> None:
    refused = gatepost(*ARTICLE, "--sender-ip-addresses", "1.1.1.1-1.1.1.2", "--require-tls", "maybe")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.count("Remedy: ") == 2
    unknown = gatepost("connector", "remove", "nobody", "--json")
    assert unknown.status == 1
    assert unknown.json["error"]["kind"] == "not_found"


def test_a_warning_does_not_disturb_the_json(gatepost: Gatepost) -> None:
    added = gatepost(*ARTICLE, "--sender-ip-addresses", "10.0.0.0/8", "--json")
    assert added.status == 0
    assert added.json["Name"] == "SMTP Relay (Non-TLS)"
    assert "Warning: " in added.err


@pytest.mark.parametrize(
    "words",
    [
        ["connector", "add"],
        ["connector", "add", "--name", "x", "--no-such-flag", "1"],
        ["connector", "add", "--name", "x", "--smart-hosts", "a.example"],
        ["connector", "add", "--outbound", "--name", "x", "--require-tls", "true"],
        ["connector", "set", "x"],
        ["connector", "set", "x", "--sender-ip-addresses", "1.1.1.1", "--add-sender-ip-addresses", "1.1.1.2"],
        ["connector", "add", "--outbound", "--name", "x", "--password-file", "/nowhere"],
        ["connector", "explain", "--ip", "192.0.2.1"],
        ["user", "add", "anna"],
        ["nonsense"],
        ["queue", "list", "--limit", "0"],
    ],
)
def test_a_usage_error_is_status_2(gatepost: Gatepost, words: list[str]) -> None:
    assert gatepost(*words).status == 2


def test_without_a_server_it_says_where_it_looked_and_ends_with_75(tmp_path: Path) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text("")
    for words in (["connector", "list"], ["queue", "list"], ["export"], ["status"], ["trace", "find"]):
        run = invoke(*words, config=file)
        assert run.status == 75
        assert f"nothing answers at {tmp_path}/gatepost-data/admin.sock" in run.err.replace("\n", "")
        assert "gatepost serve" in run.err
    run = invoke("domain", "list", "--json", config=file)
    assert (run.status, run.json["error"]["kind"]) == (75, "try_later")


def test_a_bad_configuration_is_status_78_with_a_sentence_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text("[limits]\nmax_connections = 0\nfoo = 1\n")
    for words in (["connector", "list"], ["serve"]):
        run = invoke(*words, config=file)
        assert run.status == 78
        assert run.err.count("Remedy: ") == 2
    assert invoke("queue", "list", config=tmp_path / "missing.toml").status == 78


def test_gatepost_config_in_the_environment_names_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text("[limits]\nfoo = 1\n")
    monkeypatch.setenv("GATEPOST_CONFIG", str(file))
    assert invoke("domain", "list").status == 78


def test_apply_plan_and_export_round_trip(gatepost: Gatepost, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("geheim\n")
    file = tmp_path / "relay.toml"
    file.write_text(
        '[[AcceptedDomain]]\nDomainName = "contoso.com"\n[[InboundConnector]]\nName = "P"\n'
        'ConnectorType = "OnPremises"\nSenderDomains = ["*"]\nSenderIPAddresses = ["192.0.2.1"]\n'
        '[[OutboundConnector]]\nName = "U"\n'
        'RecipientDomains = ["*"]\nSmartHosts = ["a.example"]\nTlsSettings = "CertificateValidation"\nUserName = "u"\n'
        'PasswordFile = "secret.txt"\nClientCertificatePfx = "relay.pfx"\n'
    )
    planned = gatepost("plan", str(file))
    assert planned.status == 0
    assert "+ inbound connector 'P'" in planned.out
    assert "Plan: 3 changes." in planned.out
    assert "Applied: 3 changes." in gatepost("apply", str(file)).out
    assert "Applied: no changes." in gatepost("apply", str(file)).out
    shown = gatepost("connector", "show", "U", "--outbound", "--json").json
    assert (shown["Password"], shown["ClientCertificatePfx"]) == ("(set)", str(tmp_path / "relay.pfx"))
    out = tmp_path / "export.toml"
    assert gatepost("export", "--output", str(out)).status == 0
    assert "geheim" not in out.read_text()
    assert "Applied: no changes." in gatepost("apply", str(out), "--prune").out
    exported = gatepost("export", "--json")
    assert gatepost("apply", "-", "--json", stdin=exported.out).json["changes"] == []
    file.write_text('[[InboundConnector]]\nName = "P"\nConnectorType = "OnPremises"\nSenderDomains = ["*"]\n')
    changed = gatepost("plan", str(file), "--prune")
    assert "SenderIPAddresses: 192.0.2.1 -> (none)" in changed.out
    assert "- accepted domain 'contoso.com'" in changed.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x = ", "is not valid TOML or JSON"),
        ("{", "is not valid TOML or JSON"),
        ("[" * 100_000, "is not valid TOML or JSON"),
        ('[[OutboundConnector]]\nName = "U"\nPasswordFile = "nowhere"\n', "nowhere: No such file"),
        ("[[InboundConnector]]\n", "Name is missing"),
        ("Foo = 1\n", "Foo is not a list of a document"),
    ],
)
def test_a_bad_document_is_refused_in_a_sentence(gatepost: Gatepost, tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content)
    for verb in ("plan", "apply"):
        run = gatepost(verb, str(file))
        assert run.status == 1
        assert words in run.err
    assert gatepost("apply", str(tmp_path / "missing.toml")).status == 1


def test_users_get_their_passwords_from_a_file(gatepost: Gatepost, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("geheim\n")
    added = gatepost(
        "user", "add", "anna", "--password-file", str(tmp_path / "pw"), "--allowed-senders", "*@contoso.com"
    )
    assert added.status == 0, added.err
    assert gatepost("user", "password", "anna", "--password-file", "-", stdin="neu\n").status == 0
    assert gatepost("user", "set", "anna", "--enabled", "false").status == 0
    (user,) = gatepost("user", "list", "--json").json
    assert (user["Name"], user["Enabled"], user["Password"]) == ("anna", False, "(set)")
    assert "anna" in gatepost("user", "list").out
    assert gatepost("user", "remove", "anna").status == 0


def test_organizations_are_named_where_there_are_several(gatepost: Gatepost) -> None:
    assert gatepost("organization", "add", "Other").status == 0
    ambiguous = gatepost("domain", "add", "contoso.com")
    assert ambiguous.status == 1
    assert "There are several organizations: Default, Other." in ambiguous.err
    assert gatepost("domain", "add", "contoso.com", "--organization", "Other").status == 0
    assert gatepost("organization", "set", "Other", "--reject-direct-send", "true").status == 0
    assert len(gatepost("organization", "list", "--json").json) == 2
    assert gatepost("domain", "remove", "contoso.com").status == 0
    assert gatepost("organization", "remove", "Other").status == 0


def test_queue_operations_want_to_be_told_what(gatepost: Gatepost) -> None:
    for verb in ("retry", "hold", "release", "drop"):
        run = gatepost("queue", verb)
        assert run.status == 1
        assert "Nothing, or too much, is named" in run.err
        assert gatepost("queue", verb, "0000000000000000").status == 1
    assert gatepost("queue", "drop", "--destination", "mx:nowhere.example", "--json").json == {"recipients": 0}
    assert gatepost("trace", "show", "zz").status == 1


def test_version_needs_no_server() -> None:
    run = invoke("version", "--json")
    assert run.status == 0
    assert run.json["version"]
    assert "Gatepost" in invoke("version").out


def commands(app: Any) -> Iterator[list[str]]:
    import typer.main

    def walk(command: Any, path: list[str]) -> Iterator[list[str]]:
        inner = below(command)
        if not inner:
            yield path
        for name, child in inner.items():
            yield from walk(child, [*path, name])

    yield from walk(typer.main.get_command(app), [])


ALL = list(commands(APP))


def test_the_tree_has_every_command_of_the_contract() -> None:
    words = {" ".join(it) for it in ALL}
    assert {
        "serve", "lab", "send", "mx", "version", "apply", "plan", "export",
        *(f"connector {it}" for it in ["list", "show", "add", "set", "remove"]),
        *(f"connector {it}" for it in ["enable", "disable", "validate", "explain"]),
        *(f"domain {it}" for it in ["list", "add", "set", "remove"]),
        *(f"queue {it}" for it in ["list", "show", "retry", "hold", "release", "drop"]),
        *(f"trace {it}" for it in ["find", "show"]),
        *(f"user {it}" for it in ["list", "add", "remove", "password"]),
    } <= words  # fmt: skip


@pytest.mark.parametrize("words", ALL, ids=[" ".join(it) for it in ALL])
def test_every_command_has_help_with_an_example_and_json(words: list[str]) -> None:
    run = invoke(*words, "--help")
    assert run.status == 0
    assert f"gatepost {' '.join(words)}" in run.out.split("Usage:", 1)[1]
    assert "Example" in run.out
    if words not in (["serve"], ["sendmail"]):  # one prints facts, the other answers as sendmail does
        assert "--json" in run.out


@pytest.mark.parametrize("kind", [ObjectKind.INBOUND, ObjectKind.OUTBOUND])
def test_every_property_of_a_connector_has_its_flag(kind: ObjectKind) -> None:
    text = invoke("connector", "add", "--help").out
    for item in PROPERTIES[kind]:
        assert item.flag in text, item.name


def test_no_line_of_the_help_is_cut_at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = [line for line in invoke("--help").out.splitlines() if line.startswith("  ")]
    assert len(listed) > 30
    assert [line for line in listed if line.rstrip().endswith("...")] == []


def test_a_command_that_needs_no_relay_waits_for_none_of_it() -> None:
    """What each loads before it does anything: a tester's command starts at once, on the smallest machine."""
    code = """
import sys
from gatepost.__main__ import commands
from gatepost.cli import run
for name in ("headers", "pwsh", "send"):
    run(commands(), [name, "--help"])
    rooms = ("spool", "outbound", "cmdlets", "manage", "shell")
    print(name, [it for it in rooms if f"gatepost.{it}" in sys.modules], file=sys.stderr)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert told.stderr.splitlines() == ["headers []", "pwsh []", "send []"]


NOT_UTF8 = "\udcff"  # how an octet of the command line looks that the locale could not read


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("mx " + NOT_UTF8, "is not a domain: domain is not UTF-8 text. Remedy:"),
        ("send --server 127.0.0.1:9 --from a@b.test --to a@b.test --hello " + NOT_UTF8, "no host name. Remedy:"),
        ("send --server 127.0.0.1:9 --from a@b.test --to a@b.test --body " + NOT_UTF8, "not UTF-8 text. Remedy:"),
        ("plan nowhere.toml", "nowhere.toml: cannot be read: No such file or directory. Remedy:"),
        ("plan .", ".: cannot be read: Is a directory. Remedy:"),
        ("plan octets.toml", "octets.toml: is not UTF-8 text. Remedy:"),
        ("export --output nowhere/relay.toml", "cannot be written: No such file or directory. Remedy:"),
        ("check --certificate nowhere.pem", "cannot be read (No such file or directory). Remedy:"),
        ("trace find --sender " + "a" * 70_000, "sender is longer than 2000 characters. Remedy: shorten it."),
    ],
)
def test_words_that_cannot_be_meant_get_a_sentence_with_a_remedy(
    gatepost: Gatepost, words: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "octets.toml").write_bytes(b"# caf\xe9\n")
    monkeypatch.chdir(tmp_path)
    run = gatepost(*words.split(" "))
    assert run.status in (1, 2)
    assert told in " ".join(run.err.split())


def test_what_if_says_that_nothing_was_changed(gatepost: Gatepost) -> None:
    assert gatepost("domain", "add", "contoso.com").status == 0
    for words in ("recipient add anna@contoso.com", "device allow 192.0.2.71"):
        assert "Nothing was changed" in gatepost(*words.split(), "--what-if").out
        assert "Nothing was changed" not in gatepost(*words.split()).out
