"""Test messages, sent by the server to places that are configured: its own listeners and its connectors' smart hosts.

A page that connects wherever it is told would be a way into every network the server sees, and an open relay; so what
can be named is a target of this list. What comes to a listener is judged there like any client's mail. The transcript
can be read while the conversation goes on.
"""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gatepost.errors import CertificateUnusable, ConfigRefused, NotFound
from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.tls import Credentials, read_pem, read_pfx_apart
from gatepost.tools import PROBE_HEADER, BadLetter, Letter, ProbeRequest, TlsMode, compose, new_token, report_values

from .asked import whose
from .desk import Answer, Call
from .explain import directory_of
from .trials import Trial, converse

_MOST_RECIPIENTS, _SECONDS = 10, 60.0
_BODY = "This is a test message, sent from Gatepost's admin centre.\n\nIf you can read it, the way here works.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a test can go. `offers` are the ways TLS can begin there."""

    key: str
    kind: str
    name: str
    host: str
    port: int
    offers: tuple[TlsMode, ...]


async def targets(call: Call, *, organization: str | None = None) -> Answer:
    """Where test messages can be sent: listeners of this relay, and smart hosts of its outbound connectors."""
    shown = [
        {
            "key": it.key,
            "kind": it.kind,
            "name": it.name,
            "address": f"[{it.host}]:{it.port}" if ":" in it.host else f"{it.host}:{it.port}",
            "tls": [str(mode) for mode in it.offers],
        }
        for it in _targets(call, organization)
    ]
    return Answer(value=shown)


async def send(
    call: Call,
    *,
    target: str,
    sender: str,
    recipients: Sequence[str],
    subject: str = "Test message from Gatepost",
    tls: str = "none",
    certificate: str | None = None,
    certificate_password: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Begin a conversation; `id` is what `test.show` wants. `certificate` is a PFX, or PEM with its key, in base64.

    Raises ConfigRefused, NotFound, or TooManyAttempts.
    """
    place = next((it for it in _targets(call, organization) if it.key == target), None)
    if place is None:
        raise NotFound(f"There is no target '{target}'. Remedy: choose one of test.targets.")
    problems: list[str] = []
    mode = _mode(tls, place, problems)
    envelope_sender = None if sender in ("", "<>") else _address(call, "sender", sender, problems, organization)
    people = [_address(call, "recipients", it, problems) for it in recipients]
    if not recipients or len(recipients) > _MOST_RECIPIENTS:
        problems.append(f"recipients are {len(recipients)}. Remedy: give one to {_MOST_RECIPIENTS}.")
    shown = await _credentials(certificate, certificate_password, problems) if certificate else None
    if shown is not None and mode is TlsMode.NONE:
        problems.append("tls is none, but a certificate is only shown over TLS. Remedy: choose starttls.")
    if problems:
        raise ConfigRefused(problems)
    if what_if:
        return Answer(value={"id": None, "target": place.key})
    call.desk.trials.allow(call.who, call.desk.clock())
    hostname = call.desk.settings.hostname
    at = datetime.fromtimestamp(call.desk.clock(), UTC)
    to = tuple(it for it in people if it is not None)
    token = new_token()
    letter = Letter(
        sender=envelope_sender,
        recipients=to,
        subject=subject,
        body=_BODY,
        at=at,
        message_id=f"<{token}.test@{hostname}>",
        headers=((PROBE_HEADER, token),),
    )
    try:
        message = compose(letter)
    except BadLetter as bad:
        raise ConfigRefused([f"subject: {bad}. Remedy: write one line of text."]) from None
    request = ProbeRequest(
        host=place.host,
        port=place.port,
        sender=envelope_sender,
        recipients=to,
        message=message,
        tls=mode or TlsMode.NONE,
        certificate=shown,
        certificate_name=hostname if place.kind == "listener" else None,
        hello=hostname,
        timeout=_SECONDS,
    )
    if call.desk.journal is not None:
        call.desk.journal.fact("test_sent", who=call.who, target=place.name, recipients=[str(it) for it in to])
    trial = Trial(
        who=call.who,
        target=place.name,
        subject=subject,
        token=token,
        message_id=letter.message_id,
        recipients=to,
    )
    await call.note(
        "send", "test", place.name, {"Sender": sender or "<>", "Recipients": [str(it) for it in to], "Tls": tls}
    )
    return Answer(value={"id": call.desk.trials.begin(trial, converse(trial, request)), "target": place.key})


async def show(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """What has been said so far, and the report once the conversation has ended; only for whoever began it."""
    trial = call.desk.trials.find(id, call.who)
    said = [{"at": it.at, "side": str(it.side), "text": it.text} for it in trial.said]
    report = None if trial.result is None else report_values(trial.result)
    return Answer(value={"target": trial.target, "running": report is None, "said": said, "report": report})


def _targets(call: Call, organization: str | None) -> list[Target]:
    desk, found = call.desk, []
    addresses = () if desk.inbound is None else desk.inbound.addresses
    for (host, port), listener in zip(addresses, desk.settings.listeners, strict=False):
        offers = {"implicit": (TlsMode.IMPLICIT,), "starttls": (TlsMode.NONE, TlsMode.STARTTLS)}
        reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  what to ask, not to open
        found.append(
            Target(
                key=f"listener-{port}",
                kind="listener",
                name=f"{desk.settings.hostname} ({listener.name if listener.port else f'{host}:{port}'})",
                host=reached,
                port=port,
                offers=offers.get(listener.tls, (TlsMode.NONE,)),
            )
        )
    own = whose(call, organization)
    for connector in desk.config.current().outbound:
        if own in (None, connector.organization) and connector.enabled:
            found += [_smart_host(connector.name, number, it) for number, it in enumerate(connector.smart_hosts)]
    return found


def _smart_host(connector: str, number: int, smart_host: str) -> Target:
    host, _, port = smart_host.rpartition(":")
    return Target(
        key=f"smarthost-{connector}-{number}",
        kind="smart host",
        name=f"{connector}: {smart_host}",
        host=host.removeprefix("[").removesuffix("]"),
        port=int(port),
        offers=(TlsMode.NONE, TlsMode.STARTTLS, TlsMode.IMPLICIT),
    )


def _mode(tls: str, place: Target, problems: list[str]) -> TlsMode | None:
    if tls in {str(it) for it in place.offers}:
        return TlsMode(tls)
    remedy = f"use {' or '.join(place.offers)}"
    if place.kind == "listener" and place.offers == (TlsMode.NONE,):
        remedy += ", or give the listener a certificate in gatepost.toml"
    problems.append(f"tls '{tls}' is not offered there. Remedy: {remedy}.")
    return None


def _address(call: Call, name: str, text: str, problems: list[str], organization: str | None = None) -> Address | None:
    """An address; of an organization's caller the sender is in one of its accepted domains."""
    try:
        found = parse_mailbox(text.strip().removeprefix("<").removesuffix(">"))
    except BadAddress as wrong:
        problems.append(f"{name} '{text}' is not an address: {wrong}. Remedy: write user@contoso.com.")
        return None
    confined = organization is not None and call.caller.organization is not None
    if confined and directory_of(call, organization).accepted_domain(found.domain) is None:
        problems.append(f"{name} '{text}' is in no accepted domain of yours. Remedy: send from one of them.")
    return found


async def _credentials(content: str, password: str | None, problems: list[str]) -> Credentials | None:
    try:
        octets = base64.b64decode(content, validate=True)
        if b"-----BEGIN " in octets:
            return await asyncio.to_thread(read_pem, octets, octets, source="certificate")
        return await read_pfx_apart(octets, password or None, source="certificate")
    except (binascii.Error, ValueError):
        problems.append("certificate is not base64. Remedy: encode the file's octets.")
    except CertificateUnusable as unusable:
        problems.append(unusable.detail if "Remedy:" in unusable.detail else f"{unusable.detail} Remedy: give another.")
    return None
