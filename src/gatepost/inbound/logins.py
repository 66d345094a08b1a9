"""Passwords: checked in threads, because a check is slow on purpose, and not for those who only guess.

What an attempt costs us is an attacker's lever as well, so a client whose attempts keep failing is told to come back
later without a check. The count is of clients, not of users: nobody can lock somebody else out.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address

from gatepost.config import NOBODY, verify_password
from gatepost.connectors import Bucket, ClientKey, Rates, client_key

_FAILURES_A_MINUTE = 20
_PAUSE_SECONDS = 60.0
_ROOM = 10_000

Client = IPv4Address | IPv6Address


class Logins:
    """One for all listeners. `clock` is any clock in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
        self._failures = Rates(Bucket.per_minute(_FAILURES_A_MINUTE))
        self._shunned: dict[ClientKey, float] = {}

    def shuns(self, client: Client) -> bool:
        """Whether this client has to wait before another password of its is looked at."""
        until = self._shunned.get(client_key(client))
        return until is not None and self._clock() < until

    def check(self, password: str, kept: str | None) -> "asyncio.Future[bool]":
        """Whether the password made the hash that is kept; None where there is no such user."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, verify_password, password, kept or NOBODY)

    def failed(self, client: Client) -> None:
        """Count a failure of this client."""
        key, now = client_key(client), self._clock()
        if self._failures.take(key, now) == 0.0:
            return
        if len(self._shunned) >= _ROOM:
            self._shunned = {one: until for one, until in self._shunned.items() if until > now}
        if len(self._shunned) < _ROOM:
            self._shunned[key] = now + _PAUSE_SECONDS

    def close(self) -> None:
        """Check no more; who still waits is told to come back."""
        self._threads.shutdown(wait=False, cancel_futures=True)
