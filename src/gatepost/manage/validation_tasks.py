"""The tasks of a validation, one after the other: each is told as it begins, and kept as it ends.

What is connected to is what the connector names; of a host that does not speak SMTP nothing is repeated.
"""

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gatepost.checks import Level, check_cloud
from gatepost.connectors import OutboundConnector, TlsSettings
from gatepost.errors import CertificateUnusable, NotFound
from gatepost.mail import Address, parse_mailbox
from gatepost.tls import Credentials
from gatepost.tools import (
    DEFAULT_BODY,
    Letter,
    ProbeRequest,
    Said,
    TlsMode,
    Witness,
    client_credentials,
    compose,
    network_advice,
    own_authorities,
    probe,
)

from .desk import Call
from .m365 import cloud_site

_SECONDS = 30.0
_VERIFIED = (TlsSettings.CERTIFICATE_VALIDATION, TlsSettings.DOMAIN_VALIDATION)
_GREETING = re.compile(r"[2-5]\d\d[ -]")


@dataclass(slots=True, kw_only=True)
class Validation:
    """One run: whose, of which connector, what is being done now, what has been done, and every line that was said.

    `tasks` have the shape of Validate-OutboundConnector, and the recipient they are about.
    """

    who: str
    target: str
    doing: str = ""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    stopped: bool = False
    ended: float | None = None  # seconds since 1970

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def succeeded(self) -> bool:
        return not self.running and not self.stopped and all(it["IsTaskSuccessful"] for it in self.tasks)

    def begin(self, name: str) -> None:
        self.doing = name

    def end(self, name: str, detail: str, *, succeeded: bool = True) -> bool:
        """Keep a task that has ended; whether it succeeded."""
        self.tasks.append({"TaskName": name, "IsTaskSuccessful": succeeded, "TaskDetail": detail})
        return succeeded


async def run_tasks(call: Call, connector: OutboundConnector, recipients: list[Address], run: Validation) -> None:
    """Every smart host in turn: connect, and send to the recipients if there are any."""
    if connector.uses_oauth:
        await _cloud(call, connector, run)
        return
    if not connector.smart_hosts:
        run.end("Check connectivity", "The connector delivers by MX; there is no host of its own to try.")
        return
    try:
        credentials = await asyncio.to_thread(client_credentials, connector, call.desk.config.secret)
    except CertificateUnusable as unusable:
        run.end("Load the client certificate", unusable.detail, succeeded=False)
        return
    if credentials is not None:
        run.end("Load the client certificate", credentials.certificate.subject.rfc4514_string())
    for text in connector.smart_hosts:
        host, _, port = text.rpartition(":")
        target = (host.strip("[]"), int(port))
        if await _connect(target, run) and recipients:
            await _send(call, connector, target, recipients=recipients, credentials=credentials, run=run)


async def _cloud(call: Call, connector: OutboundConnector, run: Validation) -> None:
    """The steps of `m365 check`, without a test message: signing in, or Graph's word, shows what one would."""
    run.begin("Check the sign-in")
    for step, it in await check_cloud(cloud_site(call, connector)):
        run.end(f"Check {step}", f"{it.sentence} {it.remedy}".strip(), succeeded=it.level is not Level.FAILED)


async def _connect(target: tuple[str, int], run: Validation) -> bool:
    host, port = target
    name = f"Connect to {host} port {port}"
    run.begin(name)
    try:
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=4096)
            try:
                banner = await reader.readuntil(b"\n")
            finally:
                writer.close()
    except OSError as trouble:
        advice = network_advice(trouble, host=host, port=port)
        return run.end(name, f"{advice.means} {advice.next_step}", succeeded=False)
    except asyncio.IncompleteReadError:
        return run.end(name, "The host hung up without a greeting.", succeeded=False)
    except asyncio.LimitOverrunError:
        banner = b""
    said = banner.decode("ascii", "replace").strip()
    if _GREETING.match(said) is None:
        return run.end(name, "What answers there does not speak SMTP. Check the host and the port.", succeeded=False)
    return run.end(name, said, succeeded=said.startswith("220"))


async def _send(
    call: Call,
    connector: OutboundConnector,
    target: tuple[str, int],
    *,
    recipients: list[Address],
    credentials: Credentials | None,
    run: Validation,
) -> None:
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
        run.end("Log in", missing.detail, succeeded=False)
        return
    verified = connector.tls_settings in _VERIFIED
    named = connector.tls_settings is TlsSettings.DOMAIN_VALIDATION or connector.user_name is not None
    run.begin(f"Send through {target[0]}")
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
        ),
        witness=Witness(progress=run.begin, heard=run.said.append),
    )
    if not plain:
        good = result.tls_version is not None and not (verified and result.server_problem)
        detail = f"{result.tls_version or 'No TLS'}. {result.server_problem or 'The certificate is good.'}"
        run.end(f"TLS with {target[0]}", detail, succeeded=good)
    for answer in result.answers:
        words = str(answer.reply) + (f" {answer.advice.means} {answer.advice.next_step}" if answer.advice else "")
        run.end(f"Send to {answer.address} through {target[0]}", words, succeeded=answer.accepted)
    if result.trouble is not None:
        words = f"{result.trouble.means} {result.trouble.next_step}"
        run.end(f"Send through {target[0]}", words, succeeded=False)
