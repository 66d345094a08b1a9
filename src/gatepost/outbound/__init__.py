"""Outbound: sockets out. What the spool keeps is carried to the next host or a mailbox, and settled.

Owns    the lanes and their connections, the DNS questions, TLS as a client with the policies of recipient domains
        and the counts of what came of them, signatures (DKIM), Maildir files, and the reports that a settlement causes.
Never   reads a reply's code as fate (routing.judge and routing.finding do), decides when to try again (routing.retry
        does), or changes a byte of what was stored: a signature goes in front of it.
Read    outbound.py (the whole) and scheduler.py (lanes), carrier.py (one claim), passage.py and ways.py (one claim by
        several ways), delivery.py (one attempt); targets.py and resolver.py (where to); dial.py, securing.py and
        sign_in.py (a session on the route's terms), session.py over wire.py (its conversation); sts_policies.py over
        sts_fetch.py, tls_counts.py; then tokens.py, graph.py, signing.py, long_lines.py, mailbox.py, settling.py;
        letters.py under returns.py and, for owners, owing.py and digests.py; tunnel.py and posting.py under
        tls_reports.py and webhook.py.
"""

from .dial import Dialler
from .digests import Digests
from .graph import post_message
from .lane import Resting
from .letters import Letters
from .mailbox import mailbox_folder
from .outbound import Outbound
from .posting import PostTerms
from .resolver import DnsResolver, RecordAnswer, Resolver
from .session import OutboundSession
from .sts_fetch import FetchTerms, mta_sts
from .targets import heard
from .terms import OutboundSettings, Timeouts
from .tls_reports import TlsReports
from .tokens import Tokens, TokenUnavailable
from .ways import Leg, Ways, WayStanding, WayUse
from .webhook import WebhookTerms, post_webhook, signature

__all__ = [
    "Dialler",
    "Digests",
    "DnsResolver",
    "FetchTerms",
    "Leg",
    "Letters",
    "Outbound",
    "OutboundSession",
    "OutboundSettings",
    "PostTerms",
    "RecordAnswer",
    "Resolver",
    "Resting",
    "Timeouts",
    "TlsReports",
    "TokenUnavailable",
    "Tokens",
    "WayStanding",
    "WayUse",
    "Ways",
    "WebhookTerms",
    "heard",
    "mailbox_folder",
    "mta_sts",
    "post_message",
    "post_webhook",
    "signature",
]
