"""What an outbound connector needs at Microsoft 365, looked at step by step with the relay's own hands.

A step that fails says what to do, and those behind it that need it are skipped. No mail is sent: the sign-in ends with
QUIT, and Graph is given a body that is no message.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from gatepost.connectors import OutboundConnector, Transport
from gatepost.errors import CertificateUnusable, NotFound
from gatepost.outbound import Dialler, OutboundSession, Timeouts, Tokens, TokenUnavailable, heard, post_message
from gatepost.routing import Application, DaneMode, Unfit, application_of, demand_of, way_of
from gatepost.tls import host_names
from gatepost.tools import client_credentials, is_mx_endpoint, is_submission, plain

from .lookups import MICROSOFT, Lookups, provider_of
from .site import Finding, failed, ok, skipped, warning

_QUICK = Timeouts(connect=10.0, greeting=20.0, command=20.0, handshake=20.0, goodbye=2.0)
NO_MESSAGE = b"!"  # not base64: Graph refuses it once it has found that the application may send
Row = tuple[str, Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSite:
    """One connector, and what is needed to look at it. `domains` are the accepted domains of its organization."""

    connector: OutboundConnector
    domains: tuple[str, ...]
    hostname: str
    lookups: Lookups
    secret: Callable[[str], str]


def of_microsoft(connector: OutboundConnector) -> bool:
    """Whether a connector leads to Microsoft 365, as far as its properties tell."""
    hosts = [it.rpartition(":")[0] for it in connector.smart_hosts]
    return connector.uses_oauth or any(is_mx_endpoint(it) or is_submission(it) for it in hosts)


async def check_cloud(site: CloudSite) -> list[Row]:
    """Every step with what it found, in order."""
    connector = site.connector
    rows: list[Row] = []
    if connector.uses_oauth:
        tokens = Tokens(secrets=site.secret)
        try:
            rows += await _with_token(site, tokens)
        finally:
            tokens.close()
        return rows
    rows += [("endpoint", it) for it in await _endpoint(site)]
    rows.append(("certificate", await asyncio.to_thread(_certificate, site)))
    rows += [("reach", it) for it in await _dial(site, Tokens(secrets=site.secret), "It takes our TLS.")]
    return rows


async def _with_token(site: CloudSite, tokens: Tokens) -> list[Row]:
    connector = site.connector
    application = application_of(connector)
    assert application is not None  # `uses_oauth`, and config.rules want tenant and client
    try:
        token = await tokens.token(application, connector.certificate_authorities)
    except TokenUnavailable as trouble:
        means, remedy = _parted(str(trouble))
        later = skipped("There is no token to look at.")
        last = "graph" if connector.transport is Transport.GRAPH else "sign-in"
        return [("token", failed(means, remedy)), ("roles", later), (last, later)]
    rows: list[Row] = [("token", ok(f"{application.authority} gives one for {application.resource}."))]
    rows.append(("roles", roles_in(token, application, graph=connector.transport is Transport.GRAPH)))
    if connector.transport is Transport.GRAPH:
        rows.append(("graph", await _graph(connector, token)))
    else:
        rows += [("sign-in", it) for it in await _dial(site, tokens, f"Signed in as {connector.user_name}.")]
    return rows


def roles_in(token: str, application: Application, *, graph: bool) -> Finding:
    """What the token says that it allows. It is read and not trusted: who is asked with it decides."""
    claims = claims_of(token)
    if claims is None:
        return skipped("The token is not one that can be read; what it allows is seen in the next step.")
    roles = [plain(str(it)) for it in claims.get("roles") or () if isinstance(it, str)]
    wanted = "Mail.Send" if graph else "SMTP.SendAsApp"
    audience = plain(str(claims.get("aud", "")))
    if wanted in roles and graph:
        return warning(
            "Mail.Send stands in the token, which is the right to send as every mailbox of the tenant.",
            "Give it for one mailbox alone, by role-based access for applications (`gatepost m365 script`), and take "
            "it away in Microsoft Entra.",
        )
    if wanted in roles:
        return ok(f"{wanted} stands in the token for {audience}.")
    listed = f"only {', '.join(roles)}" if roles else "no role"
    if graph:
        return ok("No Mail.Send stands in it, which is right where Exchange gives it for single mailboxes.")
    return failed(
        f"{listed[0].upper()}{listed[1:]} stands in the token for {audience}; SMTP needs {wanted}.",
        f"Give application {application.client_id} the application permission {wanted} of Office 365 Exchange Online, "
        "and grant admin consent.",
    )


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of a JWT, unverified; None where it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


async def _graph(connector: OutboundConnector, token: str) -> Finding:
    """Whether the application may send as the mailbox, by asking with a body that is no message.

    Graph documents no question about Mail.Send alone. The role in the token is certain, but for every mailbox; Exchange
    gives the right for one mailbox without it. What is known by asking is said as no more than that.
    """
    mailbox = connector.user_name or ""
    address = f"{connector.graph_endpoint}/v1.0/users/{quote(mailbox, safe='@')}/sendMail"
    answer = await asyncio.to_thread(post_message, address, token, NO_MESSAGE, connector.certificate_authorities)
    said = plain(f"{answer.status} {answer.code}".strip())
    match answer.status:
        case 0:
            return failed(f"{answer.trouble}.", "Check DNS, proxy and firewall: port 443 must lead out.", mailbox)
        case 400 if "Mail.Send" in ((claims_of(token) or {}).get("roles") or ()):
            return ok(
                f"The token says Mail.Send, and Graph refuses only the form of a body that is no message ({said}): the "
                "application may send as it. Nothing was sent.",
                mailbox,
            )
        case 400:
            return ok(
                f"Graph refuses the form of a body that is no message ({said}), and no right is missing (403): so it "
                "answers who may send as the mailbox. Only a test message, or Test-ServicePrincipalAuthorization in "
                "Exchange Online, is certain. Nothing was sent.",
                mailbox,
            )
        case 401:
            return failed(f"Graph does not take the token: {said}.", "Check GraphEndpoint and OAuthAuthority.", mailbox)
        case 403:
            remedy = (
                "Give the application Mail.Send for the mailbox (`gatepost m365 script --for graph`); it takes up to "
                "two hours to count."
            )
            return failed(f"The application may not send as it: {said}.", remedy, mailbox)
        case 404:
            return failed(f"There is no such mailbox: {said}.", "Check UserName.", mailbox)
        case 429 | 503:
            return warning(f"Graph is asked too much: {said}.", "Try again later; mail waits by itself.", mailbox)
        case _:
            return warning(f"Graph answers something else: {said}.", "Try again later.", mailbox)


async def _dial(site: CloudSite, tokens: Tokens, good: str) -> list[Finding]:
    """Connect, secure and sign in at each smart host, as delivery does."""
    connector = site.connector
    way = way_of(connector)
    dialler = Dialler(site.hostname, timeouts=_QUICK, secrets=site.secret, tokens=tokens)
    found: list[Finding] = []
    for target in way.smart_hosts:
        name = str(target)
        if is_submission(target.host) and not connector.uses_oauth:
            remedy = "Set AuthenticationMethod to XOAUTH2, or name the MX endpoint (`gatepost mx DOMAIN`)."
            found.append(warning("This is the submission endpoint, which takes no passwords any more.", remedy, name))
        answer = await site.lookups.addresses(target.host)
        if not answer.addresses:
            found.append(failed("The name has no address.", "Check the name, and the resolver.", name))
            continue
        says = await heard(site.lookups, target, proved=answer.proved, dane=way.dane is not DaneMode.NONE)
        demand = demand_of(target.host, says, level=way.tls, dane=way.dane)
        if isinstance(demand, Unfit):
            means, remedy = _parted(demand.reason)
            found.append(failed(means, remedy or "Set SmtpDaneMode to what the host can do.", name))
            continue
        dialled = await dialler.dial(target, answer.addresses[0], way, demand)
        if isinstance(dialled, OutboundSession):
            await dialled.quit()
            found.append(ok(good, name))
        else:
            means, remedy = _parted(dialled.reason)
            closed = "Many networks close port 25: ask the provider to open it, or send by XOAUTH2 on 587 or Graph."
            found.append(failed(means, remedy or (closed if target.port == 25 else "Look at what it says."), name))
    return found


async def _endpoint(site: CloudSite) -> list[Finding]:
    """Whether the smart hosts are the MX endpoints of our own domains."""
    named = [it.rpartition(":")[0].rstrip(".").lower() for it in site.connector.smart_hosts]
    rows: list[Finding] = []
    ours: list[str] = []
    for domain in site.domains:
        hosts = [it.host.rstrip(".").lower() for it in (await site.lookups.mx(domain)).hosts]
        if provider_of(hosts) == MICROSOFT:
            ours += hosts
    for host in named:
        if host in ours:
            rows.append(ok("It is the MX endpoint of an accepted domain.", host))
        elif is_mx_endpoint(host) and ours:
            remedy = f"Use {ours[0]}; `gatepost mx DOMAIN` shows it."
            rows.append(warning("It is the MX endpoint of none of the accepted domains.", remedy, host))
        elif is_mx_endpoint(host):
            rows.append(ok("It is an MX endpoint; no accepted domain has its MX at Microsoft to compare.", host))
    return rows or [skipped("No smart host is an MX endpoint of Microsoft 365.")]


def _certificate(site: CloudSite) -> Finding:
    """The name by which a connector at Exchange Online would know us."""
    try:
        credentials = client_credentials(site.connector, site.secret)
    except CertificateUnusable as unusable:
        return failed(unusable.detail, "Put a good PFX file in its place.", "ClientCertificatePfx")
    except (NotFound, LookupError):
        return failed("Its password is not set.", "Set ClientCertificatePassword again.", "ClientCertificatePfx")
    if credentials is None:
        return ok("None is presented: the inbound connector there must list our public address (SenderIPAddresses).")
    names = host_names(credentials.certificate, common_name=True)
    if not names:
        return failed("The certificate bears no name.", "Use one with a DNS name.", "ClientCertificatePfx")
    said = f"TlsSenderCertificateName there must be {' or '.join(plain(it) for it in names[:3])}, or its *.domain."
    known = [it for it in names if any(it == domain or it.endswith(f".{domain}") for domain in site.domains)]
    if not known:
        remedy = "Then the domain of every MAIL FROM must be an accepted domain of the tenant."
        return warning(f"{said} No name is in an accepted domain.", remedy, "ClientCertificatePfx")
    return ok(said, "ClientCertificatePfx")


def _parted(sentence: str) -> tuple[str, str]:
    """What is wrong, and the remedy that stands behind it."""
    means, _, remedy = sentence.partition(" Remedy: ")
    return plain(means), plain(remedy[:1].upper() + remedy[1:])
