"""Whether a way is asked at all: after a few findings in a row that it cannot be used it is left alone, and one message
after a growing pause finds out if it is back.

The circuit breaker's usual words: a *closed* way carries mail, an *open* one is passed over, a *half-open* one is being
asked by one message. A value that is replaced, like `Window`; time and chance are arguments.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from .finding import Finding

ENOUGH = 3  # findings in a row
FIRST_PAUSE = 60.0  # seconds until an open way is asked again; doubled each time it disappoints
LONGEST_PAUSE = 1_800.0


class Standing(StrEnum):
    """How a way stands; the words of the circuit breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The state of one way; times are seconds on the clock of `now`.

    `findings` in a row, `opened_at` when it is open, `probe_at` when a message may ask, `reason` the last finding.
    `pause` outlives a closing for as long as it lasted, so that a way which flaps is asked ever more seldom.
    """

    findings: int = 0
    opened_at: float | None = None
    probe_at: float = 0.0
    pause: float = 0.0
    closed_at: float = 0.0
    probing: bool = False
    reason: str = ""

    @property
    def standing(self) -> Standing:
        if self.opened_at is None:
            return Standing.CLOSED
        return Standing.HALF_OPEN if self.probing else Standing.OPEN

    def admits(self, now: float) -> bool:
        """Whether a message may go this way now: it carries mail, or it is time that one asks."""
        return self.opened_at is None or (not self.probing and now >= self.probe_at)

    def asked(self) -> "Breaker":
        """A message goes this way; if the way is open, it is the one that finds out."""
        return self if self.opened_at is None else replace(self, probing=True)

    def unanswered(self) -> "Breaker":
        """The message that asked learnt nothing about the way; the next may ask."""
        return replace(self, probing=False) if self.probing else self

    def woken(self) -> "Breaker":
        """An operator wants to know now."""
        return self if self.opened_at is None else replace(self, probe_at=0.0)

    def worked(self, now: float) -> "Breaker":
        """The way carried a message or refused it for the message's own sake.

        A success that was begun before the way opened says nothing about now.
        """
        if self.opened_at is None:
            return replace(self, findings=0) if self.findings else self
        return replace(Breaker(), pause=self.pause, closed_at=now) if self.probing else self

    def failed(self, finding: Finding, now: float, *, jitter: float) -> "Breaker":
        """The way could not be used. `jitter` is in [0, 1)."""
        if self.opened_at is not None:
            if not self.probing:  # begun before it opened: the same trouble, told again
                return replace(self, reason=finding.reason)
            return self._opened(finding, now, jitter=jitter, pause=min(LONGEST_PAUSE, self.pause * 2))
        findings = self.findings + 1
        if findings < ENOUGH and not finding.lasting and finding.pause is None:
            return replace(self, findings=findings, reason=finding.reason)
        calm = now - self.closed_at >= 2 * self.pause
        pause = FIRST_PAUSE if calm or not self.pause else min(LONGEST_PAUSE, self.pause * 2)
        return self._opened(finding, now, jitter=jitter, pause=pause)

    def _opened(self, finding: Finding, now: float, *, jitter: float, pause: float) -> "Breaker":
        wait = max(pause * (1 + jitter / 4), finding.pause or 0.0)
        return replace(
            self,
            findings=self.findings + 1,
            opened_at=now if self.opened_at is None else self.opened_at,
            probe_at=now + wait,
            pause=pause,
            probing=False,
            reason=finding.reason,
        )
