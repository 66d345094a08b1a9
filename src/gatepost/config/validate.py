"""From wishes to objects: every problem at once, each a sentence naming object, property, value and remedy.

Checks inside one object are in rules.py; here are reading, identity, and what holds across objects.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gatepost.connectors import (
    PUBLIC,
    AcceptedDomain,
    Directory,
    DomainSigning,
    InboundConnector,
    Organization,
    device_of,
)
from gatepost.errors import ConfigRefused, NotFound

from .finding import Finding
from .kind import Wrong
from .kinds import utc
from .links import check_links, follow_rename
from .properties import MODELS, PROPERTIES, property_named
from .property import ObjectKind
from .reading import Draft, read_properties, secret_name
from .rules import problems_of, warnings_of
from .world import Edit, Key, Record, World, key_of

MAX_NAME = 64  # characters: Exchange's limit for connectors


def draft_change(
    world: World,
    edits: Sequence[Edit],
    *,
    now: float,
    new_guid: Callable[[], str],
    known_secrets: Mapping[str, str],
) -> Draft:
    """Apply the edits in order to a copy of the world. Nothing is stored; `problems` says whether it may be."""
    draft = Draft(world=world.copy(), now=now, new_guid=new_guid, known_secrets=known_secrets)
    for edit in edits:
        try:
            match edit.action:
                case "add":
                    _add(draft, edit)
                case "set":
                    _set(draft, edit)
                case "put":
                    _put(draft, edit)
                case "remove":
                    _remove(draft, edit)
                case "check":
                    _check(draft, draft.world.find(edit.kind, edit.name, edit.organization))
                case _:
                    raise ValueError(edit.action)  # a programming error
        except ConfigRefused as refused:
            draft.problems += refused.problems
        except NotFound as missing:
            if len(edits) == 1:
                raise
            draft.problems.append(missing.detail)
    if not draft.problems:
        _across(draft)
    return draft


def _say(label: str, finding: Finding) -> str:
    return f"{label}: {finding.property} {finding.words}. Remedy: {finding.remedy}."


def checked_name(kind: ObjectKind, name: Any) -> str:
    """A name fit for an object; raises ConfigRefused."""
    if not isinstance(name, str) or not name.strip():
        raise ConfigRefused([f"{kind}: Name is missing. Remedy: give it a name."])
    text: str = name.strip()
    label = f"{kind} '{text[:MAX_NAME]}'"
    most = 255 if kind in (ObjectKind.DOMAIN, ObjectKind.SIGNING) else MAX_NAME
    if len(text) > most:
        raise ConfigRefused([f"{label}: Name is {len(text)} characters long. Remedy: keep it within {most}."])
    if not text.isprintable():
        raise ConfigRefused([f"{kind} {text!r}: Name contains control characters. Remedy: use printable ones."])
    if kind is ObjectKind.USER and any(char.isspace() for char in text):
        raise ConfigRefused([f"{label}: Name contains a space. Remedy: write it in one word."])
    if kind is ObjectKind.DEVICE and not _names_device(text):
        raise ConfigRefused(
            [f"{label}: Name is not the address of a device. Remedy: write 192.0.2.9, or 2001:db8:1:2::/64."]
        )
    if kind is ObjectKind.ORGANIZATION and text.lower() == PUBLIC:
        raise ConfigRefused(  # what vouches for a certificate is told by name: it would be trusted by everyone
            [f"{label}: Name stands for the public certificate authorities. Remedy: choose another name."]
        )
    return text


def _names_device(text: str) -> bool:
    try:
        return device_of(text) == text
    except ValueError:
        return False


def _add(draft: Draft, edit: Edit) -> None:
    name, properties = edit.name, dict(edit.properties)
    if edit.kind is ObjectKind.DOMAIN:
        name = next((value for key, value in properties.items() if key.lower() == "domainname"), name)
        properties["DomainName"] = name
        if isinstance(name, str):
            name = _canonical(name)
    if edit.kind is ObjectKind.SIGNING and isinstance(name, str):
        name = _canonical(name)
    name = checked_name(edit.kind, name)
    organization = _place(draft, edit)
    if (taken := draft.world.get(key_of(edit.kind, organization, name))) is not None:
        # Who asks may not know the other organizations, so that none is named here.
        where = " (users of all organizations share their names)" if edit.kind is ObjectKind.USER else ""
        raise ConfigRefused(
            [f"{taken.label}: the name is already taken{where}. Remedy: choose another name, or change that object."]
        )
    guid = draft.new_guid()
    values = read_properties(draft, edit, properties, guid=guid, label=f"{edit.kind} '{name}'", model=None)
    model = MODELS[edit.kind](name=name, **_placed(edit.kind, organization), **values)
    record = Record(
        kind=edit.kind,
        organization=organization,
        name=name,
        guid=guid,
        created=draft.now,
        changed=draft.now,
        model=model,
    )
    missing = [it.name for it in PROPERTIES[edit.kind] if it.kind.hashed and not getattr(model, it.field)]
    if missing:
        raise ConfigRefused(
            [f"{record.label}: {name} is missing. Remedy: give the {edit.kind} one." for name in missing]
        )
    _check(draft, record)
    draft.put(record, old=None)


def _put(draft: Draft, edit: Edit) -> None:
    """Add the object, or make the one of that name exactly this: what is not given takes its default, secrets stay."""
    name = edit.name
    if edit.kind in (ObjectKind.DOMAIN, ObjectKind.SIGNING) and isinstance(name, str):
        name = _canonical(name)
    organization = _place(draft, edit)
    old = draft.world.get(key_of(edit.kind, organization, name)) if isinstance(name, str) else None
    if old is None:
        _add(draft, edit)
        return
    values = read_properties(draft, edit, edit.properties, guid=old.guid, label=old.label, model=old.model, whole=True)
    _replace(draft, old, name=old.name, values=values)


def _canonical(name: str) -> str:
    item = property_named(ObjectKind.DOMAIN, "DomainName")
    assert item is not None
    try:
        return str(item.kind.read(name))
    except Wrong:
        return name


def _place(draft: Draft, edit: Edit) -> str:
    """The organization that a new object goes to; "" for one that belongs to none."""
    if edit.kind is ObjectKind.ORGANIZATION or (edit.kind is ObjectKind.TOKEN and edit.organization == ""):
        return ""
    return draft.world.organization(edit.organization)


def _placed(kind: ObjectKind, organization: str) -> dict[str, str]:
    return {} if kind is ObjectKind.ORGANIZATION else {"organization": organization}


def _set(draft: Draft, edit: Edit) -> None:
    old = draft.world.find(edit.kind, edit.name, edit.organization)
    _must_be_as_seen(old, edit)
    values = read_properties(draft, edit, edit.properties, guid=old.guid, label=old.label, model=old.model)
    name = old.name
    wanted = next((value for key, value in edit.properties.items() if key.lower() == "name"), None)
    if wanted is not None and edit.kind in (ObjectKind.INBOUND, ObjectKind.OUTBOUND, ObjectKind.RULE):
        name = checked_name(edit.kind, wanted)
        taken = draft.world.get(key_of(edit.kind, old.organization, name))
        if taken is not None and taken.guid != old.guid:
            raise ConfigRefused([f"{old.label}: Name '{taken.name}' is already taken. Remedy: choose another name."])
    _replace(draft, old, name=name, values=values)


def _must_be_as_seen(old: Record, edit: Edit) -> None:
    if edit.seen is not None and edit.seen != utc(old.changed):
        raise ConfigRefused(
            [
                f"{old.label}: was changed at {utc(old.changed)}, after it was read. "
                "Remedy: look at it as it is now, and change what you then see."
            ]
        )


def _replace(draft: Draft, old: Record, *, name: str, values: Mapping[str, Any]) -> None:
    model: Any = replace(old.model, name=name, **values)
    own = secret_name(old.kind, old.guid, "")
    if model == old.model and not any(key.startswith(own) for key in draft.secrets):
        return
    record = replace(old, name=name, changed=draft.now, model=model)
    _check(draft, record)
    draft.put(record, old=old)
    if name != old.name:
        follow_rename(draft, old, name)


def _remove(draft: Draft, edit: Edit) -> None:
    old = draft.world.find(edit.kind, edit.name, edit.organization)
    _must_be_as_seen(old, edit)
    if old.kind is ObjectKind.ORGANIZATION:
        content = [
            it.label
            for it in draft.world.records()
            if it.organization == old.name and it.kind is not ObjectKind.ORGANIZATION
        ]
        if content:
            raise ConfigRefused(
                [f"{old.label}: still holds {', '.join(sorted(content)[:10])}. Remedy: remove or move these first."]
            )
        if len(list(draft.world.of(ObjectKind.ORGANIZATION))) == 1:
            raise ConfigRefused([f"{old.label}: is the only one. Remedy: add another before removing it."])
    _forget(draft, old)


def _forget(draft: Draft, old: Record) -> None:
    """Drop an object and its secrets."""
    for item in PROPERTIES[old.kind]:
        if item.kind.secret:
            draft.secrets[secret_name(old.kind, old.guid, item.name)] = None
    draft.drop(old)


def _check(draft: Draft, record: Record) -> None:
    problems = [_say(record.label, finding) for finding in problems_of(record.model)]
    if problems:
        raise ConfigRefused(problems)
    draft.warnings += [_say(record.label, finding) for finding in warnings_of(record.model)]


def _across(draft: Draft) -> None:
    """What holds between objects, looked at after all edits so that their order does not matter."""
    touched: dict[Key, Record] = {after.key: after for _, after in draft.changed() if after}
    removed = [before for before, after in draft.changed() if before and after is None]
    owners: dict[str, Record] = {}
    for record in draft.world.of(ObjectKind.DOMAIN):
        other = owners.setdefault(record.name.lower(), record)
        if other is not record:
            late = record if record.key in touched else other
            draft.problems.append(  # without the other's name: who asks may not know the other organizations
                f"{late.label}: is already accepted by another organization. "
                "Remedy: a domain belongs to one organization; remove it there first."
            )
    _associated(draft, touched, removed)
    _of_signing(draft, touched, removed)
    _of_sealing(draft)
    _of_reporting(draft)
    check_links(draft)
    _rewriting(draft)
    for record in touched.values():
        if isinstance(record.model, AcceptedDomain) and record.model.default:
            _one_default(draft, record)


def _associated(draft: Draft, touched: Mapping[Key, Record], removed: Sequence[Record]) -> None:
    gone = {it.name.lower(): it for it in removed if it.kind is ObjectKind.DOMAIN}
    users: dict[str, list[str]] = {}
    for record in draft.world.of(ObjectKind.INBOUND):
        model = record.model
        if not isinstance(model, InboundConnector):
            continue
        for domain in model.associated_accepted_domains:
            if key_of(ObjectKind.DOMAIN, record.organization, domain) in draft.world:
                continue
            if record.key in touched or domain not in gone:
                draft.problems.append(
                    f"{record.label}: AssociatedAcceptedDomains value '{domain}' is not an accepted domain of "
                    f"organization '{record.organization}'. Remedy: add the domain first, or leave it out."
                )
            else:
                users.setdefault(domain, []).append(f"'{record.name}'")
    for domain, names in users.items():
        draft.problems.append(
            f"{gone[domain].label}: is used in AssociatedAcceptedDomains of {', '.join(names)}. "
            "Remedy: take it out there first."
        )


def _of_signing(draft: Draft, touched: Mapping[Key, Record], removed: Sequence[Record]) -> None:
    """Only an accepted domain signs: nobody else's name may stand under our mail. Its keys go when it goes."""
    gone = {it.key for it in removed if it.kind is ObjectKind.DOMAIN}
    for record in draft.world.of(ObjectKind.SIGNING):
        keys = [key_of(ObjectKind.DOMAIN, record.organization, name) for name in (record.name, f"*.{record.name}")]
        if any(key in draft.world for key in keys):
            continue
        if record.key in touched:
            draft.problems.append(
                f"{record.label}: is not an accepted domain of organization '{record.organization}'. "
                "Remedy: add the domain first."
            )
        elif gone & set(keys):
            _forget(draft, record)
            draft.warnings.append(
                f"{record.label}: has gone with its domain, and the keys with it. "
                "Remedy: take its records out of the DNS."
            )


def _of_sealing(draft: Draft) -> None:
    """Mail is sealed with the key that signs for one of the organization's own domains."""
    changed = {after.guid for _, after in draft.changed() if after is not None}
    touched = {it.organization for pair in draft.changed() for it in pair if it and it.kind is ObjectKind.SIGNING}
    for record in draft.world.of(ObjectKind.ORGANIZATION):
        domain = record.model.arc_sealing_domain if isinstance(record.model, Organization) else None
        if domain is None:
            continue
        found = draft.world.get(key_of(ObjectKind.SIGNING, record.name, domain))
        model = None if found is None else found.model
        if isinstance(model, DomainSigning) and model.enabled:
            continue
        if model is None and record.guid in changed:
            draft.problems.append(
                f"{record.label}: ArcSealingDomain '{domain}' does not sign mail (DKIM): there is no key to seal with. "
                f"Remedy: make one first (gatepost dkim create {domain}), or name another domain."
            )
        elif record.guid in changed or record.name in touched:
            draft.warnings.append(
                f"{record.label}: ArcSealingDomain '{domain}' does not sign now: mail of strangers is passed on "
                f"without a seal. Remedy: switch its signing on (gatepost dkim set {domain} --enabled true), or name "
                "another."
            )


def _of_reporting(draft: Draft) -> None:
    """RFC 8460 §3: a TLS report by mail without a valid DKIM signature is thrown away by whoever gets it."""
    for _, after in draft.changed():
        model = None if after is None else after.model
        if after is None or not isinstance(model, Organization) or not model.tls_reports:
            continue
        domain = (model.postmaster or "").rpartition("@")[2].lower()
        signing = {
            it.name.lower()
            for it in draft.world.of(ObjectKind.SIGNING)
            if it.organization == after.name and isinstance(it.model, DomainSigning) and it.model.enabled
        }
        if not any(domain == it or domain.endswith(f".{it}") for it in signing):
            draft.warnings.append(
                f"{after.label}: TlsReports come from the Postmaster, whose domain does not sign with DKIM: "
                "receivers drop reports by mail that are not signed. Remedy: set Postmaster to an address in a domain "
                "that signs (gatepost dkim create DOMAIN)."
            )


def _rewriting(draft: Draft) -> None:
    """What a connector writes as the sender must be ours: else the next host would be lied to in another's name."""
    writing = [
        (record, record.model.sender_rewrite_address)
        for record in draft.world.of(ObjectKind.INBOUND)
        if isinstance(record.model, InboundConnector) and record.model.sender_rewriting
    ]
    if not writing:
        return
    models = [record.model for record in draft.world.of(ObjectKind.DOMAIN)]
    domains = [it for it in models if isinstance(it, AcceptedDomain)]
    directory = Directory.build(organizations=(), accepted_domains=domains, inbound=())
    for record, address in writing:
        if address is not None and directory.organization_of(address.domain) != record.organization:
            draft.problems.append(
                f"{record.label}: SenderRewriteAddress '{address}' lies in no accepted domain of organization "
                f"'{record.organization}'. Remedy: add the domain {address.domain} first, or give another address."
            )


def _one_default(draft: Draft, chosen: Record) -> None:
    for record in list(draft.world.of(ObjectKind.DOMAIN, chosen.organization)):
        model = record.model
        if isinstance(model, AcceptedDomain) and model.default and record.guid != chosen.guid:
            draft.put(replace(record, changed=draft.now, model=replace(model, default=False)), old=record)
