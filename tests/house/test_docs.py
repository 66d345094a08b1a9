"""What the house says about itself is true: door-plates, names, links and commands."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "gatepost"
ROOMS = sorted(path.parent for path in SRC.glob("*/__init__.py"))
SOURCES = sorted(SRC.rglob("*.py"))
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FORBIDDEN = {
    "manager",
    "handler",
    "helper",
    "helpers",
    "util",
    "utils",
    "common",
    "base",
    "data",
    "info",
    "process",
}
GLOSSARY_WORDS = (
    "organization", "accepted domain", "Authoritative", "InternalRelay", "ExternalRelay", "OnPremises",
    "inbound connector", "Partner", "outbound connector", "smart host", "message trace", "role group",
    "listener", "session", "transaction", "envelope", "recipient", "queue", "attempt", "deferral", "DSN",
    "hop",
)  # fmt: skip


def words(name: str) -> set[str]:
    """The lower-case words of a snake_case or CamelCase name."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_has_a_door_plate(room: Path) -> None:
    plate = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    missing = [line for line in ("Owns", "Never", "Read") if not re.search(rf"^{line}\b", plate, re.MULTILINE)]
    assert missing == [], f"{room.name}/__init__.py: the door-plate lacks {', '.join(missing)}"


def test_every_folder_with_python_in_it_is_a_room() -> None:
    folders = {path.parent for path in SOURCES} - {SRC}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_every_file_says_what_it_is_for_and_neither_it_nor_a_class_has_an_empty_name() -> None:
    silent: list[Path] = []
    empty: dict[tuple[Path, str], set[str]] = {}
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent += [] if ast.get_docstring(tree) else [path]
        names = [path.stem] + [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        empty |= {(path, name): words(name) & FORBIDDEN for name in names if words(name) & FORBIDDEN}
    assert silent == []
    assert empty == {}


def test_the_glossary_has_every_word_of_the_house() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    entries = set(re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE))
    assert {word.lower() for word in GLOSSARY_WORDS} - entries == set()


def links(page: Path) -> list[str]:
    """The relative targets a page links to, without their anchors; code blocks do not count."""
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [
        target.split("#")[0] for target in targets if "://" not in target and not target.startswith(("#", "mailto:"))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_command_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named - targets == set()


def test_decisions_are_numbered_without_gaps_and_have_their_four_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        heads = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert heads[:4] == ["Context", "Decision", "What we give up", "What would change our mind"], page.name
