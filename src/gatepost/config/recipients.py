"""Reading a change of recipient lists: addresses checked and put into the list of the accepted domain they belong to.

A list may hold 100,000 addresses, so its entries are no objects of the store: they have a table of their own, no
properties, and one line of the audit for each change.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gatepost.connectors import MOST_REACHED, AcceptedDomain, Directory, Entries, Standing, compared, reach
from gatepost.errors import ConfigRefused
from gatepost.mail import Address, BadAddress, parse_mailbox

MOST_ENTRIES = 500_000  # of one list
_MOST_TOLD = 20  # problems of one change; a file of the wrong kind has one a line
_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientEdit:
    """A wish for one organization's lists. `put` adds an address, or gives it these targets; no targets: a mailbox.

    `whole`: the lists of these accepted domains are to be exactly what `put` holds of them.
    """

    put: Mapping[str, Sequence[str]] = field(default_factory=dict)
    drop: Collection[str] = ()
    whole: Collection[str] = ()
    organization: str | None = None  # None: whichever the address belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What becomes of one accepted domain's list."""

    domain: AcceptedDomain
    before: Entries
    after: Entries
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def read_edit(edit: RecipientEdit, directory: Directory) -> list[ListChange]:
    """The lists that the edit concerns, before and after; raises ConfigRefused with every problem."""
    problems: list[str] = []
    puts: dict[str, dict[str, tuple[Address, ...]]] = {}
    drops: dict[str, set[str]] = {}
    domains: dict[str, AcceptedDomain] = {}

    def place(text: str) -> tuple[Address, AcceptedDomain]:
        address = _address(text)
        accepted = directory.accepted_domain(address.domain)
        if accepted is None or edit.organization not in (None, accepted.organization):
            raise _Wrong(
                f"{address.domain} is not an accepted domain", f"accept it: gatepost domain add {address.domain}"
            )
        domains[accepted.domain_name] = accepted
        return address, accepted

    for text, targets in edit.put.items():
        try:
            address, accepted = place(text)
            key = _key(address, accepted)
            puts.setdefault(accepted.domain_name, {})[key] = _targets(targets, key, accepted)
        except _Wrong as wrong:
            problems.append(f"recipient '{_shown(text)}': {wrong.words}. Remedy: {wrong.remedy}.")
    for text in edit.drop:
        try:
            address, accepted = place(text)
            key = _listed(address, accepted, directory)
            drops.setdefault(accepted.domain_name, set()).add(key)
        except _Wrong as wrong:
            problems.append(f"recipient '{_shown(text)}': {wrong.words}. Remedy: {wrong.remedy}.")
    for name in edit.whole:
        found = directory.accepted_domain(name.removeprefix("*."))
        if found is not None and found.domain_name == name:
            domains[name] = found
    changes = [
        _changed(
            domains[name], directory, put=puts.get(name, {}), drop=drops.get(name, set()), whole=name in edit.whole
        )
        for name in sorted(domains)
    ]
    problems += [
        f"accepted domain '{it.domain.name}': its recipient list would hold {len(it.after)} addresses. "
        f"Remedy: keep it within {MOST_ENTRIES}."
        for it in changes
        if len(it.after) > MOST_ENTRIES
    ]
    if problems:
        raise ConfigRefused(_some(problems))
    return [it for it in changes if it]


class _Wrong(ValueError):
    def __init__(self, words: str, remedy: str) -> None:
        self.words, self.remedy = words, remedy
        super().__init__(words)


def _address(text: object) -> Address:
    if not isinstance(text, str):
        raise _Wrong("must be text", "write anna@contoso.com")
    bare = text.strip()
    if bare[:5].lower() == "smtp:":  # as Exchange writes proxy addresses
        bare = bare[5:]
    try:
        return parse_mailbox(bare.removeprefix("<").removesuffix(">"))
    except BadAddress as wrong:
        raise _Wrong(f"is not an address: {wrong}", "write anna@contoso.com") from None


def _key(address: Address, accepted: AcceptedDomain) -> str:
    key = compared(address, plus=accepted.plus_addressing)
    if key != compared(address, plus=False):
        raise _Wrong(
            f"what follows a + names no other mailbox while PlusAddressing of {accepted.domain_name} is true",
            f"list {key}, or set PlusAddressing to false",
        )
    return key


def _listed(address: Address, accepted: AcceptedDomain, directory: Directory) -> str:
    key = compared(address, plus=False)
    if key not in directory.address_book.of(accepted.domain_name):
        raise _Wrong(
            f"is not in the recipient list of {accepted.domain_name}",
            f"look for it: gatepost recipient list {accepted.domain_name}",
        )
    return key


def _targets(given: Sequence[str], key: str, accepted: AcceptedDomain) -> tuple[Address, ...]:
    targets = tuple(dict.fromkeys(_target(it) for it in given))
    if len(targets) > MOST_REACHED:
        raise _Wrong(f"stands for {len(targets)} addresses", f"keep it within {MOST_REACHED}")
    if targets and all(compared(it, plus=accepted.plus_addressing) == key for it in targets):
        raise _Wrong("is an alias of itself alone", "leave the target out, and it is a mailbox")
    return targets


def _target(text: str) -> Address:
    try:
        return _address(text)
    except _Wrong as wrong:
        raise _Wrong(f"its target '{_shown(text)}' {wrong.words}", wrong.remedy) from None


def _changed(
    domain: AcceptedDomain,
    directory: Directory,
    *,
    put: Mapping[str, tuple[Address, ...]],
    drop: Collection[str],
    whole: bool,
) -> ListChange:
    before = directory.address_book.of(domain.domain_name)
    after = dict(put) if whole else {key: it for key, it in before.items() if key not in drop} | dict(put)
    return ListChange(
        domain=domain,
        before=before,
        after=after,
        added=tuple(key for key in after if key not in before),
        changed=tuple(key for key, targets in after.items() if key in before and before[key] != targets),
        removed=tuple(key for key in before if key not in after),
    )


def loose_ends(changes: Iterable[ListChange], directory: Directory) -> list[str]:
    """Sentences on aliases that now lead to somebody whom a list of the same organization does not know."""
    told: list[str] = []
    for change in changes:
        for key in (*change.added, *change.changed):
            for target in change.after[key]:
                owner = directory.organization_of(target.domain)
                if owner == change.domain.organization and reach(target, directory).standing is Standing.UNKNOWN:
                    told.append(
                        f"recipient '{key}': leads to {target}, who is in no recipient list. "
                        f"Remedy: list it as well: gatepost recipient add {target}."
                    )
    return _some(told)


def _some(sentences: list[str]) -> list[str]:
    if len(sentences) <= _MOST_TOLD:
        return sentences
    rest = len(sentences) - _MOST_TOLD
    return [*sentences[:_MOST_TOLD], f"{rest} more like these. Remedy: correct them as well."]


def _shown(text: object) -> str:
    shown = text if isinstance(text, str) else repr(text)
    return "".join(c if c.isprintable() else "?" for c in shown[:_LONGEST_SHOWN])
