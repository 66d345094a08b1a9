"""What will change: the sessions of the last week, judged once more as if a change were stored.

The same code judges them that judges real ones, before the change and after it. What is kept of a session is who came,
how, and between which domains; and, where no public CA vouches for the certificate, its chain, so that a change of an
organization's own CAs (CertificateAuthorities) is foreseen as well.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from cryptography import x509

from gatepost.config import Changed, Edit, ObjectKind, Snapshot
from gatepost.connectors import PUBLIC, Certificate, Decision, Directory, Facts, judge
from gatepost.errors import ConfigRefused
from gatepost.mail import Address
from gatepost.spool import Encounter
from gatepost.tls import Roots, judge_client

from .asked import whose
from .desk import Answer, Call
from .explain import authorities_in, directory_in
from .shown import moment

_DAYS = 7
_MOST = 5_000  # kinds of sessions
_EXAMPLES = 20
_SECONDS = 5.0  # for all of it; on a page somebody waits
_KINDS = {
    "inbound": ObjectKind.INBOUND,
    "outbound": ObjectKind.OUTBOUND,
    "domain": ObjectKind.DOMAIN,
    "organization": ObjectKind.ORGANIZATION,
}


async def foresee(
    call: Call,
    *,
    action: str = "add",
    name: str | None = None,
    identity: str | None = None,
    properties: Mapping[str, Any] | None = None,
    outbound: bool = False,
    edits: Sequence[Mapping[str, Any]] | None = None,
    organization: str | None = None,
) -> Answer:
    """Which kinds of sessions of the last 7 days would now be accepted, or refused, if this were stored.

    A connector is added, set or removed as by the verbs of those names; or `edits` lists several changes, each with
    `action`, `kind` (inbound, outbound, domain, organization), `name` and `properties`.
    """
    own = whose(call, organization)
    if edits is None:
        kind = "outbound" if outbound else "inbound"
        edits = [{"action": action, "kind": kind, "name": identity or name, "properties": properties or {}}]
    wishes = [_edit(it, organization) for it in edits]
    changed = await call.change(wishes, what_if=True)
    if not call.desk.has_spool or all(wish.kind is ObjectKind.OUTBOUND for wish in wishes):
        return Answer(value=_value(_Outlook(), complete=True), warnings=changed.warnings)
    since = call.desk.clock() - _DAYS * 86_400
    kinds = await call.desk.spool.encounters(since=since, limit=_MOST)
    return await asyncio.to_thread(_foreseen, call, changed, kinds, own)


def _edit(wish: Mapping[str, Any], organization: str | None) -> Edit:
    kind = _KINDS.get(str(wish.get("kind")))
    action, name, properties = wish.get("action"), wish.get("name"), wish.get("properties") or {}
    problems = []
    if kind is None:
        problems.append(f"kind is {wish.get('kind')!r}. Remedy: write one of {', '.join(_KINDS)}.")
    if action not in ("add", "set", "remove"):
        problems.append(f"action is {action!r}. Remedy: write add, set or remove.")
    if not isinstance(name, str) or not name:
        problems.append("name is missing. Remedy: name the object, or the new one.")
    if not isinstance(properties, Mapping):
        problems.append(f"properties must be a table, is {properties!r}. Remedy: write names and values.")
    if problems or kind is None:
        raise ConfigRefused(problems)
    place = None if kind is ObjectKind.ORGANIZATION else wish.get("organization") or organization
    return Edit(action=str(action), kind=kind, name=str(name), organization=place, properties=dict(properties))


@dataclass(slots=True, kw_only=True)
class _Outlook:
    judged: int = 0
    accepted: int = 0
    refused: int = 0


def _foreseen(call: Call, changed: Changed, kinds: Sequence[Encounter], own: str | None) -> Answer:
    """In a thread of its own. One organization is shown no session that is another's."""
    current = call.desk.config.current()
    whole = current.directory
    several = own is not None and len(whole.organizations) > 1
    before = directory_in(current, own) if several else whole
    after = directory_in(changed.snapshot, own) if several else changed.snapshot.directory
    vouching = _Vouching.of(current, changed.snapshot)
    give_up = time.monotonic() + _SECONDS
    outlook = _Outlook()
    examples: list[dict[str, Any]] = []
    complete = True
    for kind in kinds:
        if time.monotonic() > give_up:
            complete = False
            break
        facts, sender, recipient = _session(kind)
        if several and not _concerns(own, facts, sender, recipient, directory=whole):
            continue
        then, now = (facts, facts) if vouching is None else vouching.asked(kind, facts)
        if then is None or now is None:
            complete = False
            continue
        was, will = judge(then, sender, recipient, before), judge(now, sender, recipient, after)
        outlook.judged += 1
        if was.accepted == will.accepted:
            continue
        outlook.accepted += will.accepted
        outlook.refused += was.accepted
        if len(examples) < _EXAMPLES:
            examples.append(_example(kind, was, will))
    return Answer(value=_value(outlook, complete=complete, examples=examples), warnings=changed.warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vouching:
    """What vouches for certificates before a change and after it, where the change is about that."""

    before: Roots
    after: Roots

    @classmethod
    def of(cls, before: Snapshot, after: Snapshot) -> "_Vouching | None":
        """None where the change leaves every organization's CAs as they are."""
        were, will = authorities_in(before), authorities_in(after)
        return None if were == will else cls(before=Roots.build(were), after=Roots.build(will))

    def asked(self, kind: Encounter, facts: Facts) -> tuple[Facts | None, Facts | None]:
        """A session's facts before and after; nothing where its chain was not kept, and so nobody can tell."""
        if not kind.certificate_names or PUBLIC in kind.trusted_by:
            return facts, facts
        if not kind.certificate_chain:
            return None, None
        try:
            chain = [x509.load_der_x509_certificate(it) for it in kind.certificate_chain]
        except ValueError:
            return None, None
        seen = datetime.fromtimestamp(kind.last_seen, UTC)  # it may have expired since, which is no change of ours
        was, will = (judge_client(chain, roots=roots, now=seen) for roots in (self.before, self.after))
        return replace(facts, certificate=was), replace(facts, certificate=will)


def _session(kind: Encounter) -> tuple[Facts, Address | None, Address]:
    certificate = None
    if kind.certificate_names:
        certificate = Certificate(
            names=kind.certificate_names,
            subject="",
            issuer="",
            fingerprint="",
            not_after="",
            trusted_by=frozenset(kind.trusted_by),
            problem=None if kind.trusted_by else "It did not count when it was shown.",
        )
    facts = Facts(
        client=ip_address(kind.client),
        hello=kind.hello,
        tls_version=kind.tls,
        certificate=certificate,
        user=kind.user,
    )
    return facts, _address(kind.sender) if kind.sender else None, _address(kind.recipient)


def _address(written: str) -> Address:
    """An address as the spool keeps it; local parts never hold an `@`."""
    local, _, domain = written.rpartition("@")
    return Address(local, domain)


def _concerns(
    own: str | None, facts: Facts, sender: Address | None, recipient: Address, *, directory: Directory
) -> bool:
    """Whether a session is this organization's to see: taken as its own, or nobody's, and naming one of its domains."""
    owner = judge(facts, sender, recipient, directory).organization
    if owner is not None:
        return owner == own
    domains = [recipient.domain, *([] if sender is None else [sender.domain])]
    return any(directory.organization_of(domain) == own for domain in domains)


def _value(outlook: _Outlook, *, complete: bool, examples: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    return {
        "days": _DAYS,
        "judged": outlook.judged,
        "accepted": outlook.accepted,
        "refused": outlook.refused,
        "complete": complete,
        "examples": list(examples),
    }


def _example(kind: Encounter, was: Decision, will: Decision) -> dict[str, Any]:
    return {
        "client": kind.client,
        "hello": kind.hello,
        "certificate_names": list(kind.certificate_names),
        "tls": kind.tls is not None,
        "user": kind.user,
        "sender": kind.sender or "<>",
        "recipient": kind.recipient,
        "times": kind.times,
        "last_seen": moment(kind.last_seen),
        "change": "accepted" if will.accepted else "refused",
        "before": str(was.reply),
        "after": str(will.reply),
        "connector_before": was.connector,
        "connector_after": will.connector,
        "reasons": list(will.reasons),
        "remedies": list(will.remedies),
    }
