"""Serve and lab, which come from above: what they are given, and how their troubles end."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatepost.cli import build
from gatepost.config import Settings
from gatepost.errors import CertificateUnusable, ConfigRefused, SpoolInUse


def no_lab(*, once: bool, as_json: bool) -> int:
    raise AssertionError


def no_serve(settings: Settings) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("trouble", "status", "words"),
    [
        (SpoolInUse("/d belongs to process 7."), 1, "Another Gatepost is using this data directory. /d belongs to"),
        (
            OSError(98, "address already in use"),
            1,
            "cannot start: address already in use. Remedy: stop what listens there",
        ),
        (CertificateUnusable("relay.pem: expired."), 1, "relay.pem: expired."),
        (ConfigRefused(["config.db: is odd. Remedy: none.", "And so is this."]), 78, "And so is this."),
    ],
    ids=["in use", "port taken", "certificate", "configuration"],
)
def test_a_relay_that_cannot_start_says_why(tmp_path: Path, trouble: Exception, status: int, words: str) -> None:
    def serve(settings: Settings) -> None:
        raise trouble

    file = tmp_path / "gatepost.toml"
    file.write_text("")
    run = CliRunner().invoke(build(serve=serve, lab=no_lab), ["--config", str(file), "serve"])
    assert run.exit_code == status
    assert words in run.stderr


def test_serve_gets_the_settings_and_ends_with_0(tmp_path: Path) -> None:
    given: list[Settings] = []
    file = tmp_path / "gatepost.toml"
    file.write_text('hostname = "relay.contoso.com"\n')
    run = CliRunner().invoke(build(serve=given.append, lab=no_lab), ["--config", str(file), "serve"])
    assert run.exit_code == 0
    assert (given[0].hostname, given[0].source) == ("relay.contoso.com", file)


@pytest.mark.parametrize("status", [0, 1])
def test_lab_ends_with_its_verdict(status: int) -> None:
    def lab(*, once: bool, as_json: bool) -> int:
        assert (once, as_json) == (True, False)
        return status

    assert CliRunner().invoke(build(serve=no_serve, lab=lab), ["lab", "--once"]).exit_code == status
