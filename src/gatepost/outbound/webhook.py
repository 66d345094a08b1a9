"""One alert to one webhook: an HTTPS POST to a verified host, signed, with an end.

The host's addresses are looked up once and looked at before anything is said to them, so that a name cannot lead inside
the house; redirects are not followed.
"""

import asyncio
import hashlib
import hmac
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gatepost.routing import prohibited

SECONDS = 15.0  # for all of it
_MOST_HEAD = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTerms:
    """On what terms webhooks are posted to. `authorities` is a PEM file of CAs that count besides the system's."""

    secret: str | None = field(default=None, repr=False)
    authorities: Path | None = None
    allow_private: bool = False


def signature(secret: str, moment: str, body: bytes) -> str:
    """What the header X-Gatepost-Signature says: HMAC-SHA256 over the moment, a dot and the body.

    >>> signature("secret", "1790000000", b"{}")[:18]
    'sha256=4e2e9f1ec13'
    """
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


async def post_webhook(url: str, body: bytes, *, now: float, terms: WebhookTerms) -> str | None:
    """Post the JSON; None once it was taken (2xx), else why not, in words without the address's path."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        async with asyncio.timeout(SECONDS):
            address = await _address(host, port, terms)
            status = await _post(address, url, body, str(int(now)), terms)
    except TimeoutError:
        return f"{host} did not answer within {SECONDS:g} s"
    except ssl.SSLCertVerificationError as trouble:
        return f"the certificate of {host} does not count ({trouble.verify_message})"
    except (OSError, ValueError) as trouble:
        words = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble)
        return f"{host}: {words.lower() or type(trouble).__name__}"
    return None if 200 <= status < 300 else f"{host} answered with HTTP status {status}"


async def _address(host: str, port: int, terms: WebhookTerms) -> str:
    """The address to connect to; raises OSError, or ValueError where all of them are private."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(it[4][0]) for it in found]
    why = [prohibited(it, allow_private_mx=terms.allow_private) for it in addresses]
    for address, reason in zip(addresses, why, strict=True):
        if reason is None:
            return address
    raise ValueError(f"it is at {addresses[0]}, which is not public ({why[0]}); allow_private_webhooks lets it pass")


async def _post(address: str, url: str, body: bytes, moment: str, terms: WebhookTerms) -> int:
    parts = urlsplit(url)
    context = ssl.create_default_context()
    if terms.authorities is not None:
        context.load_verify_locations(terms.authorities)
    head = [
        f"POST {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        "User-Agent: Gatepost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        f"X-Gatepost-Timestamp: {moment}",
    ]
    if terms.secret is not None:
        head.append(f"X-Gatepost-Signature: {signature(terms.secret, moment, body)}")
    reader, writer = await asyncio.open_connection(
        address, parts.port or 443, ssl=context, server_hostname=parts.hostname, limit=_MOST_HEAD
    )
    try:
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        words = (await reader.readline()).split()
    finally:
        writer.transport.abort()  # the status says all; nobody waits for a polite end
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ValueError("its answer is no HTTP")
    return int(words[1])
