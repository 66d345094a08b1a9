"""The connectors: who is calling, and what may they do?

Owns    the model (organizations, accepted domains and their recipients, inbound and outbound connectors,
        users), the facts of a session, attribution, policy, the certificate-name rules, and the limits by
        client address.
Never   opens a socket, reads the store, a clock or a certificate, or puts a reason into a reply.
Read    model.py, facts.py; attribution.py, policy.py, partners.py, rewriting.py, recipients.py; directory.py is
        what they look things up in, address_book.py the recipient lists, handshakes.py and allowances.py the
        terms for old devices; misses.py, explain.py and authors.py put refusals and doubts into words;
        signing.py says whose mail is signed; transport_rule.py, conditions.py over text_pattern.py and header_texts.py,
        and rulebook.py what rules make of mail that is taken.

Every answer follows from the facts and one immutable Directory. Attribution is taken anew at every MAIL.
"""

from .address_book import AddressBook, Entries, compared
from .allowances import too_big, too_many_recipients, too_many_sessions, too_often
from .attribution import Origin, attribute
from .authors import author_findings
from .blocked import at_connect
from .conditions import CONDITIONS, Condition, Questions
from .decision import Decision
from .directory import Directory
from .explain import explain, judge
from .facts import PUBLIC, Certificate, Facts
from .handshakes import at_handshake, handshake_refused, is_old_tls
from .header_texts import HeaderTexts
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
    LimitPreset,
    Network,
    Organization,
    OutboundConnector,
    ProtocolLoggingLevel,
    RewriteSenders,
    SmartHostOrder,
    SmtpUser,
    TlsSettings,
    TlsVersion,
    Transport,
    WhenLimited,
)
from .names import canonical_name, certificate_domains, name_matches
from .networks import Client, NetworkIndex, network_of
from .owners import Owners
from .patterns import PatternIndex
from .policy import at_mail, at_rcpt, refusal_at_mail
from .recipients import MOST_REACHED, Reached, Standing, circle, expand, reach
from .rewriting import rewritten_sender
from .rulebook import RuleBook, Treatment
from .signing import Algorithm, DomainSigning, SigningTable, Slot, WithoutKey
from .text_pattern import BadPattern, pattern_of
from .transport_rule import MOST_TARGETS, MessageFacts, TransportRule

__all__ = [
    "CONDITIONS",
    "GRAPH_ENDPOINT",
    "LOGIN_AUTHORITY",
    "MOST_REACHED",
    "MOST_TARGETS",
    "PUBLIC",
    "AcceptedDomain",
    "AddressBook",
    "Algorithm",
    "AuthenticationMethod",
    "BadPattern",
    "BareLineFeeds",
    "Bucket",
    "Certificate",
    "Client",
    "ClientKey",
    "Condition",
    "ConnectorSource",
    "ConnectorType",
    "Counters",
    "Decision",
    "Directory",
    "DomainSigning",
    "DomainType",
    "Entries",
    "Facts",
    "HeaderTexts",
    "InboundConnector",
    "LimitPreset",
    "MessageFacts",
    "Network",
    "NetworkIndex",
    "Organization",
    "Origin",
    "OutboundConnector",
    "Owners",
    "PatternIndex",
    "ProtocolLoggingLevel",
    "Questions",
    "Rates",
    "Reached",
    "RewriteSenders",
    "RuleBook",
    "SigningTable",
    "Slot",
    "SmartHostOrder",
    "SmtpUser",
    "Standing",
    "TlsSettings",
    "TlsVersion",
    "Transport",
    "TransportRule",
    "Treatment",
    "Wait",
    "WhenLimited",
    "WithoutKey",
    "at_connect",
    "at_handshake",
    "at_mail",
    "at_rcpt",
    "attribute",
    "author_findings",
    "canonical_name",
    "certificate_domains",
    "circle",
    "client_key",
    "compared",
    "device_of",
    "expand",
    "explain",
    "handshake_refused",
    "is_old_tls",
    "judge",
    "name_matches",
    "network_of",
    "pattern_of",
    "reach",
    "refusal_at_mail",
    "rewritten_sender",
    "too_big",
    "too_many_recipients",
    "too_many_sessions",
    "too_often",
]
