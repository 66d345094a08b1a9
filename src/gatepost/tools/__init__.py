"""Instruments: useful without a running relay.

Owns    the test sender with its transcript, the words for what went wrong, and the reading of hops.
Never   reads the configuration store or the queue.
Read    probe.py, then report.py, transcript.py and advice.py; hops.py stands alone.
"""

from .advice import Advice, advice_for, network_advice, tls_advice
from .hops import Path, Stop, read_hops
from .letter import DEFAULT_BODY, DEFAULT_SUBJECT, BadLetter, Letter, compose, on_the_wire
from .probe import ProbeRequest, TlsMode, own_name, probe
from .report import ChainLink, ProbeResult, RecipientAnswer, report_values
from .transcript import Said, Side, Transcript, plain

__all__ = [
    "DEFAULT_BODY",
    "DEFAULT_SUBJECT",
    "Advice",
    "BadLetter",
    "ChainLink",
    "Letter",
    "Path",
    "ProbeRequest",
    "ProbeResult",
    "RecipientAnswer",
    "Said",
    "Side",
    "Stop",
    "TlsMode",
    "Transcript",
    "advice_for",
    "compose",
    "network_advice",
    "on_the_wire",
    "own_name",
    "plain",
    "probe",
    "read_hops",
    "report_values",
    "tls_advice",
]
