"""`gatepost pwsh` without a server: where the script comes from, how it ends, the terminal and the keyboard."""

import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from typer.testing import CliRunner, Result

from gatepost.__main__ import commands
from gatepost.cli.interpreter import Interpreter
from gatepost.cli.keyboard import Keyboard, Offered, state_folder
from gatepost.cli.terminal import MAX_TEXT, Terminal
from gatepost.errors import ScriptRefused

Run = Callable[..., Result]


@pytest.fixture
def pwsh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `gatepost pwsh` in an empty folder, with nobody at the keyboard."""
    (tmp_path / "gatepost.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)

    def run(*words: str, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(commands(), ["--config", "gatepost.toml", "pwsh", *words], input=stdin)

    return run


# --- where a script comes from, and how it ends ---------------------------------------------------------------


def test_a_text_is_run(pwsh: Run) -> None:
    done = pwsh("-c", "'one'; 1 + 1")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "one\n2\n", "")


def test_a_file_is_run_with_what_its_param_takes(pwsh: Run, tmp_path: Path) -> None:
    (tmp_path / "s.ps1").write_text('param([int]$Days = 1, [switch]$Loud)\n"$Days $Loud"')
    assert pwsh("s.ps1").stdout == "1 False\n"
    assert pwsh("s.ps1", "-Days", "7", "-Loud").stdout == "7 True\n"


def test_arguments_of_a_text_stand_behind_two_hyphens(pwsh: Run) -> None:
    assert pwsh("-c", "param($Days) $Days", "--", "-Days", "7").stdout == "7\n"


@pytest.mark.parametrize("words", [(), ("-",)])
def test_standard_input_is_run_where_there_is_no_file(pwsh: Run, words: tuple[str, ...]) -> None:
    assert pwsh(*words, stdin="'piped'").stdout == "piped\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_script_may_be_in_any_encoding_that_windows_writes(pwsh: Run, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "s.ps1").write_bytes("'Grüße 你好'\r\n".encode(encoding))
    assert pwsh("s.ps1").stdout == "Grüße 你好\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("'x'", 0),
        ("exit 7", 7),
        ("Write-Error 'no'", 1),
        ("throw 'no'", 1),
        ("try { throw 'no' } catch { 'caught' }", 0),
        ("'x", 1),
        ("Get-Nothing", 1),
        ("Get-InboundConnector", 75),
        ("Get-InboundConnector -ErrorAction SilentlyContinue", 0),
        ("Connect-ExchangeOnline -ConnectionUri http://127.0.0.1:1 -AccessToken x", 75),
        ("Connect-ExchangeOnline -ConnectionUri nonsense -AccessToken x", 1),
        ("Disconnect-ExchangeOnline; Get-InboundConnector", 1),
    ],
)
def test_the_status_says_how_it_ended(pwsh: Run, text: str, status: int) -> None:
    assert pwsh("-c", text).exit_code == status


@pytest.mark.parametrize(
    ("words", "words_of_it"),
    [
        (("/no/such.ps1",), "cannot be read"),
        (("s.bin",), "not UTF-8"),
        (("--ca", "/no/such.pem", "-c", "1"), "cannot be read"),
        (("--ca", "s.bin", "-c", "1"), "no PEM certificate"),
    ],
)
def test_a_file_that_cannot_be_used_is_wrong_usage(
    pwsh: Run, tmp_path: Path, words: tuple[str, ...], words_of_it: str
) -> None:
    (tmp_path / "s.bin").write_bytes(b"\xff\x00\xfe")
    done = pwsh(*words)
    assert done.exit_code == 2 and words_of_it in done.stderr and "Remedy:" in done.stderr


def test_what_is_not_understood_is_shown_with_its_place_and_nothing_of_it_has_run(pwsh: Run) -> None:
    done = pwsh("-c", "'before'\nGet-InboundConector")
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith("line 2, column 1: ")
    assert done.stderr.splitlines()[1:] == ["Get-InboundConector", "^"]
    assert "Get-InboundConnector?" in done.stderr


def test_a_bad_configuration_is_said_before_anything_else(pwsh: Run, tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text("nonsense = 1\n")
    assert pwsh("-c", "'x'").exit_code == 78


def test_no_server_is_a_sentence_with_its_remedy(pwsh: Run) -> None:
    told = pwsh("-c", "Get-InboundConnector").stderr
    assert told.startswith("Get-InboundConnector: No server is running") and "Remedy: start it" in told


# --- as JSON -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1, 'x', $true, $null", [1, "x", True, None]),
        ("[pscustomobject]@{ Name = 'x'; List = 1, 2 }", [{"Name": "x", "List": [1, 2]}]),
        ("$x = 1", []),
    ],
)
def test_objects_are_printed_as_one_array(pwsh: Run, text: str, value: Any) -> None:
    done = pwsh("--json", "-c", text)
    assert done.exit_code == 0 and json.loads(done.stdout) == value


@pytest.mark.parametrize(("text", "status"), [("'x", 1), ("throw 'no'", 1), ("Get-Nothing", 1)])
def test_an_error_is_the_one_value_instead(pwsh: Run, text: str, status: int) -> None:
    done = pwsh("--json", "-c", text)
    assert done.exit_code == status
    assert json.loads(done.stdout)["error"]["problems"]


def test_an_error_beside_objects_shows_in_the_status(pwsh: Run) -> None:
    done = pwsh("--json", "-c", "'x'; Get-InboundConnector; 'y'")
    assert (done.exit_code, json.loads(done.stdout)) == (75, ["x", "y"])


# --- the terminal --------------------------------------------------------------------------------------------


def test_output_and_what_is_said_about_it_go_different_ways(pwsh: Run) -> None:
    done = pwsh("-c", "'out'; Write-Host 'host'; Write-Warning 'careful'; Write-Error 'no'; Write-Verbose 'x' -Verbose")
    assert done.stdout == "out\nhost\n"
    assert done.stderr.splitlines() == ["WARNING: careful", "Write-Error: no", "VERBOSE: x"]


def test_nothing_that_a_text_holds_acts_upon_the_terminal(pwsh: Run) -> None:
    done = pwsh("-c", '$x = "a`e[31mb`ac$([char]0x202e)"; $x; Write-Host $x; Write-Warning $x; Write-Error $x')
    assert not set("\x1b\a\u202e") & set(done.stdout + done.stderr)


def test_a_terminal_without_the_signs_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(octets, encoding="ascii"))
    Terminal(asks=False).write("output", "Grüße\n")
    sys.stdout.flush()
    assert octets.getvalue() == b"Gr\\xfc\\xdfe\n"


def test_a_question_without_anybody_to_answer_ends_the_script(pwsh: Run) -> None:
    done = pwsh("-c", "$name = Read-Host 'Your name'; 'after'")
    assert done.exit_code == 1 and done.stdout == ""
    assert "'Your name" in done.stderr and "nobody is there to answer. Remedy:" in done.stderr


def test_files_are_read_and_written_where_it_was_started(pwsh: Run, tmp_path: Path) -> None:
    done = pwsh(
        "-c", "[pscustomobject]@{A=1;B='é'} | Export-Csv -Path out.csv; (Import-Csv out.csv).B; Get-Content out.csv"
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[0] == "é" and (tmp_path / "out.csv").read_text("utf-8").count("é") == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [("/no/such", "No such file"), (".", "directory"), ("a\0b", "no file name"), ("large", "larger than 16 MB")],
)
def test_a_file_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_TEXT + 1)
    with pytest.raises(OSError, match=words) as caught:
        Terminal(asks=False).read_text(path)
    assert "Remedy:" in str(caught.value) and "\0" not in str(caught.value)


def test_a_file_that_cannot_be_written_is_a_sentence() -> None:
    with pytest.raises(OSError, match=r"cannot be written.*Remedy:"):
        Terminal(asks=False).write_text("/no/such/folder/file", "x")


def test_an_input_that_ends_instead_of_answering_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(ScriptRefused, match="the input ended"):
        Terminal(asks=True).ask("Name: ")


# --- the keyboard --------------------------------------------------------------------------------------------


@pytest.fixture
def typed(tmp_path: Path) -> Callable[[str], list[str]]:
    """What the keyboard reads when these keys are pressed, command by command, until it ends."""
    interpreter = Interpreter(tmp_path, Terminal(asks=False))

    def press(keys: str) -> list[str]:
        found = []
        with create_pipe_input() as pipe:
            pipe.send_text(keys + "\x04")
            keyboard = Keyboard(
                interpreter.is_whole,
                interpreter.candidates,
                history=tmp_path / "state" / "history",
                source=pipe,
                screen=DummyOutput(),
            )
            while True:
                try:
                    found.append(keyboard.read())
                except KeyboardInterrupt:
                    found.append("^C")
                except EOFError:
                    return found

    return press


@pytest.mark.parametrize(
    ("keys", "commands_read"),
    [
        ("Get-Date\r", ["Get-Date"]),
        ("if ($true) {\r'x'\r}\r", ["if ($true) {\n'x'\n}"]),
        ("Get-Date |\rOut-Null\r", ["Get-Date |\nOut-Null"]),
        ("'one\rtwo'\r", ["'one\ntwo'"]),
        ("@{ A = 1\rB = 2 }\r", ["@{ A = 1\nB = 2 }"]),
        (")\r", [")"]),  # another line would not mend it: it is refused at once
        ("\r", [""]),
        ("nonsense\x03'x'\r", ["^C", "'x'"]),
    ],
)
def test_enter_ends_a_whole_command_and_goes_on_with_another_line_of_one_that_is_not(
    typed: Callable[[str], list[str]], keys: str, commands_read: list[str]
) -> None:
    assert typed(keys) == commands_read


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("send-mailm", "Send-MailMessage"),
        ("Send-MailMessage -SmtpS", "Send-MailMessage -SmtpServer"),
        ("Send-MailMessage -Priority Hi", "Send-MailMessage -Priority High"),
        ("$VerbosePref", "$VerbosePreference"),
        ("Get-InboundC", "Get-InboundConnector"),
        ("Get-Date | Out-N", "Get-Date | Out-Null"),
    ],
)
def test_tab_completes_commands_parameters_values_and_variables(tmp_path: Path, before: str, after: str) -> None:
    offered = Offered(Interpreter(tmp_path, Terminal(asks=False)).candidates)
    [found] = offered.get_completions(Document(before), CompleteEvent())
    assert before[: len(before) + found.start_position] + found.text == after


def test_the_history_is_kept_for_its_owner_alone_and_without_secrets(
    typed: Callable[[str], list[str]], tmp_path: Path
) -> None:
    typed("Get-Date\r$p = ConvertTo-SecureString 'Tr0ub4dor' -AsPlainText -Force\r")
    history = tmp_path / "state" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "Get-Date" in history.read_text() and "Tr0ub4dor" not in history.read_text()


def test_where_nothing_can_be_kept_there_is_simply_no_history(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with create_pipe_input() as pipe:
        pipe.send_text("'x'\r")
        nowhere = tmp_path / "file" / "history"
        keyboard = Keyboard(lambda _: True, lambda *_: [], history=nowhere, source=pipe, screen=DummyOutput())
        assert keyboard.read() == "'x'"


@pytest.mark.parametrize(("named", "folder"), [("/var/state", "/var/state"), ("", None), ("relative", None)])
def test_the_state_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, named: str, folder: str | None) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", named)
    assert state_folder() == (Path(folder) if folder else Path.home() / ".local" / "state")
