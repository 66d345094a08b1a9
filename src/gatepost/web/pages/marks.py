"""What a page shows has changed when its mark has: a word for each kind of news, which tells nothing else.

The numbers behind the marks are those of the whole server, and no business of whoever looks at one organization.
"""

import hashlib
import hmac
import secrets

from gatepost.manage import Desk

_KEY = secrets.token_bytes(32)


def marks_of(desk: Desk) -> dict[str, str]:
    """`mail` changes when anything happens that the log tells, `configuration` when something is decided."""
    facts = getattr(desk.journal, "counts", None) or {}
    numbers = {"mail": sum(facts.values()), "configuration": desk.config.current().generation}
    return {name: _word(f"{name} {number}") for name, number in numbers.items()}


def _word(text: str) -> str:
    return hmac.new(_KEY, text.encode(), hashlib.sha256).hexdigest()[:16]
