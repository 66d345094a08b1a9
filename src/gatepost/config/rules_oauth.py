"""What must hold of an outbound connector that signs in with a token, or hands mail over by Microsoft Graph."""

from collections.abc import Iterator

from gatepost.connectors import GRAPH_ENDPOINT, LOGIN_AUTHORITY, OutboundConnector, TlsSettings, Transport

from .finding import Finding


def oauth_problems(it: OutboundConnector) -> Iterator[Finding]:
    """Contradictions in the application's properties."""
    given = {
        "OAuthTenant": it.oauth_tenant,
        "OAuthClientId": it.oauth_client_id,
        "OAuthClientSecret": it.oauth_client_secret_secret,
        "OAuthCertificatePfx": it.oauth_certificate_pfx,
    }
    if it.oauth_certificate_password_secret and not it.oauth_certificate_pfx:
        yield Finding("OAuthCertificatePassword", "is given without OAuthCertificatePfx", "name the PFX file")
    if not it.uses_oauth:
        for name in [name for name, value in given.items() if value][:1]:
            yield Finding(
                name,
                "has no meaning, because AuthenticationMethod is Password",
                "set AuthenticationMethod to XOAUTH2 (or Transport to MicrosoftGraph), or clear it",
            )
        return
    why = "MicrosoftGraph" if it.transport is Transport.GRAPH else "XOAUTH2"
    if not it.oauth_tenant:
        yield Finding("OAuthTenant", f"is missing, which {why} needs", "give the tenant's GUID or domain")
    if not it.oauth_client_id:
        yield Finding("OAuthClientId", f"is missing, which {why} needs", "give the application (client) ID")
    if not it.user_name:
        yield Finding("UserName", f"is missing, which {why} needs", "give the address of the mailbox that sends")
    if not it.oauth_client_secret_secret and not it.oauth_certificate_pfx:
        yield Finding("OAuthClientSecret", f"is missing, which {why} needs", "give it, or an OAuthCertificatePfx")
    if it.oauth_client_secret_secret and it.oauth_certificate_pfx:
        yield Finding(
            "OAuthCertificatePfx", "stands beside OAuthClientSecret", "clear one of the two: one of them signs in"
        )
    if it.password_secret:
        yield Finding("Password", f"has no meaning with {why}", "clear it")
    if it.transport is Transport.SMTP and it.use_mx_record:
        # A token is good wherever it is shown: it goes to hosts that an operator named, not to those of a DNS answer.
        yield Finding("UseMXRecord", "cannot be true with XOAUTH2", "name the host in SmartHosts")


def graph_problems(it: OutboundConnector) -> Iterator[Finding]:
    """What has no meaning where no SMTP is spoken."""
    if it.use_mx_record:
        yield Finding("UseMXRecord", "cannot be true with Transport MicrosoftGraph", "set it to false")
    if it.smart_hosts:
        yield Finding("SmartHosts", "cannot be used with Transport MicrosoftGraph", "empty it")
    if it.client_certificate_pfx:
        yield Finding(
            "ClientCertificatePfx",
            "cannot be used with Transport MicrosoftGraph",
            "clear it; the application's own certificate is OAuthCertificatePfx",
        )
    if it.tls_domain or it.tls_settings is TlsSettings.NONE:
        name = "TlsDomain" if it.tls_domain else "TlsSettings"
        yield Finding(name, "cannot be used with Transport MicrosoftGraph, which is HTTPS always", "clear it")


def oauth_warnings(it: OutboundConnector) -> Iterator[Finding]:
    """One cloud's authority with another cloud's Graph."""
    if it.transport is Transport.GRAPH and (it.oauth_authority == LOGIN_AUTHORITY) != (
        it.graph_endpoint == GRAPH_ENDPOINT
    ):
        yield Finding(
            "GraphEndpoint",
            f"is {it.graph_endpoint}, while OAuthAuthority is {it.oauth_authority}",
            "make sure that both belong to the same cloud",
        )
