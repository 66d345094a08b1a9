"""The spool: accepted mail, until it has left, and the trace of it afterwards.

Owns    queue.db, body files under bodies/, and the lock on the data directory.
Never   opens a socket, reads the configuration, or decides when to retry.
Read    states.py and message.py, then spool.py (the door) and oversight.py (its back door, for operators),
        turns.py (what the loop writes itself), writer.py (one thread, one commit for many), store.py (the
        named SQL), bodies.py (large ones), history.py (queue and trace; search.py says what is looked for),
        refusals.py; census.py (devices and numbers, which are no promise); notices.py and alarms.py (what
        people are to be told); memory.py is the fake.

Promise (RFC 5321 §4.2.5, §6.1): when `accept` has returned, the message survives a power cut. It may be sent
twice after a crash between delivery and `settle`; it is never lost.

Why one writer: SQLite before 3.51.3 can corrupt a WAL database when two connections write and checkpoint at
once (the "WAL-reset bug"). Here one connection writes and alone checkpoints; readers are read-only; no other
program may open queue.db while Gatepost runs.
"""

from .bodies import INLINE_OCTETS, Draft
from .devices import Device, Visit
from .encounters import Encounter
from .ids import moment_of, number_of
from .memory import MemorySpool
from .message import Arrival, Claim, Content, Hold, Notice, Refusal, Settled, Settlement, Waiting
from .search import Search
from .spool import Spool
from .states import LIVE, MOVES, On, State, move
from .store import MOST_PLACES
from .traffic import Hour, Renaming, Use
from .trouble import SpoolFull, reply_to
from .views import (
    Choice,
    Counts,
    DestinationState,
    Event,
    HeldBy,
    Owed,
    Owing,
    Post,
    QueuedRecipient,
    QueueMessage,
    QueueRow,
    Story,
    Swept,
    TraceRow,
)
from .works import Courier

__all__ = [
    "INLINE_OCTETS",
    "LIVE",
    "MOST_PLACES",
    "MOVES",
    "Arrival",
    "Choice",
    "Claim",
    "Content",
    "Counts",
    "Courier",
    "DestinationState",
    "Device",
    "Draft",
    "Encounter",
    "Event",
    "HeldBy",
    "Hold",
    "Hour",
    "MemorySpool",
    "Notice",
    "On",
    "Owed",
    "Owing",
    "Post",
    "QueueMessage",
    "QueueRow",
    "QueuedRecipient",
    "Refusal",
    "Renaming",
    "Search",
    "Settled",
    "Settlement",
    "Spool",
    "SpoolFull",
    "State",
    "Story",
    "Swept",
    "TraceRow",
    "Use",
    "Visit",
    "Waiting",
    "moment_of",
    "move",
    "number_of",
    "reply_to",
]
