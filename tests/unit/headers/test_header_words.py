"""Every word exists in the three languages, with the same arguments, and lengths of time read well."""

import ast
import re
from pathlib import Path

import pytest

from gatepost import headers
from gatepost.headers import LANGUAGES, Note, Role, Trust, duration, say, word
from gatepost.headers.words import TABLE

SOURCES = sorted(Path(headers.__file__).parent.glob("*.py"))
_ARGUMENT = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("code", sorted(TABLE))
def test_a_code_has_words_in_every_language_with_the_same_arguments(code: str) -> None:
    english, *others = TABLE[code]
    assert len(others) == 2 and all(text.strip() for text in (english, *others))
    for text in others:
        assert sorted(set(_ARGUMENT.findall(text))) == sorted(set(_ARGUMENT.findall(english)))


def _codes_said() -> set[str]:
    """The first argument of every Note, error, warning and remark in the analyser's code."""
    makers = {"Note", "error", "warning", "remark"}
    nodes = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in makers]
    return {
        it.value for call in calls for it in call.args[:1] if isinstance(it, ast.Constant) and isinstance(it.value, str)
    }


def test_every_code_that_is_said_has_words() -> None:
    said = _codes_said()
    assert len(said) > 40 and said - set(TABLE) == set()


def test_every_role_has_words_and_so_has_every_doubt() -> None:
    assert {f"role.{role}" for role in Role} | {f"trust.{it}" for it in Trust if it != "trusted"} <= set(TABLE)


def test_a_strangers_words_are_no_template() -> None:
    assert (
        say(Note("evidence.direction", {"value": "{0} {value} {x.y}"}))
        == "The filter's direction is {0} {value} {x.y}."
    )
    assert len(say(Note("evidence.direction", {"value": "x" * 10_000}))) < 300


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        # Microsoft's analyser, with the hours its users ask for.
        (1, "1 second"),
        (91, "1 minute 31 seconds"),
        (991, "16 minutes 31 seconds"),
        (9991, "2 hours 46 minutes 31 seconds"),
        (-1, "-1 second"),
        (-91, "-1 minute 31 seconds"),
        (0.5, "0 seconds"),
        (-0.5, "0 seconds"),
        (0, "0 seconds"),
        (3600, "1 hour"),
        (86_400 + 61, "1 day 1 minute"),
        (2 * 86_400, "2 days"),
    ],
)
def test_a_length_of_time_in_words(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_a_length_of_time_in_chinese() -> None:
    assert duration(3661, "zh-Hans") == "1 小时 1 分钟 1 秒"
    assert duration(3661, "zh-Hant") == "1 小時 1 分鐘 1 秒"
    assert word("role.front_door", "zh-Hans") == "EOP 入口"
    assert LANGUAGES == ("en", "zh-Hans", "zh-Hant")


FORBIDDEN = {"os", "io", "socket", "time", "random", "pathlib", "asyncio", "subprocess", "secrets"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_analyser_touches_nothing(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    calls = {getattr(node.func, "id", getattr(node.func, "attr", "")) for node in nodes if isinstance(node, ast.Call)}
    assert {name.partition(".")[0] for name in names} & FORBIDDEN == set()
    assert calls & {"open", "now", "today", "utcnow"} == set()
