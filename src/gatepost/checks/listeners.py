"""Our own listeners: do they answer, and do they refuse to relay for strangers?"""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from gatepost.config import ListenerSettings
from gatepost.tools import network_advice, plain

from .site import Finding, Site, failed, ok, skipped, warning

_SECONDS = 10.0
_STRANGER, ELSEWHERE = "gatepost-check@example.net", "gatepost-check@example.org"  # RFC 2606: nobody's


def _own(site: Site) -> Iterator[tuple[str, int, ListenerSettings | None]]:
    """Each listener: the address to reach it from here, its port, its settings."""
    configured = site.settings.listeners
    told = site.listening if len(site.listening) == len(configured) else ()
    for host, port in site.listening:
        at = site.listening.index((host, port))
        reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  "every address", not a place to bind
        yield reach, port, configured[at] if told else None


async def listeners(site: Site) -> Sequence[Finding]:
    """Each listener, asked for its greeting."""
    if not site.running:
        return (failed("No running server could be asked.", "Start it with gatepost serve."),)
    rows = await asyncio.gather(*(_greeted(*it) for it in _own(site)))
    return rows or (failed("No listener is open.", "Look at the log: each listener says why it could not open."),)


async def _greeted(host: str, port: int, listener: ListenerSettings | None) -> Finding:
    name = _name(host, port)
    if (why := _behind_proxy(host, listener)) is not None:
        return skipped(why, name)
    try:
        said = await _talk(host, port, [], listener)
    except (OSError, ValueError) as trouble:
        advice = network_advice(
            trouble if isinstance(trouble, OSError) else OSError(str(trouble)), host=host, port=port
        )
        return failed(advice.means, advice.next_step, name)
    if not said or not said[0].startswith("220"):
        words = f"It says {plain(said[0])}" if said and said[0] else "It hangs up"
        return failed(f"{words} instead of a greeting.", f"Look at the log for {host}.", name)
    return ok(f"It answers: {plain(said[0])}", name)


async def open_relay(site: Site) -> Sequence[Finding]:
    """Strangers' mail for strangers, offered to each listener from this machine, and never sent."""
    if not site.running:
        return (skipped("No running server could be asked."),)
    rows = await asyncio.gather(*(_offered(site, *it) for it in _own(site)))
    return rows or (skipped("No listener is open."),)


async def _offered(site: Site, host: str, port: int, listener: ListenerSettings | None) -> Finding:
    name = _name(host, port)
    if (why := _behind_proxy(host, listener)) is not None:
        return skipped(why, name)
    ours = [f"gatepost-check@{it}" for it in site.domain_names[:1]]
    try:
        taken = [it for it in (_STRANGER, "", *ours) if await _accepts(host, port, it, listener)]
    except (OSError, ValueError):
        return skipped("It does not answer, so it was not asked.", name)
    if _STRANGER in taken or "" in taken:
        who = "a stranger" if _STRANGER in taken else "the null sender"
        return failed(
            f"It takes mail from {who} for a stranger: it is an open relay, at least for this machine.",
            "See which connector lets it in: gatepost connector explain --ip 127.0.0.1 "
            f"--mail-from {_STRANGER} --rcpt {ELSEWHERE}",
            name,
        )
    if taken:
        return warning(
            f"It refuses strangers. Mail from {taken[0].rpartition('@')[2]} it relays for every program on this "
            "machine, because a connector lists this machine's own address.",
            "If that is not meant, take loopback out of SenderIPAddresses.",
            name,
        )
    return ok("It refuses to relay for strangers.", name)


async def _accepts(host: str, port: int, sender: str, listener: ListenerSettings | None) -> bool:
    lines = ["EHLO gatepost-check.invalid", f"MAIL FROM:<{sender}>", f"RCPT TO:<{ELSEWHERE}>"]
    said = await _talk(host, port, lines, listener)
    return len(said) == 4 and said[3].startswith("25")


async def _talk(host: str, port: int, lines: Sequence[str], listener: ListenerSettings | None) -> list[str]:
    """The last line of each reply, the greeting's first; it ends at the first refusal. Raises OSError or ValueError."""
    context = None
    if listener is not None and listener.tls == "implicit":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is ourselves we speak to
    said: list[str] = []
    async with asyncio.timeout(_SECONDS):
        reader, writer = await asyncio.open_connection(host, port, limit=4096, ssl=context)
        try:
            said.append(await _reply(reader))
            for line in lines:
                if said[-1][:1] != "2":
                    break
                writer.write(f"{line}\r\n".encode())
                said.append(await _reply(reader))
            writer.write(b"QUIT\r\n")
            await writer.drain()
        finally:
            writer.close()
    return said


async def _reply(reader: asyncio.StreamReader) -> str:
    while True:
        line = (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n")
        if line[3:4] != "-":
            return line


def _behind_proxy(host: str, listener: ListenerSettings | None) -> str | None:
    """Why a listener cannot be asked from here: it would wait for a PROXY header."""
    if listener is None:
        return None
    here = ip_address(host)
    if any(here.version == it.version and here in it for it in listener.proxies):
        return "It takes connections from here only with a PROXY header, so it was not asked."
    return None


def _name(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
