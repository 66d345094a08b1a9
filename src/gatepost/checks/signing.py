"""Whether the DNS has the keys that sign (RFC 6376 §3.6): the record of each, as a receiver would find it."""

from collections.abc import Callable

from gatepost.connectors import Algorithm, DomainSigning, Slot
from gatepost.errors import NotFound
from gatepost.signing import BadKey, PrivateKey, doubts_of, read_key

from .lookups import Lookups
from .site import Finding, failed, ok, warning


async def key_findings(
    lookups: Lookups, signing: DomainSigning, slot: Slot, secret: Callable[[str], str]
) -> tuple[Finding, ...]:
    """For each algorithm that the domain signs with: the record of the slot's key, found and compared."""
    return tuple([await _finding(lookups, signing, slot, it, secret) for it in signing.algorithms])


def slot_key(signing: DomainSigning, slot: Slot, algorithm: Algorithm, secret: Callable[[str], str]) -> PrivateKey:
    """The private key of a slot; raises BadKey, also where there is none."""
    name = signing.secret(slot, algorithm)
    try:
        return read_key(secret(name or ""), checked=False)
    except NotFound:
        raise BadKey("is missing") from None


async def _finding(
    lookups: Lookups, signing: DomainSigning, slot: Slot, algorithm: Algorithm, secret: Callable[[str], str]
) -> Finding:
    name, domain = signing.record_name(slot, algorithm), signing.name
    try:
        key = slot_key(signing, slot, algorithm, secret)
    except BadKey as bad:
        return failed(f"The key of {name} {bad}.", f"Make a new one: gatepost dkim rotate {domain}", domain)
    found = await lookups.texts(name)
    if found.trouble:
        remedy = "Check the resolver (gatepost check --only resolver) and try again."
        return failed(f"{name} cannot be looked up: {found.trouble}.", remedy, domain)
    doubts = doubts_of(found.texts, key)
    if not doubts:
        return ok(f"{name} holds the key that signs.", domain)
    worst = doubts[0]
    remedy = f"{worst.remedy[:1].upper()}{worst.remedy[1:]}; gatepost dkim show {domain} shows it."
    words = f"The record {name} {worst.words}."
    return failed(words, remedy, domain) if worst.fatal else warning(words, remedy, domain)
