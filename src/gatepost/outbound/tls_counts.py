"""How sessions secured themselves: counted by day, recipient domain and fault, as TLS reports want it (RFC 8460).

A session is counted once, when it is opened or when it cannot be; messages are not counted. The days are kept on disk,
one file each, so that a restart forgets a minute at most.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from gatepost.mail import TlsWish
from gatepost.routing import Demand, PolicyKind, TlsFault

from .keeping import keep_file
from .terms import Journal

KEEP_DAYS = 30
MOST = 20_000  # domains and faults of one day that are told apart; strangers choose the domains
_OTHERS = "(others)"

# (kind, domain), then: policy's own lines, the host, its address, the fault or "" for success
_Key = tuple[str, str, str, str, str, str]


class TlsCounts:
    """The counters. `folder` None keeps them in memory only."""

    def __init__(self, *, folder: Path | None, clock: Callable[[], float], journal: Journal) -> None:
        self._folder = folder
        self._clock = clock
        self._journal = journal
        self._day = ""
        self._counts: Counter[_Key] = Counter()
        self._changed = False
        self._writing = threading.Lock()
        self.totals: Counter[tuple[str, str]] = Counter()  # (kind, fault or "success") since the start

    def count(self, demand: Demand, *, host: str = "", address: str = "", fault: TlsFault | None = None) -> None:
        """One session: opened as the demand wants it, or with this fault.

        One for a message that says TLS-Required: No is not counted: it is held to nobody's policy, and if it carries a
        report, two relays would else write each other about their reports for ever (RFC 8460 §3).
        """
        if demand.wish is TlsWish.OPTIONAL:
            return
        self.add(demand.kind, demand.domain, policy=policy_lines(demand), where=(host, address), fault=fault)

    def add(
        self,
        kind: PolicyKind,
        domain: str,
        *,
        policy: Sequence[str] = (),
        where: tuple[str, str] = ("", ""),
        fault: TlsFault | None = None,
    ) -> None:
        """The same for a session that there was not even a demand for."""
        self._turn()
        self.totals[kind, fault or "success"] += 1
        key = (kind.value, domain, "\n".join(policy), *(where if fault else (where[0], "")), fault or "")
        if len(self._counts) >= MOST and key not in self._counts:
            key = (kind.value, _OTHERS, "", "", "", fault or "")
        self._counts[key] += 1
        self._changed = True

    async def keep(self) -> None:
        """Write what has changed."""
        if self._changed:
            self._changed = False
            await asyncio.to_thread(self._write, self._day, dict(self._counts))

    def of(self, day: str) -> list[dict[str, Any]]:
        """What was counted on a day (`2026-11-24`, UTC): one object a policy, in the shape of RFC 8460 §4.4."""
        self._turn()
        counts = self._counts if day == self._day else self._read(day)
        policies: dict[tuple[str, str, str], dict[str, Any]] = {}
        for (kind, domain, lines, host, address, fault), number in sorted(counts.items()):
            policy: dict[str, Any] = {"policy-type": kind, "policy-domain": domain}
            if lines:
                policy["policy-string"] = lines.split("\n")
            entry = policies.setdefault(
                (kind, domain, lines),
                {
                    "policy": policy,
                    "summary": {"total-successful-session-count": 0, "total-failure-session-count": 0},
                    "failure-details": [],
                },
            )
            if not fault:
                entry["summary"]["total-successful-session-count"] += number
                continue
            entry["summary"]["total-failure-session-count"] += number
            detail: dict[str, Any] = {"result-type": fault, "failed-session-count": number}
            if host:
                detail["receiving-mx-hostname"] = host
            if address:
                detail["receiving-ip"] = address
            entry["failure-details"].append(detail)
        return list(policies.values())

    def days(self) -> list[str]:
        """The days of which something is known, the latest first."""
        self._turn()
        kept = set() if self._folder is None else {it.stem for it in self._folder.glob("*-*-*.json")}
        return sorted(kept | {self._day}, reverse=True)

    # --- days and the disk ------------------------------------------------------------------------------

    def _turn(self) -> None:
        """Begin a new day where one has begun."""
        today = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        if today == self._day:
            return
        if self._day and self._changed:
            self._write(self._day, dict(self._counts))
        self._day, self._counts, self._changed = today, self._read(today), False

    def _read(self, day: str) -> Counter[_Key]:
        if self._folder is None:
            return Counter()
        try:
            told = orjson.loads((self._folder / f"{day}.json").read_bytes())
            return Counter({tuple(map(str, key)): int(number) for key, number in told if len(key) == 6})  # type: ignore[misc]
        except (OSError, ValueError, TypeError):
            return Counter()  # nothing was kept, or what was kept is damaged: a report is no reason to stop

    def _write(self, day: str, counts: dict[_Key, int]) -> None:
        if self._folder is None:
            return
        try:
            with self._writing:
                told = [[list(key), number] for key, number in counts.items()]
                keep_file(self._folder / f"{day}.json", orjson.dumps(told))
                oldest = (datetime.fromisoformat(day) - timedelta(days=KEEP_DAYS)).date().isoformat()
                for old in self._folder.glob("*-*-*.json"):
                    if old.stem < oldest:
                        old.unlink(missing_ok=True)
        except OSError as trouble:
            self._journal.fact("trouble", where="tls-reports", what=str(trouble))


def policy_lines(demand: Demand) -> tuple[str, ...]:
    """The policy that was applied, as a report quotes it."""
    if demand.kind is PolicyKind.DANE:
        return tuple(f"{it.usage} {it.selector} {it.matching} {it.octets.hex()}" for it in demand.fingerprints)
    return demand.policy
