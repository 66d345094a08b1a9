"""Routing: where next, what came of it, and when again.

Owns    the choice of a route for a recipient, the order of hosts, the fate that a reply means, whether a way can be
        used and how much may go by it, how many connections a destination may have, and the ladder of retries.
Never   looks anything up, opens a connection, reads a clock or throws dice: answers, `now` and chance are
        arguments.
Read    route.py, choose.py, outlets.py; then hosts.py, judge.py, graph.py; then finding.py, breaker.py, allowance.py;
        then window.py, retry.py.
"""

from .allowance import NO_LIMITS, PRESETS, Allowance, Limits
from .breaker import Breaker, Standing
from .choose import AcceptedDomainLike, Choice, RouteTable, choose, explain_choice
from .finding import Finding, asked_pause, finding_of
from .graph import MOST_FOR_GRAPH, judge_graph, refused_by_graph, with_blind_copies
from .hosts import NO_ADDRESS, AddressAnswer, Answer, MxAnswer, MxHost, attempt_order, cut_at_ourselves, prohibited
from .judge import host_failed, judge, one_line
from .retry import LADDER, Patience
from .route import UNIX, Application, HostPort, LmtpRoute, MailboxRoute, MxRoute, Route, SmartHostRoute, TlsPolicy, Way
from .ways import OutboundConnectorLike, application_of, host_port, limits_of, way_of
from .window import Window

__all__ = [
    "LADDER",
    "MOST_FOR_GRAPH",
    "NO_ADDRESS",
    "NO_LIMITS",
    "PRESETS",
    "UNIX",
    "AcceptedDomainLike",
    "AddressAnswer",
    "Allowance",
    "Answer",
    "Application",
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
    "application_of",
    "asked_pause",
    "attempt_order",
    "choose",
    "cut_at_ourselves",
    "explain_choice",
    "finding_of",
    "host_failed",
    "host_port",
    "judge",
    "judge_graph",
    "limits_of",
    "one_line",
    "prohibited",
    "refused_by_graph",
    "way_of",
    "with_blind_copies",
]
