"""One sentence: did the message go through the relay, by which connector, and how we know."""

from collections.abc import Sequence
from dataclasses import dataclass

from .antispam import Taken
from .notes import Note
from .owners import MICROSOFT, Own, owner_of
from .roles import Hop
from .trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`note` is the sentence, `evidence` what it rests on.

    `certain` is false where it rests on lines that anyone could have written. `relay`, `connector` and `queue_id` are
    those of the Gatepost it went through last, empty without one.
    """

    note: Note
    evidence: tuple[Note, ...] = ()
    certain: bool = True
    relay: str = ""
    connector: str = ""
    queue_id: str = ""


def judge(hops: Sequence[Hop], taken: Taken, own: Own) -> Verdict:
    """The verdict about a message with these hops. `taken` is what Exchange Online says of it."""
    if not hops:
        return Verdict(note=Note("no_hops"))
    ours = [hop for hop in hops if hop.ours]
    signed = [hop for hop in ours if hop.mark is not None]
    matched = [hop for hop in signed if hop.mark is not None and hop.mark.connector is not None]
    exchange = _at_exchange(hops)
    # The last connector on the way is the one that let the message out: Exchange Online's, where there is one.
    if exchange is not None and taken.entity.lower() == "hybridonprem":
        return _through_exchange(exchange, taken, own, matched or signed or ours)
    if matched:
        return _through_relay(matched[-1], "through_connector")
    if signed:
        return _through_relay(signed[-1], "through_no_connector")
    if ours:
        hop = ours[-1]
        return Verdict(
            note=Note("through_unsigned", {"relay": hop.received.host}),
            evidence=(_received(hop),),
            certain=hop.trust is Trust.TRUSTED,
            relay=hop.received.host,
        )
    if posing := [hop for hop in hops if hop.trust is Trust.SUSPECT and own.has_host(hop.received.host)]:
        return Verdict(
            note=Note("relay_not_believed", {"relay": posing[-1].received.host, "hop": posing[-1].number}),
            certain=False,
        )
    if exchange is not None and taken.entity.lower() == "hosted":
        return Verdict(note=Note("exchange_mailbox", {}), evidence=_stamps(taken), certain=_sure(exchange))
    if exchange is not None and taken.entity.lower() == "internet":
        return Verdict(note=Note("exchange_internet", {}), evidence=_stamps(taken), certain=_sure(exchange))
    return Verdict(note=Note("not_through" if own.hosts else "not_known"))


def _at_exchange(hops: Sequence[Hop]) -> Hop | None:
    """The hop at which Exchange Online took the message."""
    return next((hop for hop in hops if owner_of(hop.received.host) == MICROSOFT and not hop.received.local), None)


def _sure(hop: Hop) -> bool:
    return hop.trust is Trust.TRUSTED


def _through_relay(hop: Hop, code: str) -> Verdict:
    mark = hop.mark
    if mark is None:  # the callers choose signed hops only
        raise AssertionError
    connector = mark.connector or ""
    evidence = [
        Note("evidence.mark", {"relay": mark.relay, "queue_id": mark.queue_id}),
        _received(hop),
        Note("evidence.tls" if hop.received.tls.used else "evidence.clear", {"hop": hop.number}),
    ]
    return Verdict(
        note=Note(code, {"relay": mark.relay, "connector": connector, "queue_id": mark.queue_id}),
        evidence=tuple(evidence),
        certain=_sure(hop),
        relay=mark.relay,
        connector=connector,
        queue_id=mark.queue_id,
    )


def _through_exchange(door: Hop, taken: Taken, own: Own, relays: Sequence[Hop]) -> Verdict:
    """An OnPremises connector of a tenant took it, from the last relay before Exchange Online."""
    before = [hop for hop in relays if hop.number < door.number]
    relay = before[-1] if before else None
    mark = relay.mark if relay is not None else None
    client = relay.received.host if relay is not None else door.received.hello or door.received.address
    evidence = [*_stamps(taken), _received(door)]
    if taken.tenant and (taken.tenant in own.organizations or taken.origin in own.organizations):
        evidence.append(Note("evidence.own_tenant", {"tenant": taken.tenant}))
    if mark is not None:
        evidence.append(Note("evidence.mark", {"relay": mark.relay, "queue_id": mark.queue_id}))
    code = "through_exchange_from_relay" if relay is not None else "through_exchange"
    return Verdict(
        note=Note(code, {"client": client, "door": door.received.host, "tenant": taken.tenant or "?"}),
        evidence=tuple(evidence),
        certain=_sure(door),
        relay=relay.received.host if relay is not None else "",
        connector=mark.connector or "" if mark is not None else "",
        queue_id=mark.queue_id if mark is not None else "",
    )


def _received(hop: Hop) -> Note:
    return Note("evidence.received", {"hop": hop.number, "host": hop.received.host, "id": hop.received.id or "-"})


def _stamps(taken: Taken) -> tuple[Note, ...]:
    """What Exchange Online wrote about it."""
    notes = [Note("evidence.entity", {"value": taken.entity})] if taken.entity else []
    if taken.direction:
        notes.append(Note("evidence.direction", {"value": taken.direction}))
    if taken.attributed:
        notes.append(Note("evidence.attributed", {"value": taken.attributed}))
    if taken.address:
        notes.append(Note("evidence.client", {"address": taken.address, "hello": taken.hello or "-"}))
    return tuple(notes)
