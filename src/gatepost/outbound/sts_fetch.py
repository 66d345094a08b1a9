"""MTA-STS over the wire (RFC 8461 §3): the record in the DNS, and the policy from where it must stand."""

import asyncio
import http.client
import io
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from dns.rdtypes.ANY.TXT import TXT

from gatepost.routing import Answer, MtaSts, prohibited, read_policy, read_record

from .resolver import Resolver
from .tunnel import open_https

SECONDS = 30.0  # for the whole of a fetch; RFC 8461 §3.3 suggests one minute
_CONNECT = 5.0  # to one address, where there is another
_MOST_ADDRESSES = 2
MAX_POLICY = 64 * 1024  # RFC 8461 §3.3: a limit of this order is advised
_MAX_HEAD = 16 * 1024
_PATH = "/.well-known/mta-sts.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTerms:
    """`context` says whom to trust (None: the system's CAs); `port` is 443 everywhere but in tests."""

    context: ssl.SSLContext | None = None
    port: int = 443
    allow_private: bool = False


async def mta_sts(resolver: Resolver, domain: str, *, terms: FetchTerms | None) -> MtaSts | None:
    """The policy of a domain, None where it has none; without `terms` only the DNS is asked."""
    record = await policy_record(resolver, domain)
    if record is None or record.problem or terms is None:
        return record
    policy, _ = await fetch_policy(resolver, domain, record.id, terms=terms)
    return policy


async def policy_record(resolver: Resolver, domain: str) -> MtaSts | None:
    """What the DNS says: an id, a problem, or None where there is no record."""
    found = await resolver.records(f"_mta-sts.{domain}", "TXT")
    if found.answer is Answer.TROUBLE:
        return MtaSts(id="", problem=f"The record _mta-sts.{domain} cannot be looked up: {found.detail}.")
    return read_record([b"".join(it.strings).decode("utf-8", "replace") for it in found.records if isinstance(it, TXT)])


async def fetch_policy(resolver: Resolver, domain: str, id_: str, *, terms: FetchTerms) -> tuple[MtaSts, str]:
    """The policy and its text, or a problem and nothing."""
    host = f"mta-sts.{domain}"
    addresses = await resolver.addresses(host)
    usable = [it for it in addresses.addresses if prohibited(it, allow_private_mx=terms.allow_private) is None]
    if not usable:
        why = addresses.detail or ("its address is not public" if addresses.addresses else "it has no address")
        return MtaSts(id=id_, problem=f"The policy cannot be fetched from {host}: {why}."), ""
    try:
        async with asyncio.timeout(SECONDS):
            text = await _get(host, usable[:_MOST_ADDRESSES], terms)
    except (OSError, ValueError, http.client.HTTPException) as trouble:
        words = f"The policy cannot be fetched from https://{host}{_PATH}: {_words(trouble)}."
        return MtaSts(id=id_, problem=words), ""
    return read_policy(text, id_=id_), text


async def _connected(
    host: str, addresses: Sequence[str], terms: FetchTerms
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first address that answers soon, or to the last. Raises OSError, ValueError."""
    context = terms.context or ssl.create_default_context()
    for address in addresses[:-1]:
        try:
            async with asyncio.timeout(_CONNECT):
                return await open_https(host, address, terms.port, context=context)
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            continue
    return await open_https(host, addresses[-1], terms.port, context=context)


async def _get(host: str, addresses: Sequence[str], terms: FetchTerms) -> str:
    """The text over verified HTTPS; redirects are not followed (RFC 8461 §3.3). Raises OSError, ValueError."""
    reader, writer = await _connected(host, addresses, terms)
    try:
        writer.write(
            f"GET {_PATH} HTTP/1.1\r\nHost: {host}\r\nAccept: text/plain\r\nConnection: close\r\n\r\n".encode()
        )
        octets = bytearray()
        while piece := await reader.read(_MAX_HEAD):
            octets += piece
            if len(octets) > MAX_POLICY + _MAX_HEAD:
                raise ValueError("the policy is too long")
    finally:
        writer.transport.abort()  # all that matters has come; nobody waits for a polite end
    response = http.client.HTTPResponse(_Heard(bytes(octets)))  # type: ignore[arg-type]  # it only reads
    response.begin()
    if response.status != 200:
        raise ValueError(f"the web server answers {response.status}")
    if response.headers.get_content_type() != "text/plain":
        raise ValueError("the web server does not call it text/plain")
    text = response.read(MAX_POLICY + 1)
    if len(text) > MAX_POLICY:
        raise ValueError("the policy is too long")
    return text.decode("utf-8", "replace")


class _Heard:
    """What a server has said, for http.client to read as if it came from a socket."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._octets)


def _words(trouble: Exception) -> str:
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return f"the web server's certificate does not count ({trouble.verify_message})"
    if isinstance(trouble, TimeoutError):
        return "the web server did not answer in time"
    if isinstance(trouble, OSError):
        return (trouble.strerror or type(trouble).__name__).lower()
    if isinstance(trouble, http.client.HTTPException):
        return "its answer is no HTTP"
    return str(trouble) or type(trouble).__name__
