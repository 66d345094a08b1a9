"""Mail: the nouns that every room talks about.

Owns    addresses, envelopes, replies (every one we ever speak), outcomes and their causes, header blocks as bytes,
        the authors they name, Received lines, lines that are too long, the delivery status notification, the digest
        for owners, and the TLS report for domains.
Never   opens a socket or a file, reads a clock, or parses a body, but to encode parts whose lines are too long.
Read    address.py, envelope.py, reply.py, outcome.py, cause.py, diagnosis.py; then headers.py, readable.py,
        authors.py, addressees.py, trace.py, report.py, digest.py, tls_report.py, cause_words.py, report_words.py,
        alert_words.py, language.py, value.py; lines.py, plain_parts.py, printable.py and cells.py.
"""

from .address import Address, BadAddress, canonical_domain, domain_matches, parse_mailbox, parse_path, without_detail
from .addressees import BadAddressees, read_addressees
from .alert_words import ALERT_WORDS, alert_words
from .authors import BadAuthors, read_authors
from .cause import Cause
from .cause_words import remedy, why
from .cells import as_cell, from_cell
from .diagnosis import cause_of
from .digest import MOST_LISTED, DigestEntry, about_mail_itself, write_alert, write_digest
from .envelope import BodyKind, Envelope, Notify, Recipient, TlsWish, original_recipient
from .headers import MAX_HEADER, Field, HeaderBlock, HeaderTooLong
from .language import COLUMN, Language
from .lines import MAX_LINE, LongLines, fold_header, has_long_line
from .outcome import Deferred, Delivered, Failed, Outcome
from .plain_parts import PIECE, Survey, encode_parts, survey_parts
from .printable import UNSEEN, printable, visible
from .readable import readable
from .reply import Reply
from .report import ReportedRecipient, subject_of, write_report
from .report_words import words as report_words
from .tls_report import GZIPPED, TlsReport, message_id_of, told_of, write_tls_report
from .trace import (
    FORGEABLE,
    FORGEABLE_PREFIXES,
    TRACE_HEADER,
    ReceivedFacts,
    TraceMark,
    parse_trace_line,
    received_line,
    trace_line,
)
from .value import value

__all__ = [
    "ALERT_WORDS",
    "COLUMN",
    "FORGEABLE",
    "FORGEABLE_PREFIXES",
    "GZIPPED",
    "MAX_HEADER",
    "MAX_LINE",
    "MOST_LISTED",
    "PIECE",
    "TRACE_HEADER",
    "UNSEEN",
    "Address",
    "BadAddress",
    "BadAddressees",
    "BadAuthors",
    "BodyKind",
    "Cause",
    "Deferred",
    "Delivered",
    "DigestEntry",
    "Envelope",
    "Failed",
    "Field",
    "HeaderBlock",
    "HeaderTooLong",
    "Language",
    "LongLines",
    "Notify",
    "Outcome",
    "ReceivedFacts",
    "Recipient",
    "Reply",
    "ReportedRecipient",
    "Survey",
    "TlsReport",
    "TlsWish",
    "TraceMark",
    "about_mail_itself",
    "alert_words",
    "as_cell",
    "canonical_domain",
    "cause_of",
    "domain_matches",
    "encode_parts",
    "fold_header",
    "from_cell",
    "has_long_line",
    "message_id_of",
    "original_recipient",
    "parse_mailbox",
    "parse_path",
    "parse_trace_line",
    "printable",
    "read_addressees",
    "read_authors",
    "readable",
    "received_line",
    "remedy",
    "report_words",
    "subject_of",
    "survey_parts",
    "told_of",
    "trace_line",
    "value",
    "visible",
    "why",
    "without_detail",
    "write_alert",
    "write_digest",
    "write_report",
    "write_tls_report",
]
