"""The curl commands of the documentation work: run in their order, each is answered as it should be."""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from web_scenes import MANAGER, Server

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "automate-with-rest.md"


def commands() -> list[list[str]]:
    """Every `$ curl …` of the page as words."""
    text = re.sub(r"\\\n\s*", " ", PAGE.read_text("utf-8"))
    return [shlex.split(line.removeprefix("$ ")) for line in text.splitlines() if line.startswith("$ curl ")]


def test_the_examples_of_the_page_work(server: Server) -> None:
    properties = {"RoleGroups": [MANAGER], "AllOrganizations": True}
    server.call("user.add", name="anna", password="correct horse battery", properties=properties)
    statuses = []
    for words in commands():
        address = next(word for word in words if word.startswith("http://"))
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        parts = urlsplit(address)
        assert ("@token.header" in words) == (parts.path != "/api/v1/sign-in"), address
        assert (body is not None) == ("Content-Type: application/json" in words), address
        statuses.append(server.ask(method, f"{parts.path}?{parts.query}", body).status)
    assert statuses == [200, 201, 201, 200, 200, 200, 200, 422, 200, 200, 200, 200]


def test_the_refusal_that_the_page_shows_is_the_one_that_is_given(server: Server) -> None:
    [shown] = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    wrong = next(json.loads(words[words.index("-d") + 1]) for words in commands() if "Wrong" in " ".join(words))
    assert server.ask("POST", "/api/v1/inbound-connectors", wrong).json == json.loads(shown)
