"""Instruments: useful without a running relay.

Owns    the test sender with its transcript, the words for what went wrong, and the way to find a copy of what was sent.
Never   reads the configuration store or the queue, or asks the DNS as the relay does: `checks` stands above it.
Read    request.py, probe.py over conversation.py, report.py, transcript.py, volley.py; advice.py, then the tables
        refusals*.py, troubles.py, endpoints.py and tokens.py; verify.py joins probe and the room headers by
        pickup*.py.
"""

from .advice import Advice
from .circumstances import Circumstances, TlsMode
from .endpoints import is_mx_endpoint, is_submission, remarks_on
from .letter import DEFAULT_BODY, DEFAULT_SUBJECT, BadLetter, Enclosure, Letter, compose, on_the_wire
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
    "DEFAULT_BODY",
    "DEFAULT_SUBJECT",
    "IMPLICIT_PORT",
    "PROBE_HEADER",
    "STARTTLS_PORT",
    "Advice",
    "AnswerKind",
    "BadLetter",
    "ChainLink",
    "Circumstances",
    "Enclosure",
    "Entry",
    "Found",
    "ImapLogin",
    "ImapPlace",
    "Latency",
    "Letter",
    "MaildirPlace",
    "PastedPlace",
    "PickupFailed",
    "Place",
    "ProbeRequest",
    "ProbeResult",
    "RecipientAnswer",
    "Said",
    "Search",
    "Sent",
    "Side",
    "TlsMode",
    "Trace",
    "Transcript",
    "Verified",
    "Volley",
    "Witness",
    "advice_for",
    "answer_kinds",
    "certificate_advice",
    "chain_advice",
    "client_credentials",
    "compose",
    "find_copy",
    "is_mx_endpoint",
    "is_submission",
    "network_advice",
    "new_token",
    "on_the_wire",
    "own_authorities",
    "own_name",
    "plain",
    "probe",
    "remarks_on",
    "report_values",
    "send_one",
    "send_repeatedly",
    "tls_advice",
    "verified_values",
    "volley_values",
]
