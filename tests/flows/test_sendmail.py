"""gatepost-sendmail as programs start it: a process, a pipe, a status, and what arrives at the next host."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from house import GUEST, PRINTER, THEIRS, House, by_address, domain, house

pytestmark = pytest.mark.flow
PROGRAM = [str(Path(sys.executable).parent / "gatepost-sendmail")]  # as scripts/venv has made it


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("sendmail"), domain(), by_address()) as made:
        yield made


@pytest.fixture(autouse=True)
def _fresh(relay: House) -> None:
    relay.sink.deliveries.clear()


def sendmail(port: int, *words: str, text: str, more: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": "src",
        "GATEPOST_SENDMAIL_SERVER": f"127.0.0.1:{port}",
        "GATEPOST_SENDMAIL_DOMAIN": "contoso.com",
        "GATEPOST_SENDMAIL_CONFIG": "/nonexistent",
        **more,
    }
    return subprocess.run(
        [*PROGRAM, *words], input=text, text=True, capture_output=True, timeout=20, env=environment, check=False
    )


def test_a_script_sends_with_the_recipients_in_its_header(relay: House) -> None:
    text = f"To: {GUEST}\nBcc: boss@{THEIRS}\nSubject: Backup\n\nDone.\n.hidden\n"
    done = sendmail(relay.port, "-t", "-i", "-f", PRINTER, text=text)
    assert (done.returncode, done.stderr) == (0, "")
    [arrived] = relay.mail()
    assert arrived.mail.startswith(f"MAIL FROM:<{PRINTER}>")
    assert [line.split(" ")[1] for line in arrived.rcpt] == [f"TO:<{GUEST}>", f"TO:<boss@{THEIRS}>"]
    assert b"boss" not in arrived.content
    assert f"\r\nFrom: <{PRINTER}>\r\n".encode() in arrived.content
    assert arrived.content.endswith(b"\r\n\r\nDone.\r\n.hidden\r\n")


def test_cron_sends_as_the_one_whose_job_it_is(relay: House) -> None:
    """What Debian's cron does: `sendmail -FCronDaemon -i -B8BITMIME -oem ADDRESS`, and a From of its own."""
    text = "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> backup\n\nGrüße\n.\nmore\n"
    done = sendmail(relay.port, "-FCronDaemon", "-i", "-B8BITMIME", "-oem", GUEST, text=text)
    assert done.returncode == 0, done.stderr
    [arrived] = relay.mail()
    assert "@contoso.com>" in arrived.mail
    assert arrived.mail.endswith(" BODY=8BITMIME")
    assert arrived.content.endswith("\r\n\r\nGrüße\r\n.\r\nmore\r\n".encode())


def test_the_name_of_the_sender_is_written_where_the_letter_has_none(relay: House) -> None:
    done = sendmail(relay.port, "-f", PRINTER, "-F", 'Backup, "nightly"', GUEST, text="Subject: x\n\none\n.\ntwo\n")
    assert done.returncode == 0, done.stderr
    [arrived] = relay.mail()
    assert f'\r\nFrom: "Backup, \\"nightly\\"" <{PRINTER}>\r\n'.encode() in arrived.content
    assert arrived.content.endswith(b"\r\n\r\none\r\n"), "without -i a lone dot is the end"


def test_a_refusal_is_told_with_the_relays_own_words(relay: House) -> None:
    done = sendmail(relay.port, "-f", "a@elsewhere.example", GUEST, text="Subject: x\n\n")
    assert done.returncode == 69
    assert f"sendmail: {GUEST} was refused: 550 5.7.64 " in done.stderr
    assert "Remedy: " in done.stderr


def test_the_command_line_that_names_nobody_is_a_mistake_of_usage(relay: House) -> None:
    for words in ([], ["-t"], ["-bs"]):
        done = sendmail(relay.port, *words, text="Subject: x\n\n")
        assert done.returncode == 64
        assert "Remedy: " in done.stderr


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_relay_that_is_away_means_try_again_and_says_that_nothing_was_kept() -> None:
    done = sendmail(free_port(), GUEST, text="Subject: x\n\n")
    assert done.returncode == 75
    assert "cannot be reached" in done.stderr
    assert "was not kept" in done.stderr


def test_a_relay_that_is_away_finds_the_letter_in_the_pickup_folder_later(tmp_path: Path) -> None:
    done = sendmail(
        free_port(),
        "-f",
        PRINTER,
        GUEST,
        text="Subject: x\n\nHello\n",
        more={"GATEPOST_SENDMAIL_PICKUP": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    [kept] = tmp_path.iterdir()
    assert kept.suffix == ".eml"
    assert kept.read_bytes() == (
        f"X-Sender: <{PRINTER}>\r\nX-Receiver: <{GUEST}>\r\nSubject: x\r\nFrom: <{PRINTER}>\r\n\r\nHello\r\n".encode()
    )


def test_it_is_a_command_of_gatepost_too_and_loads_nothing_else(relay: House) -> None:
    line = "import sys; sys.argv = ['gatepost', 'sendmail', *sys.argv[1:]]; from gatepost.__main__ import main\n"
    line += (
        "try:\n    main()\nfinally:\n    print(sorted({'typer', 'dataclasses', 'email', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", line, "-f", PRINTER, GUEST],
        input="Subject: x\n\n", text=True, capture_output=True, timeout=20, check=False,
        env={**os.environ, "PYTHONPATH": "src", "GATEPOST_SENDMAIL_SERVER": f"127.0.0.1:{relay.port}"},
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
    relay.mail()
