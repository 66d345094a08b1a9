"""The journal: what happened, one line a fact, for the log and the metrics.

Owns    the table of facts, the log's format, and the counters behind /metrics.
Never   decides anything, opens a network socket, or writes a body, a password or an unescaped control character.
Read    facts.py (the table), then journal.py.
"""

from .facts import FACTS, Fact, Level
from .journal import Journal

__all__ = ["FACTS", "Fact", "Journal", "Level"]
