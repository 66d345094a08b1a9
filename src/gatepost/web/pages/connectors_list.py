"""The rows of the connectors' list: filtered, sorted and paged as the address says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .view import View

FILTERS = ("find", "direction", "status", "sort", "page")
_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One connector in the list. `used` is a moment or None, `today` a number or None where nobody counts."""

    kind: str
    guid: str
    name: str
    comment: str
    organization: str
    enabled: bool
    blocked: bool
    source: str
    target: str
    used: str | None
    today: int | None

    @classmethod
    def of(
        cls, it: Mapping[str, Any], ends: tuple[str, str], *, kind: str, usage: Iterable[Mapping[str, Any]]
    ) -> "Row":
        counted = next((row for row in usage if row.get("Guid") == it["Guid"]), {})
        return cls(
            kind=kind,
            guid=it["Guid"],
            name=it["Name"],
            comment=it["Comment"],
            organization=it["Organization"],
            enabled=it["Enabled"],
            blocked=bool(it.get("Blocked")),
            source=ends[0],
            target=ends[1],
            used=counted.get("LastUsedUTC"),
            today=counted.get("MessagesToday"),
        )

    @property
    def address(self) -> str:
        return f"/connectors/{self.kind}/{self.guid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of the list. `before` and `after` are page numbers, or None."""

    rows: Sequence[Row]
    total: int
    before: int | None
    after: int | None


_KEYS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda it: it.name.casefold(),
    "status": lambda it: (not it.enabled, it.name.casefold()),
    "from": lambda it: (it.source, it.name.casefold()),
    "to": lambda it: (it.target, it.name.casefold()),
    "used": lambda it: it.used or "",
    "today": lambda it: it.today or 0,
}


def listed(rows: Iterable[Row], asked: Mapping[str, str]) -> Listed:
    """What the address asks for. A word that is none of ours changes nothing; `-` before a sort turns it round."""
    wanted, direction, status = asked["find"].casefold(), asked["direction"], asked["status"]
    kept = [
        it
        for it in rows
        if wanted in f"{it.name}\n{it.comment}".casefold()
        and (direction not in ("inbound", "outbound") or it.kind == direction)
        and (status not in ("on", "off") or it.enabled is (status == "on"))
    ]
    sort = asked["sort"]
    kept.sort(key=_KEYS.get(sort.removeprefix("-"), _KEYS["name"]), reverse=sort.startswith("-"))
    number = min(max(1, int(asked["page"]) if asked["page"].isascii() and asked["page"].isdigit() else 1), 100_000)
    last = max(1, -(-len(kept) // _PAGE))
    number = min(number, last)
    return Listed(
        rows=kept[(number - 1) * _PAGE : number * _PAGE],
        total=len(kept),
        before=number - 1 if number > 1 else None,
        after=number + 1 if number < last else None,
    )


def columns(view: View) -> list[tuple[str, str]]:
    """Each with the word by which it sorts."""
    return [
        ("status", view.gettext("Status")),
        ("name", view.gettext("Name")),
        ("from", view.gettext("From")),
        ("to", view.gettext("To")),
        ("used", view.gettext("Last used")),
        ("today", view.gettext("Messages today")),
    ]
