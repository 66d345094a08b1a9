"""What if a session came like this? The answer of the same code that decides for real ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from gatepost.config import Snapshot
from gatepost.connectors import PUBLIC, Certificate, Directory, Facts, canonical_name, explain
from gatepost.errors import CertificateUnusable, ConfigRefused
from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.tls import Roots, judge_client, read_certificates

from .asked import whose
from .desk import Answer, Call

_VERSIONS = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")


async def explain_session(
    call: Call,
    *,
    ip: str,
    mail_from: str,
    rcpt: str,
    cert_names: list[str] | None = None,
    cert_pem: str | None = None,
    tls: bool | None = None,
    tls_version: str | None = None,
    hello: str = "",
    user: str | None = None,
    organization: str | None = None,
) -> Answer:
    """Judge a hypothetical session. A certificate implies TLS; names alone stand for a publicly trusted one.

    `tls_version` is the newest that the client knows (TLSv1.0 to TLSv1.3); it implies TLS, too.

    With `organization` it is judged as if there were no other, so that the words tell of no other either.
    """
    problems: list[str] = []
    _must_be_text(
        {"ip": ip, "mail_from": mail_from, "rcpt": rcpt, "hello": hello, "user": user or "", "cert_pem": cert_pem or ""}
    )
    try:
        client = ip_address(ip.strip().removeprefix("[").removesuffix("]"))
        client = getattr(client, "ipv4_mapped", None) or client
    except ValueError:
        problems.append(f"ip '{ip}' is not an IP address. Remedy: write 203.0.113.9 or 2001:db8::1.")
    sender = None if mail_from in ("", "<>") else _address("mail_from", mail_from, problems)
    recipient = _address("rcpt", rcpt, problems)
    certificate: Certificate | None = None
    try:
        certificate = _certificate(call, cert_names, cert_pem)
    except ConfigRefused as refused:
        problems += refused.problems
    if certificate is not None and tls is False:
        problems.append("tls is false but a certificate is given. Remedy: leave one of the two out.")
    if tls_version is not None and tls_version not in _VERSIONS:
        problems.append(f"tls_version is {tls_version!r}. Remedy: write {', '.join(_VERSIONS)}.")
    elif tls_version is not None and tls is False:
        problems.append("tls is false but tls_version is given. Remedy: leave one of the two out.")
    if problems or recipient is None:
        raise ConfigRefused(problems)
    encrypted = certificate is not None or bool(tls) or user is not None or tls_version is not None
    facts = Facts(
        client=client,
        hello=hello,
        listener="what-if",
        tls_version=(tls_version or "TLSv1.3") if encrypted else None,
        cipher="TLS_AES_256_GCM_SHA384" if encrypted else None,
        certificate=certificate,
        user=user,
    )
    decision = explain(facts, sender, recipient, directory_of(call, organization))
    value: dict[str, Any] = {
        "result": decision.result,
        "connector": decision.connector,
        "organization": decision.organization,
        "reply": str(decision.reply),
        "reasons": list(decision.reasons),
        "remedies": list(decision.remedies),
    }
    return Answer(value=value)


def directory_of(call: Call, organization: str | None) -> Directory:
    """What is looked up in: everything, or what there would be if there were no other organization."""
    own = whose(call, organization)
    return directory_in(call.desk.config.current(), own)


def directory_in(snapshot: Snapshot, own: str | None) -> Directory:
    """The same of any snapshot; `own` is the organization's name."""
    if own is None:
        return snapshot.directory
    return Directory.build(
        organizations=[it for it in snapshot.organizations if it.name == own],
        accepted_domains=[it for it in snapshot.accepted_domains if it.organization == own],
        inbound=[it for it in snapshot.inbound if it.organization == own],
        users=[it for it in snapshot.users if it.organization == own],
        address_book=snapshot.directory.address_book,
    )


def authorities_in(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The CAs that organizations add for their own connectors, as PEM texts by organization."""
    return {it.name: it.certificate_authorities for it in snapshot.organizations if it.certificate_authorities}


def _must_be_text(given: Mapping[str, object]) -> None:
    """JSON carries anything, null too; raises ConfigRefused for what is no text."""
    wrong = [name for name, value in given.items() if not isinstance(value, str)]
    if wrong:
        raise ConfigRefused([f"{name} must be text. Remedy: put it in quotes." for name in wrong])


def _address(name: str, text: str, problems: list[str]) -> Address | None:
    try:
        return parse_mailbox(text.strip().removeprefix("<").removesuffix(">"))
    except BadAddress as wrong:
        problems.append(f"{name} '{text}' is not an address: {wrong}. Remedy: write user@contoso.com.")
        return None


def _certificate(call: Call, names: list[str] | None, pem: str | None) -> Certificate | None:
    if pem:
        return _judged(call, pem)
    if not names:
        return None
    canonical = [canonical_name(name.strip()) for name in names]
    wrong = [name for name, read in zip(names, canonical, strict=True) if read is None]
    if wrong:
        raise ConfigRefused(
            [
                f"cert name '{name}' is not a name a certificate can carry. Remedy: write relay.contoso.com."
                for name in wrong
            ]
        )
    organizations = (it.name for it in call.desk.config.current().organizations)
    return Certificate(
        names=tuple(name for name in canonical if name is not None),
        subject=f"CN={canonical[0]}",
        issuer="an authority everyone trusts (supposed)",
        fingerprint="",
        not_after="",
        trusted_by=frozenset({PUBLIC, *organizations}),
    )


def _judged(call: Call, pem: str) -> Certificate:
    """The verdict on a real certificate file, with the roots of the current snapshot."""
    snapshot = call.desk.config.current()
    try:
        chain = read_certificates(pem.encode(), source="cert")
    except CertificateUnusable as unusable:
        raise ConfigRefused([f"{unusable.detail} Remedy: give a PEM file."]) from None
    now = datetime.fromtimestamp(call.desk.clock(), UTC)
    return judge_client(chain, roots=Roots.build(authorities_in(snapshot)), now=now)
