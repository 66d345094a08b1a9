"""A small world to ask questions in: two organizations, a few connectors, and short ways to write facts."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address, ip_network

from gatepost.connectors import (
    PUBLIC,
    AcceptedDomain,
    Certificate,
    ConnectorType,
    Directory,
    Facts,
    InboundConnector,
    Network,
    Organization,
    SmtpUser,
)
from gatepost.mail import Address

CONTOSO = Organization(name="Contoso")
FABRIKAM = Organization(name="Fabrikam")


def address(text: str | None) -> Address | None:
    return None if text is None else mailbox(text)


def mailbox(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    return Address(local, domain)


def networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


def accepted(domain: str, organization: str = "Contoso", *, match_sub_domains: bool = False) -> AcceptedDomain:
    return AcceptedDomain(
        name=domain, organization=organization, domain_name=domain, match_sub_domains=match_sub_domains
    )


def certificate(*names: str, trusted_by: Iterable[str] = (PUBLIC,), problem: str | None = None) -> Certificate:
    return Certificate(
        names=names,
        subject="CN=test",
        issuer="CN=issuer",
        fingerprint="ab" * 32,
        not_after="2027-01-01T00:00:00Z",
        trusted_by=frozenset(trusted_by),
        problem=problem,
    )


def facts(client: str, shown: Certificate | None = None, *, tls: bool = False, user: str | None = None) -> Facts:
    secure = tls or shown is not None
    return Facts(
        client=ip_address(client),
        hello="client.example",
        tls_version="TLSv1.3" if secure else None,
        cipher="TLS_AES_256_GCM_SHA384" if secure else None,
        certificate=shown,
        user=user,
    )


def by_address(name: str, *addresses: str, organization: str = "Contoso") -> InboundConnector:
    return InboundConnector(
        name=name,
        organization=organization,
        connector_type=ConnectorType.ON_PREMISES,
        sender_domains=("*",),
        sender_ip_addresses=networks(*addresses),
    )


def by_certificate(name: str, certificate_name: str, *, organization: str = "Contoso") -> InboundConnector:
    return InboundConnector(
        name=name,
        organization=organization,
        connector_type=ConnectorType.ON_PREMISES,
        sender_domains=("*",),
        require_tls=True,
        tls_sender_certificate_name=certificate_name,
    )


def partner(name: str, *sender_domains: str, organization: str = "Contoso") -> InboundConnector:
    return InboundConnector(
        name=name,
        organization=organization,
        connector_type=ConnectorType.PARTNER,
        sender_domains=sender_domains or ("*",),
    )


def directory(
    *inbound: InboundConnector,
    domains: Iterable[AcceptedDomain] | None = None,
    users: Iterable[SmtpUser] = (),
    reject_direct_send: bool = False,
) -> Directory:
    """Contoso accepts contoso.com and Fabrikam fabrikam.com, unless `domains` says otherwise."""
    return Directory.build(
        organizations=(replace(CONTOSO, reject_direct_send=reject_direct_send), FABRIKAM),
        accepted_domains=(accepted("contoso.com"), accepted("fabrikam.com", "Fabrikam"))
        if domains is None
        else domains,
        inbound=inbound,
        users=users,
    )
