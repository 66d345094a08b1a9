"""The connectors: who is calling, and what may they do?

Owns    the model (organizations, accepted domains, inbound and outbound connectors, users), the facts of a
        session, attribution, policy, the certificate-name rules, and the limits by client address.
Never   opens a socket, reads the store, a clock or a certificate, or puts a reason into a reply.
Read    model.py, facts.py; attribution.py, policy.py, partners.py; directory.py is what they look things up
        in, misses.py, explain.py and authors.py put refusals and doubts into words.

Every answer follows from the facts and one immutable Directory. Attribution is taken anew at every MAIL.
"""

from .attribution import Origin, attribute
from .authors import author_findings
from .blocked import at_connect
from .decision import Decision
from .directory import Directory
from .explain import explain, judge
from .facts import PUBLIC, Certificate, Facts
from .limits import Bucket, ClientKey, Counters, Rates, Wait, client_key, device_of
from .model import (
    GRAPH_ENDPOINT,
    LOGIN_AUTHORITY,
    AcceptedDomain,
    AuthenticationMethod,
    BareLineFeeds,
    ConnectorSource,
    ConnectorType,
    DomainType,
    InboundConnector,
    Network,
    Organization,
    OutboundConnector,
    SmtpUser,
    TlsSettings,
    Transport,
)
from .names import canonical_name, certificate_domains, name_matches
from .networks import NetworkIndex, network_of
from .patterns import PatternIndex
from .policy import at_mail, at_rcpt, refusal_at_mail

__all__ = [
    "GRAPH_ENDPOINT",
    "LOGIN_AUTHORITY",
    "PUBLIC",
    "AcceptedDomain",
    "AuthenticationMethod",
    "BareLineFeeds",
    "Bucket",
    "Certificate",
    "ClientKey",
    "ConnectorSource",
    "ConnectorType",
    "Counters",
    "Decision",
    "Directory",
    "DomainType",
    "Facts",
    "InboundConnector",
    "Network",
    "NetworkIndex",
    "Organization",
    "Origin",
    "OutboundConnector",
    "PatternIndex",
    "Rates",
    "SmtpUser",
    "TlsSettings",
    "Transport",
    "Wait",
    "at_connect",
    "at_mail",
    "at_rcpt",
    "attribute",
    "author_findings",
    "canonical_name",
    "certificate_domains",
    "client_key",
    "device_of",
    "explain",
    "judge",
    "name_matches",
    "network_of",
    "refusal_at_mail",
]
