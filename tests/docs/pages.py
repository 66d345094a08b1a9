"""Reading the documentation: pages, code blocks, headings, commands, links."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_END_OF_COMMAND = frozenset({"|", ">", ">>", "<", "&&", "||", ";", "2>&1", "&"})


class Block(NamedTuple):
    """One fenced block: the page it stands on, its language, its text."""

    page: Path
    language: str
    text: str

    @property
    def name(self) -> str:
        """For the names of test cases."""
        first = self.text.strip().partition("\n")[0]
        return f"{shown(self.page)}: {first[:60]}"


def shown(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks() -> Iterator[Block]:
    """Every fenced block of every page, in order."""
    for page in PAGES:
        for language, text in _FENCE.findall(page.read_text("utf-8")):
            yield Block(page, language, text)


class Example(NamedTuple):
    """One command as it is shown, and what it is shown to print."""

    words: list[str]
    output: str


def examples(block: Block) -> Iterator[Example]:
    """Every `$ gatepost …` in a block, without what follows a pipe or a redirection."""
    joined = re.sub(r"\\\n\s*", " ", block.text)
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        if line.startswith("gatepost "):
            words = shlex.split(line, comments=True)
            cut = next((at for at, word in enumerate(words) if word in _END_OF_COMMAND), len(words))
            yield Example(words[:cut], output)


def prose(page: Path) -> str:
    """The page without its blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def headings(page: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make, as the usual renderers make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def links(page: Path) -> list[tuple[str, str]]:
    """The relative links of a page: target file (empty: this page) and anchor."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [
        (target.partition("#")[0], target.partition("#")[2])
        for target in found
        if "://" not in target and not target.startswith("mailto:")
    ]
