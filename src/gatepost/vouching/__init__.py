"""Vouching: who stands for a message of a stranger (SPF, DKIM, DMARC, ARC), told in the words of RFC 8601.

Owns    the checks of one message as it comes in, and the Authentication-Results field that says what came of them.
Never   refuses anything, opens a socket, or waits for the DNS longer than it is given: whoever calls hands in the
        resolver, and what has no answer by then is a temperror.
Read    statements.py, witness.py; then questions.py, spf.py, dmarc.py.

Signatures and chains are verified in `signing`. A message is read in a thread, and so are signatures checked: both take
their time.
"""

from .questions import Found, Resolver
from .statements import Statement, chain_said, results_field
from .witness import Introduced, Testimony, Witness

__all__ = [
    "Found",
    "Introduced",
    "Resolver",
    "Statement",
    "Testimony",
    "Witness",
    "chain_said",
    "results_field",
]
