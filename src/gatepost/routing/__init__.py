"""Routing: where next, what came of it, and when again.

Owns    the choice of a route for a recipient, the order of hosts, the fate that a reply means, how many
        connections a destination may have, and the ladder of retries.
Never   looks anything up, opens a connection, reads a clock or throws dice: answers, `now` and chance are
        arguments.
Read    route.py, choose.py; then hosts.py, judge.py, graph.py; then window.py, retry.py.
"""

from .choose import AcceptedDomainLike, OutboundConnectorLike, RouteTable, application_of, choose, way_of
from .graph import MOST_FOR_GRAPH, judge_graph, refused_by_graph, with_blind_copies
from .hosts import NO_ADDRESS, AddressAnswer, Answer, MxAnswer, MxHost, attempt_order, cut_at_ourselves, prohibited
from .judge import host_failed, judge, one_line
from .retry import LADDER, Patience
from .route import Application, GraphRoute, HostPort, MailboxRoute, MxRoute, Route, SmartHostRoute, TlsPolicy, Way
from .window import Window

__all__ = [
    "LADDER",
    "MOST_FOR_GRAPH",
    "NO_ADDRESS",
    "AcceptedDomainLike",
    "AddressAnswer",
    "Answer",
    "Application",
    "GraphRoute",
    "HostPort",
    "MailboxRoute",
    "MxAnswer",
    "MxHost",
    "MxRoute",
    "OutboundConnectorLike",
    "Patience",
    "Route",
    "RouteTable",
    "SmartHostRoute",
    "TlsPolicy",
    "Way",
    "Window",
    "application_of",
    "attempt_order",
    "choose",
    "cut_at_ourselves",
    "host_failed",
    "judge",
    "judge_graph",
    "one_line",
    "prohibited",
    "refused_by_graph",
    "way_of",
    "with_blind_copies",
]
