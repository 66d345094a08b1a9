"""Domain patterns to things, by hash lookups alone."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class ByDomain(Generic[T]):
    """Domain patterns to things, asked from the most specific to the least. The first of equals stays.

    >>> table = ByDomain[str]()
    >>> table.add("*.contoso.com", "wide")
    >>> table.above("eu.contoso.com"), table.above("contoso.com"), table.above("fabrikam.com")
    ('wide', 'wide', None)
    """

    __slots__ = ("_below", "_everything", "_exact")

    def __init__(self) -> None:
        self._exact: dict[str, T] = {}
        self._below: dict[str, T] = {}
        self._everything: T | None = None

    def add(self, pattern: str, thing: T) -> None:
        """File under `contoso.com`, `*.contoso.com` (itself and below) or `*`."""
        self.setdefault(pattern, thing)

    def setdefault(self, pattern: str, thing: T) -> T:
        """What is filed under the pattern; `thing` where nothing was."""
        if pattern == "*":
            self._everything = thing if self._everything is None else self._everything
            return self._everything
        if pattern.startswith("*."):
            return self._below.setdefault(pattern[2:], thing)
        return self._exact.setdefault(pattern, thing)

    def exact(self, domain: str) -> T | None:
        return self._exact.get(domain)

    def above(self, domain: str) -> T | None:
        """What a wildcard says of the domain, the longest first."""
        below = self._below
        if below:
            name = domain
            while True:
                if (found := below.get(name)) is not None:
                    return found
                _, dot, name = name.partition(".")
                if not dot:
                    break
        return self._everything

    def all_above(self, domain: str) -> Iterator[T]:
        """All that wildcards say of the domain, the longest first."""
        below = self._below
        if below:
            name = domain
            while True:
                if (found := below.get(name)) is not None:
                    yield found
                _, dot, name = name.partition(".")
                if not dot:
                    break
        if self._everything is not None:
            yield self._everything

    def find(self, domain: str) -> T | None:
        found = self._exact.get(domain)
        return self.above(domain) if found is None else found
