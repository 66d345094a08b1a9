"""Routing: where next, what came of it, and when again.

Owns    the choice of a route for a recipient, the order of hosts, the fate that a reply means, how many
        connections a destination may have, and the ladder of retries.
Never   looks anything up, opens a connection, reads a clock or throws dice: answers, `now` and chance are
        arguments.
Read    route.py, choose.py; then hosts.py, judge.py; then window.py, retry.py.
"""

from .choose import AcceptedDomainLike, OutboundConnectorLike, RouteTable, choose
from .hosts import NO_ADDRESS, AddressAnswer, Answer, MxAnswer, MxHost, attempt_order, cut_at_ourselves, prohibited
from .judge import host_failed, judge, one_line
from .retry import LADDER, Patience
from .route import HostPort, MailboxRoute, MxRoute, Route, SmartHostRoute, TlsPolicy, Way
from .window import Window

__all__ = [
    "LADDER",
    "NO_ADDRESS",
    "AcceptedDomainLike",
    "AddressAnswer",
    "Answer",
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
    "attempt_order",
    "choose",
    "cut_at_ourselves",
    "host_failed",
    "judge",
    "one_line",
    "prohibited",
]
