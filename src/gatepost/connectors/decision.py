"""What policy answers: a reply together with why, and what to do about it."""

from dataclasses import dataclass

from gatepost.mail import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one recipient (or on a sender, when it fell at MAIL already).

    `result` is "relay", "incoming", "reject" or "defer". `reasons` and `remedies` are whole sentences for the
    operator's log, trace and pages; nothing of them ever stands in `reply`.
    """

    result: str
    organization: str | None
    connector: str | None
    reply: Reply
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        return self.result in ("relay", "incoming")
