"""MTA-STS policies that are live: in memory, on disk over a restart, and renewed before they end (RFC 8461 §5, §10.2).

Whoever can silence a domain's DNS or web server must not be able to make us forget its policy: what was fetched holds
for its max_age, unless a newer one has been fetched.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gatepost.routing import MtaSts, read_policy

from .keeping import keep_file
from .resolver import Resolver
from .sts_fetch import FetchTerms, fetch_policy, policy_record
from .terms import Journal

ASK_AGAIN = 300.0  # seconds until the DNS is asked for another id, and until a failed fetch is tried again
PATIENCE = 10.0  # seconds for which mail waits for a policy; what comes later counts for the next message
PATIENCE_WITH_POLICY = 2.0  # where one is live already
RENEW = 86_400.0  # seconds after which a policy is fetched anew, whatever its id
MOST = 10_000  # domains remembered


@dataclass(slots=True)
class _Kept:
    """What is known of one domain. `asked` is when the DNS was; `policy` None: it has none that we know of."""

    policy: MtaSts | None
    fetched: float
    asked: float
    used: bool = True

    def live(self, now: float) -> MtaSts | None:
        policy = self.policy
        if policy is None or policy.max_age is None or not self.fetched <= now <= self.fetched + policy.max_age:
            return None
        return policy


class StsPolicies:
    """The policies of recipient domains. `folder` None keeps them in memory only.

    `failed` is told of each fetch that failed: the domain, and the policy that has the problem.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        folder: Path | None,
        terms: FetchTerms,
        clock: Callable[[], float],
        journal: Journal,
        failed: Callable[[str, MtaSts], None],
    ) -> None:
        self._resolver = resolver
        self._folder = folder
        self._terms = terms
        self._clock = clock
        self._journal = journal
        self._failed = failed
        self._domains: dict[str, _Kept] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def policy(self, domain: str) -> MtaSts | None:
        """The live policy of a domain; the DNS and its web server are asked where it is time to.

        They are waited for, but not for as long as a fetch may take: it goes on, and is not begun anew.
        """
        kept = self._domains.get(domain)
        if kept is None or domain in self._asking or kept.asked + ASK_AGAIN <= self._clock():
            live = kept is not None and kept.live(self._clock()) is not None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_WITH_POLICY if live else PATIENCE):
                    await self._ask_once(domain)
            kept = self._domains.get(domain)
        if kept is None:
            return None
        kept.used = True
        return kept.live(self._clock())

    def soon(self, domain: str) -> None:
        """Begin to ask where that will be waited for in a moment."""
        kept = self._domains.get(domain)
        if kept is None or kept.asked + ASK_AGAIN <= self._clock():
            self._begin(domain)

    async def renew(self) -> None:
        """Fetch anew what has been used since it was fetched, and is a day old or half through its life."""
        now = self._clock()
        due = [
            domain
            for domain, kept in self._domains.items()
            if kept.used
            and kept.policy is not None
            and now >= kept.fetched + min(RENEW, (kept.policy.max_age or 0) / 2)
        ]
        for domain in due:
            await self._ask_once(domain)

    async def _ask_once(self, domain: str) -> None:
        """Ask, or wait for who is asking already."""
        await asyncio.shield(self._begin(domain))

    def _begin(self, domain: str) -> "asyncio.Task[None]":
        task = self._asking.get(domain)
        if task is None:
            task = self._asking[domain] = asyncio.get_running_loop().create_task(self._ask(domain))
            task.add_done_callback(lambda _: self._asking.pop(domain, None))
        return task

    async def _ask(self, domain: str) -> None:
        now = self._clock()
        kept = self._domains.get(domain) or await asyncio.to_thread(self._read, domain) or _Kept(None, 0.0, now)
        kept.asked = now
        if len(self._domains) >= MOST and domain not in self._domains:
            self._domains.pop(next(iter(self._domains)))
        self._domains[domain] = kept
        record = await policy_record(self._resolver, domain)
        if record is None or not record.id:  # no record, or DNS trouble: what is live stays so (RFC 8461 §3.1)
            return
        old = kept.live(now)
        if old is not None and old.id == record.id and now < kept.fetched + min(RENEW, (old.max_age or 0) / 2):
            return
        policy, text = await fetch_policy(self._resolver, domain, record.id, terms=self._terms)
        if policy.problem:
            self._failed(domain, policy)
            self._journal.fact(
                "policy_not_fetched", domain=domain, id=record.id, problem=policy.problem, kept=bool(old)
            )
            return
        kept.policy, kept.fetched, kept.used = policy, now, False
        if old is None or old.id != policy.id:
            self._journal.fact("policy_fetched", domain=domain, id=policy.id, mode=policy.mode, mx=list(policy.mx))
        await asyncio.to_thread(self._write, domain, {"id": policy.id, "fetched": now, "text": text})

    # --- the disk -------------------------------------------------------------------------------------

    def _path(self, domain: str) -> Path | None:
        return None if self._folder is None else self._folder / domain

    def _read(self, domain: str) -> _Kept | None:
        path = self._path(domain)
        try:
            if path is None:
                return None
            told = orjson.loads(path.read_bytes())
            policy = read_policy(told["text"], id_=told["id"])
            return None if policy.problem else _Kept(policy, float(told["fetched"]), 0.0)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # none was kept, or what was kept is damaged: it will be fetched

    def _write(self, domain: str, told: dict[str, Any]) -> None:
        path = self._path(domain)
        if path is None:
            return
        try:
            keep_file(path, orjson.dumps(told))
        except OSError as trouble:
            self._journal.fact("trouble", where="mta-sts", what=str(trouble))
