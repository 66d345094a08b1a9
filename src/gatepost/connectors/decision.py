"""What policy answers: a reply together with why, and what to do about it."""

from collections.abc import Callable
from typing import Final

from gatepost.mail import Address, Reply

Words = tuple[tuple[str, ...], tuple[str, ...]]  # reasons, remedies


class Decision:
    """The verdict on one recipient (or on a sender, when it fell at MAIL already).

    `result` is "relay", "incoming", "reject" or "defer". `reasons` and `remedies` are whole sentences for the
    operator's log, trace and pages; nothing of them ever stands in `reply`. To put near misses into words takes longer
    than to decide, so `near_misses` is called, once, when somebody reads them; its words come behind the others.
    `leads_to` are the addresses that get the mail instead of the recipient: an alias's, or a catch-all's.
    """

    __slots__ = ("_near_misses", "_words", "connector", "leads_to", "organization", "reply", "result")

    def __init__(
        self,
        *,
        result: str,
        organization: str | None,
        connector: str | None,
        reply: Reply,
        reasons: tuple[str, ...],
        remedies: tuple[str, ...],
        near_misses: Callable[[], Words] | None = None,
        leads_to: tuple[Address, ...] = (),
    ) -> None:
        self.result: Final = result
        self.organization: Final = organization
        self.connector: Final = connector
        self.reply: Final = reply
        self.leads_to: Final = leads_to
        self._words: Words = (reasons, remedies)
        self._near_misses = near_misses

    @property
    def reasons(self) -> tuple[str, ...]:
        return self._told()[0]

    @property
    def remedies(self) -> tuple[str, ...]:
        return self._told()[1]

    @property
    def accepted(self) -> bool:
        return self.result in ("relay", "incoming")

    def _told(self) -> Words:
        if self._near_misses is not None:
            (reasons, remedies), (more, others) = self._words, self._near_misses()
            self._words, self._near_misses = ((*reasons, *more), (*remedies, *others)), None
        return self._words
