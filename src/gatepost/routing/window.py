"""How many connections a destination may have at once, and how long it is left alone after trouble.

A value that is replaced: `lane.window = lane.window.succeeded()`. The idea is TCP's and Postfix's: grow while
it goes well, halve when it does not, and ask a dead host ever more rarely, with one connection only.
"""

from dataclasses import dataclass, replace

START = 5.0
MOST = 20.0
FIRST_REST = 30.0  # seconds a destination is left alone after its first failure; doubled with each further one
LONGEST_REST = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """`size` connections are allowed; none before `resting_until` (seconds, the clock of `now`)."""

    size: float = START
    most: float = MOST
    failures: int = 0
    resting_until: float = 0.0

    def allowed(self, now: float) -> int:
        """How many connections may be open now. After a rest one alone finds out if the host is back."""
        if now < self.resting_until:
            return 0
        return 1 if self.failures else int(self.size)

    def woken(self) -> "Window":
        """An operator wants to know now: the rest ends, and one connection finds out."""
        return replace(self, resting_until=0.0)

    def paused(self, until: float) -> "Window":
        """A limit is reached: nothing goes until then, and nothing has failed."""
        return replace(self, resting_until=max(self.resting_until, until))

    def succeeded(self) -> "Window":
        """A message went through: one more connection for every full window of successes."""
        if self.failures:
            return replace(self, size=max(self.size, min(START, self.most)), failures=0, resting_until=0.0)
        if self.size >= self.most:
            return self
        return replace(self, size=min(self.most, self.size + 1.0 / self.size))

    def troubled(self, now: float, *, jitter: float, others_work: bool = False, at_least: float = 0.0) -> "Window":
        """The host failed us. With other connections at work it was only too much at once: shrink. Else rest.

        `jitter` is in [0, 1). `at_least` are seconds for which the host itself has asked.
        """
        size = max(1.0, self.size / 2)
        if others_work and not at_least:
            return replace(self, size=size)
        if now < self.resting_until:  # several connections that fail together are one failure
            return replace(self, size=size, resting_until=max(self.resting_until, now + at_least))
        rest = min(LONGEST_REST, FIRST_REST * 2 ** min(self.failures, 10)) * (1 + jitter / 4)
        rest = max(rest, at_least)
        return replace(self, size=size, failures=self.failures + 1, resting_until=now + rest)
