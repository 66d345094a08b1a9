"""Which TLS a client may use, and what a session over old TLS counts for.

Old versions are for the devices that a connector names by address, because nothing else is known of a client when its
handshake begins. The session then counts as encrypted for those connectors whose MinimumTlsVersion it reaches, and for
all others as one in the clear: a network that may use TLS 1.0 for the sake of a scanner weakens nobody's RequireTls.
"""

from collections.abc import Mapping

from gatepost.mail import reply

from .decision import Decision
from .directory import Directory
from .facts import Facts
from .model import InboundConnector, TlsVersion
from .networks import Client
from .words import of_organization, quoted

# By OpenSSL's names, of which `TLSv1` is its own, and by ours.
_AGE: Mapping[str, int] = {"SSLv2": 0, "SSLv3": 1, "TLSv1": 2, "TLSv1.0": 2, "TLSv1.1": 3, "TLSv1.2": 4, "TLSv1.3": 5}
_NEWEST_OLD = _AGE["TLSv1.1"]


def is_old_tls(version: str | None) -> bool:
    """Whether a session of that version is one that only named devices may have.

    >>> is_old_tls("TLSv1"), is_old_tls("TLSv1.2"), is_old_tls(None)
    (True, False, False)
    """
    return version is not None and _AGE.get(version, _NEWEST_OLD + 1) <= _NEWEST_OLD


def over_tls(facts: Facts, connector: InboundConnector) -> bool:
    """Whether the session is encrypted as this connector asks. A client certificate is only ever shown inside TLS."""
    if facts.tls_version is None:
        return facts.certificate is not None
    return not _older(facts.tls_version, connector.minimum_tls_version)


def at_handshake(facts: Facts, directory: Directory) -> Decision | None:
    """The refusal of a session by its TLS version, or None to go on; a session in the clear has none."""
    version = facts.tls_version
    if version is None or not _older(version, directory.minimum_tls(facts.client)):
        return None
    return handshake_refused(facts.client, version, directory)


def handshake_refused(client: Client, offered: str | None, directory: Directory) -> Decision:
    """Why a handshake that OpenSSL has broken off for age had to end so, and what would help.

    `offered` is the newest version that the client spoke of, None where that is not known; where it would do, the
    client's cipher suites did not.
    """
    minimum = directory.minimum_tls(client)
    naming = [it for it in directory.naming(client) if it.enabled]
    owner = naming[0] if naming else None
    which = of_organization(directory, None if owner is None else owner.organization)
    allow = f"gatepost device allow {client} --minimum-tls-version TLSv1.0{which}"
    cleartext = "let the device send without TLS, inside your own network, through a connector without RequireTls"
    if offered is not None and _AGE.get(offered, _NEWEST_OLD) < _AGE[TlsVersion.V1_0]:
        reason = f"The client knows only {_shown(offered)}, which nobody may use here."
        remedy = f"Replace the device, or {cleartext}."
    elif offered is not None and _older(offered, minimum):
        reason = f"The client knows only {_shown(offered)}, and {_allowed(client, minimum, directory)}"
        remedy = f"Update the device. If that cannot be, let it alone use old TLS: {allow}"
    elif minimum is TlsVersion.V1_2:
        reason = "The client offers only cipher suites or signatures that are too old to be taken from everybody."
        remedy = f"Update the device. If that cannot be, let it alone use the old ones, too: {allow}"
    else:
        reason = (
            f"{_allowed(client, minimum, directory)} Still it offers no cipher suite that can be used: its own are "
            "older (RC4, export), or need a certificate with an RSA key."
        )
        remedy = f"Give the listener a certificate with an RSA key, or {cleartext}."
    return Decision(
        result="reject",
        organization=None if owner is None else owner.organization,
        connector=None if owner is None else owner.name,
        reply=reply.TLS_TOO_OLD,
        reasons=(reason,),
        remedies=(remedy,),
    )


def _allowed(client: Client, minimum: TlsVersion, directory: Directory) -> str:
    """Which TLS the client may use, and by whose word."""
    words = f"{client} may use {_shown(minimum)} or newer"
    by = [quoted(it.name) for it in directory.allowing_old_tls(client) if it.minimum_tls_version is minimum]
    if by:
        return f"{words}: MinimumTlsVersion of connector {by[0]}."
    return f"{words}: no enabled connector that lists it says otherwise by MinimumTlsVersion."


def _older(version: str, minimum: TlsVersion) -> bool:
    return _AGE.get(version, _NEWEST_OLD + 1) < _AGE[minimum]


def _shown(version: str) -> str:
    """As people write it: `TLS 1.0`."""
    number = version.removeprefix("TLSv").removeprefix("SSLv")
    return f"{version[:3]} {number if '.' in number else f'{number}.0'}"
