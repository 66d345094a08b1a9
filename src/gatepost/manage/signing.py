"""Signing of a domain's mail (DKIM): its keys are made here, shown as DNS records, looked up, switched on and rotated.

Nothing signs before its record is found in the DNS, because mail with a signature that nobody can verify is worse off
than mail without. No private key is ever in an answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gatepost.checks import Finding, Level, Lookups, key_findings, slot_key
from gatepost.config import Changed, Config, Edit, ObjectKind, Record, utc
from gatepost.connectors import Algorithm, DomainSigning, Slot
from gatepost.errors import ConfigRefused
from gatepost.signing import BadKey, key_text, record_of, record_strings, zone_line

from .desk import Answer, Call
from .objects import came_out, change_of, listed
from .objects import remove as removed
from .shown import shown

KEEP = 7 * 86_400.0  # seconds that an old record is needed: mail is on its way for days (RFC 5321 §4.5.4.1)
_SIGNING = ObjectKind.SIGNING
_ADDED = frozenset(
    {
        "domain",
        "selector1publickey",
        "selector2publickey",
        "selectorbeforerotateondate",
        "selectorafterrotateondate",
        "records",
    }
)


async def list_signings(call: Call, *, organization: str | None = None) -> Answer:
    return Answer(value=[_told(call, it) for it in listed(call, _SIGNING, organization)])


async def show(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    """The configuration with `Records`: what to publish, as a TXT value, its strings, and a line of a zone file."""
    return Answer(value=_told(call, call.desk.config.world.find(_SIGNING, identity, organization)))


async def add(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any] | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Make the first keys of an accepted domain; signing is switched on when their records are in the DNS.

    Keys that somebody brings are taken instead. With Enabled it is made all the same, and a warning says what is left
    to do, as Exchange does.
    """
    given = _given(properties or {})
    wanted = {it.lower(): value for it, value in given.items()}
    brought = any(wanted.get(f"{Slot.FIRST}{it}Key".lower()) for it in ("", "Ed25519"))
    keys = {} if what_if or brought else await _new_keys(Slot.FIRST, wanted.get("keysize", 2048))
    edit = Edit(
        action="add",
        kind=_SIGNING,
        name=name,
        organization=organization,
        properties=given | keys | {"Enabled": False},
    )
    answer = _answer(call, await call.change([edit], what_if=what_if))
    if wanted.get("enabled") in (None, False, "false", "$false"):
        return answer
    note = "It is not enabled yet. Remedy: publish the record that is shown, and enable it then."
    return Answer(value=answer.value, warnings=(*answer.warnings, note))


async def change(
    call: Call,
    *,
    identity: str,
    properties: Mapping[str, Any],
    organization: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
    unchecked: bool = False,
) -> Answer:
    """Change it. What would sign from now on has to be found in the DNS, unless `unchecked`."""
    old = call.desk.config.world.find(_SIGNING, identity, organization)
    edit = change_of(old, _given(properties), seen=seen)
    foreseen = await call.preview([edit])
    before, after = _model(old), _after(foreseen, old)
    if after.enabled and not unchecked and not what_if and (not before.enabled or _signs_otherwise(before, after)):
        await _must_be_published(call, after, after.signing_selector)
    return _answer(call, await call.change([edit], what_if=what_if), old)


async def check(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    """What the DNS says of the keys that matter: those that sign, and those that wait to."""
    record = call.desk.config.world.find(_SIGNING, identity, organization)
    signing = _model(record)
    slots = [signing.signing_selector]
    if signing.rotation_begun_utc is not None:
        slots.append(signing.signing_selector.other)
    rows = []
    for slot in slots:
        found = await _look(call, signing, slot)
        rows += [
            {
                "Selector": str(slot),
                "Name": signing.record_name(slot, algorithm),
                "Level": str(it.level),
                "Sentence": it.sentence,
                "Remedy": it.remedy,
            }
            for algorithm, it in zip(signing.algorithms, found, strict=True)
        ]
    return Answer(value=rows)


async def rotate(
    call: Call,
    *,
    identity: str,
    organization: str | None = None,
    key_size: int | None = None,
    what_if: bool = False,
    force: bool = False,
) -> Answer:
    """First make a key for the selector that rests; then, when its record is in the DNS, let that selector sign.

    `force` switches without looking, and makes a key even where the resting one may still verify mail on the way.
    """
    old = call.desk.config.world.find(_SIGNING, identity, organization)
    signing = _model(old)
    now, other = call.desk.clock(), signing.signing_selector.other
    if signing.rotation_begun_utc is not None:
        if not force:
            await _must_be_published(call, signing, other)
        properties: dict[str, Any] = {
            "SigningSelector": str(other),
            "RotationBegunUTC": None,
            "RotatedUTC": utc(now),
        }
        kept = utc(now + KEEP)[:10]
        note = f"{other} signs from now on. The record of {other.other} may go from the DNS after {kept}."
    else:
        until = (signing.rotated_utc or -KEEP) + KEEP
        if until > now and not force:
            raise ConfigRefused(
                [
                    f"{old.label}: mail that {other} has signed may still be on its way until {utc(until)}. "
                    "Remedy: wait until then, or force it."
                ]
            )
        keys = {} if what_if else await _new_keys(other, key_size or signing.key_size)
        properties = {**keys, "RotationBegunUTC": utc(now)}
        note = f"{signing.signing_selector} still signs. Publish the record of {other}, and rotate again."
    if key_size is not None:
        properties["KeySize"] = key_size
    answer = _answer(call, await call.change([change_of(old, properties)], what_if=what_if), old)
    return Answer(value=answer.value, warnings=(*answer.warnings, note))


async def remove(
    call: Call, *, identity: str, organization: str | None = None, seen: str | None = None, what_if: bool = False
) -> Answer:
    """Sign no more, and forget the keys."""
    old = call.desk.config.world.find(_SIGNING, identity, organization)
    return await removed(call, old, seen=seen, what_if=what_if)


def key_troubles(config: Config) -> list[str]:
    """A sentence for each key that should sign and cannot."""
    found = []
    for signing in config.current().signings:
        for algorithm in signing.algorithms if signing.enabled else ():
            try:
                slot_key(signing, signing.signing_selector, algorithm, config.secret)
            except BadKey as bad:
                name = signing.record_name(signing.signing_selector, algorithm)
                found.append(
                    f"Mail of {signing.name} cannot be signed: the key of {name} {bad}. "
                    f"Remedy: make a new one with gatepost dkim rotate {signing.name}."
                )
    return found


async def _new_keys(slot: Slot, size: Any) -> dict[str, str]:
    """Private keys of both kinds under their properties' names, so that either algorithm may be chosen later."""
    if size not in (2048, 3072, 4096, "2048", "3072", "4096"):
        raise ConfigRefused([f"KeySize must be 2048, 3072 or 4096, is {size!r}. Remedy: write 2048."])
    rsa = await asyncio.to_thread(generate_private_key, public_exponent=65537, key_size=int(size))
    return {f"{slot}Key": key_text(rsa), f"{slot}Ed25519Key": key_text(Ed25519PrivateKey.generate())}


async def _look(call: Call, signing: DomainSigning, slot: Slot) -> Sequence[Finding]:
    lookups = Lookups([str(it) for it in call.desk.settings.resolvers])
    return await key_findings(lookups, signing, slot, call.desk.config.secret)


async def _must_be_published(call: Call, signing: DomainSigning, slot: Slot) -> None:
    """Raises ConfigRefused, with every record that is not as it must be."""
    found = await _look(call, signing, slot)
    problems = [f"{it.sentence} Remedy: {it.remedy}" for it in found if it.level is Level.FAILED]
    if problems:
        raise ConfigRefused(problems)


def _given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Without what `_told` adds, so that what was read can be sent back."""
    return {name: value for name, value in properties.items() if name.lower() not in _ADDED}


def _signs_otherwise(before: DomainSigning, after: DomainSigning) -> bool:
    return [before.record_name(before.signing_selector, it) for it in before.algorithms] != [
        after.record_name(after.signing_selector, it) for it in after.algorithms
    ]


def _model(record: Record) -> DomainSigning:
    assert isinstance(record.model, DomainSigning)
    return record.model


def _after(changed: Changed, old: Record) -> DomainSigning:
    return _model(came_out(changed, old))


def _answer(call: Call, changed: Changed, old: Record | None = None) -> Answer:
    """The object as it came out, or as it was where the change changed nothing."""
    return Answer(value=_told(call, came_out(changed, old)), warnings=changed.warnings)


def _told(call: Call, record: Record) -> dict[str, Any]:
    """The object with what Exchange shows besides, and the records to publish."""
    signing = _model(record)
    active, pending = signing.signing_selector, signing.rotation_begun_utc is not None
    records = [
        told
        for slot in Slot
        for algorithm in signing.algorithms
        if (told := _record(call, signing, slot, algorithm)) is not None
    ]
    return shown(record) | {
        "Domain": signing.name,
        **{f"{slot}PublicKey": _value_of(records, slot) for slot in Slot},
        "SelectorBeforeRotateOnDate": str(active),
        "SelectorAfterRotateOnDate": str(active.other if pending else active),
        "Records": records,
    }


def _value_of(records: Sequence[Mapping[str, Any]], slot: Slot) -> str | None:
    """Exchange shows one record for each selector, which is of RSA."""
    rsa = (it["Value"] for it in records if it["Selector"] == slot and it["Algorithm"] == Algorithm.RSA)
    return next(rsa, None)


def _record(call: Call, signing: DomainSigning, slot: Slot, algorithm: Algorithm) -> dict[str, Any] | None:
    if signing.secret(slot, algorithm) is None:
        return None
    signs = slot is signing.signing_selector
    told: dict[str, Any] = {
        "Selector": str(slot),
        "Algorithm": str(algorithm),
        "Use": "signs" if signs else "next" if signing.rotation_begun_utc is not None else "previous",
        "Name": signing.record_name(slot, algorithm),
    }
    try:
        record = record_of(slot_key(signing, slot, algorithm, call.desk.config.secret))
    except BadKey as bad:
        return told | {"Value": None, "Strings": [], "Zone": None, "Problem": f"The key {bad}."}
    zone = zone_line(told["Name"], record)
    return told | {"Value": record, "Strings": list(record_strings(record)), "Zone": zone, "Problem": None}
