"""What goes into the spool and what is claimed from it."""

from dataclasses import field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from gatepost.mail import Envelope, Outcome, Recipient, value


@value
class Content:
    """A stored message: the octets themselves, or the file that holds them. CRLF lines, dots not stuffed."""

    octets: int
    inline: bytes | None = None
    file: Path | None = None

    def open(self) -> BinaryIO:
        """The octets from the start, to be read in pieces; of a file in a thread."""
        return self.file.open("rb") if self.file is not None else BytesIO(self.inline or b"")

    def beginning(self, octets: int) -> bytes:
        """At most so many octets; nothing where the file cannot be read. For small reads, and seldom ones."""
        if self.file is None:
            return (self.inline or b"")[:octets]
        try:
            with self.file.open("rb") as source:
                return source.read(octets)
        except OSError:
            return b""


@value
class Hold:
    """Why a recipient is held from the start: `rule` names the transport rule, if it was one. What is in the `sandbox`
    goes on only where it is asked for by that word, and its sender is never told anything."""

    rule: str | None = None
    sandbox: bool = False

    @property
    def words(self) -> str:
        """What an operator reads where others have the last reply."""
        by = "" if self.rule is None else f" by rule '{self.rule}'"
        return f"In the sandbox{by}; not sent." if self.sandbox else f"Held{by}."


@value
class Arrival:
    """A message on its way into the spool. `id` comes from `Spool.new_id()`; `destinations` stand in the
    envelope's order, and so do `holds` where anybody is held; `story` is the session and the decision for the trace, as
    JSON-ready values."""

    id: str
    envelope: Envelope
    content: Content
    destinations: tuple[str, ...]
    received_at: float
    client: str
    organization: str | None = None
    connector: str | None = None
    subject: str = ""
    message_id: str = ""
    story: dict[str, Any] = field(default_factory=dict)
    holds: tuple[Hold | None, ...] = ()


@value
class Refusal:
    """Something that was refused, for the trace. `id` comes from `Spool.new_id()`, as a message's does; `sender` and
    `recipient` are empty where they were not said yet; `tls` is version and cipher; `story` is why, with remedies."""

    id: str
    at: float
    client: str
    reply: str
    hello: str = ""
    sender: str = ""
    recipient: str = ""
    organization: str | None = None
    connector: str | None = None
    tls: str | None = None
    story: dict[str, Any] = field(default_factory=dict)


@value
class Waiting:
    """One recipient of a claim. `row` names it in the spool; `attempts` counts this one already."""

    row: int
    recipient: Recipient
    attempts: int
    warned: bool = False


@value
class Claim:
    """One message and those of its recipients that go to one destination now. Owned until settled or restart.

    The attempt is already recorded when a claim is handed out, so a crash loop cannot hammer a host.
    """

    id: str
    envelope: Envelope  # as received; `recipients` holds only those of this claim
    content: Content
    destination: str
    received_at: float
    organization: str | None
    connector: str | None
    waiting: tuple[Waiting, ...]
    client: str = ""


@value
class Settled:
    """What came of one recipient. `due`: a Deferred's next attempt; `destination`: its new lane, if any."""

    row: int
    outcome: Outcome
    due: float | None = None
    destination: str | None = None
    warned: bool = False


@value
class Notice:
    """Something that the owner of a device or a connector is to be told: `kind` is failed or delayed, `row` the
    recipient's; `detail` is what is said of it, as JSON-ready values."""

    row: int
    kind: str
    owner: str
    organization: str
    at: float
    detail: dict[str, Any]


@value
class Settlement:
    """The result of one attempt, written in one transaction with its events, and the reports and notices it causes.

    `kind` is what its event is called: `attempt`, or `bounce` where an operator has given the recipients up.
    """

    claim: Claim
    at: float
    results: tuple[Settled, ...]
    story: dict[str, Any] = field(default_factory=dict)  # host, address, TLS, certificate shown, seconds
    reports: tuple[Arrival, ...] = ()
    notices: tuple[Notice, ...] = ()
    kind: str = "attempt"
