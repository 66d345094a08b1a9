"""Instruments: useful without a running relay.

Owns    the test sender with its transcript, the words for what went wrong, the header analyser, and the checks of
        what a relay needs.
Never   reads the configuration store or the queue.
Read    request.py, probe.py over conversation.py, report.py, transcript.py, volley.py; advice.py, then the tables
        refusals*.py, troubles.py, endpoints.py and tokens.py; headers/ stands alone; verify.py
        joins probe and headers by pickup*.py. checks.py is a
        table over check_site.py and the check_*.py, which ask lookups.py.
"""

from .advice import Advice
from .check_cloud import CloudSite, check_cloud, of_microsoft
from .check_listeners import ELSEWHERE as CHECKED_RECIPIENT
from .check_renewal import still_matches
from .check_signing import key_findings, slot_key
from .check_site import Check, Finding, Level, Section, Site, finding_values, worst
from .checks import AT_ONCE, CHECKS, DEADLINE, run_checks
from .circumstances import Circumstances, TlsMode
from .endpoints import remarks_on
from .headers import (
    NOBODY,
    PICTURE_STYLE,
    Analysis,
    Form,
    Hop,
    Note,
    Own,
    Role,
    Severity,
    Trust,
    analyse,
    draw_page,
    draw_picture,
    duration,
    page_values,
    report_templates,
    say,
    sentence_of,
    word,
)
from .headers import values as analysis_values
from .letter import DEFAULT_BODY, DEFAULT_SUBJECT, BadLetter, Enclosure, Letter, compose, on_the_wire
from .lookups import OTHER, Lookups, MailHosts
from .pickup import PROBE_HEADER, Found, PastedPlace, PickupFailed, Place
from .pickup_imap import IMPLICIT_PORT, STARTTLS_PORT, ImapLogin, ImapPlace
from .pickup_maildir import MaildirPlace
from .probe import own_name, probe
from .refusals import advice_for
from .report import ChainLink, ProbeResult, RecipientAnswer, report_values
from .request import ProbeRequest, Witness
from .terms import client_credentials, own_authorities
from .transcript import Said, Side, Transcript, plain
from .troubles import certificate_advice, chain_advice, network_advice, tls_advice
from .verify import Entry, Search, Sent, Trace, Verified, find_copy, new_token, send_one, verified_values
from .volley import AnswerKind, Latency, Volley, answer_kinds, send_repeatedly, volley_values

__all__ = [
    "AT_ONCE",
    "CHECKED_RECIPIENT",
    "CHECKS",
    "DEADLINE",
    "DEFAULT_BODY",
    "DEFAULT_SUBJECT",
    "IMPLICIT_PORT",
    "NOBODY",
    "OTHER",
    "PICTURE_STYLE",
    "PROBE_HEADER",
    "STARTTLS_PORT",
    "Advice",
    "Analysis",
    "AnswerKind",
    "BadLetter",
    "ChainLink",
    "Check",
    "Circumstances",
    "CloudSite",
    "Enclosure",
    "Entry",
    "Finding",
    "Form",
    "Found",
    "Hop",
    "ImapLogin",
    "ImapPlace",
    "Latency",
    "Letter",
    "Level",
    "Lookups",
    "MailHosts",
    "MaildirPlace",
    "Note",
    "Own",
    "PastedPlace",
    "PickupFailed",
    "Place",
    "ProbeRequest",
    "ProbeResult",
    "RecipientAnswer",
    "Role",
    "Said",
    "Search",
    "Section",
    "Sent",
    "Severity",
    "Side",
    "Site",
    "TlsMode",
    "Trace",
    "Transcript",
    "Trust",
    "Verified",
    "Volley",
    "Witness",
    "advice_for",
    "analyse",
    "analysis_values",
    "answer_kinds",
    "certificate_advice",
    "chain_advice",
    "check_cloud",
    "client_credentials",
    "compose",
    "draw_page",
    "draw_picture",
    "duration",
    "find_copy",
    "finding_values",
    "key_findings",
    "network_advice",
    "new_token",
    "of_microsoft",
    "on_the_wire",
    "own_authorities",
    "own_name",
    "page_values",
    "plain",
    "probe",
    "remarks_on",
    "report_templates",
    "report_values",
    "run_checks",
    "say",
    "send_one",
    "send_repeatedly",
    "sentence_of",
    "slot_key",
    "still_matches",
    "tls_advice",
    "verified_values",
    "volley_values",
    "word",
    "worst",
]
