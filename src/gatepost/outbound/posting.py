"""One HTTPS POST to a verified host, with an end; nothing is read of the answer but its status.

The host's addresses are looked up once and looked at before anything is said to them, so that a name cannot lead inside
the house; redirects are not followed.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gatepost.routing import prohibited

from .tunnel import open_https

SECONDS = 15.0  # for all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class PostTerms:
    """On what terms is posted. `authorities` is a PEM file of CAs that count besides the system's.

    `remedy` is what lets private addresses pass, for the words of a refusal.
    """

    authorities: Path | None = None
    allow_private: bool = False
    remedy: str = ""


async def post_https(url: str, body: bytes, head: Mapping[str, str], *, terms: PostTerms) -> str | None:
    """Post the body under these header fields; None once it was taken (2xx), else why not, without the URL's path."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        async with asyncio.timeout(SECONDS):
            address = await _address(host, port, terms)
            status = await _post(address, url, body, head, terms)
    except TimeoutError:
        return f"{host} did not answer within {SECONDS:g} s"
    except ssl.SSLCertVerificationError as trouble:
        return f"the certificate of {host} does not count ({trouble.verify_message})"
    except (OSError, ValueError) as trouble:
        words = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble)
        return f"{host}: {words.lower() or type(trouble).__name__}"
    return answered(host, status)


def answered(host: str, status: int) -> str | None:
    """None where a post was taken; else what the host said to it."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"{host} answered with HTTP status {status}, and redirects are not followed"
    return f"{host} answered with HTTP status {status}"


async def _address(host: str, port: int, terms: PostTerms) -> str:
    """The address to connect to; raises OSError, or ValueError where all of them are private."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(it[4][0]) for it in found]
    why = [prohibited(it, allow_private_mx=terms.allow_private) for it in addresses]
    for address, reason in zip(addresses, why, strict=True):
        if reason is None:
            return address
    remedy = f"; {terms.remedy}" if terms.remedy else ""
    raise ValueError(f"it is at {addresses[0]}, which is not public ({why[0]}){remedy}")


async def _post(address: str, url: str, body: bytes, head: Mapping[str, str], terms: PostTerms) -> int:
    parts = urlsplit(url)
    context = ssl.create_default_context()
    if terms.authorities is not None:
        context.load_verify_locations(terms.authorities)
    lines = [
        f"POST {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        "User-Agent: Gatepost",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in head.items()),
    ]
    reader, writer = await open_https(parts.hostname or "", address, parts.port or 443, context=context)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        words = (await reader.readline()).split()
    finally:
        writer.transport.abort()  # the status says all; nobody waits for a polite end
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ValueError("its answer is no HTTP")
    return int(words[1])
