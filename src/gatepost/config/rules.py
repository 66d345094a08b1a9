"""What must hold inside one object, and what is allowed but worth a word.

A finding is (property, words, remedy); `validate` makes it a sentence that names the object.
"""

import os
import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from gatepost.connectors import (
    AcceptedDomain,
    ConnectorType,
    DomainSigning,
    DomainType,
    InboundConnector,
    OutboundConnector,
    RewriteSenders,
    SmartHostOrder,
    SmtpUser,
    TlsSettings,
    TlsVersion,
    Transport,
    TransportRule,
    WhenLimited,
)

from .access import AccessToken
from .finding import Finding
from .rules_oauth import graph_problems, oauth_problems, oauth_warnings
from .rules_transport import transport_problems, transport_warnings


def problems_of(model: object) -> Iterator[Finding]:
    """Contradictions inside one object: it is not stored while there are any."""
    match model:
        case InboundConnector():
            yield from _inbound_problems(model)
        case OutboundConnector():
            yield from _outbound_problems(model)
        case AcceptedDomain():
            yield from _domain_problems(model)
        case DomainSigning():
            yield from _signing_problems(model)
        case TransportRule():
            yield from transport_problems(model)
        case _:
            return


def _signing_problems(it: DomainSigning) -> Iterator[Finding]:
    if not it.algorithms:
        yield Finding("Algorithms", "is empty", "name RsaSha256, which every receiver knows")
    if it.selector1 == it.selector2:
        yield Finding("Selector2", f"is '{it.selector2}', as Selector1 is", "give it another name")


def warnings_of(model: object) -> Iterator[Finding]:
    """Allowed, but the administrator should know."""
    match model:
        case InboundConnector():
            yield from _inbound_warnings(model)
            yield from _network_warnings(model)
            yield from _old_tls_warnings(model)
        case OutboundConnector():
            yield from _outbound_warnings(model)
        case AcceptedDomain():
            yield from _domain_warnings(model)
        case DomainSigning():
            if model.enabled:
                for algorithm in model.algorithms:
                    if model.secret(model.signing_selector, algorithm) is None:
                        words = f"is true, but {model.signing_selector} has no key for {algorithm}: mail waits for one"
                        yield Finding("Enabled", words, "make one with gatepost dkim rotate")
        case TransportRule():
            yield from transport_warnings(model)
        case SmtpUser():
            if model.all_organizations and not model.role_groups:
                yield Finding("AllOrganizations", "has no effect without RoleGroups", "give a role group, too")
        case AccessToken():
            if model.expires_utc is None:
                yield Finding("ExpiresUTC", "is not set, so the token never stops being good", "give it an end")
        case _:
            return


def _inbound_problems(it: InboundConnector) -> Iterator[Finding]:
    if not it.sender_domains:
        yield Finding("SenderDomains", "is missing", "give '*' for any sender domain, or list the domains")
    if it.treat_messages_as_internal and it.connector_type is not ConnectorType.ON_PREMISES:
        yield Finding(
            "TreatMessagesAsInternal",
            "can only be true on a connector of type OnPremises",
            "set it to false, or make the connector OnPremises",
        )
    if it.treat_messages_as_internal and it.cloud_services_mail_enabled:
        yield Finding(
            "TreatMessagesAsInternal",
            "cannot be true while CloudServicesMailEnabled is true",
            "set one of the two to false",
        )
    if it.rewrite_senders is not RewriteSenders.NONE and it.sender_rewrite_address is None:
        yield Finding(
            "SenderRewriteAddress",
            f"is missing, and RewriteSenders is {it.rewrite_senders}",
            "give an address of an accepted domain, or set RewriteSenders to None",
        )
    if it.connector_type is ConnectorType.PARTNER:
        if it.restrict_domains_to_ip_addresses and not it.sender_ip_addresses:
            yield Finding(
                "RestrictDomainsToIPAddresses",
                "is true but SenderIPAddresses is empty, which would refuse everything",
                "list the partner's addresses, or set it to false",
            )
        if it.restrict_domains_to_certificate and not it.tls_sender_certificate_name:
            yield Finding(
                "RestrictDomainsToCertificate",
                "is true but TlsSenderCertificateName is not set, which would refuse everything",
                "give the name on the partner's certificate, or set it to false",
            )


def _inbound_warnings(it: InboundConnector) -> Iterator[Finding]:
    on_premises = it.connector_type is ConnectorType.ON_PREMISES
    for name, value in (
        ("RestrictDomainsToIPAddresses", it.restrict_domains_to_ip_addresses),
        ("RestrictDomainsToCertificate", it.restrict_domains_to_certificate),
    ):
        if value and on_premises:
            yield Finding(
                name,
                "has no effect on a connector of type OnPremises (Exchange ignores it, too)",
                "nothing to do: only listed addresses and certificates match anyway",
            )
        elif value and "*" in it.sender_domains:
            yield Finding(
                name,
                "with SenderDomains '*' refuses all mail that comes any other way (5.7.51)",
                "make sure that this is meant",
            )
    if it.cloud_services_mail_enabled and not on_premises:
        yield Finding("CloudServicesMailEnabled", "has no effect on a connector of type Partner", "set it to false")
    if it.rewrite_senders is not RewriteSenders.NONE and not on_premises:
        yield Finding("RewriteSenders", "has no effect on a connector of type Partner", "set it to None")
    if it.rewrite_senders is RewriteSenders.NONE and it.sender_rewrite_address is not None:
        yield Finding(
            "SenderRewriteAddress",
            "has no effect while RewriteSenders is None",
            "set RewriteSenders to NotAccepted or All",
        )
    if not it.sender_ip_addresses and not it.tls_sender_certificate_name and on_premises:
        yield Finding(
            "SenderIPAddresses",
            "is empty and TlsSenderCertificateName is not set, so the connector matches nobody",
            "give addresses or a certificate name",
        )
    if not on_premises:
        if not (it.require_tls or it.restrict_domains_to_ip_addresses or it.restrict_domains_to_certificate):
            yield Finding(
                "ConnectorType",
                "is Partner and no restriction is set, so the connector changes nothing",
                "set RequireTls or a restriction, or use OnPremises for your own senders",
            )
        if it.sender_ip_addresses and it.tls_sender_certificate_name:
            yield Finding(
                "TlsSenderCertificateName",
                "stands beside SenderIPAddresses in one Partner connector",
                "make two connectors",
            )
    if it.tls_sender_certificate_name and it.tls_sender_certificate_name.startswith("*."):
        yield Finding(
            "TlsSenderCertificateName",
            f"'{it.tls_sender_certificate_name}' matches every certificate below {it.tls_sender_certificate_name[2:]}, "
            "which may be other gateways",
            "give the exact host name where you can",
        )


def _network_warnings(it: InboundConnector) -> Iterator[Finding]:
    for net in it.sender_ip_addresses:
        widest = 24 if isinstance(net, IPv4Network) else 64
        if net.prefixlen < widest:
            yield Finding(
                "SenderIPAddresses",
                f"'{net}' trusts {net.num_addresses:,} addresses",
                f"list networks of /{widest} or narrower where you can",
            )
        if net.is_loopback:
            shown = net.network_address if net.prefixlen == net.max_prefixlen else net
            yield Finding(
                "SenderIPAddresses",
                f"'{shown}' is this machine: every program on it may relay",
                "make sure that this is meant",
            )


_WIDEST_OLD_TLS = {4: 28, 6: 64}  # 16 addresses of IPv4; one household of IPv6, as limits count it


def _old_tls_warnings(it: InboundConnector) -> Iterator[Finding]:
    if it.minimum_tls_version is TlsVersion.V1_2:
        return
    if it.connector_type is not ConnectorType.ON_PREMISES:
        yield Finding("MinimumTlsVersion", "has no effect on a connector of type Partner", "set it to TLSv1.2")
    elif not it.sender_ip_addresses:
        yield Finding(
            "MinimumTlsVersion",
            f"is {it.minimum_tls_version} but SenderIPAddresses is empty, so it holds for nobody",
            "list the addresses of the old devices: a handshake is known by nothing else",
        )
    for net in it.sender_ip_addresses:
        if net.prefixlen < _WIDEST_OLD_TLS[net.version] and it.connector_type is ConnectorType.ON_PREMISES:
            yield Finding(
                "MinimumTlsVersion",
                f"lets all {net.num_addresses:,} addresses of '{net}' use old TLS, which others can read and change",
                "list the old devices one by one, in a connector of their own",
            )


_VERIFIED = (TlsSettings.CERTIFICATE_VALIDATION, TlsSettings.DOMAIN_VALIDATION)


def _outbound_problems(it: OutboundConnector) -> Iterator[Finding]:
    yield from oauth_problems(it)
    if it.transport is Transport.GRAPH:
        yield from graph_problems(it)
        return
    if not it.use_mx_record and not it.smart_hosts:
        yield Finding("UseMXRecord", "is false but SmartHosts is empty", "list smart hosts, or set UseMXRecord to true")
    if it.use_mx_record and it.smart_hosts:
        yield Finding(
            "SmartHosts",
            "cannot be used while UseMXRecord is true",
            "set UseMXRecord to false, or empty SmartHosts",
        )
    if it.tls_domain and it.tls_settings is not TlsSettings.DOMAIN_VALIDATION:
        yield Finding(
            "TlsDomain",
            f"can only be set if TlsSettings is DomainValidation, which is {it.tls_settings}",
            "set TlsSettings to DomainValidation, or clear TlsDomain",
        )
    if it.client_certificate_pfx and it.tls_settings is TlsSettings.NONE:
        yield Finding(
            "ClientCertificatePfx",
            "needs TLS but TlsSettings is None",
            "set TlsSettings to EncryptionOnly or more",
        )
    if it.client_certificate_password_secret and not it.client_certificate_pfx:
        yield Finding("ClientCertificatePassword", "is given without ClientCertificatePfx", "name the PFX file")
    if it.smtp_dane_mode == "Mandatory" and it.tls_settings is TlsSettings.NONE:
        yield Finding(
            "SmtpDaneMode",
            "is Mandatory, which needs TLS, but TlsSettings is None",
            "set TlsSettings to Opportunistic or more, or SmtpDaneMode to Opportunistic",
        )
    if it.user_name and not it.password_secret and not it.uses_oauth:
        yield Finding("UserName", "is given without Password", "give the password, too")
    if it.password_secret and not it.user_name:
        yield Finding("Password", "is given without UserName", "give the user name, too")
    if it.user_name and it.tls_settings not in _VERIFIED:
        yield Finding(
            "UserName",
            f"needs verified TLS, because {'a token' if it.uses_oauth else 'the password'} is sent, but TlsSettings is "
            f"{it.tls_settings}",
            "set TlsSettings to CertificateValidation or DomainValidation",
        )


def _outbound_warnings(it: OutboundConnector) -> Iterator[Finding]:
    yield from oauth_warnings(it)
    if it.when_limited is WhenLimited.NEXT_WAY and not it.fallback_connectors:
        yield Finding("WhenLimited", "is NextWay but FallbackConnectors is empty, so mail waits", "name a next way")
    if it.smart_host_order is SmartHostOrder.SHUFFLED and len(it.smart_hosts) < 2:
        yield Finding("SmartHostOrder", "has no effect without several SmartHosts", "list them, or leave it out")
    if not (it.recipient_domains or it.all_accepted_domains or it.is_transport_rule_scoped):
        yield Finding("RecipientDomains", "is empty, so the connector is never chosen", "give '*' or the domains")
    if it.tls_settings is TlsSettings.DOMAIN_VALIDATION and not it.tls_domain and it.use_mx_record:
        yield Finding(
            "TlsDomain",
            "is not set, so the name of the MX host is checked",
            "give the name the certificates carry",
        )
    if it.client_certificate_pfx and it.tls_settings is TlsSettings.OPPORTUNISTIC:
        yield Finding(
            "TlsSettings",
            "is not set, so mail may leave without TLS and without the client certificate",
            "set TlsSettings to EncryptionOnly or more",
        )
    for name, file in (
        ("ClientCertificatePfx", it.client_certificate_pfx),
        ("OAuthCertificatePfx", it.oauth_certificate_pfx),
    ):
        if file and not os.access(file, os.R_OK):
            state = "cannot be read" if Path(file).exists() else "does not exist"
            yield Finding(name, f"'{file}' {state}", "put the file there before mail is due")
    if it.connector_type is ConnectorType.PARTNER:
        for name, value in (
            ("RouteAllMessagesViaOnPremises", it.route_all_messages_via_on_premises),
            ("SenderRewritingEnabled", it.sender_rewriting_enabled),
            ("CloudServicesMailEnabled", it.cloud_services_mail_enabled),
        ):
            if value:
                yield Finding(name, "has no effect on a connector of type Partner", "set it to false")


def _domain_warnings(it: AcceptedDomain) -> Iterator[Finding]:
    if it.domain_type is DomainType.AUTHORITATIVE:
        return
    for name, value in (
        ("Maildir", it.maildir),
        ("Lmtp", it.lmtp),
        ("AddressBookEnabled", it.address_book_enabled),
        ("CatchAll", it.catch_all),
    ):
        if value:
            yield Finding(name, f"has no effect on a domain of type {it.domain_type}", "make it Authoritative")


def _domain_problems(it: AcceptedDomain) -> Iterator[Finding]:
    if it.maildir and it.lmtp:
        yield Finding("Lmtp", "cannot be used while Maildir is set", "clear one of the two")
    if it.maildir is None:
        return
    if set(re.findall(r"\{[^}]*\}?|\}", it.maildir)) - {"{domain}", "{local}"}:
        yield Finding(
            "Maildir",
            f"'{it.maildir}' has a placeholder other than {{domain}} and {{local}}",
            "use those two",
        )
    if ".." in it.maildir.split("/"):
        yield Finding("Maildir", f"'{it.maildir}' leads out of its folder with '..'", "write the path without '..'")
    if "{local}" not in it.maildir:
        yield Finding(
            "Maildir",
            "has no {local}, so all recipients would share one folder",
            "add {local} to the pattern",
        )
