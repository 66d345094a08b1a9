"""Routing: where next, what came of it, and when again.

Owns    the choice of a route for a recipient, the order of hosts, the fate that a reply means, whether a way can be
        used and how much may go by it, how many connections a destination may have, and the ladder of retries.
Never   looks anything up, opens a connection, reads a clock or throws dice: answers, `now` and chance are
        arguments.
Read    route.py, choose.py, outlets.py; then hosts.py, judge.py; then finding.py, breaker.py, allowance.py; then
        window.py, retry.py.
"""

from .allowance import NO_LIMITS, PRESETS, Allowance, Limits
from .breaker import Breaker, Standing
from .choose import AcceptedDomainLike, Choice, RouteTable, choose, explain_choice
from .finding import Finding, asked_pause, finding_of
from .hosts import NO_ADDRESS, AddressAnswer, Answer, MxAnswer, MxHost, attempt_order, cut_at_ourselves, prohibited
from .judge import host_failed, judge, one_line
from .retry import LADDER, Patience
from .route import UNIX, HostPort, LmtpRoute, MailboxRoute, MxRoute, Route, SmartHostRoute, TlsPolicy, Way
from .ways import OutboundConnectorLike, host_port, limits_of, way_of
from .window import Window

__all__ = [
    "LADDER",
    "NO_ADDRESS",
    "NO_LIMITS",
    "PRESETS",
    "UNIX",
    "AcceptedDomainLike",
    "AddressAnswer",
    "Allowance",
    "Answer",
    "Breaker",
    "Choice",
    "Finding",
    "HostPort",
    "Limits",
    "LmtpRoute",
    "MailboxRoute",
    "MxAnswer",
    "MxHost",
    "MxRoute",
    "OutboundConnectorLike",
    "Patience",
    "Route",
    "RouteTable",
    "SmartHostRoute",
    "Standing",
    "TlsPolicy",
    "Way",
    "Window",
    "asked_pause",
    "attempt_order",
    "choose",
    "cut_at_ourselves",
    "explain_choice",
    "finding_of",
    "host_failed",
    "host_port",
    "judge",
    "limits_of",
    "one_line",
    "prohibited",
    "way_of",
]
