"""What is known about a session, gathered by the hands and judged here. Facts never say what is allowed."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from gatepost.mail import value

PUBLIC = "public"  # the name under which the system's certificate authorities stand in `Certificate.trusted_by`


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A client certificate as it was judged after the handshake.

    `names` are every SAN dNSName, or the last CN where there is no SAN, in
    canonical form. `trusted_by` lists who vouches for it: PUBLIC and names of organizations whose own CAs do;
    empty when nobody does. `problem` is a sentence why it does not count (self-signed, unknown CA, expired,
    wrong EKU …), None if it does for at least one of `trusted_by`. `chain` is what was sent, leaf first, as DER: only
    where the public does not vouch for it, since then other CAs would change the verdict.
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    fingerprint: str
    not_after: str
    trusted_by: frozenset[str]
    problem: str | None = None
    chain: tuple[bytes, ...] = field(default=(), repr=False, compare=False)


@value
class Facts:
    """One session, as far as it is known now. Replaced after STARTTLS, AUTH, PROXY and XCLIENT, never edited.

    `client` is canonical: IPv4-mapped IPv6 addresses have become IPv4. `user` is the authenticated SMTP user.
    """

    client: IPv4Address | IPv6Address
    hello: str = ""
    listener: str = ""
    tls_version: str | None = None
    cipher: str | None = None
    certificate: Certificate | None = None
    user: str | None = None

    @property
    def tls(self) -> bool:
        return self.tls_version is not None
