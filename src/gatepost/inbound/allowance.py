"""What one session takes of its connector's limits: sessions at a time, messages a minute, octets a message."""

from gatepost.connectors import Bucket, Decision, InboundConnector, Origin, Rates, too_big, too_many_sessions, too_often
from gatepost.smtp import events

from .surroundings import Surroundings


class Allowance:
    """The share of one session."""

    __slots__ = ("_around", "_place")

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._place: tuple[str, str] | None = None  # the connector, with a limit, among whose sessions this one counts

    def beyond(self, event: events.MailFrom, connector: InboundConnector, origin: Origin) -> Decision | None:
        """The refusal of a message that is more than its connector allows."""
        directory = self._around.current().directory
        if not self._has_place(connector):
            return too_many_sessions(origin, directory)
        if event.size is not None and connector.max_message_size and event.size > connector.max_message_size:
            return too_big(event.size, origin, directory)
        if connector.max_messages_per_minute and not self._within_rate(connector):
            return too_often(origin, directory)
        return None

    def _has_place(self, connector: InboundConnector) -> bool:
        """Count this session among the connector's, from its first MAIL to its end or to a MAIL of another's."""
        place = None if connector.max_connections is None else (connector.organization, connector.name)
        if place == self._place:
            return True
        self.leave()
        if place is not None:
            if not self._around.places.enter(place, limit=connector.max_connections):
                return False
            self._place = place
        return True

    def leave(self) -> None:
        """The session is over, or another connector's now."""
        if self._place is not None:
            self._around.places.leave(self._place)
            self._place = None

    def _within_rate(self, connector: InboundConnector) -> bool:
        per_minute = connector.max_messages_per_minute or 0
        key = (connector.organization, connector.name, per_minute)
        rates = self._around.rates.get(key)
        if rates is None:
            rates = self._around.rates[key] = Rates(Bucket.per_minute(per_minute))
        return rates.take(key, self._around.loop.time()) == 0.0
