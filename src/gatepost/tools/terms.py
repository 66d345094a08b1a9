"""What an outbound connector brings to a conversation: its client certificate, and the CAs that it trusts."""

from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from gatepost.connectors import OutboundConnector
from gatepost.tls import Credentials, load_pfx, read_certificates


def client_credentials(connector: OutboundConnector, secret: Callable[[str], str]) -> Credentials | None:
    """What the connector presents, None where it presents nothing. Reads a file; raises CertificateUnusable.

    `secret` gives the value of a secret by its name, and may raise as well.
    """
    if connector.client_certificate_pfx is None:
        return None
    name = connector.client_certificate_password_secret
    return load_pfx(Path(connector.client_certificate_pfx), secret(name) if name else None)


def own_authorities(connector: OutboundConnector) -> tuple[x509.Certificate, ...]:
    """The CAs that may vouch for the connector's hosts besides the system's. Raises CertificateUnusable."""
    return tuple(
        certificate
        for pem in connector.certificate_authorities
        for certificate in read_certificates(pem.encode(), source="CertificateAuthorities")
    )
