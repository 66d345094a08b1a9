"""Microsoft 365: the script for the tenant's administrator, and the check of what is missing."""

from typing import Any

from gatepost.checks import CloudSite, Level, Lookups, check_cloud, finding_values, of_microsoft, worst
from gatepost.config import ObjectKind
from gatepost.connectors import OutboundConnector, Transport
from gatepost.errors import CertificateUnusable, ConfigRefused, NotFound
from gatepost.tls import host_names
from gatepost.tools import client_credentials

from .asked import whose
from .desk import Answer, Call
from .m365_script import Part, Wanted, tenant_script


async def script(
    call: Call,
    *,
    identity: str | None = None,
    parts: list[str] | None = None,
    tenant: str | None = None,
    mailbox: str | None = None,
    application: str | None = None,
    name: str | None = None,
    certificate_name: str | None = None,
    addresses: list[str] | None = None,
    organization: str | None = None,
) -> Answer:
    """The PowerShell for a tenant. `identity` is an outbound connector whose values stand in it.

    `parts` are of certificate, address, xoauth2 and graph; without them what the connector needs, or all.
    """
    connector = None if identity is None else _outbound(call, identity, organization)
    wanted = _parts(parts) or (tuple(Part) if connector is None else _needed(connector))
    given = {"application": application, "connector": name}
    text = tenant_script(
        Wanted(
            parts=wanted,
            tenant=tenant or (connector and connector.oauth_tenant) or "",
            mailbox=mailbox or (connector and connector.uses_oauth and connector.user_name) or "",
            certificate_name=certificate_name or _name_on_certificate(call, connector),
            addresses=addresses or (),
            **{field: value for field, value in given.items() if value},
        )
    )
    return Answer(value={"parts": [str(it) for it in wanted], "script": text})


async def check(call: Call, *, identity: str | None = None, organization: str | None = None) -> Answer:
    """What is missing for one outbound connector, or for each that leads to Microsoft 365. No mail is sent."""
    if identity is not None:
        connectors = [_outbound(call, identity, organization)]
    else:
        own = whose(call, organization)
        outbound = call.desk.config.current().outbound
        connectors = [it for it in outbound if own in (None, it.organization) and of_microsoft(it)]
    if not connectors:
        raise ConfigRefused(
            [
                "No outbound connector leads to Microsoft 365. Remedy: add one (`gatepost m365 script` says how), or "
                "name a connector."
            ]
        )
    findings: list[dict[str, Any]] = []
    levels: list[Level] = []
    for connector in connectors:
        for step, found in await check_cloud(cloud_site(call, connector)):
            findings.append(finding_values(found, check=step, section=connector.name))
            levels.append(found.level)
    level = worst(levels)
    return Answer(value={"passed": level is not Level.FAILED, "worst": str(level), "findings": findings})


def _outbound(call: Call, identity: str, organization: str | None) -> OutboundConnector:
    model = call.desk.config.world.find(ObjectKind.OUTBOUND, identity, organization).model
    assert isinstance(model, OutboundConnector)
    return model


def cloud_site(call: Call, connector: OutboundConnector) -> CloudSite:
    """One connector, and what the check needs to look at it."""
    desk = call.desk
    domains = {
        it.domain_name.removeprefix("*.")
        for it in desk.config.current().accepted_domains
        if it.organization == connector.organization
    }
    return CloudSite(
        connector=connector,
        domains=tuple(sorted(domains)),
        hostname=desk.settings.hostname,
        lookups=Lookups([str(it) for it in desk.settings.resolvers]),
        secret=desk.config.secret,
    )


def _parts(words: list[str] | None) -> tuple[Part, ...]:
    known = [str(it) for it in Part]
    wrong = [it for it in words or () if it not in known]
    if wrong:
        raise ConfigRefused([f"parts: '{wrong[0]}' is none of them. Remedy: name some of these: {', '.join(known)}."])
    return tuple(it for it in Part if it in (words or ()))


def _needed(connector: OutboundConnector) -> tuple[Part, ...]:
    if connector.transport is Transport.GRAPH:
        return (Part.GRAPH,)
    if connector.uses_oauth:
        return (Part.XOAUTH2,)
    return (Part.CERTIFICATE,) if connector.client_certificate_pfx else (Part.ADDRESS,)


def _name_on_certificate(call: Call, connector: OutboundConnector | None) -> str:
    """The first name on the certificate that the connector presents; the relay's host name where it presents none."""
    if connector is not None:
        try:
            credentials = client_credentials(connector, call.desk.config.secret)
        except (CertificateUnusable, NotFound):
            credentials = None  # `m365 check` says so; here a name is better than none
        if credentials is not None and (names := host_names(credentials.certificate, common_name=True)):
            return names[0]
    return call.desk.settings.hostname
