"""The reference says what the code says: generated pages are current, and nothing is missing."""

import re
import runpy
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from gatepost.__main__ import commands
from gatepost.cli import below
from gatepost.config import PROPERTIES, SETTINGS
from gatepost.journal import FACTS
from gatepost.mail import Reply, reply
from gatepost.manage import VERBS
from gatepost.smtp.commands import VERBS as SMTP_VERBS
from gatepost.spool.states import MOVES

from .pages import DOCS, ROOT, headings

SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "reference-docs"))
REFERENCE = DOCS / "reference"
REPLIES = {name: it for name, it in vars(reply).items() if isinstance(it, Reply)}
REFUSALS = {name: it for name, it in REPLIES.items() if not it.positive}
FLOORS: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "house" / "test_floors.py"))


def cells(page: str, column: int = 0) -> set[str]:
    """The code words in one column of every table on a page."""
    rows = re.findall(r"^\| (.+) \|$", (REFERENCE / page).read_text("utf-8"), re.MULTILINE)
    return {row.split(" | ")[column].strip("` ") for row in rows}


def leaves(command: Any, path: tuple[str, ...] = ("gatepost",)) -> Iterator[str]:
    inner = below(command)
    if not inner:
        yield " ".join(path)
    for word, child in inner.items():
        yield from leaves(child, (*path, word))


COMMANDS = sorted(leaves(typer.main.get_command(commands())))


@pytest.mark.parametrize("name", [*SCRIPT["PAGES"], *SCRIPT["TABLES"]])
def test_a_generated_page_is_current(name: str) -> None:
    """When this fails: scripts/reference-docs."""
    pages: dict[str, str] = SCRIPT["written"]()
    assert (DOCS / name).read_text("utf-8") == pages[name], "run scripts/reference-docs"


def test_every_setting_has_a_heading() -> None:
    assert {setting.name for setting in SETTINGS} <= set(headings(REFERENCE / "settings.md"))


def test_every_property_has_a_row() -> None:
    named = {item.name for items in PROPERTIES.values() for item in items}
    assert named - cells("properties.md") == set()


def test_every_flag_of_a_property_is_one_that_a_command_has() -> None:
    def options(command: Any) -> set[str]:
        own = {word for item in command.params for word in item.opts}
        return own.union(*(options(child) for child in below(command).values()))

    flags = {cell for cell in cells("properties.md", 1) if cell.startswith("--") and not cell.startswith("---")}
    assert flags - options(typer.main.get_command(commands())) == set()
    assert len(flags) > 40


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_heading(command: str) -> None:
    assert command in headings(REFERENCE / "cli.md")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    page = (REFERENCE / "cli.md").read_text("utf-8")
    part = page.split(f"\n## {command}\n", 1)[1].split("\n## ", 1)[0]
    last = command.removeprefix("gatepost ")
    assert re.search(rf"^\$ gatepost (--config \S+ )?{re.escape(last)}\b", part, re.MULTILINE), f"{command}: no example"


def test_every_fact_has_a_row() -> None:
    assert set(FACTS) - cells("journal.md") == set()


def test_every_reply_has_a_row() -> None:
    assert set(REPLIES) - cells("replies.md", 4) == set()


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_has_its_cause(name: str) -> None:
    """When this fails: a row in docs/howto/why-was-it-refused.md with cause and remedy."""
    page = (DOCS / "howto" / "why-was-it-refused.md").read_text("utf-8")
    refusal = REFUSALS[name]
    code = f"{refusal.code} {refusal.enhanced}"
    text = refusal.text.partition("\n")[0]
    assert f"`{code} {text}`" in page or (f"### {code}\n" in page and f"`{text}`" in page), f"{code} {text}"


def test_no_cause_is_given_for_a_reply_that_is_gone() -> None:
    page = (DOCS / "howto" / "why-was-it-refused.md").read_text("utf-8")
    said = set(re.findall(r"^\| `([245]\d\d \d\.\d+\.\d+ [^`]+)` \|", page, re.MULTILINE))
    assert said - {str(it) for it in REPLIES.values()} == set()


def test_every_metric_has_a_row() -> None:
    source = (ROOT / "src" / "gatepost" / "manage" / "status.py").read_text("utf-8")
    assert set(re.findall(r'"(gatepost_\w+)"', source)) - cells("http.md") == set()


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_every_path_of_the_admin_listener_has_a_heading(path: str) -> None:
    assert path in headings(REFERENCE / "http.md")


def test_the_flow_names_every_room() -> None:
    page = (DOCS / "flow.md").read_text("utf-8")
    rooms = {room for floor in FLOORS["FLOORS"] for room in floor}
    built = {path.name for path in FLOORS["SRC"].iterdir() if path.is_dir() and not path.name.startswith("__")}
    missing = {room for room in rooms & (built | {"errors", "app"}) if f"| `{room}` |" not in page}
    assert missing == set()


def test_the_flow_names_files_that_exist() -> None:
    page = (DOCS / "flow.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page))
    assert {name for name in named if not (FLOORS["SRC"] / name).exists() and not (ROOT / name).exists()} == set()


def test_the_diagrams_hold_every_state_and_every_verb() -> None:
    page = (DOCS / "flow.md").read_text("utf-8")
    moves = [f"{state} --> {then}: {on}" for state, row in MOVES.items() for on, then in row.items()]
    assert [move for move in moves if move not in page] == []
    assert [verb for verb in SMTP_VERBS if f"| `{verb}` |" not in page] == []


def test_every_verb_of_the_desk_can_be_reached_by_a_command() -> None:
    """A verb without a command would be undocumented; the exceptions are said here."""
    told = {command.removeprefix("gatepost ").replace(" ", ".") for command in COMMANDS}
    aside = {"queue.counts", "audit.list", "status.status"}
    # Begun, and asked for again and again: a command waits for the end, or does it by itself.
    aside |= {verb for verb in VERBS if verb.partition(".")[0] in ("test", "validation", "verify")}
    aside |= {"check.begin", "check.show"}
    # A flag of another command: `trace show --protocol`, `connector add --what-if`, `dkim enable`.
    aside |= {"trace.protocol", "connector.foresee", "dkim.add"}
    # Who types a command has it in hand already, and names a certificate that is a file of this very machine.
    aside |= {"connector.commands", "certificate.keep"}
    short = {"document.plan": "plan", "document.apply": "apply", "document.export": "export"}
    short |= {"document.recreate": "export", "check.run": "check", "check.certificate": "check"}
    short |= {"alerts.list": "alert.list", "alerts.test": "alert.test"}
    missing = {verb for verb in VERBS if short.get(verb, verb) not in told} - aside
    assert missing == set()
