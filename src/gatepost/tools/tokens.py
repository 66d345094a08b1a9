"""What a server says about a token it refuses: XOAUTH2 and OAUTHBEARER answer in base64 JSON (RFC 7628 §3.2.2)."""

import base64
import binascii

import orjson

from .advice import Advice
from .transcript import plain

_KNOWN = {
    "invalid_token": "The token has expired, was revoked, or is for something else.",
    "invalid_request": "The token was not understood.",
    "insufficient_scope": "The token does not allow this: it was given for another scope.",
    "400": "The token was not understood: it is cut off, or is no access token.",
    "401": "The token has expired, was revoked, or is for another user or service.",
    "403": "The user may not sign in by this protocol, or the token does not allow it.",
}
_GET_ANOTHER = (
    "Get a new access token for the user that signs in, with the scope https://outlook.office.com/SMTP.Send "
    "(Microsoft) or https://mail.google.com/ (Google), and try again within its hour."
)
_REASONS = (
    "An access token lives for an hour; a refresh token in its place is refused.",
    "The token is for another audience, such as Microsoft Graph.",
    "An application's own token needs a service principal in Exchange and rights on the mailbox.",
)


def token_advice(challenge: str) -> Advice | None:
    """The reasons in a last challenge, None when it holds none. Never raises."""
    told = _read(challenge)
    if told is None:
        return None
    status = plain(str(told.get("status", "")))
    means = _KNOWN.get(status, "The token was refused.")
    said = ", ".join(
        f"{name} {plain(str(told[name]))}" for name in ("status", "schemes", "scope", "error") if told.get(name)
    )
    return Advice(f"{means} The server says: {said or 'nothing more'}.", _GET_ANOTHER, _REASONS)


def refused_token(advice: Advice | None) -> Advice:
    """What to say of a token that was refused without reasons, as Microsoft does it."""
    means = "The server refused the token." if advice is None else advice.means
    return Advice(means, _GET_ANOTHER, (*_REASONS, *(() if advice is None else advice.reasons)))


def _read(challenge: str) -> dict[str, object] | None:
    try:
        told = orjson.loads(base64.b64decode(challenge.strip().encode("ascii"), validate=True))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    return told if isinstance(told, dict) else None
