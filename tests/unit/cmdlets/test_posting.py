"""What a script is told when a message could not be sent: the test sender's advice, in a script's own words."""

import ast
import re
from pathlib import Path

import pytest

import gatepost.tools
from gatepost.cmdlets.correspondents import read_correspondent
from gatepost.cmdlets.posting import Mail, Way, enclosures, in_a_script, post
from gatepost.shell import CommandFailed

ROOM = Path(gatepost.tools.__file__).parent
FLAG = re.compile(r"--(?:tls|pfx|cert|key|ca|source)\b")
SENTENCES = sorted(
    {
        node.value
        for file in ROOM.rglob("*.py")
        if not file.name.startswith("pickup")  # what gatepost verify says about mailboxes; no script sees it
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and FLAG.search(node.value)
    }
)
A, B = read_correspondent("a@contoso.com"), read_correspondent("b@fabrikam.com")


def test_there_is_advice_that_names_flags() -> None:
    assert len(SENTENCES) > 5


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_flag_of_another_command_reaches_a_script(sentence: str) -> None:
    said = in_a_script(sentence).replace("gatepost pwsh with --ca", "")
    assert not FLAG.search(said), said


def test_a_server_that_is_not_there_is_said_with_a_remedy() -> None:
    with pytest.raises(CommandFailed, match=r"not sent to 127\.0\.0\.1 port 1\..*refuses.*Remedy: check") as caught:
        post(Mail(sender=A, to=(B,)), Way(host="127.0.0.1", port=1))
    assert caught.value.type_name == "System.Net.Mail.SmtpException"


@pytest.mark.parametrize("host", ["..", "a" * 64 + ".example", "\r\n", "\0"])
def test_what_is_no_host_is_refused_in_one_line(host: str) -> None:
    with pytest.raises(CommandFailed, match=r"Remedy:") as caught:
        post(Mail(sender=A, to=(B,)), Way(host=host))
    assert caught.value.message.isprintable()


def test_a_message_to_nobody_is_not_sent() -> None:
    with pytest.raises(CommandFailed, match=r"no recipient. Remedy:"):
        post(Mail(sender=A), Way(host="127.0.0.1"))


def test_what_is_enclosed_is_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.cmdlets.posting.MAX_ENCLOSED", 10)
    file = tmp_path / "six"
    file.write_bytes(b"123456")
    assert [one.content for one in enclosures([str(file)])] == [b"123456"]
    with pytest.raises(CommandFailed, match=r"larger than 150 MiB. Remedy:"):
        enclosures([str(file), str(file)])
