"""The journal: what happened, one line a fact, for the log and the metrics; and what was said, for the protocol log.

Owns    the table of facts, the log's format, the counters behind /metrics, and the files of the protocol log.
Never   decides anything, opens a socket but to a syslog server, or writes a body, a password or an unescaped control
        character.
Read    facts.py (the table), then journal.py over writing.py; rfc5424.py, and syslog.py over syslog_server.py,
        for syslog servers;
        protocol_lines.py (the format), protocol_log.py over protocol_files.py, and protocol_search.py.
"""

from .facts import FACTS, Fact, Level
from .journal import Journal, LogTerms
from .protocol_files import Room
from .protocol_lines import Direction, ProtocolEvent, ProtocolLine, endpoint
from .protocol_log import ProtocolLog, ProtocolSession
from .protocol_search import LoggedSession, find, of_message

__all__ = [
    "FACTS",
    "Direction",
    "Fact",
    "Journal",
    "Level",
    "LogTerms",
    "LoggedSession",
    "ProtocolEvent",
    "ProtocolLine",
    "ProtocolLog",
    "ProtocolSession",
    "Room",
    "endpoint",
    "find",
    "of_message",
]
