"""`gatepost check` and `gatepost mx --probe` against a relay, hosts and a name server that really run."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from house import OURS, House, by_address, by_certificate, domain, house
from named import naming
from papers import SERVER, issue
from sink import Sink
from sink import running as sinking
from typer.testing import CliRunner

from gatepost.__main__ import commands
from gatepost.checks import CHECKS, Lookups, Site, run_checks
from gatepost.checks.site import Finding
from gatepost.config import load_settings

pytestmark = pytest.mark.flow

SEEN = "11.22.33.44"  # our address, as the sink claims to see it
ZONE = f"""
{OURS}. 60 IN MX 10 mail.{OURS}.
mail.{OURS}. 60 IN A 127.0.0.1
{OURS}. 60 IN TXT "v=spf1 ip4:{SEEN} -all"
relay.{OURS}. 60 IN A {SEEN}
44.33.22.11.in-addr.arpa. 60 IN PTR relay.{OURS}.
"""
HELLO = f"250-sink.example Hello [{SEEN}]\r\n250-STARTTLS\r\n250 SIZE"


def tls_of(folder: Path) -> ssl.SSLContext:
    files = issue("sink.example").files(folder, "sink")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["certificate"], files["key"])
    return context


def gatepost(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(commands(), ["--config", str(folder / "gatepost.toml"), *words], prog_name="gatepost")


def checked(folder: Path, *names: str, more: tuple[str, ...] = ()) -> tuple[int, list[dict[str, Any]]]:
    words = [word for name in names for word in ("--only", name)]
    run = gatepost(folder, "check", "--json", *words, *more)
    return run.exit_code, json.loads(run.stdout)["findings"]


@contextmanager
def checkable(folder: Path, *edits: Any, sink: Sink | None = None) -> Iterator[House]:
    with (
        naming(ZONE) as server,
        house(
            folder, *edits, settings=f'resolvers = ["{server}"]\n[delivery]\nallow_private_mx = true', sink=sink
        ) as it,
    ):
        yield it


def test_all_checks_of_a_running_relay_are_made_and_shown(tmp_path: Path) -> None:
    sink = Sink(say={"ehlo": HELLO}, tls=tls_of(tmp_path))
    with checkable(tmp_path, domain(), by_address(), by_certificate(), sink=sink):
        _, findings = checked(tmp_path)
        shown = gatepost(tmp_path, "check").stdout
    assert {it["check"] for it in findings} == {it.name for it in CHECKS}
    by_check = {it["check"]: it for it in findings}
    reached = next(it for it in findings if it["check"] == "port-25" and "MX of" not in it["about"])
    assert (reached["level"], reached["sentence"][:41]) == ("ok", "TLSv1.3; it does not ask for a client cer")
    assert (by_check["public-address"]["level"], by_check["public-address"]["about"]) == ("ok", SEEN)
    assert by_check["spf"]["sentence"] == "SPF names our address."
    assert by_check["listeners"]["level"] == "ok"
    assert by_check["mx"]["sentence"] == f"mail.{OURS} takes its mail."
    assert "the name has this address" in by_check["reverse-name"]["sentence"]
    assert not sink.deliveries
    for words in ("This machine", "Certificates", "Listeners", "The world outside", "Remedy: ", " failed"):
        assert words in shown


@pytest.mark.parametrize(
    ("address", "level", "words"),
    [
        ("127.0.0.1", "warning", "It refuses strangers. Mail from contoso.com it relays for every program"),
        ("192.0.2.1", "ok", "It refuses to relay for strangers."),
    ],
)
def test_a_relay_that_lists_this_machine_is_warned_of(tmp_path: Path, address: str, level: str, words: str) -> None:
    with checkable(tmp_path, domain(), by_address("Devices", address)):
        status, [found] = checked(tmp_path, "open-relay")
    assert (status, found["level"]) == (0, level)
    assert words in found["sentence"]


def own_listener(sink: Sink, check: str) -> Finding:
    """What a check finds of a listener that is not really ours."""

    async def play() -> Finding:
        async with sinking(sink) as opened:
            site = Site(
                settings=load_settings(environ={}),
                lookups=Lookups(["127.0.0.1:9"], lifetime=0.2),
                clock=lambda: 0.0,
                running=True,
                listening=(("127.0.0.1", opened.port),),
            )
            [(_, [found])] = await run_checks(site, [check])
            return found

    return asyncio.run(play())


def test_an_open_relay_has_failed_and_nothing_was_sent() -> None:
    sink = Sink()
    found = own_listener(sink, "open-relay")
    assert found.level == "failed"
    assert "it is an open relay" in found.sentence
    assert not sink.deliveries
    assert not any(it.startswith("DATA") for it in sink.commands)


@pytest.mark.parametrize(
    ("sink", "level", "words"),
    [
        (Sink(), "ok", "It answers: 220 sink.example ESMTP"),
        (Sink(say={"greeting": "554 5.3.2 no"}), "failed", "It says 554 5.3.2 no instead of a greeting."),
        (Sink(drop="greeting"), "failed", "instead of a greeting"),
    ],
)
def test_a_listener_is_asked_for_its_greeting(sink: Sink, level: str, words: str) -> None:
    found = own_listener(sink, "listeners")
    assert found.level == level
    assert words in found.sentence


@pytest.mark.parametrize(
    ("sink", "level", "words"),
    [
        (Sink(), "ok", "It greets, without TLS."),
        (Sink(say={"greeting": "554 5.7.1 go away"}), "failed", "It turns us away: 554 5.7.1 go away"),
        (Sink(drop="greeting"), "failed", "ended"),
        (Sink(say={"ehlo": HELLO, "starttls": "454 4.7.0 no TLS now"}), "warning", "It greets, but"),
    ],
)
def test_a_smart_host_is_told_as_it_is(tmp_path: Path, sink: Sink, level: str, words: str) -> None:
    with checkable(tmp_path, sink=sink):
        _, [found] = checked(tmp_path, "port-25")
    assert found["level"] == level
    assert words in found["sentence"]
    assert not sink.deliveries


def test_a_smart_host_that_hangs_is_left_at_the_deadline(tmp_path: Path) -> None:
    with checkable(tmp_path, sink=Sink(hang="greeting")):
        status, [found] = checked(tmp_path, "port-25", more=("--deadline", "1"))
    assert (status, found["sentence"]) == (1, "It was not done after 1 seconds.")


def test_before_a_renewal_each_connector_is_told_of(tmp_path: Path) -> None:
    good = SERVER.files(tmp_path, "good")
    pfx = SERVER.pfx(tmp_path, "good", "secret")["pfx"]
    (tmp_path / "password").write_text("secret\n")
    other = issue("other.contoso.com").files(tmp_path, "other")
    with checkable(tmp_path, domain(), by_certificate("TLS")) as running:
        told = gatepost(tmp_path, "check", "--certificate", good["certificate"])
        assert told.exit_code == 1
        assert "No trusted CA vouches" in told.stdout
        as_pfx = ("--certificate", pfx, "--pfx-password-file", str(tmp_path / "password"), "--json")
        rows = json.loads(gatepost(tmp_path, "check", *as_pfx).stdout)["findings"]
        assert [it["about"] for it in rows] == ["the new certificate", "connector 'TLS'"]
        replaced = ("--certificate", other["certificate"], "--instead-of", good["certificate"])
        assert "expects relay.contoso.com" in gatepost(tmp_path, "check", *replaced).stdout
        assert running.facts.all("trouble") == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--only", "spff"), "no check is called spff"),
        (("--only", "spf", "--certificate", "x.pem"), "a check of its own"),
        (("--instead-of", "x.pem"), "belong to --certificate"),
    ],
)
def test_a_mistake_in_the_command_line_is_a_sentence(tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    (tmp_path / "gatepost.toml").write_text('data_dir = "data"\n')
    run = gatepost(tmp_path, "check", *words)
    assert run.exit_code == 2
    assert problem in " ".join(run.stderr.replace("│", " ").split())


def test_a_certificate_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text('data_dir = "data"\n')
    run = gatepost(tmp_path, "check", "--certificate", str(tmp_path / "none.pem"))
    assert run.exit_code == 1
    assert "none.pem: cannot be read" in run.stderr


def test_without_a_server_the_settings_alone_are_checked(tmp_path: Path) -> None:
    with naming(ZONE) as server:
        (tmp_path / "gatepost.toml").write_text(
            f'data_dir = "data"\nhostname = "relay.{OURS}"\nresolvers = ["{server}"]\n'
        )
        run = gatepost(tmp_path, "check")
    assert run.exit_code == 1
    assert "No server is running" in run.stderr
    assert "No running server could be asked" in run.stdout
    assert "It answers, and" in run.stdout


def test_mx_asks_the_hosts_only_when_it_is_told_to(tmp_path: Path) -> None:
    async def play() -> tuple[Any, Any, int]:
        async with sinking(Sink(tls=tls_of(tmp_path))) as sink:
            silent = await asyncio.to_thread(gatepost, tmp_path, "mx", OURS, "--json")
            assert sink.connections == 0
            told = await asyncio.to_thread(
                gatepost, tmp_path, "mx", OURS, "--probe", "--port", str(sink.port), "--json"
            )
            shown = await asyncio.to_thread(gatepost, tmp_path, "mx", OURS, "--probe", "--port", str(sink.port))
            assert "TLSv1.3; " in shown.stdout
            return silent, told, sink.connections

    with naming(ZONE) as server:
        settings = f'resolvers = ["{server}"]\n[delivery]\nallow_private_mx = true\n'
        (tmp_path / "gatepost.toml").write_text(settings)
        silent, told, connections = asyncio.run(play())
    assert "tls" not in json.loads(silent.stdout)["hosts"][0]
    [host] = json.loads(told.stdout)["hosts"]
    assert host["tls"]["version"] == "TLSv1.3"
    assert "self-signed" in host["tls"]["problem"]
    assert connections == 2
