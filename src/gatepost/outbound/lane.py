"""A lane: everything of one destination that is in memory, and the connections that carry it."""

import asyncio
from collections import deque
from dataclasses import dataclass

from gatepost.routing import Window
from gatepost.spool import Claim


def weight(claim: Claim) -> int:
    """The octets a claim keeps in memory; a body in a file weighs nothing."""
    return len(claim.content.inline) if claim.content.inline is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A destination that is left alone until then (seconds since 1970), because of what its host last did.

    `since` is when that began, and `failures` how often in a row it has failed; of a limit that is reached there are
    none.
    """

    until: float
    reason: str
    since: float | None = None
    failures: int = 0


class Lane:
    """The queue in front of one destination's connections.

    `held` and `octets` count what is waiting here and what is being sent. `open` counts connections, those
    being dialled included; `live` those that have a session. `idle` holds the futures of connections that
    wait for a claim. `backlog`: the spool has more for this lane than was taken.
    """

    __slots__ = (
        "backlog",
        "blocked",
        "blocked_since",
        "claims",
        "destination",
        "held",
        "idle",
        "limited",
        "live",
        "most",
        "octets",
        "open",
        "page",
        "starting",
        "window",
    )

    def __init__(self, destination: str, window: Window) -> None:
        self.destination = destination
        self.window = window
        self.claims: deque[Claim] = deque()
        self.idle: list[asyncio.Future[Claim | None]] = []
        self.held = 0
        self.octets = 0
        self.open = 0
        self.live = 0
        self.starting = 0
        self.backlog = False
        self.blocked = ""  # why the destination does not answer, once the journal has been told
        self.blocked_since: float | None = None
        self.limited = ""  # which limit was reached
        self.most: int | None = None  # connections, where a way of many lanes has no more for this one
        self.page: int | None = None  # claims to take at once, where a limit lets no more go in a minute

    def next(self) -> Claim | None:
        return self.claims.popleft() if self.claims else None

    def offer(self, claim: Claim) -> bool:
        """Give the claim to a waiting connection, or keep it: False, and another connection is of use."""
        while self.idle:
            future = self.idle.pop()  # the one used last: the others may run into their idle limit
            if not future.done():
                future.set_result(claim)
                return True
        self.claims.append(claim)
        return False

    @property
    def empty(self) -> bool:
        return not (self.claims or self.open or self.held)
