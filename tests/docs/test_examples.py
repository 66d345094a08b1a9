"""The examples work: commands are read by the real command line, settings by the real reader, links lead somewhere."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from gatepost.__main__ import commands
from gatepost.config import PROPERTIES, ObjectKind, load_settings, property_named
from gatepost.manage.apply import SECTIONS

from .pages import DOCS, PAGES, ROOT, Block, anchors, blocks, examples, links, shown

TREE: Any = typer.main.get_command(commands())
EVERY = list(blocks())
EXAMPLES = [(block, example.words) for block in EVERY for example in examples(block)]
TOML = [block for block in EVERY if block.language == "toml"]
JSON = [block for block in EVERY if block.language == "json"]


def parse(words: list[str]) -> None:
    """Let the real tree read a command line down to its last option; nothing is run."""
    command, context, left = TREE, None, words[1:]
    name = words[0]
    while True:
        context = command.make_context(name, list(left), parent=context)
        if not hasattr(command, "commands"):
            return
        # click keeps the first word apart, in a place whose name has changed over its versions
        left = [*getattr(context, "_protected_args", getattr(context, "protected_args", [])), *context.args]
        name, command, left = command.resolve_command(context, left)
        assert command is not None


@pytest.mark.parametrize(
    "words", [words for _, words in EXAMPLES], ids=[f"{shown(block.page)}: {' '.join(w)[:70]}" for block, w in EXAMPLES]
)
def test_a_command_of_the_documentation_is_read_by_the_command_line(words: list[str]) -> None:
    shortened = [word for word in words if word not in ("…",)]
    parse(shortened)


def test_a_wrong_command_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["gatepost", "connector", "list", "--outgoing"])


def test_the_documentation_has_commands_to_look_at() -> None:
    assert len(EXAMPLES) > 80


def is_document(tree: dict[str, Any]) -> bool:
    return bool(set(tree) & set(SECTIONS))


def secret_files(value: Any) -> list[str]:
    """Every file of a secret that the settings name."""
    if isinstance(value, dict):
        own = [it for key, it in value.items() if key.endswith("_file") and isinstance(it, str)]
        return own + [file for it in value.values() for file in secret_files(it)]
    return [file for it in value for file in secret_files(it)] if isinstance(value, list) else []


@pytest.mark.parametrize("block", [b for b in TOML if not is_document(tomllib.loads(b.text))], ids=lambda b: b.name)
def test_settings_of_the_documentation_are_accepted(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text(block.text, "utf-8")
    for name in secret_files(tomllib.loads(block.text)):
        (tmp_path / name).write_text("Authorization: secret\n", "utf-8")  # good for passwords and for headers
    assert load_settings(file, {}).source == file


@pytest.mark.parametrize("block", [b for b in TOML if is_document(tomllib.loads(b.text))], ids=lambda b: b.name)
def test_documents_of_the_documentation_name_real_properties(block: Block) -> None:
    for section, entries in tomllib.loads(block.text).items():
        kind = SECTIONS[section]
        for entry in entries:
            wrong = [
                name for name in entry if name != "Name" and property_named(kind, name.removesuffix("File")) is None
            ]
            assert wrong == []


@pytest.mark.parametrize("block", JSON, ids=lambda b: b.name)
def test_json_of_the_documentation_is_json(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    broken = []
    for target, anchor in links(page):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(f"{target}#{anchor}" if anchor else target)
    assert broken == []


@pytest.mark.parametrize("page", sorted(p for p in DOCS.rglob("*.md") if p.parent.name != "decisions"), ids=shown)
def test_every_page_can_be_reached_from_the_map(page: Path) -> None:
    index = DOCS / "index.md"
    reached, waiting = {index}, [index]
    while waiting:
        here = waiting.pop()
        for target, _ in links(here):
            file = (here.parent / target).resolve()
            if target.endswith(".md") and file.exists() and file not in reached:
                reached.add(file)
                waiting.append(file)
    assert page.resolve() in {it.resolve() for it in reached}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_properties_that_a_page_sets_exist(page: Path) -> None:
    """A flag of a property in running text, such as `--require-tls false`, is one that a command has."""
    known = {item.flag for items in PROPERTIES.values() for item in items}
    edits = {f"--{verb}-{flag[2:]}" for flag in known for verb in ("add", "remove")}
    said = re.findall(r"`(--[a-z-]+) (?:true|false|Normalize|Reject)`", page.read_text("utf-8"))
    assert set(said) - known - edits == set()


def test_the_pages_speak_of_every_kind_of_object() -> None:
    text = (DOCS / "reference" / "properties.md").read_text("utf-8").lower()
    assert [kind for kind in ObjectKind if f"## {kind}".lower() not in text] == []


def test_no_page_is_empty() -> None:
    assert [shown(page) for page in PAGES if len(page.read_text("utf-8")) < 300] == []


def test_the_readme_leads_to_the_map() -> None:
    """The README may name the map or the pages themselves, but a reader must find them from there."""
    assert any(target.startswith("docs/") for target, _ in links(ROOT / "README.md"))
