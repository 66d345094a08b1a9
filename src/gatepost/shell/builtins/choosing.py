"""Which properties a command is asked for: names, wildcards, script blocks, and `@{Name='n'; Expression={…}}`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatepost.mail import visible

from ..failures import failed
from ..running.formatting import Column
from ..values.convert import to_bool, to_list, to_text, to_whole
from ..values.kinds import Block, HashEntries
from ..values.members import get_property, properties_of
from ..values.patterns import has_wildcard, wildcard

if TYPE_CHECKING:
    from ..running.session import Shell

_KEYS = {
    "name": "name", "n": "name", "label": "name", "l": "name", "expression": "expression", "e": "expression",
    "formatstring": "pattern", "f": "pattern", "width": "width", "w": "width", "alignment": "side", "align": "side",
    "a": "side", "descending": "descending", "ascending": "ascending",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One property asked for. `source` is a property's name or a script block; `descending` None: not said."""

    title: str
    source: str | Block
    pattern: str = ""
    width: int = 0
    right: bool | None = None
    descending: bool | None = None

    def of(self, item: Any, shell: "Shell") -> Any:
        """Its value for one object."""
        return (
            shell.block_value(self.source, item) if isinstance(self.source, Block) else get_property(item, self.source)
        )

    @property
    def column(self) -> Column:
        return Column(title=self.title, pattern=self.pattern, width=self.width, right=self.right)


def choices(wanted: Any) -> list[Choice]:
    """What -Property says."""
    return [_choice(item) for item in to_list(wanted)]


def _choice(item: Any) -> Choice:
    if isinstance(item, HashEntries):
        return _calculated(item)
    if isinstance(item, Block):
        return Choice(title=item.text or "{…}", source=item)
    return Choice(title=to_text(item), source=to_text(item))


def _calculated(table: HashEntries) -> Choice:
    found: dict[str, Any] = {}
    for key, value in table.items():
        written = to_text(key).lower()
        meant = _KEYS.get(written) or next((known for known in _KEYS.values() if known.startswith(written)), None)
        if meant is None:
            raise failed(
                f"The key '{visible(written)}' is not known in a calculated property. "
                "Remedy: write @{Name='title'; Expression={ $_.Property }}."
            )
        found[meant] = value
    source = found.get("expression", found.get("name"))
    if source is None:
        raise failed(
            "A calculated property says neither where its value comes from nor what it is called. "
            "Remedy: write @{Name='title'; Expression={ $_.Property }}."
        )
    source = source if isinstance(source, Block) else to_text(source)
    descending = to_bool(found["descending"]) if "descending" in found else None
    if descending is None and "ascending" in found:
        descending = not to_bool(found["ascending"])
    return Choice(
        title=to_text(found.get("name", source.text if isinstance(source, Block) else source)),
        source=source,
        pattern=to_text(found.get("pattern")),
        width=max(to_whole(found.get("width")), 0),
        right={"right": True, "left": False}.get(to_text(found.get("side")).lower()),
        descending=descending,
    )


def expanded(wanted: Sequence[Choice], item: Any, without: Iterable[str] = ()) -> list[Choice]:
    """The same for one object, with wildcards replaced by the names that match, and without those excluded."""
    found: dict[str, Choice] = {}
    for choice in wanted:
        if isinstance(choice.source, str) and has_wildcard(choice.source):
            pattern = wildcard(choice.source)
            for name in properties_of(item):
                if pattern.fullmatch(name):
                    found.setdefault(name.casefold(), Choice(title=name, source=name))
        else:
            found.setdefault(choice.title.casefold(), choice)
    excluded = [wildcard(name) for name in without]
    return [choice for choice in found.values() if not any(one.fullmatch(choice.title) for one in excluded)]


def spelled(choice: Choice, item: Any) -> str:
    """A property's title as the object spells it: `select name` gives Name."""
    if isinstance(choice.source, str) and choice.title == choice.source:
        wanted = choice.title.casefold()
        return next((name for name in properties_of(item) if name.casefold() == wanted), choice.title)
    return choice.title
