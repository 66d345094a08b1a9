"""The verbs of the checks: who may ask for which, and what a wrong wish is told."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "flows"))

from named import naming

from gatepost.checks import CHECKS
from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotAllowed
from gatepost.manage import Answer, Caller, Desk, Role

OWNER = Caller.owner("anna")
MANAGER = Caller(who="max", origin="rest", role=Role.VIEW_ONLY, organization="Contoso")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with naming('contoso.com. 60 IN TXT "v=spf1 -all"\n', broken="fabrikam") as server, Config.open(tmp_path) as config:
        settings = {"GATEPOST_RESOLVERS": server, "GATEPOST_DATA_DIR": str(tmp_path)}
        desk = Desk(config=config, settings=load_settings(environ=settings))
        for name in ("Contoso", "Fabrikam"):
            call(desk, "organization.add", name=name)
            call(desk, "domain.add", name=f"{name.lower()}.com", organization=name)
        yield desk


def call(desk: Desk, verb: str, caller: Caller = OWNER, **arguments: Any) -> Answer:
    return asyncio.run(desk.call(verb, arguments, caller=caller))


def about(answer: Answer) -> set[str]:
    return {it["about"] for it in answer.value["findings"]}


def test_one_row_says_everything_about_a_finding(desk: Desk) -> None:
    answer = call(desk, "check.run", only=["sqlite"])
    [found] = answer.value["findings"]
    assert set(found) == {"check", "section", "about", "level", "sentence", "remedy", "seconds"}
    assert (answer.value["passed"], answer.value["worst"]) == (True, "ok")


def test_a_check_that_failed_fails_the_whole(desk: Desk) -> None:
    answer = call(desk, "check.run", only=["spf", "sqlite"])
    assert (answer.value["passed"], answer.value["worst"]) == (False, "failed")
    assert about(answer) == {"", "contoso.com", "fabrikam.com"}


def test_who_belongs_to_one_organization_sees_its_own_objects_alone(desk: Desk) -> None:
    assert about(call(desk, "check.run", MANAGER, only=["spf"])) == {"contoso.com"}
    rows = call(desk, "check.run", MANAGER, deadline=5).value["findings"]
    assert {it["check"] for it in rows} == {it.name for it in CHECKS if not it.whole}
    assert "fabrikam" not in repr(rows)


def test_a_check_of_the_whole_server_is_not_for_one_organization(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="The check 'files' concerns the whole server"):
        call(desk, "check.run", MANAGER, only=["files"])
    with pytest.raises(ConfigRefused, match="belongs to no organization"):
        call(desk, "check.run", only=["files"], organization="Contoso")


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        ("check.run", {"only": ["spff", "x"]}, "No check is called 'spff'. Remedy: use of these: clock, disk"),
        ("check.run", {"only": "spf"}, "only is not a list of names"),
        ("check.run", {"only": [5]}, "only is not a list of names"),
        ("check.run", {"deadline": 0}, "deadline is 0. Remedy: give seconds"),
        ("check.run", {"deadline": "soon"}, "deadline is 'soon'"),
        ("check.run", {"deadline": True}, "deadline is True"),
        ("check.certificate", {"new": "nonsense"}, "new: there is no PEM certificate"),
        ("check.certificate", {"new": 5}, "new: there is no PEM certificate"),
        ("check.certificate", {"new": "x", "old": "y"}, "old: there is no PEM certificate"),
    ],
)
def test_a_wrong_wish_is_refused_in_words(desk: Desk, verb: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        call(desk, verb, **arguments)
    assert words in " ".join(refused.value.problems)


def test_a_run_goes_on_by_itself_and_what_it_found_stays(desk: Desk) -> None:
    async def scene() -> None:
        async def ask(verb: str, caller: Caller = OWNER, **arguments: Any) -> Any:
            return (await desk.call(verb, arguments, caller=caller)).value

        assert await ask("check.show") is None
        begun = await ask("check.begin", only=["sqlite", "spf"])
        assert (begun["ended"], begun["findings"], begun["waiting"]) == (None, [], ["sqlite", "spf"])
        assert (await ask("check.begin", only=["mx"]))["waiting"] == ["sqlite", "spf"]  # the one that goes on
        steps = [begun]
        while steps[-1]["ended"] is None:
            await asyncio.sleep(0)
            steps.append(await ask("check.show"))
        assert steps[-1]["waiting"] == []
        assert (steps[-1]["passed"], steps[-1]["worst"]) == (False, "failed")
        assert [it["check"] for it in steps[-1]["findings"]] == ["sqlite", "spf", "spf"]
        assert any(it["findings"] and it["ended"] is None for it in steps), "nothing was told before the end"
        assert await ask("check.show", MANAGER) is None  # another's run tells of another's domains

    asyncio.run(scene())
