"""Reading a request within limits, whoever sent it, and where it came from."""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.requests import Request

from .refusals import AskedWrongly

_SECONDS = 60.0  # for a whole body


async def limited_body(request: Request, limit: int) -> bytes:
    """The octets of the body; raises AskedWrongly where they are too many or too slow."""
    announced = request.headers.get("content-length", "")
    _must_fit(int(announced) if announced.isdecimal() else 0, limit)
    octets = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for block in request.stream():
                octets += block
                _must_fit(len(octets), limit)
    except TimeoutError:
        raise AskedWrongly(
            408, "too_slow", f"The body did not arrive within {_SECONDS:g} seconds. Remedy: try again."
        ) from None
    return bytes(octets)


def _must_fit(octets: int, limit: int) -> None:
    if octets > limit:
        raise AskedWrongly(413, "too_large", f"The body is larger than {limit} octets. Remedy: send it in parts.")


def address_of(request: Request) -> str | None:
    """Where the request came from. X-Forwarded-For is believed of listed proxies alone (serving.py)."""
    return request.client.host if request.client else None


def unlisted_proxy(request: Request) -> str | None:
    """The address of a proxy that tells for whom it asks and is not believed; None where there is none.

    What a listed one tells has been put in its place by uvicorn: the asker is one of those that the header names.
    """
    told = [it.strip() for it in request.headers.get("x-forwarded-for", "").split(",") if it.strip()]
    address = address_of(request)
    return address if told and address is not None and address not in told else None


def client_in(client: tuple[str, int] | None) -> IPv4Address | IPv6Address | None:
    """The address of a client as servers write one; None where it is none."""
    try:
        return ip_address(client[0] if client else "")
    except ValueError:
        return None


def base_of(request: Request) -> str:
    """Scheme, host and port as the asker knows them, for links in the answer to that same asker.

    So a proxy's word is good enough for the scheme, and the Host has been looked at.
    """
    forwarded = request.headers.get("x-forwarded-proto", "").strip().lower()
    scheme = "https" if forwarded == "https" else request.url.scheme
    return f"{scheme}://{request.url.netloc}"
