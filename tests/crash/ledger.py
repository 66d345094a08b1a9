"""Who promised what: a client that remembers every `250`, a server that remembers every message, and the judge.

The two servers of the story are asked for nothing: the client writes down what it heard, the sink what it was given,
and the ledger compares. Every message has an id of its own and a content that tells whose it is and whether it is
whole. Shares no code with Gatepost.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256

HOST = "127.0.0.1"
LIMIT = 1 << 23  # octets of one message that the sink reads
_ID = re.compile(rb"^X-Letter: ([^\s]+)\r$", re.M)
_HEADER_LINE = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*|[ \t][^\r\n]*)\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to send. `content` ends its last line, and many of its lines begin with a dot."""

    id: str
    octets: int
    to: tuple[str, ...] = ("anna@fabrikam.test",)
    sender: str = "device@contoso.test"

    @property
    def content(self) -> bytes:
        head = (
            f"From: <{self.sender}>\r\nTo: <{self.to[0]}>\r\nDate: Tue, 01 Sep 2026 12:00:00 +0000\r\n"
            f"Message-ID: <{self.id}@contoso.test>\r\nSubject: {self.id}\r\nX-Letter: {self.id}\r\n\r\n"
        )
        line = f".{self.id} {'abcdefghij' * 5}\r\n"
        return (head + line * max(1, (self.octets - len(head)) // len(line))).encode()


def letters(name: str, sizes: Sequence[int], count: int = 1_000_000, **more: object) -> Iterator[Letter]:
    """`count` letters called NAME-0, NAME-1, …, whose sizes go round."""
    for number in range(count):
        yield Letter(id=f"{name}-{number}", octets=sizes[number % len(sizes)], **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the ledger says. Lost: acknowledged to the client and never taken by the sink, recipient by recipient."""

    lost: tuple[str, ...]
    phantom: tuple[str, ...]
    corrupt: tuple[str, ...]
    duplicates: int


@dataclass(slots=True)
class Ledger:
    """What both ends wrote down. `promised` says when `250` was read; `cut` counts connections ended after a dot."""

    sent: dict[str, Letter] = field(default_factory=dict)
    digests: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    promised: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    taken: dict[str, Counter[str]] = field(default_factory=dict)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    corrupt: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)
    cut: int = 0
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def will_send(self, letter: Letter) -> bytes:
        """Note the letter; its content."""
        content = letter.content
        self.sent[letter.id] = letter
        self.digests[letter.id] = len(content), sha256(content).digest()
        return content

    def was_promised(self, letter: Letter) -> None:
        self.promised[letter.id] = time.monotonic()
        self.fresh.set()

    def was_refused(self, letter: Letter, reply: str) -> None:
        self.refused[letter.id] = reply
        self.fresh.set()

    def arrived(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Note a message at the sink; returns its id, "" for a report."""
        found = _ID.search(content, 0, 4096)
        if not sender:
            self.reports.append((recipients[0], content))
            self.fresh.set()
            return ""
        id_ = found[1].decode("ascii", "replace") if found else "(no id)"
        letter = self.sent.get(id_)
        if letter is None or sender != letter.sender or not set(recipients) <= set(letter.to):
            self.strangers.append(id_)
            return id_
        if not self._is_whole(id_, content):
            self.corrupt.append(id_)
        self.taken.setdefault(id_, Counter()).update(recipients)
        return id_

    def was_acknowledged(self, id_: str, recipients: Sequence[str]) -> None:
        self.acknowledged.setdefault(id_, set()).update(recipients)
        self.fresh.set()

    def _is_whole(self, id_: str, content: bytes) -> bool:
        """What was sent, and before it nothing but whole header lines."""
        octets, digest = self.digests[id_]
        added = len(content) - octets
        if added < 0 or sha256(content[added:]).digest() != digest:
            return False
        return not _HEADER_LINE.sub(b"", content[:added])

    @property
    def missing(self) -> list[str]:
        """Promised, and not (yet) taken by the sink: `id recipient`."""
        return [
            f"{id_} {to}"
            for id_ in self.promised
            for to in self.sent[id_].to
            if to not in self.acknowledged.get(id_, ())
        ]

    def verdict(self) -> Verdict:
        refused = [id_ for id_ in self.refused if id_ in self.taken]
        return Verdict(
            lost=tuple(self.missing),
            phantom=tuple(self.strangers + refused),
            corrupt=tuple(self.corrupt),
            duplicates=sum(max(times.values()) - 1 for times in self.taken.values()),
        )

    async def until(self, done: Callable[[], bool], *, seconds: float = 30.0) -> None:
        """Wait until something is so; what is written down is looked at again after each entry."""
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    self.fresh.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.fresh.wait(), 0.1)
        except TimeoutError:
            raise AssertionError(f"not so after {seconds:.0f} s: {self}") from None

    def __repr__(self) -> str:
        verdict = self.verdict()
        return (
            f"<Ledger sent={len(self.sent)} promised={len(self.promised)} refused={len(self.refused)} "
            f"taken={len(self.taken)} missing={verdict.lost[:5]} of {len(verdict.lost)} cut={self.cut} "
            f"duplicates={verdict.duplicates}>"
        )


# --- the client ---------------------------------------------------------------------------------------------------


class Refusal(Exception):
    """The server said no to a letter; the argument is its reply."""


@dataclass(slots=True)
class Load:
    """Connections that send letters from one pile until it is empty or `stop` is called. Survives a dead server."""

    ledger: Ledger
    port: int
    pile: Iterator[Letter]
    stopped: bool = False
    letters_a_connection: int = 25

    @classmethod
    def of(cls, ledger: Ledger, port: int, pile: Iterable[Letter]) -> "Load":
        return cls(ledger, port, iter(pile))

    async def run(self, connections: int) -> None:
        await asyncio.gather(*(self._lasting() for _ in range(connections)))

    def stop(self) -> None:
        self.stopped = True

    async def _lasting(self) -> None:
        """One connection after another."""
        letter: Letter | None = None
        while not self.stopped:
            if letter is None and (letter := next(self.pile, None)) is None:
                return
            try:
                reader, writer = await asyncio.open_connection(HOST, self.port, limit=1 << 16)
            except OSError:
                await asyncio.sleep(0.02)  # it is being started again
                continue
            try:
                await _hello(reader, writer)
                for _ in range(self.letters_a_connection):
                    letter = letter or (None if self.stopped else next(self.pile, None))
                    if letter is None:
                        break
                    current, letter = letter, None
                    await send(self.ledger, current, reader, writer)
                writer.write(b"QUIT\r\n")
                await reader.readline()
            except (OSError, EOFError):
                pass  # nobody knows what became of the current letter; the next one has another id
            finally:
                writer.close()


async def _reply(reader: asyncio.StreamReader) -> str:
    while True:
        line = await reader.readuntil(b"\r\n")
        if line[3:4] != b"-":
            return line.decode("ascii", "replace").rstrip()


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"EHLO device.contoso.test\r\n")
    for _ in range(2):
        if not (reply := await _reply(reader)).startswith("2"):
            raise ConnectionError(reply)


async def send(ledger: Ledger, letter: Letter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """One transaction on an open connection, pipelined; writes down what was heard, and returns the last reply."""
    content = ledger.will_send(letter)
    recipients = "".join(f"RCPT TO:<{to}>\r\n" for to in letter.to)
    writer.write(f"MAIL FROM:<{letter.sender}>\r\n{recipients}DATA\r\n".encode())
    replies = [await _reply(reader) for _ in range(len(letter.to) + 2)]
    if not replies[-1].startswith("354"):
        reply = next(it for it in replies if not it.startswith("2"))
        ledger.was_refused(letter, reply)
        if reply.startswith("421"):
            raise ConnectionError(reply)
        writer.write(b"RSET\r\n")
        await _reply(reader)
        return reply
    writer.write(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    await writer.drain()
    reply = await _reply(reader)
    if reply.startswith("250"):
        ledger.was_promised(letter)
    else:
        ledger.was_refused(letter, reply)
    return reply


async def send_one(ledger: Ledger, port: int, letter: Letter) -> str:
    """One letter on a connection of its own; the reply, or "" when the connection ended without one."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port, limit=1 << 16)
    except OSError:
        return ""
    try:
        await _hello(reader, writer)
        return await send(ledger, letter, reader, writer)
    except (OSError, EOFError):
        return ""
    finally:
        writer.close()


# --- the server ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sink:
    """The next host. Chances are in [0, 1]; while `gate` is closed it takes messages and does not answer the dot."""

    ledger: Ledger
    tempfail: float = 0.0
    cut: float = 0.0
    slow: float = 0.0
    rcpt: Callable[[str], str] = lambda _address: "250 2.1.5 ok"
    dice: random.Random = field(default_factory=lambda: random.Random(11))
    port: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    behind_gate: int = 0
    tempfailed: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Sink"]:
        """Serve for the length of the block, on `port` or on a free one."""
        self.gate.set()
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._talk(reader, writer)
            except (OSError, EOFError):
                pass  # the other side was killed
            finally:
                writer.close()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(begin, HOST, self.port, limit=LIMIT)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink.test ESMTP\r\n")
        sender, recipients = "", list[str]()
        while line := await reader.readuntil(b"\r\n"):
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 SIZE 100000000\r\n")
            elif verb == b"MAIL":
                sender, recipients = _path(line), []
                writer.write(b"250 2.1.0 ok\r\n")
            elif verb == b"RCPT":
                reply = self.rcpt(_path(line))
                if reply.startswith("2"):
                    recipients.append(_path(line))
                writer.write(f"{reply}\r\n".encode())
            elif verb == b"DATA" and not recipients:
                writer.write(b"554 5.5.1 no valid recipients\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go\r\n")
                if not await self._take(sender, recipients, reader, writer):
                    return
                sender, recipients = "", []
            elif verb == b"QUIT":
                writer.write(b"221 2.0.0 bye\r\n")
                return
            else:
                writer.write(b"250 2.0.0 ok\r\n")

    async def _take(
        self, sender: str, recipients: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """One content and the answer to its dot; False when the connection was cut instead."""
        content = (b"\r\n" + await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")[2:]
        if self.slow:
            await asyncio.sleep(self.dice.random() * self.slow)
        if not self.gate.is_set():
            self.behind_gate += 1
            self.ledger.fresh.set()
            await self.gate.wait()
        if self.dice.random() < self.tempfail:
            self.tempfailed += 1
            writer.write(b"451 4.3.0 not now\r\n")
            return True
        id_ = self.ledger.arrived(sender, recipients, content)
        if self.dice.random() < self.cut:
            self.ledger.cut += 1
            writer.transport.abort()
            return False
        writer.write(b"250 2.6.0 queued\r\n")
        await writer.drain()
        if id_:
            self.ledger.was_acknowledged(id_, recipients)
        return True


def _path(line: bytes) -> str:
    return line.decode("ascii", "replace").partition("<")[2].partition(">")[0]
