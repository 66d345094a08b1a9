"""One alert to one webhook: a signed HTTPS POST."""

import hashlib
import hmac
from dataclasses import dataclass, field

from .posting import PostTerms, post_https


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTerms(PostTerms):
    """On what terms webhooks are posted to."""

    secret: str | None = field(default=None, repr=False)
    remedy: str = "allow_private_webhooks lets it pass"


def signature(secret: str, moment: str, body: bytes) -> str:
    """What the header X-Gatepost-Signature says: HMAC-SHA256 over the moment, a dot and the body.

    >>> signature("secret", "1790000000", b"{}")[:18]
    'sha256=4e2e9f1ec13'
    """
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


async def post_webhook(url: str, body: bytes, *, now: float, terms: WebhookTerms) -> str | None:
    """Post the JSON; None once it was taken (2xx), else why not, in words without the address's path."""
    moment = str(int(now))
    head = {"Content-Type": "application/json", "X-Gatepost-Timestamp": moment}
    if terms.secret is not None:
        head["X-Gatepost-Signature"] = signature(terms.secret, moment, body)
    return await post_https(url, body, head, terms=terms)
