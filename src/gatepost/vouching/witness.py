"""One message of a stranger, looked at: what the DNS, its signatures and the chain of its carriers say of it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, BinaryIO

from gatepost.mail import MAX_HEADER, Address, HeaderBlock, value
from gatepost.signing import Chain, Verdict, Verification, Verified

from .dmarc import check_dmarc
from .questions import Questions, Resolver
from .spf import Spf, check_spf
from .statements import Statement, results_field, results_of

PATIENCE = 6.0  # seconds for all that the DNS is asked of a message: its client waits as long
_HEADER_READ = MAX_HEADER + 64 * 1024  # what was taken, and the lines that we put in front of it
_BLOCK = 256 * 1024


@value
class Introduced:
    """What the session knows of who hands a message in. `authors` are those of its From field."""

    client: IPv4Address | IPv6Address
    hello: str
    sender: Address | None
    authors: tuple[Address, ...]


@value
class Testimony:
    """All results, and the field that tells them."""

    field: bytes
    statements: tuple[Statement, ...]


class Witness:
    """Examines messages in the name of one relay."""

    def __init__(
        self, resolver: Resolver, *, relay: str, clock: Callable[[], float], patience: float = PATIENCE
    ) -> None:
        self._resolver = resolver
        self._relay = relay
        self._clock = clock
        self._patience = patience

    async def examine(self, opened: Callable[[], BinaryIO], who: Introduced) -> Testimony:
        """What can be said of the message that `opened` reads, as it is stored."""
        questions = Questions(self._resolver, patience=self._patience)
        domains = {author.domain for author in who.authors}
        author = next(iter(domains)) if len(domains) == 1 else None
        ahead = [] if author is None else [questions.texts(f"_dmarc.{author}")]  # needed in the end, so asked at once
        spf_asked: Coroutine[Any, Any, Spf] = check_spf(
            questions, client=who.client, hello=who.hello, sender=who.sender
        )
        (dkim, chain), spf, *_ = await asyncio.gather(self._signed(opened, questions, who), spf_asked, *ahead)
        if author is None:
            words = "the From field names no author, or authors of several domains"
            dmarc = Statement(method="dmarc", verdict=Verdict.PERMERROR, reason=words)
        else:
            dmarc = await check_dmarc(questions, author, spf=spf, dkim=dkim)
        statements = (chain, spf.statement, *_of_signatures(dkim), dmarc)
        return Testimony(field=results_field(results_of(self._relay, statements)), statements=statements)

    async def _signed(
        self, opened: Callable[[], BinaryIO], questions: Questions, who: Introduced
    ) -> tuple[Sequence[Verified], Statement]:
        verification, chain = await asyncio.to_thread(_read, opened)
        names = tuple(dict.fromkeys((*verification.questions, *chain.questions)))
        answers = dict(zip(names, await asyncio.gather(*map(questions.texts, names)), strict=True))
        now = self._clock()

        def judged() -> tuple[Sequence[Verified], Statement]:
            state = chain.judge(answers, now=now)
            about = (("smtp.remote-ip", str(who.client)),)  # RFC 8617 §10.2: the next host wants to know
            said = Statement(method="arc", verdict=state.verdict, reason=state.reason, properties=about)
            return verification.judge(answers, now=now), said

        return await asyncio.to_thread(judged)


def _read(opened: Callable[[], BinaryIO]) -> tuple[Verification, Chain]:
    with opened() as source:
        start = source.read(_HEADER_READ)
        block = HeaderBlock(start)
        verification, chain = Verification(block), Chain(block)
        piece = start[block.body_start :].removeprefix(b"\r\n")
        while piece:
            verification.feed(piece)
            chain.feed(piece)
            piece = source.read(_BLOCK)
    return verification, chain


def _of_signatures(found: Sequence[Verified]) -> tuple[Statement, ...]:
    if not found:
        return (Statement(method="dkim", verdict=Verdict.NONE),)
    return tuple(
        Statement(
            method="dkim",
            verdict=it.verdict,
            reason=f"the signature {it.reason}" if it.reason else "",
            properties=(
                ("header.d", it.domain),
                ("header.s", it.selector),
                ("header.a", it.algorithm),
                ("header.b", it.mark),
            ),
        )
        for it in found
    )
