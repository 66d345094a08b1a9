"""Webhooks: what is signed, and where nothing is posted to."""

import asyncio
import hashlib
import hmac

import pytest

from gatepost.config import values
from gatepost.outbound import WebhookTerms, post_webhook, signature
from gatepost.outbound.posting import answered


def test_a_receiver_can_check_the_signature_with_any_library() -> None:
    expected = hmac.new(b"between us", b'1790000000.{"version":1}', hashlib.sha256).hexdigest()
    assert signature("between us", "1790000000", b'{"version":1}') == f"sha256={expected}"


@pytest.mark.parametrize("host", ["127.0.0.1:9", "[::1]:9", "10.0.0.1:9", "169.254.169.254"])
def test_nothing_is_said_to_private_addresses_unless_it_is_allowed(host: str) -> None:
    said = asyncio.run(post_webhook(f"https://{host}/secret", b"{}", now=1.0, terms=WebhookTerms()))
    assert said is not None and "not public" in said
    assert "secret" not in said


@pytest.mark.parametrize("text", ["http://hooks.contoso.com/", "https://", "https://a:b@hooks.contoso.com/", "hooks"])
def test_a_webhook_is_an_https_address_without_a_user(text: str) -> None:
    with pytest.raises(ValueError, match="https://hooks"):
        values.webhook(text)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (204, None),
        (302, "hooks answered with HTTP status 302, and redirects are not followed"),
        (500, "hooks answered with HTTP status 500"),
    ],
)
def test_a_post_is_taken_with_2xx_alone_and_never_sent_elsewhere(status: int, said: str | None) -> None:
    assert answered("hooks", status) == said
