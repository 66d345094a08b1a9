"""MTA-STS (RFC 8461): what a domain's policy says, looked up in the DNS and fetched from where it must stand."""

import asyncio
import http.client
import socket
import ssl
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gatepost.routing import prohibited

from .lookups import Lookups

_SECONDS = 10.0
_MAX_POLICY = 64 * 1024  # RFC 8461 §3.3: a limit of this order is advised
_PATH = "/.well-known/mta-sts.txt"
_MODES = ("enforce", "testing", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class MtaSts:
    """A domain's policy. `id` comes from the DNS; the rest from the web server, empty where it was not asked.

    `problem` is a sentence where there is a record without a policy that counts.
    """

    id: str
    mode: str = ""
    mx: tuple[str, ...] = ()
    max_age: int | None = None
    problem: str = ""


async def mta_sts(
    lookups: Lookups,
    domain: str,
    *,
    fetch: bool,
    context: ssl.SSLContext | None = None,
    port: int = 443,
    allow_private: bool = False,
) -> MtaSts | None:
    """The policy of a domain, None where it has none; without `fetch` only the DNS is asked.

    `context` says whom to trust (None: the system's CAs), `port` is 443 everywhere but in tests.
    """
    found = await lookups.texts(f"_mta-sts.{domain}")
    if found.trouble:
        return MtaSts(id="", problem=f"The record _mta-sts.{domain} cannot be looked up: {found.trouble}.")
    fields = [_fields(it) for it in found.texts if it.startswith("v=STSv1")]
    if not fields:
        return None
    if len(fields) > 1 or not (name := fields[0].get("id", "")):
        return MtaSts(id="", problem="The DNS record is not valid: there must be one, with an id (RFC 8461 §3.1).")
    if not fetch:
        return MtaSts(id=name)
    host = f"mta-sts.{domain}"
    addresses = await lookups.addresses(host)
    usable = [it for it in addresses.addresses if prohibited(it, allow_private_mx=allow_private) is None]
    if not usable:
        why = addresses.detail or ("its address is not public" if addresses.addresses else "it has no address")
        return MtaSts(id=name, problem=f"The policy cannot be fetched from {host}: {why}.")
    try:
        text = await asyncio.to_thread(_fetch, host, usable[0], port, context or ssl.create_default_context())
    except (OSError, ValueError, http.client.HTTPException) as trouble:
        return MtaSts(id=name, problem=f"The policy cannot be fetched from https://{host}{_PATH}: {_words(trouble)}.")
    return read_policy(text, id_=name)


def read_policy(text: str, *, id_: str) -> MtaSts:
    """The policy file (RFC 8461 §3.2)."""
    mode, version, age = "", "", ""
    mx: list[str] = []
    for line in text.splitlines():
        key, _, value = line.partition(":")
        key, value = key.strip(), value.strip()
        if key == "mx":
            mx.append(value.lower().rstrip("."))
        elif key == "mode":
            mode = mode or value
        elif key == "version":
            version = version or value
        elif key == "max_age":
            age = age or value
    problem = ""
    if version != "STSv1" or mode not in _MODES or not (age.isascii() and age.isdecimal() and len(age) < 10):
        problem = "The policy is not valid: it needs version STSv1, a mode, and max_age (RFC 8461 §3.2)."
    elif not mx and mode != "none":
        problem = "The policy names no mail host."
    known = mode if mode in _MODES else ""
    return MtaSts(id=id_, mode=known, mx=tuple(mx), max_age=None if problem else int(age), problem=problem)


def covers(policy: MtaSts, host: str) -> bool:
    """Whether the policy names a mail host; a star stands for one label (RFC 8461 §4.1)."""
    return any(
        fnmatchcase(host, it) and host.count(".") == it.count(".") if it.startswith("*.") else host == it
        for it in policy.mx
    )


def _fields(record: str) -> dict[str, str]:
    pairs = (it.partition("=") for it in record.split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _fetch(host: str, address: str, port: int, context: ssl.SSLContext) -> str:
    """The policy's text over verified HTTPS; redirects are not followed (RFC 8461 §3.3). Raises OSError, ValueError."""
    connection = http.client.HTTPSConnection(host, timeout=_SECONDS, context=context)
    try:
        plain = socket.create_connection((address, port), _SECONDS)
        try:
            connection.sock = context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        connection.request("GET", _PATH, headers={"Accept": "text/plain"})
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"the web server answers {response.status}")
        return response.read(_MAX_POLICY).decode("utf-8", "replace")
    finally:
        connection.close()


def _words(trouble: Exception) -> str:
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return f"the web server's certificate does not count ({trouble.verify_message})"
    if isinstance(trouble, TimeoutError):
        return "the web server did not answer in time"
    if isinstance(trouble, OSError):
        return (trouble.strerror or type(trouble).__name__).lower()
    return str(trouble) or type(trouble).__name__
