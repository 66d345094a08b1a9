"""The floors of the house: a room imports only from lower floors, and only through the door."""

import ast
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "gatepost"
FLOORS = [  # ground first; a room may use only rooms on lower floors
    {"errors"},
    {"mail"},
    {"smtp", "connectors", "routing", "signing", "shell"},
    {"tls", "spool", "config", "journal", "vouching", "sendmail"},
    {"inbound", "outbound"},
    {"tools"},
    {"manage"},
    {"cmdlets"},
    {"web", "cli"},
    {"app", "lab", "retention", "supervisor", "__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
PURE = {"errors", "mail", "smtp", "connectors", "routing", "signing", "shell"}
IO = {
    "asyncio",
    "socket",
    "ssl",
    "sqlite3",
    "os",
    "pathlib",
    "time",
    "random",
    "logging",
    "dns",
    "OpenSSL",
    "subprocess",
    "threading",
}
ROOF = FLOOR_OF["app"]  # the composition root and the programs: they may see each other


def room_of(path: Path) -> str:
    """The room a source file lives in: its top folder, or its own name when it stands at the top."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(text: str) -> set[str]:
    """Every absolute module a source text imports; relative imports stay inside the room and do not count."""
    nodes = list(ast.walk(ast.parse(text)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}


def broken_rules(room: str, text: str) -> list[str]:
    """What a source text of this room does that the house forbids, each a sentence."""
    found = []
    for name in sorted(imports(text)):
        top, *inside = name.split(".")
        if top == "gatepost" and inside and inside[0] != room:
            other = inside[0]
            if other not in FLOOR_OF:
                found.append(f"{room} imports {other}, which stands on no floor")
            elif FLOOR_OF[other] >= FLOOR_OF[room] and FLOOR_OF[room] != ROOF:
                found.append(f"{room} may not import {other}: it is not on a lower floor")
            if len(inside) > 1:
                found.append(f"use the door: import from gatepost.{other}, not from gatepost.{'.'.join(inside)}")
        if room in PURE and top in IO:
            found.append(f"{room} is a pure room, and {top} touches the world")
    return found


FILES = sorted(SRC.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_a_file_keeps_the_rules_of_the_house(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":  # the package itself names its version and imports nothing
        assert imports(path.read_text(encoding="utf-8")) == set()
        return
    assert room in FLOOR_OF, f"{room} stands on no floor; give it one in tests/house/test_floors.py"
    assert broken_rules(room, path.read_text(encoding="utf-8")) == []


def test_a_server_starts_without_what_only_programs_ask_for() -> None:
    """FastAPI is for web/api alone, which web/programs.py imports when the first program asks."""
    named = {
        path for path in FILES if {"fastapi", "pydantic"} & {it.partition(".")[0] for it in imports(path.read_text())}
    }
    assert {path.parent for path in named} == {SRC / "web" / "api"}
    early = [
        path for path in (SRC / "web").rglob("*.py") if re.search(r"^from \.+api\b", path.read_text(), re.MULTILINE)
    ]
    assert early == []


def relative_reach(path: Path) -> int:
    """How many levels above its own folder a file's relative imports climb at most."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return max((node.level for node in nodes if isinstance(node, ast.ImportFrom)), default=0)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_relative_imports_never_leave_the_room(path: Path) -> None:
    depth = len(path.relative_to(SRC).parts) - 1  # 1 for a file directly in its room
    assert relative_reach(path) <= max(depth, 1)


@pytest.mark.parametrize(
    ("room", "text", "complaint"),
    [
        ("mail", "import asyncio", "pure room"),
        ("smtp", "from gatepost.connectors import decide", "not on a lower floor"),
        ("mail", "from gatepost.smtp import Event", "not on a lower floor"),
        ("inbound", "from gatepost.outbound import dial", "not on a lower floor"),
        ("inbound", "from gatepost.smtp.events import Mail", "use the door"),
        ("manage", "from gatepost.cellar import wine", "stands on no floor"),
    ],
)
def test_the_rules_notice_what_they_forbid(room: str, text: str, complaint: str) -> None:
    assert any(complaint in sentence for sentence in broken_rules(room, text))


def test_the_rules_allow_a_lower_floor_through_its_door() -> None:
    assert broken_rules("inbound", "from gatepost.smtp import Event\nimport asyncio") == []
