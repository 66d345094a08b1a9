"""When to try again, when to warn and when to give up."""

from dataclasses import dataclass

LADDER = tuple(60.0 * minutes for minutes in (1, 5, 15, 30, 60, 120, 240))  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The terms of retrying; every time in seconds.

    RFC 5321 §4.5.4.1 asks for 4-5 days; Exchange gives up after 2, and so do we unless told otherwise.
    """

    ladder: tuple[float, ...] = LADDER
    give_up_after: float = 2 * 86_400.0
    warn_after: float = 4 * 3_600.0
    least_attempts: int = 2  # a clock that jumps ahead by a week must not bounce the whole queue

    def next_attempt(self, attempts: int, now: float, *, jitter: float, received_at: float) -> float | None:
        """When to try again after `attempts` failures; None: give up. `jitter` is in [0, 1).

        The last attempt falls on the end of patience, not behind it.
        """
        end = received_at + self.give_up_after
        if now >= end and attempts >= self.least_attempts:
            return None
        step = self.ladder[min(max(attempts, 1), len(self.ladder)) - 1]
        due = now + step * (1 + jitter / 4)
        return min(due, end) if now < end else due

    def wants_warning(self, now: float, *, received_at: float, warned: bool) -> bool:
        """Whether the sender is to hear now, once, that the message is late."""
        return not warned and now - received_at >= self.warn_after
