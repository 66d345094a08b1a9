"""Asking the test sender to send, and reading what it tells."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from probed import Host, issued, serving
from sink import Sink, running

from gatepost.mail import parse_mailbox
from gatepost.tools import ProbeRequest, ProbeResult, Side, probe

CLIENT = issued("printer.contoso.com")


A, B, C = (parse_mailbox(f"{name}@contoso.com") for name in "abc")


MESSAGE = b"Subject: test\r\n\r\n.hello\r\n"


def request(to: Host, **more: Any) -> ProbeRequest:
    wanted: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": to.port,
        "sender": A,
        "recipients": (B,),
        "message": MESSAGE,
        "hello": "printer.contoso.com",
        "timeout": 10.0,
    }
    return ProbeRequest(**{**wanted, **more})


def played(server: Host, **more: Any) -> ProbeResult:
    async def play() -> ProbeResult:
        async with serving(server):
            return await probe(request(server, **more))

    return asyncio.run(play())


Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def against(speak: Speak, **more: Any) -> ProbeResult:
    async def play() -> ProbeResult:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await probe(request(Host(port=port), **more))

    return asyncio.run(play())


def against_sink(sink: Sink, **more: Any) -> ProbeResult:
    async def play() -> ProbeResult:
        async with running(sink):
            return await probe(request(Host(port=sink.port), **more))

    return asyncio.run(play())


def texts(result: ProbeResult, side: Side) -> list[str]:
    return [said.text for said in result.transcript if said.side is side]
