"""What the spool shows: to couriers, to operators, to the trace. Frozen values, JSON-ready where they carry
stories."""

from dataclasses import dataclass, field
from typing import Any

from .message import Notice
from .states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationState:
    """One lane of the queue. `earliest` is when its first recipient is due (since 1970)."""

    destination: str
    waiting: int
    earliest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The queue in numbers of recipients; `by_destination` counts the waiting ones."""

    waiting: int
    sending: int
    held: int
    by_destination: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One recipient that has not left. `cursor` is what `after` takes to go on behind it; `rule` is the one that holds
    it, and `sandbox` says if it is held for good."""

    id: str
    sender: str
    recipient: str
    destination: str
    state: State
    attempts: int
    due: float | None
    received_at: float
    octets: int
    subject: str
    organization: str | None
    connector: str | None
    last_reply: str | None
    cursor: str
    rule: str | None = None
    sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRecipient:
    """One recipient of a message, wherever it stands. `cause` (of `mail.Cause`) is why it has not left."""

    address: str
    destination: str
    state: State
    attempts: int
    due: float | None
    warned: bool
    crashes: int
    last_reply: str | None
    rule: str | None = None
    sandbox: bool = False
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMessage:
    """A message with all its recipients. Its octets: `Spool.content`."""

    id: str
    sender: str
    received_at: float
    finished_at: float | None
    octets: int
    client: str
    organization: str | None
    connector: str | None
    subject: str
    message_id: str
    extras: dict[str, Any] = field(default_factory=dict)
    recipients: tuple[QueuedRecipient, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """One recipient of a message that the trace knows, or one refusal; newest first. `cursor` is what `after` takes
    to go on behind it."""

    id: str
    received_at: float
    sender: str
    recipient: str
    subject: str
    message_id: str
    client: str
    organization: str | None
    connector: str | None
    octets: int
    status: State
    last_reply: str | None
    cursor: str
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a message: accepted, attempt, restarted, hold, release, retry, drop,
    bounce, quarantine; or `refused`, the only one of a refusal."""

    at: float
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A message with all its events in order; the first is `accepted`."""

    message: QueueMessage
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An owner who is to be told something. `told_at` is when they last were (since 1970), None if not lately."""

    owner: str
    organization: str
    count: int
    told_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """What an owner is to be told now: the first notices, how many there are in all, and the mark that `tell` takes."""

    listed: tuple[Notice, ...]
    failed: int
    delayed: int
    mark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A body (JSON) that is still to be posted to a webhook. `due` is since 1970."""

    url: str
    body: str
    due: float
    attempts: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Recipients an operator means: all that are waiting for a destination, or all that are held, never
    "all".

    Of those that are held: for the destination, by the rule, of before that moment, where any of these is said; and
    those in the sandbox alone, or those outside it alone, so that nobody sends the one with the other.
    """

    destination: str | None = None
    held: bool = False
    rule: str | None = None
    sandbox: bool = False
    before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBy:
    """So many recipients of one organization that the same thing holds. `oldest` is when the first of them came; no
    `rule` and no `sandbox`: an operator, or the spool itself."""

    organization: str | None
    rule: str | None
    sandbox: bool
    recipients: int
    oldest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a start or a sweep cleaned up, in numbers."""

    restarted: int = 0  # recipients that were being sent when the last run died
    quarantined: int = 0  # messages held because their body is missing or torn, or for three crashes
    orphans: int = 0  # body files that no message owns
    partials: int = 0  # body files never finished
    messages: int = 0  # finished messages past their retention
    refusals: int = 0  # refusals past their retention, or beyond the most that are kept
    indexed: int = 0  # messages made findable by the exact look-ups of the trace
