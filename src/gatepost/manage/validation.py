"""Validate a connector: its properties again, and for an outbound one its smart hosts, with a test message if asked.

The answer has the shape of Validate-OutboundConnector: one object a task (exchange-connectors §9.2).
Nothing is stored but, where asked, the result itself.
"""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

from gatepost.config import Edit, ObjectKind, Record, utc
from gatepost.connectors import OutboundConnector, TlsSettings
from gatepost.errors import CertificateUnusable, ConfigRefused, NotFound
from gatepost.mail import Address, BadAddress, domain_matches, parse_mailbox
from gatepost.tls import Credentials
from gatepost.tools import (
    DEFAULT_BODY,
    Letter,
    Level,
    ProbeRequest,
    TlsMode,
    check_cloud,
    client_credentials,
    compose,
    network_advice,
    own_authorities,
    probe,
)

from .desk import Answer, Call
from .m365 import cloud_site

_SECONDS = 30.0
_VERIFIED = (TlsSettings.CERTIFICATE_VALIDATION, TlsSettings.DOMAIN_VALIDATION)


async def validate(
    call: Call,
    *,
    identity: str,
    outbound: bool = False,
    organization: str | None = None,
    recipients: list[str] | None = None,
    remember: bool = False,
    what_if: bool = False,
) -> Answer:
    """Look at a stored connector again. `recipients` of an outbound one get a test message through each smart host.

    `remember` stores the result with an outbound connector: IsValidated, LastValidationTimestamp,
    ValidationRecipients. `what_if` looks at its properties alone, asks no host and stores nothing.
    """
    kind = ObjectKind.OUTBOUND if outbound else ObjectKind.INBOUND
    record = call.desk.config.world.find(kind, identity, organization)
    edit = Edit(action="check", kind=kind, name=record.guid, organization=record.organization)
    checked = await call.preview([edit])
    tasks = [_task("Check the properties", "No contradictions.")]
    if isinstance(record.model, OutboundConnector):
        addresses = _addresses(record.model, recipients or [])
        if not what_if:
            tasks += await _hosts(call, record.model, addresses)
            if remember:
                await _remember(call, record, tasks, recipients or [])
    elif recipients:
        raise ConfigRefused(["recipients belong to an outbound connector. Remedy: leave them out, or say outbound."])
    return Answer(value=tasks, warnings=checked.warnings)


async def _remember(call: Call, record: Record, tasks: list[dict[str, Any]], recipients: list[str]) -> None:
    properties = {
        "IsValidated": all(it["IsTaskSuccessful"] for it in tasks),
        "LastValidationTimestamp": utc(call.desk.clock()),
        "ValidationRecipients": recipients,
    }
    edit = Edit(
        action="set", kind=record.kind, name=record.guid, organization=record.organization, properties=properties
    )
    await call.change([edit])


def _task(name: str, detail: str, *, succeeded: bool = True) -> dict[str, Any]:
    return {"TaskName": name, "IsTaskSuccessful": succeeded, "TaskDetail": detail}


def _addresses(connector: OutboundConnector, texts: list[str]) -> list[Address]:
    """The recipients, each in a domain of the connector; raises ConfigRefused with every problem."""
    found, problems = [], []
    for text in texts:
        try:
            address = parse_mailbox(text)
        except BadAddress as wrong:
            problems.append(f"recipient '{text}' is not an address: {wrong}. Remedy: write user@contoso.com.")
            continue
        covered = any(domain_matches(pattern, address.domain) for pattern in connector.recipient_domains)
        if not covered and not connector.all_accepted_domains:
            problems.append(
                f"recipient '{text}': The domain of the recipient is not configured as part of connector. "
                "Remedy: choose one in RecipientDomains."
            )
        found.append(address)
    if problems:
        raise ConfigRefused(problems)
    return found


async def _hosts(call: Call, connector: OutboundConnector, recipients: list[Address]) -> list[dict[str, Any]]:
    if connector.uses_oauth:
        return await _cloud(call, connector)
    if not connector.smart_hosts:
        return [_task("Check connectivity", "The connector delivers by MX; there is no host of its own to try.")]
    try:
        credentials = await asyncio.to_thread(client_credentials, connector, call.desk.config.secret)
        tasks = []
    except CertificateUnusable as unusable:
        return [_task("Load the client certificate", unusable.detail, succeeded=False)]
    if credentials is not None:
        tasks.append(_task("Load the client certificate", credentials.certificate.subject.rfc4514_string()))
    for text in connector.smart_hosts:
        host, _, port = text.rpartition(":")
        host = host.strip("[]")
        tasks.append(await _connect(host, int(port)))
        if recipients and tasks[-1]["IsTaskSuccessful"]:
            tasks += await _send(call, connector, (host, int(port)), recipients=recipients, credentials=credentials)
    return tasks


async def _cloud(call: Call, connector: OutboundConnector) -> list[dict[str, Any]]:
    """The steps of `m365 check`, without a test message: signing in, or Graph's word, shows what one would."""
    rows = await check_cloud(cloud_site(call, connector))
    return [
        _task(f"Check {step}", f"{it.sentence} {it.remedy}".strip(), succeeded=it.level is not Level.FAILED)
        for step, it in rows
    ]


async def _connect(host: str, port: int) -> dict[str, Any]:
    name = f"Connect to {host} port {port}"
    try:
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=4096)
            try:
                banner = await reader.readuntil(b"\n")
            finally:
                writer.close()
    except OSError as trouble:
        advice = network_advice(trouble, host=host, port=port)
        return _task(name, f"{advice.means} {advice.next_step}", succeeded=False)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return _task(name, "The host hung up without a greeting.", succeeded=False)
    said = banner.decode("ascii", "replace").strip()
    return _task(name, said, succeeded=said.startswith("220"))


async def _send(
    call: Call,
    connector: OutboundConnector,
    target: tuple[str, int],
    *,
    recipients: list[Address],
    credentials: Credentials | None,
) -> list[dict[str, Any]]:
    """A test message from the organization's postmaster, or the null sender where it has none."""
    organization = next(it for it in call.desk.config.current().organizations if it.name == connector.organization)
    sender = parse_mailbox(organization.postmaster) if organization.postmaster else None
    hostname = call.desk.settings.hostname
    letter = Letter(
        sender=sender,
        recipients=tuple(recipients),
        subject="Test message of a connector's validation",
        body=DEFAULT_BODY,
        at=datetime.fromtimestamp(call.desk.clock(), UTC),
        message_id=f"<{secrets.token_hex(12)}@{hostname}>",
    )
    plain = connector.tls_settings in (TlsSettings.NONE, TlsSettings.OPPORTUNISTIC) and credentials is None
    try:
        password = call.desk.config.secret(connector.password_secret) if connector.password_secret else None
    except NotFound as missing:
        return [_task("Log in", missing.detail, succeeded=False)]
    verified = connector.tls_settings in _VERIFIED
    named = connector.tls_settings is TlsSettings.DOMAIN_VALIDATION or connector.user_name is not None
    result = await probe(
        ProbeRequest(
            host=target[0],
            port=target[1],
            sender=sender,
            recipients=tuple(recipients),
            message=compose(letter),
            tls=TlsMode.NONE if plain else TlsMode.STARTTLS,
            certificate=credentials,
            trusted=own_authorities(connector),
            certificate_name=(connector.tls_domain or target[0]) if named else "",
            verify=verified,
            hello=hostname,
            user=connector.user_name,
            password=password,
            timeout=_SECONDS,
        )
    )
    tasks = []
    if not plain:
        good = result.tls_version is not None and not (verified and result.server_problem)
        detail = f"{result.tls_version or 'No TLS'}. {result.server_problem or 'The certificate is good.'}"
        tasks.append(_task(f"TLS with {target[0]}", detail, succeeded=good))
    for answer in result.answers:
        words = str(answer.reply) + (f" {answer.advice.means} {answer.advice.next_step}" if answer.advice else "")
        tasks.append(_task(f"Send to {answer.address} through {target[0]}", words, succeeded=answer.accepted))
    if result.trouble is not None:
        words = f"{result.trouble.means} {result.trouble.next_step}"
        tasks.append(_task(f"Send through {target[0]}", words, succeeded=False))
    return tasks
