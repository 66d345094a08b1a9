"""The queue on a terminal."""

from typing import Any

import pytest

from gatepost.cli.queue import _destinations, _waiting
from gatepost.cli.trace import _header

from .asked import Gatepost, gatepost

__all__ = ["gatepost"]  # the fixture


def row(destination: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "0003f2a1b4c5d6e7",
        "state": "waiting",
        "sender": "a@contoso.com",
        "recipient": "b@fabrikam.com",
        "destination": destination,
        "attempts": 0,
        "due": "2026-09-21T14:10:00.0000000Z",
        "last_reply": None,
        "left_alone_until": None,
        "left_alone_because": None,
        **more,
    }


def test_a_host_that_is_left_alone_is_named_once_with_the_moment_and_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rest = {"left_alone_until": "2026-09-21T14:13:20.0000000Z", "left_alone_because": "it refused the connection"}
    _waiting([row("mx:fabrikam.com", **rest), row("mx:fabrikam.com", **rest), row("connector:Up")])
    told = [line for line in capsys.readouterr().out.splitlines() if "left alone" in line]
    assert told == [
        "mx:fabrikam.com is left alone until 2026-09-21T14:13:20.0000000Z, after: it refused the connection"
    ]


def test_mail_that_was_not_tried_says_so_and_when_it_will_be(capsys: pytest.CaptureFixture[str]) -> None:
    rest = {"left_alone_until": "2026-09-21T14:13:20.0000000Z", "left_alone_because": "refused"}
    _waiting([row("mx:fabrikam.com", **rest), row("mx:fabrikam.com", last_reply="450 4.2.0 later", **rest)])
    out = " ".join(capsys.readouterr().out.split())
    assert "Not tried: refused" in out and "450 4.2.0 later" in out
    assert out.count("2026-09-21T14:10:00.0000000Z") == 1  # of the one that was tried, its own next attempt


def test_a_destination_shows_its_last_error_since_when_how_often_and_when_it_is_asked_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    it = {"destination": "mx:fabrikam.com", "waiting": 7, "sending": 0, "held": 1, "oldest": "A", "due": "B",
          "last_reply": None, "left_alone_until": "C", "left_alone_because": "refused", "left_alone_since": "D",
          "left_alone_failures": 4}  # fmt: skip
    _destinations([it])
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        "mx:fabrikam.com", "7", "0", "1", "A", "C", "refused", "D", "4",
    ]  # fmt: skip


def test_hosts_that_answer_get_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    _waiting([row("mx:fabrikam.com")])
    assert "left alone" not in capsys.readouterr().out


def test_a_header_is_printed_as_it_stands_and_cannot_act_upon_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _header("Received: a\r\n\tby b\r\nSubject: \x1b[2J")
    assert capsys.readouterr().out.splitlines() == ["Received: a", "        by b", "Subject: \\x1b[2J"]


@pytest.mark.parametrize(
    "words", ["queue list", "trace find", "queue show {id}", "queue drop {id}", "trace header {id}"]
)
def test_every_command_on_mail_takes_an_organization(gatepost: Gatepost, words: str) -> None:
    run = gatepost(*words.format(id="0003f2a1b4c5d6e7").split(), "--organization", "Nobody")
    assert run.status == 1
    assert "Nobody" in run.err
