"""What one message wants to know from the DNS: each question is asked once, and trouble is an answer."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Protocol, TypeVar

from dns.rdata import Rdata
from dns.rdtypes.ANY.TXT import TXT

from gatepost.routing import Answer

Texts = tuple[str, ...] | None  # None: no answer
_T = TypeVar("_T")


class Found(Protocol):
    """Records of any kind, and whether there are any."""

    @property
    def answer(self) -> Answer: ...

    @property
    def records(self) -> Sequence[Rdata]: ...


class Resolver(Protocol):
    """Who is asked; never raises."""

    async def records(self, name: str, kind: str) -> Found: ...


class Questions:
    """The questions of one message. `patience` is how many seconds all of them together may take, from now on."""

    def __init__(self, resolver: Resolver, *, patience: float) -> None:
        self.resolver = resolver
        self._until = asyncio.get_running_loop().time() + patience
        self._asked: dict[str, asyncio.Task[Texts]] = {}

    async def texts(self, name: str) -> Texts:
        """The TXT records of a name, each with its pieces put together."""
        task = self._asked.get(name)
        if task is None:
            task = self._asked[name] = asyncio.create_task(self.in_time(self._texts(name), otherwise=None))
        return await task

    async def exists(self, domain: str) -> bool:
        """Whether the DNS knows the name, or may know it (RFC 9989 §3.2.13)."""
        return await self.in_time(self._exists(domain), otherwise=True)

    async def in_time(self, work: Coroutine[None, None, _T], *, otherwise: _T) -> _T:
        """What the work comes to, or the other where our patience ends before."""
        try:
            async with asyncio.timeout_at(self._until):
                return await work
        except TimeoutError:
            return otherwise

    async def _exists(self, domain: str) -> bool:
        return (await self.resolver.records(domain, "MX")).answer is not Answer.NO_NAME

    async def _texts(self, name: str) -> Texts:
        found = await self.resolver.records(name, "TXT")
        if found.answer is Answer.TROUBLE:
            return None
        return tuple(b"".join(it.strings).decode("utf-8", "replace") for it in found.records if isinstance(it, TXT))
