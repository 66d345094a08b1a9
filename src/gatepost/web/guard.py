"""Around everything: whom the request is meant for, what every response carries, and what becomes of a bug.

A web page somewhere can make the name of its own server point at 127.0.0.1 (DNS rebinding) and so let a browser ask
us in its name. Such a request carries that name as its Host; we answer to ours alone. Addresses and names without a
dot cannot be played that way, and the health pages say little and are asked under any name by orchestrators.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatepost.connectors import client_key
from gatepost.manage import Desk

from .incoming import client_in
from .refusals import AskedWrongly, Refusal, broken, problem, response_of

FOR_ANYBODY = frozenset({"/livez", "/readyz", "/metrics"})
CARRIED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
_CARRIED = [(name.lower().encode(), value.encode()) for name, value in CARRIED.items()]

# RFC 9112 §6.1: a proxy may have gone by the other one, and what we took for the next request stands in its body.
_TWO_LENGTHS = Refusal(
    status=400,
    code="malformed",
    problems=(problem("The request has a Content-Length and a Transfer-Encoding. Remedy: send one of the two."),),
    headers={"Connection": "close"},
)


_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a Host header means this server.

    >>> is_ours("127.0.0.1:8025", ()), is_ours("gatepost:8025", ()), is_ours("evil.example", ("relay.contoso.com",))
    (True, True, False)
    """
    found = _HOST.fullmatch(host.strip())
    if found is None:
        return False
    name = (found[1] or found[2]).lower().removesuffix(".")
    if "." not in name and ":" not in name:
        return bool(name)
    if name in names:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


MOST_REQUESTS_EACH = 50  # at one time, of one IPv4 address or IPv6 /64; they may come through one proxy
_TOO_MANY = Refusal(
    status=429,
    code="too_many_requests",
    problems=(problem("Too many requests of your address are under way. Remedy: wait until some have ended."),),
    headers={"Retry-After": "5"},
)


class Guard:
    """The outermost layer of the application; `told` makes the answer that says something inside failed."""

    def __init__(
        self, app: ASGIApp, *, desk: Desk, names: Collection[str], told: Callable[[Request, Refusal], ASGIApp]
    ) -> None:
        self._app, self._desk, self._told = app, desk, told
        self._under_way: Counter[Hashable] = Counter()
        self._names = frozenset(name.lower().removesuffix(".") for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def carrying(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                said = {name for name, _ in message["headers"]}  # a page may be stricter or laxer on purpose
                message["headers"] = [*message["headers"], *(it for it in _CARRIED if it[0] not in said)]
            await send(message)

        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            await response_of(_TWO_LENGTHS)(scope, receive, carrying)
            return
        host = headers.get("host", "")
        if scope["path"] not in FOR_ANYBODY and not is_ours(host, self._names):
            await response_of(_misdirected(host).refusal)(scope, receive, carrying)
            return
        client = client_in(scope.get("client"))
        place = None if client is None else client_key(client)
        if self._under_way[place] >= MOST_REQUESTS_EACH:
            await response_of(_TOO_MANY)(scope, receive, carrying)
            return
        self._under_way[place] += 1
        try:
            await self._app(scope, receive, carrying)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as trouble:
            if self._desk.journal is not None:
                where = f"web, {scope['method']} {scope['path']}"[:200]
                self._desk.journal.fact("trouble", where=where, what=_told(trouble))
            if begun:
                raise  # half a response is out: the connection must break
            await self._told(Request(scope), broken())(scope, receive, carrying)
        finally:
            self._under_way[place] -= 1
            if not self._under_way[place]:
                del self._under_way[place]


def _told(trouble: Exception) -> str:
    """Not its repr, in which some errors carry what they failed at: a whole page, or a form."""
    return f"{type(trouble).__name__}: {trouble}"[:500]


def _misdirected(host: str) -> AskedWrongly:
    return AskedWrongly(
        421,
        "misdirected",
        f"The Host '{host[:200]}' is not this server. Remedy: use its address, or one of its own names "
        "(hostname and admin.names in gatepost.toml).",
    )
