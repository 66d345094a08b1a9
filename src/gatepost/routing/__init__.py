"""Routing: where next, what came of it, and when again.

Owns    the choice of a route for a recipient, the order of hosts, the fate that a reply means, whether a way can be
        used and how much may go by it, how many connections a destination may have, and the ladder of retries.
Never   looks anything up, opens a connection, reads a clock or throws dice: answers, `now` and chance are
        arguments.
Read    route.py, choose.py, outlets.py; hosts.py, judge.py over their_limits.py, graph.py; demands.py over
        fingerprints.py and mta_sts.py, report_addresses.py; then finding.py, breaker.py, allowance.py; then window.py,
        retry.py.
"""

from .allowance import NO_LIMITS, PRESETS, Allowance, Limits
from .breaker import Breaker, Standing
from .choose import AcceptedDomainLike, Choice, RouteTable, choose, explain_choice
from .demands import UNFIT, Demand, DomainSays, PolicyKind, TlsFault, Unfit, demand_of
from .finding import Finding, asked_pause, finding_of
from .fingerprints import Fingerprint, worth_matching
from .graph import MOST_FOR_GRAPH, judge_graph, refused_by_graph, with_blind_copies
from .hosts import (
    NO_ADDRESS,
    AddressAnswer,
    Answer,
    FingerprintAnswer,
    MxAnswer,
    MxHost,
    attempt_order,
    cut_at_ourselves,
    prohibited,
)
from .judge import host_failed, judge, one_line
from .mta_sts import MtaSts, read_policy, read_record
from .mta_sts import covers as policy_covers
from .report_addresses import report_addresses
from .retry import LADDER, Patience
from .route import (
    UNIX,
    Application,
    DaneMode,
    HostPort,
    LmtpRoute,
    MailboxRoute,
    MxRoute,
    Route,
    SmartHostRoute,
    TlsPolicy,
    Way,
)
from .ways import OutboundConnectorLike, application_of, host_port, limits_of, way_of
from .window import Window

__all__ = [
    "LADDER",
    "MOST_FOR_GRAPH",
    "NO_ADDRESS",
    "NO_LIMITS",
    "PRESETS",
    "UNFIT",
    "UNIX",
    "AcceptedDomainLike",
    "AddressAnswer",
    "Allowance",
    "Answer",
    "Application",
    "Breaker",
    "Choice",
    "DaneMode",
    "Demand",
    "DomainSays",
    "Finding",
    "Fingerprint",
    "FingerprintAnswer",
    "HostPort",
    "Limits",
    "LmtpRoute",
    "MailboxRoute",
    "MtaSts",
    "MxAnswer",
    "MxHost",
    "MxRoute",
    "OutboundConnectorLike",
    "Patience",
    "PolicyKind",
    "Route",
    "RouteTable",
    "SmartHostRoute",
    "Standing",
    "TlsFault",
    "TlsPolicy",
    "Unfit",
    "Way",
    "Window",
    "application_of",
    "asked_pause",
    "attempt_order",
    "choose",
    "cut_at_ourselves",
    "demand_of",
    "explain_choice",
    "finding_of",
    "host_failed",
    "host_port",
    "judge",
    "judge_graph",
    "limits_of",
    "one_line",
    "policy_covers",
    "prohibited",
    "read_policy",
    "read_record",
    "refused_by_graph",
    "report_addresses",
    "way_of",
    "with_blind_copies",
    "worth_matching",
]
