"""How much may go by a way: limits that the other side sets, and a count that keeps within them.

Providers refuse, or block for hours, whoever sends more than they allow. Who keeps count waits instead.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

MINUTE = 60.0
HOUR = 3_600
DAY_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may go by a way; None is no limit. A day is the 24 hours before now, as providers count."""

    messages_per_minute: int | None = None
    connections: int | None = None
    session_minutes: int | None = None
    recipients_per_day: int | None = None

    @property
    def session_seconds(self) -> float | None:
        """How old a connection may be when a message begins on it: a little less, so that none is cut off."""
        return None if self.session_minutes is None else self.session_minutes * MINUTE * 0.95


NO_LIMITS = Limits()

# What is documented, and what is chosen here where nothing is:
#
# Microsoft365, a mailbox at smtp.office365.com ("Exchange Online limits"): 30 messages a minute, 10,000 recipients in
# 24 hours and 3 connections are documented. Chosen: 20 minutes of a session.
# Google: 10,000 recipients in 24 hours for a user, at smtp-relay.gmail.com ("SMTP relay service") as at smtp.gmail.com
# ("Gmail sending limits"), are documented; the latter has 2,000 messages besides (500 of a free or trial account), of
# which a connector to it keeps count by MaxRecipientsPerDay. Chosen, for Google gives none: messages a minute (its peak
# limit depends on the licences), connections, minutes.
# AmazonSES ("Service quotas in Amazon SES"): an account in the sandbox has 200 recipients in 24 hours and 1 a second;
# everybody else has numbers of their own, seen in the console. Chosen: 14 a second and 50,000 in 24 hours, which is
# what accounts used to begin with; connections and minutes.
# Generic is chosen whole.
PRESETS: Mapping[str, Limits] = {
    "None": NO_LIMITS,
    "Microsoft365": Limits(messages_per_minute=30, connections=3, session_minutes=20, recipients_per_day=10_000),
    "Google": Limits(messages_per_minute=100, connections=5, session_minutes=10, recipients_per_day=10_000),
    "AmazonSES": Limits(messages_per_minute=840, connections=10, session_minutes=10, recipients_per_day=50_000),
    "Generic": Limits(messages_per_minute=60, connections=5, session_minutes=10),
}


class Allowance:
    """What went by a way of late, counted. Times are seconds since 1970, given by the caller.

    The minute is counted message by message; the day by the hour, so that up to an hour may be waited too long and
    never too little is.
    """

    __slots__ = ("_hours", "_minute")

    def __init__(self, hours: Mapping[int, int] | None = None) -> None:
        """`hours`: recipients by hour since 1970, as `hours` told them before a restart."""
        self._minute: deque[float] = deque()
        self._hours = dict(hours or {})

    def wait(self, limits: Limits, now: float, *, recipients: int = 1) -> tuple[float, str] | None:
        """Until when a message to so many recipients has to wait, and why; None when it may go now.

        A message to more recipients than a whole day allows goes when nothing else has gone: it could never else.
        """
        most = limits.recipients_per_day
        if most is not None and (used := self.today(now)) and used + recipients > most:
            words = f"{used:,} of {most:,} recipients of 24 hours are used"
            return self._free_at(most - recipients, now), words
        most = limits.messages_per_minute
        if most is not None:
            recent = self._recent(now)
            if recent >= most:
                return self._minute[recent - most] + MINUTE, f"{most:,} messages have gone within a minute"
        return None

    def take(self, now: float, *, recipients: int = 1) -> None:
        """Count a message that goes now."""
        self._minute.append(now)
        hour = int(now) // HOUR
        self._hours[hour] = self._hours.get(hour, 0) + recipients

    def give_back(self, now: float, *, recipients: int) -> None:
        """So many recipients of a message counted by `take` were not taken by the other side after all."""
        hour = int(now) // HOUR
        self._hours[hour] = max(0, self._hours.get(hour, 0) - recipients)

    def today(self, now: float) -> int:
        """Recipients of the last 24 hours."""
        first = int(now) // HOUR - DAY_HOURS
        for hour in [hour for hour in self._hours if hour < first]:
            del self._hours[hour]
        return sum(self._hours.values())

    def last_minute(self, now: float) -> int:
        """Messages of the last minute."""
        return self._recent(now)

    @property
    def hours(self) -> Mapping[int, int]:
        """Recipients by hour since 1970, to be kept over a restart."""
        return self._hours

    def _recent(self, now: float) -> int:
        while self._minute and self._minute[0] <= now - MINUTE:
            self._minute.popleft()
        return len(self._minute)

    def _free_at(self, room: int, now: float) -> float:
        """When the hours that are left hold at most `room`."""
        left = sum(self._hours.values())
        for hour in sorted(self._hours):
            left -= self._hours[hour]
            if left <= max(room, 0):
                return float((hour + DAY_HOURS + 1) * HOUR)
        return float(ceil(now) + HOUR)
