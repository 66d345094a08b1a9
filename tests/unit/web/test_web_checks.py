"""The checks over REST."""

import pytest
from web_scenes import Server

API = "/api/v1"


def test_one_check_is_run_and_told(server: Server) -> None:
    reply = server.ask("POST", f"{API}/checks/run", {"only": ["sqlite"]})
    assert reply.status == 200
    assert [it["check"] for it in reply.value["findings"]] == ["sqlite"]
    assert reply.value["passed"] is True


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("run", {"only": ["nonsense"]}, "No check is called 'nonsense'"),
        ("run", {"deadline": 500}, "deadline"),
        ("certificate", {"new": "nonsense"}, "there is no PEM certificate"),
        ("certificate", {}, "new"),
    ],
)
def test_a_wrong_wish_is_refused(server: Server, path: str, body: dict[str, object], words: str) -> None:
    reply = server.ask("POST", f"{API}/checks/{path}", body)
    assert reply.status == 422
    assert words in str(reply.error)


def test_a_run_is_begun_and_asked_for_until_nothing_waits(server: Server) -> None:
    assert server.ask("GET", f"{API}/checks").value is None
    assert server.ask("POST", f"{API}/checks", {"only": ["sqlite"]}).value["waiting"] == ["sqlite"]
    while (run := server.ask("GET", f"{API}/checks").value)["ended"] is None:
        pass
    assert run["waiting"] == []
    assert [it["check"] for it in run["findings"]] == ["sqlite"]
