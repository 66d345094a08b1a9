"""Signing: what makes a message provably a domain's own (DKIM, RFC 6376 and 8463; ARC, RFC 8617).

Owns    the canonical forms of headers and bodies, the fields that sign and seal, their verification, and keys as text
        and as DNS records.
Never   reads a file, asks the DNS, looks at a clock, or makes a key: octets, answers and times are handed in.
Read    canonical.py, signature.py, keys.py, records.py; of others' signatures claims.py, public_keys.py,
        verification.py; chain.py.

Signed is what the standard advises (RFC 6376 §5.4), relaxed/relaxed, and never a part of the body (`l=`). The fields
that readers see are signed once more than they stand there, so that nobody can add another.
"""

from .canonical import RelaxedBody, relaxed_field
from .chain import MOST_SETS, Chain, ChainState, seal
from .keys import BadKey, PrivateKey, key_kind, key_text, read_key
from .records import Doubt, doubts_of, read_tags, record_of, record_strings, zone_line
from .signature import Signatory, signatures
from .verification import Answers, Verdict, Verification, Verified

__all__ = [
    "MOST_SETS",
    "Answers",
    "BadKey",
    "Chain",
    "ChainState",
    "Doubt",
    "PrivateKey",
    "RelaxedBody",
    "Signatory",
    "Verdict",
    "Verification",
    "Verified",
    "doubts_of",
    "key_kind",
    "key_text",
    "read_key",
    "read_tags",
    "record_of",
    "record_strings",
    "relaxed_field",
    "seal",
    "signatures",
    "zone_line",
]
