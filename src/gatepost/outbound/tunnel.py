"""To an HTTPS server: straight, or through the proxy that the system's settings name (HTTPS_PROXY, NO_PROXY).

The address was looked up and looked at by the caller, so that a name cannot lead inside the house. What is not public
is never asked for at a proxy; what is public is asked for by its name, since proxies allow names.
"""

import asyncio
import base64
import ssl
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from gatepost.routing import prohibited

_MOST_HEAD = 64 * 1024


async def open_https(
    host: str, address: str, port: int, *, context: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A verified connection to the host. Raises OSError, or ValueError with words where the proxy is of no use."""
    proxy = proxy_for(host) if prohibited(address) is None else None
    if proxy is None:
        return await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    reader, writer = await asyncio.open_connection(proxy.hostname, proxy.port or 80, limit=_MOST_HEAD)
    try:
        writer.write(_request(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", proxy))
        await _let_through(reader)
        await writer.start_tls(context, server_hostname=host)
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


async def _let_through(reader: asyncio.StreamReader) -> None:
    """Read the proxy's answer; raises ValueError unless it is yes."""
    try:
        words = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].split()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        words = []
    if len(words) < 2 or not words[0].startswith(b"HTTP/1."):
        raise ValueError("the proxy does not answer with HTTP")
    if words[1] != b"200":
        raise ValueError(f"the proxy does not let us through (HTTP status {words[1].decode('ascii', 'replace')[:3]})")


def proxy_for(host: str) -> SplitResult | None:
    """The proxy for this host, read anew each time; None: straight. Raises ValueError for one that cannot be used."""
    proxies = getproxies()
    told = proxies.get("https") or proxies.get("all")
    if not told or proxy_bypass(host):
        return None
    proxy = urlsplit(told if "://" in told else f"http://{told}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise ValueError("the proxy of HTTPS_PROXY cannot be used: it has to be http://host:port")
    return proxy


def _request(place: str, proxy: SplitResult) -> bytes:
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.username is not None:
        named = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(named.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()
