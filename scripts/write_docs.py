"""Write the generated pages of docs/reference/ from the tables in the code.

python scripts/write_docs.py            write them
python scripts/write_docs.py --check    exit 1 and name the pages that are out of date
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gatepost.config.properties import PROPERTIES, default_of
from gatepost.config.settings import SETTINGS

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the code; change it there. -->\n"


def _value(value: Any) -> str:
    """A default as a reader would write it."""
    if value is None or value == () or value == "":
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"


def _plain(text: str) -> str:
    """Without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def settings() -> str:
    """Every key of gatepost.toml under a heading of its own."""
    lines = [
        "# Settings",
        NOTE,
        "What `gatepost.toml` says before the first socket opens. Each key is also an environment variable, "
        "which beats the file; each secret is also `…_file`, the name of a file that holds it. Everything "
        "else is changed while the relay runs ([properties](properties.md)).",
    ]
    section = None
    for setting in SETTINGS:
        if setting.section != section:
            section = setting.section
            name = "[[listener]]" if section == "listener" else f"[{section}]" if section else "Top of the file"
            lines.append(f"\n## {name}")
        default = _value(setting.default)
        lines += [f"\n### {setting.name}", "", setting.sentence]
        if default:
            lines.append(f"Default: {default}.")
        if section != "listener":
            lines.append(f"Environment: `{setting.variable}`.")
    return "\n".join(lines) + "\n"


def properties() -> str:
    """Every property of every object, in Exchange's order."""
    lines = [
        "# Properties",
        NOTE,
        "Names as in Exchange; those marked *ours* are Gatepost's own. On the command line they are flags "
        "(`--sender-ip-addresses`): lists repeat, booleans take a value.",
    ]
    for kind, items in PROPERTIES.items():
        title = kind.value[0].upper() + kind.value[1:]
        lines += [f"\n## {title}\n", "| property | value | default | meaning |", "|---|---|---|---|"]
        for item in items:
            word = _cell(item.kind.word) + (", a list" if item.kind.each else "")
            meaning = _cell(item.help) + (" *(ours)*" if item.ours else "")
            lines.append(f"| `{item.name}` | {word} | {_value(default_of(item, {}))} | {meaning} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command with its help text, from the tree that reads the command line."""
    import typer

    from gatepost.__main__ import commands as tree

    lines = [
        "# Commands",
        NOTE,
        "`gatepost --config FILE COMMAND`. Exit status: 0 done, 1 refused or failed, 2 usage, 75 try later, "
        "78 bad configuration.",
    ]

    def walk(command: Any, path: tuple[str, ...]) -> Iterable[str]:
        name = " ".join(path)
        # The tree may come from click or from a copy of it, so it is asked what it has, not what it is.
        below = getattr(command, "commands", None)
        if below is not None:
            for word in sorted(below):
                if not below[word].hidden:
                    yield from walk(below[word], (*path, word))
            return
        context = command.make_context(name, [], resilient_parsing=True)
        help_text = (command.help or "").replace("\b\n", "").strip()
        yield f"\n## {name}\n\n{help_text}\n"
        rows = [found for item in command.params if (found := item.get_help_record(context))]
        if rows:
            yield "| option | meaning |\n|---|---|"
            for flag, meaning in rows:
                words = " ".join(_plain(meaning).split())
                yield f"| `{_cell(_plain(flag))}` | {_cell(words)} |"

    lines += walk(typer.main.get_command(tree()), ("gatepost",))
    return "\n".join(lines) + "\n"


def journal() -> str:
    """Every fact the log can hold."""
    from gatepost.journal import FACTS

    lines = ["# Log", NOTE, "One line for each fact, named by its first word.\n"]
    lines += ["| fact | level | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {fact.level} | {_cell(fact.meaning)} |" for name, fact in FACTS.items()]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "properties.md": properties,
    "commands.md": commands,
    "journal.md": journal,
}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, write in PAGES.items():
        page, text = REFERENCE / name, write()
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                page.write_text(text, encoding="utf-8")
    print(f"{'Out of date' if check else 'Written'}: {', '.join(stale)}" if stale else "The pages are current.")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
