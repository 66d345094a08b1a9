"""Mail: the nouns that every room talks about.

Owns    addresses, envelopes, replies (every one we ever speak), outcomes, header blocks as bytes,
        the authors they name, Received lines, and the delivery status notification.
Never   opens a socket or a file, reads a clock, or parses a body.
Read    address.py, envelope.py, reply.py, outcome.py; then headers.py, authors.py, addressees.py,
        trace.py, report.py, value.py.
"""

from .address import Address, BadAddress, canonical_domain, domain_matches, parse_mailbox, parse_path
from .addressees import BadAddressees, read_addressees
from .authors import BadAuthors, read_authors
from .envelope import BodyKind, Envelope, Notify, Recipient
from .headers import MAX_HEADER, Field, HeaderBlock, HeaderTooLong
from .outcome import Deferred, Delivered, Failed, Outcome
from .reply import Reply
from .report import ReportedRecipient, write_report
from .trace import (
    FORGEABLE,
    FORGEABLE_PREFIXES,
    ReceivedFacts,
    TraceMark,
    parse_trace_line,
    received_line,
    trace_line,
)
from .value import value

__all__ = [
    "FORGEABLE",
    "FORGEABLE_PREFIXES",
    "MAX_HEADER",
    "Address",
    "BadAddress",
    "BadAddressees",
    "BadAuthors",
    "BodyKind",
    "Deferred",
    "Delivered",
    "Envelope",
    "Failed",
    "Field",
    "HeaderBlock",
    "HeaderTooLong",
    "Notify",
    "Outcome",
    "ReceivedFacts",
    "Recipient",
    "Reply",
    "ReportedRecipient",
    "TraceMark",
    "canonical_domain",
    "domain_matches",
    "parse_mailbox",
    "parse_path",
    "parse_trace_line",
    "read_addressees",
    "read_authors",
    "received_line",
    "trace_line",
    "value",
    "write_report",
]
