"""The stations of a picture: the client of the first hop, then the host that wrote each line; in words, not yet drawn.

All of it may be a stranger's text: whoever draws it makes it harmless.
"""

from dataclasses import dataclass
from typing import Final

from .analysis import Analysis
from .notes import Note
from .roles import Hop
from .words import brief, say, word

MOST_DRAWN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The way from one station to the next. `delay` is in seconds, `share` its part of all waiting, from 0 to 1.

    `network` is false where the message never left the machine; `timeless` where a time should stand, and none does.
    """

    delay: float | None
    share: float
    skewed: bool
    timeless: bool
    network: bool
    encrypted: bool
    weak: bool
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A host. `number` is that of its hop, None for the first client; `rows` are further lines on its card; `full` is
    all of it, `spoken` for a listener. `passage` leads here from the station before. `left_out` stands for several.
    """

    number: int | None
    host: str
    role: str
    rows: tuple[str, ...]
    trust: str
    ours: bool
    full: str
    spoken: str
    passage: Passage | None
    left_out: bool = False


def stations_of(analysis: Analysis, language: str) -> list[Station]:
    """At most MOST_DRAWN hops, of many the oldest and the newest, with a station for those between."""
    hops = analysis.hops
    if not hops:
        return []
    waited = sum(hop.delay for hop in hops if hop.delay is not None and hop.delay > 0)
    skipped = range(MOST_DRAWN // 2, len(hops) - MOST_DRAWN // 2) if len(hops) > MOST_DRAWN else range(0)
    found = [first] if (first := _client(hops[0], language)) is not None else []
    for place, hop in enumerate(hops):
        if place in skipped:
            if place == skipped.start:
                found.append(_left_out(len(skipped), language))
            continue
        passage = _passage(hop, waited) if found else None
        found.append(_writer(hop, passage, language))
    return found


def _client(hop: Hop, language: str) -> Station | None:
    """Who handed the message to the first host that wrote a line; None where it began at that host."""
    received = hop.received
    host = received.name or received.hello or received.address
    if received.local or not host:
        return None
    role = word(f"role.{hop.from_role}", language) if hop.from_role is not None else ""
    rows = (received.address,) if received.address and received.address != host else ()
    return Station(
        number=None,
        host=host,
        role=role or word("role.sender", language),
        rows=rows,
        trust=str(hop.trust),
        ours=False,
        full=_lines(host, role, *rows, word(f"trust.{hop.trust}", language)),
        spoken=f"{host} ({role})" if role else host,
        passage=None,
    )


def _writer(hop: Hop, passage: Passage | None, language: str) -> Station:
    received = hop.received
    host = received.host or received.by or word("picture.nameless", language)
    role = word(f"role.{hop.role}", language)
    trust = word(f"trust.{hop.trust}", language)
    rows = []
    if hop.mark is not None and hop.mark.connector:
        rows.append(say(Note("picture.connector", {"connector": hop.mark.connector}), language))
    if received.moment is not None:
        rows.append(f"{received.moment.at:%Y-%m-%d %H:%M:%S}Z")
    return Station(
        number=hop.number,
        host=host,
        role=role,
        rows=tuple(rows),
        trust=str(hop.trust),
        ours=hop.ours,
        full=_lines(host, role, trust, *rows, received.id and f"id {received.id}", received.tls.cipher),
        spoken=f"{hop.number}: {_listed([f'{host} ({role})', *_heard(passage, language), trust], language)}",
        passage=passage,
    )


def _left_out(count: int, language: str) -> Station:
    told = say(Note("picture.not_drawn", {"count": count}), language)
    silent = Passage(
        delay=None, share=0, skewed=False, timeless=False, network=False, encrypted=False, weak=False, version=""
    )
    return Station(
        number=None,
        host=told,
        role="",
        rows=(),
        trust="",
        ours=False,
        full=told,
        spoken=told,
        passage=silent,
        left_out=True,
    )


def _passage(hop: Hop, waited: float) -> Passage:
    received = hop.received
    delay = hop.delay
    return Passage(
        delay=delay,
        share=delay / waited if delay is not None and delay > 0 else 0.0,
        skewed=delay is not None and delay <= -1,
        timeless=received.moment is None,
        network=not received.local and bool(received.hello or received.address or received.tls.used),
        encrypted=received.tls.used,
        weak=received.tls.weak,
        version=received.tls.version,
    )


def _heard(passage: Passage | None, language: str) -> list[str]:
    """Delay and encryption for a listener."""
    if passage is None:
        return []
    told = []
    if passage.delay is not None:
        told.append(brief(passage.delay, language))
    if passage.skewed:
        told.append(word("picture.clocks", language))
    if passage.encrypted:
        told.append(passage.version or word("picture.tls", language))
    elif passage.network:
        told.append(word("picture.in_clear", language))
    return told


def _listed(words: list[str], language: str) -> str:
    return (", " if language == "en" else "，").join(words)


def _lines(*rows: str) -> str:
    return " · ".join(row for row in rows if row)
