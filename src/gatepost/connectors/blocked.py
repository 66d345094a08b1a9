"""Clients that an organization wants nothing from, whatever they show: its BlockedIPAddresses.

A session is turned away before the greeting where every organization of the server says so, which is where the only
one does. Where others may still want the client, it is refused what concerns the one that does not: as its sender at
MAIL, and for its recipients at RCPT.
"""

from gatepost.mail import Reply, reply

from .decision import Decision
from .directory import Directory
from .networks import Client, network_of
from .words import shell


def at_connect(client: Client, directory: Directory) -> Decision | None:
    """The refusal of a whole session, or None to greet the client."""
    owners = directory.blocking(client)
    if not owners or len(owners) < len(directory.organizations):
        return None
    return blocked(client, owners[0], directory, reply.TURNED_AWAY)


def refusal_of_blocked(client: Client, organization: str | None, directory: Directory) -> Decision | None:
    """The refusal of what concerns this organization, if it has blocked the client."""
    if organization is None or organization not in directory.blocking(client):
        return None
    return blocked(client, organization, directory, reply.CLIENT_BLOCKED)


def blocked(client: Client, organization: str, directory: Directory, answer: Reply) -> Decision:
    network = next(net for net, owner in directory.blocked.lookup(client) if owner == organization)
    shown = str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
    return Decision(
        result="reject",
        organization=organization,
        connector=None,
        reply=answer,
        reasons=(f"{network_of(client)} is blocked by BlockedIPAddresses of {organization}, which has {shown}.",),
        remedies=(
            "To let it in again: "
            f"gatepost organization set {shell(organization)} --remove-blocked-ip-addresses {shown}",
        ),
    )
