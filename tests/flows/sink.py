"""A small SMTP server of the tests' own, that can be told to misbehave. It shares no code with Gatepost."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_OFFER = ("PIPELINING", "SIZE 157286400", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES")


@dataclass
class Delivery:
    """One message as it arrived: the lines of its envelope, and the content with dots unstuffed."""

    mail: str
    rcpt: list[str]
    content: bytes
    tls: bool
    certificate: bytes | None


@dataclass
class Sink:
    """The script and the record of one server.

    `say` answers a stage (`greeting`, `ehlo`, `starttls`, `auth`, `mail`, `data`, `end`) with another reply,
    `once` does so one time. `rcpt` judges single recipients. `hang` names a stage after which nothing more is
    said, `drop` one at which the connection is cut without a word. With `lmtp` it speaks that (RFC 2033): `final`
    has the last word on each recipient, and the connection is cut after `cut_after` of them.
    """

    offer: tuple[str, ...] = DEFAULT_OFFER
    say: Mapping[str, str] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    rcpt: Callable[[str], str] = lambda _line: "250 2.1.5 ok"
    auth: Callable[[str], str] | None = None  # judges a mechanism and its one response: `XOAUTH2 dXNlcj0…`
    hang: str = ""
    offer_within: tuple[str, ...] | None = None  # within TLS, where that is another
    drop: str = ""
    lmtp: bool = False
    final: Callable[[str], str] = lambda _line: "250 2.0.0 saved"
    cut_after: int | None = None
    tls: ssl.SSLContext | None = None
    port: int = 0
    connections: int = 0
    open: int = 0
    most_open: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for(self, count: int) -> None:
        """Until so many messages have come."""
        async with asyncio.timeout(20):
            while len(self.deliveries) < count:
                self.arrived.clear()
                await self.arrived.wait()


@asynccontextmanager
async def running(
    sink: Sink, host: str = "127.0.0.1", port: int = 0, *, path: Path | None = None
) -> AsyncIterator[Sink]:
    """Serve on a free port of loopback, or on a socket with a path, for the length of the block."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        sink.connections += 1
        sink.clients.append((writer.get_extra_info("peername") or ("",))[0])  # a socket with a path has none
        sink.open += 1
        sink.most_open = max(sink.most_open, sink.open)
        try:
            await _talk(sink, reader, writer)
        except (_Cut, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            sink.open -= 1
            tasks.discard(task)
            writer.close()

    if path is not None:
        server = await asyncio.start_unix_server(serve, path, limit=1 << 20)
    else:
        server = await asyncio.start_server(serve, host, port, limit=1 << 20)
        sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Cut(Exception):
    """The script says that the connection ends here."""


async def _talk(sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    secure = False

    async def answer(stage: str, text: str) -> bool:
        """Say what the script wants; whether that was a good answer."""
        if sink.drop == stage:
            writer.transport.abort()
            raise _Cut
        if sink.hang == stage:
            await asyncio.Event().wait()
        text = sink.once.pop(stage, "") or sink.say.get(stage, text)
        writer.write(text.encode() + b"\r\n")
        await writer.drain()
        if text.startswith("421"):
            raise _Cut
        return text[0] in "23"

    if not await answer("greeting", "220 sink.example ESMTP"):
        return
    mail = ""
    rcpt: list[str] = []
    chunks = bytearray()
    while line := (await reader.readuntil(b"\r\n")).decode("utf-8", "surrogateescape").rstrip("\r\n"):
        sink.commands.append(line)
        verb = line.partition(" ")[0].upper()
        if verb in (("LHLO",) if sink.lmtp else ("EHLO", "HELO")):
            offered = sink.offer if sink.offer_within is None or not secure else sink.offer_within
            offer = [*offered, *(["STARTTLS"] if sink.tls is not None and not secure else [])]
            words = ["sink.example", *offer] if verb != "HELO" else ["sink.example"]
            lines = [f"250{'-' if n < len(words) - 1 else ' '}{word}" for n, word in enumerate(words)]
            await answer("ehlo", "\r\n".join(lines))
        elif verb == "STARTTLS":
            if await answer("starttls", "220 go ahead"):
                assert sink.tls is not None
                await writer.start_tls(sink.tls)
                secure = True
        elif verb == "AUTH":
            await answer(
                "auth", "235 2.7.0 ok" if sink.auth is None else await _judged(sink.auth, line, reader, writer)
            )
        elif verb == "MAIL":
            if await answer("mail", "250 2.1.0 ok"):
                mail, rcpt, chunks = line, [], bytearray()
        elif verb == "RCPT":
            reply = sink.rcpt(line)
            if reply.startswith("2") and mail:
                rcpt.append(line)
            await answer("rcpt", reply if mail else "503 no sender")
        elif verb == "DATA":
            if not rcpt:
                await answer("none", "554 5.5.1 no valid recipients")
            elif await answer("data", "354 go"):
                content = await _read_content(reader)
                await _finish(sink, (mail, rcpt, content), writer, answer)
                mail, rcpt = "", []
        elif verb == "BDAT":
            chunks += await reader.readexactly(int(line.split()[1]))
            if not line.upper().endswith(" LAST"):
                await answer("chunk", "250 2.0.0 ok" if rcpt else "554 5.5.1 no valid recipients")
                continue
            if rcpt:
                await _finish(sink, (mail, rcpt, bytes(chunks)), writer, answer)
            else:
                await answer("none", "554 5.5.1 no valid recipients")
            mail, rcpt, chunks = "", [], bytearray()
        elif verb == "RSET":
            mail, rcpt = "", []
            await answer("rset", "250 2.0.0 ok")
        elif verb == "QUIT":
            await answer("quit", "221 2.0.0 bye")
            return
        else:
            await answer("unknown", "500 5.5.1 what?")


async def _judged(
    judge: Callable[[str], str], line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> str:
    """The last answer to an AUTH whose response may come in the command or behind a 334."""
    words = line.split()[1:]
    if len(words) == 1:
        writer.write(b"334 \r\n")
        words.append((await reader.readuntil(b"\r\n")).decode().strip())
    said = judge(" ".join(words))
    if said.startswith("334 "):
        writer.write(said.encode() + b"\r\n")
        await reader.readuntil(b"\r\n")
        said = "535 5.7.3 Authentication unsuccessful"
    return said


async def _finish(
    sink: Sink,
    message: tuple[str, list[str], bytes],
    writer: asyncio.StreamWriter,
    answer: Callable[[str, str], object],
) -> None:
    mail, rcpt, content = message
    tls = writer.get_extra_info("ssl_object")
    taken = sink.say.get("end", "2").startswith("2")
    if taken and sink.drop != "end":
        certificate = None if tls is None else tls.getpeercert(binary_form=True)
        sink.deliveries.append(Delivery(mail, rcpt, content, tls is not None, certificate))
        sink.arrived.set()
    if not sink.lmtp:
        await answer("end", "250 2.6.0 queued")  # type: ignore[misc]
        return
    for number, line in enumerate(rcpt):
        if number == sink.cut_after:
            writer.transport.abort()
            raise _Cut
        await answer("end", sink.final(line))  # type: ignore[misc]


async def _read_content(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
