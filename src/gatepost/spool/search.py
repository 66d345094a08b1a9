"""What somebody looks for in the trace."""

from dataclasses import dataclass

from .states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Recipients of messages, and refusals; what is None matters not.

    `sender`, `recipient` and `message_id` may hold `*`; `<>` is the null sender; `subject` is a part of the subject.
    `cause` is one of `mail.Cause`, of the last attempt that failed or was deferred; times are seconds since 1970.
    `client` is the IP address that it came from, `host` one that it was sent to, or that was tried. `after` goes on
    behind a row's `cursor`.
    """

    sender: str | None = None
    recipient: str | None = None
    message_id: str | None = None
    subject: str | None = None
    connector: str | None = None
    status: State | str | None = None
    cause: str | None = None
    since: float | None = None
    until: float | None = None
    client: str | None = None
    host: str | None = None
    limit: int = 100
    after: str | None = None
    organization: str | None = None

    @property
    def reverse_path(self) -> str | None:
        """The sender as it is stored."""
        return "" if self.sender == "<>" else self.sender

    @property
    def finds_refusals(self) -> bool:
        """What was refused has neither subject nor Message-ID, and went to no host."""
        nothing_of_it = (self.message_id, self.subject, self.host, self.cause)
        return all(it is None for it in nothing_of_it) and self.status in (None, State.REFUSED)
