"""An index of domain patterns: `contoso.com`, `*.contoso.com` (itself and everything below) and `*`."""

from collections.abc import Iterable
from typing import Generic, TypeVar

V = TypeVar("V")


class PatternIndex(Generic[V]):
    """The fast form of `mail.domain_matches` over many patterns. Filled once, then only read."""

    __slots__ = ("_all", "_below", "_exact")

    def __init__(self, entries: Iterable[tuple[str, V]] = ()) -> None:
        self._exact: dict[str, list[V]] = {}
        self._below: dict[str, list[V]] = {}
        self._all: list[V] = []
        for pattern, value in entries:
            if pattern == "*":
                self._all.append(value)
            elif pattern.startswith("*."):
                self._below.setdefault(pattern[2:], []).append(value)
            else:
                self._exact.setdefault(pattern, []).append(value)

    def first(self, domain: str) -> V | None:
        """The value of the most specific pattern, or None."""
        here = self._exact.get(domain)
        if here is not None:
            return here[0]
        below = self._below
        if below:
            name = domain
            while name:
                here = below.get(name)
                if here is not None:
                    return here[0]
                name = name.partition(".")[2]
        return self._all[0] if self._all else None

    def lookup(self, domain: str) -> list[V]:
        """Every value whose pattern covers the domain: exact first, then longer wildcards, then `*`."""
        found = list(self._exact.get(domain, ()))
        below = self._below
        if below:
            name = domain
            while name:
                found += below.get(name, ())
                name = name.partition(".")[2]
        return found + self._all

    def everywhere(self) -> list[V]:
        """The values of `*`: all that a null sender, which has no domain, falls under."""
        return list(self._all)
