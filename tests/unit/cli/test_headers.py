"""gatepost headers: the table, the JSON, and what it does with no header at all."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from gatepost.__main__ import commands
from gatepost.cli.headers import show
from gatepost.headers import analyse

SAMPLES = Path(__file__).parents[1] / "headers" / "samples"
OURS = ("--own", "local.test", "--own", "cloud.test")


@pytest.fixture(autouse=True)
def _away_from_any_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def headers(*words: str, text: str | bytes | None = None) -> Any:
    return CliRunner().invoke(commands(), ["headers", *words], input=text)


def sample(name: str) -> str:
    return str(SAMPLES / f"{name}.eml")


def test_the_json_has_the_shape_that_scripts_read() -> None:
    run = headers(sample("gatepost"), *OURS, "--json")
    found = json.loads(run.stdout)
    assert run.exit_code == 0
    assert set(found) >= {"summary", "hops", "total_seconds", "antispam", "verdict", "findings"}
    hop = found["hops"][1]
    assert (hop["hop"], hop["by"], hop["with"], hop["delay_seconds"], hop["tls"], hop["role"]) == (
        2,
        "cloud.test",
        "ESMTPS",
        8.0,
        True,
        "connector_relay",
    )
    assert set(hop) >= {"from", "id", "for", "time"}
    assert found["connector"] == "SMTP Relay (TLS)" and found["connector"] in found["verdict"]
    assert found["summary"]["message_id"] == "<1@contoso.test>"


def test_people_get_the_verdict_first_and_a_table_of_hops() -> None:
    run = headers(sample("gatepost"), *OURS)
    lines = run.stdout.splitlines()
    assert lines[0].startswith("The message went through cloud.test and its connector SMTP Relay (TLS)")
    assert any(line.startswith("2 ") and "8 seconds █" in line and "TLSv1.3" in line for line in lines)


@pytest.mark.parametrize(("language", "word"), [("zh-Hans", "您的本地中继"), ("zh-Hant", "您的本機轉送伺服器")])
def test_the_words_come_in_the_language_asked_for(language: str, word: str) -> None:
    assert word in headers(sample("gatepost"), *OURS, "--language", language).stdout


def test_a_header_is_read_from_standard_input() -> None:
    run = headers("-", "--json", text="Subject: hello\n")
    assert json.loads(run.stdout)["summary"] == {"subject": "hello"}


def test_hostile_headers_cannot_act_upon_a_terminal() -> None:
    run = headers("-", text="Subject: \x1b[31mred\x07\nReceived: from \x1b[2J by \x1b]0;x\x07 with \u202eSMTP; x\n")
    assert run.exit_code == 0
    assert not set("\x1b\x07\u202e") & set(run.stdout)


@pytest.mark.parametrize("text", ["", "no header at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"])
def test_where_there_is_no_header_the_command_says_what_to_give(text: str | bytes) -> None:
    run = headers("-", text=text)
    assert run.exit_code == 1 and "Remedy: " in run.stdout


def test_a_file_that_is_not_there_is_a_sentence() -> None:
    run = headers("nowhere.eml", "--json")
    assert run.exit_code == 1
    assert json.loads(run.stdout)["error"]["problems"] == [
        "nowhere.eml cannot be read: No such file or directory. Remedy: name a file with the message, or - to paste "
        "its header."
    ]


# --- the picture and the page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_picture_and_the_page_come_on_standard_output(language: str) -> None:
    picture = headers(sample("gatepost"), *OURS, "--svg", "--language", language).stdout
    assert ElementTree.fromstring(picture).get("lang") == language
    page = headers(sample("gatepost"), *OURS, "--html", "--language", language).stdout
    assert page.startswith("<!doctype html>") and f'<html lang="{language}">' in page and "cloud.test" in page


def test_the_picture_is_written_to_a_file(tmp_path: Path) -> None:
    run = headers(sample("gatepost"), *OURS, "--svg", "--output", str(tmp_path / "way.svg"))
    assert (run.exit_code, run.stdout) == (0, "")
    assert (tmp_path / "way.svg").read_text("utf-8").startswith("<svg ")


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    run = headers(sample("gatepost"), "--html", "--output", str(tmp_path / "nowhere" / "x.html"))
    assert run.exit_code == 1 and "cannot be written: No such file or directory. Remedy: " in run.output


@pytest.mark.parametrize("words", [("--svg", "--html"), ("--svg", "--json"), ("--output", "x.svg")])
def test_forms_that_exclude_each_other_are_refused(words: tuple[str, ...]) -> None:
    run = headers(sample("gatepost"), *words)
    assert run.exit_code == 2 and "Remedy" in run.output


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Trace of this server: u@x.test delivered; gatepost trace show 07"),
        ("zh-Hans", "此服务器的跟踪：u@x.test 已送达；gatepost trace show 07"),
        ("zh-Hant", "此伺服器的追蹤：u@x.test 已送達；gatepost trace show 07"),
    ],
)
def test_the_trace_of_this_server_is_told_in_the_language(
    language: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    story = {"id": "07", "recipients": [{"address": "u@x.test", "state": "delivered"}]}
    show(analyse("Subject: x\n"), language=language, story=story)
    assert expected in capsys.readouterr().out
