"""The floors of the house: a room imports only from lower floors, and only through the door."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "gatepost"
FLOORS = [  # ground first; a room may use only rooms on lower floors
    {"errors"},
    {"mail"},
    {"smtp", "connectors", "routing", "signing", "shell"},
    {"tls", "spool", "config", "journal", "vouching", "headers", "sendmail"},
    {"inbound", "outbound", "tracing"},
    {"tools"},
    {"checks"},
    {"manage"},
    {"cmdlets"},
    {"web", "cli"},
    {"app", "service", "lab", "retention", "supervisor", "__main__"},
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


@cache
def import_nodes(text: str) -> list[ast.Import | ast.ImportFrom]:
    """Every import of a source text, which is read once however many rules look at it."""
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports(text: str) -> set[str]:
    """Every absolute module a source text imports; relative imports stay inside the room and do not count."""
    nodes = import_nodes(text)
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


FILES = {path: path.read_text(encoding="utf-8") for path in sorted(SRC.rglob("*.py"))}


def test_every_file_keeps_the_rules_of_the_house() -> None:
    rooms = {path: room_of(path) for path in FILES}
    assert imports(FILES[SRC / "__init__.py"]) == set()  # the package itself names its version and imports nothing
    homeless = set(rooms.values()) - FLOOR_OF.keys() - {"__init__"}
    assert homeless == set(), "they stand on no floor; give each one in tests/house/test_floors.py"
    broken = {path: broken_rules(rooms[path], text) for path, text in FILES.items() if rooms[path] in FLOOR_OF}
    assert {path: found for path, found in broken.items() if found} == {}


def test_a_server_starts_without_what_only_programs_ask_for() -> None:
    """FastAPI is for web/api alone, which web/programs.py imports when the first program asks."""
    heavy = {"fastapi", "pydantic"}
    named = {path for path, text in FILES.items() if heavy & {it.partition(".")[0] for it in imports(text)}}
    assert {path.parent for path in named} == {SRC / "web" / "api"}
    early = [path for path, text in FILES.items() if re.search(r"^from \.+api\b", text, re.MULTILINE)]
    assert early == []


def relative_reach(text: str) -> int:
    """How many levels above its own folder a file's relative imports climb at most."""
    return max((node.level for node in import_nodes(text) if isinstance(node, ast.ImportFrom)), default=0)


def test_relative_imports_never_leave_the_room() -> None:
    depths = {path: len(path.relative_to(SRC).parts) - 1 for path in FILES}  # 1 for a file directly in its room
    assert [path for path, text in FILES.items() if relative_reach(text) > max(depths[path], 1)] == []


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
