"""Outbound: sockets out. What the spool keeps is carried to the next host or a mailbox, and settled.

Owns    the lanes and their connections, the DNS questions, TLS as a client, Maildir files, and the reports
        that a settlement causes.
Never   reads a reply's code as fate (routing.judge does), decides when to try again (routing.retry does), or
        sends a byte of a message that is not exactly what was stored.
Read    scheduler.py (lanes), carrier.py (one claim), delivery.py (one attempt), session.py (one connection);
        then dial.py, tokens.py, graph.py, resolver.py, mailbox.py, returns.py and settling.py.
"""

from .dial import Dialler
from .graph import post_message
from .lane import Resting
from .mailbox import mailbox_folder
from .resolver import DnsResolver, RecordAnswer, Resolver
from .scheduler import Outbound
from .session import OutboundSession
from .terms import OutboundSettings, Timeouts
from .tokens import Tokens, TokenUnavailable

__all__ = [
    "Dialler",
    "DnsResolver",
    "Outbound",
    "OutboundSession",
    "OutboundSettings",
    "RecordAnswer",
    "Resolver",
    "Resting",
    "Timeouts",
    "TokenUnavailable",
    "Tokens",
    "mailbox_folder",
    "post_message",
]
