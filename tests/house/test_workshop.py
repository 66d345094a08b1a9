"""The workshop keeps its word: seven verbs, programs that start, and text that speaks of Gatepost alone."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WRITTEN_BY_HAND = sorted(
    path
    for pattern in (
        "*.md",
        "*.toml",
        "Makefile",
        "src/**/*.*",
        "tests/**/*.*",
        "bench/**/*.*",
        "docs/**/*.*",
        "scripts/*",
    )
    for path in ROOT.glob(pattern)
    if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".png"}
)


@pytest.mark.parametrize("verb", ["lab", "test", "check", "bench", "run", "docs", "clean"])
def test_the_makefile_has_the_verb_and_explains_it(verb: str) -> None:
    assert re.search(rf"^{verb}:", MAKEFILE, re.MULTILINE)
    assert re.search(rf"^#   make {verb} +\w", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("program", ["scripts/venv", "scripts/debian-tools", ".ci/run"])
def test_a_program_of_the_workshop_can_be_started(program: str) -> None:
    assert os.access(ROOT / program, os.X_OK)
    assert (ROOT / program).read_text(encoding="utf-8").startswith("#!/bin/")


@pytest.mark.parametrize("name", ["run", "test"])
def test_every_locked_library_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    libraries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).strip())
    assert [entry for entry in libraries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_runtime_library_has_its_paragraph_in_the_decisions() -> None:
    page = (ROOT / "docs" / "decisions" / "0005-dependencies.md").read_text(encoding="utf-8").lower()
    wanted = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").split("\n")
    names = [re.split(r"[<>=;\s]", line)[0].lower() for line in wanted if line.strip()]
    assert [name for name in names if f"**{name}**" not in page] == []


def test_no_file_names_the_folders_of_the_machine_it_was_written_on() -> None:
    folder = "/work" + "/"
    named = [path for path in WRITTEN_BY_HAND if folder in path.read_text(encoding="utf-8", errors="replace")]
    assert [str(path.relative_to(ROOT)) for path in named] == []


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Debian 12's Python 3.11.2 forgets to step back when such a group breaks off in its middle (gh-106052)."""
    sources = sorted((ROOT / "src").rglob("*.py"))
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+|\(\?>")
    assert [str(it.relative_to(ROOT)) for it in sources if possessive.search(it.read_text(encoding="utf-8"))] == []
