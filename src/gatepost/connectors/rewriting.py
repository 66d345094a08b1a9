"""Senders that a connector writes anew: what calls itself `root@localhost` leaves under an address of ours.

Old devices cannot be given a sender, and the next host takes no mail from `printer@printer.local`. What stands in MAIL
FROM and in the From field is judged alike, one address at a time.
"""

from gatepost.mail import Address

from .directory import Directory
from .model import AcceptedDomain, InboundConnector, RewriteSenders


def rewrites(connector: InboundConnector, accepted: AcceptedDomain | None) -> bool:
    """Whether the connector writes another sender in place of one whose domain is this accepted one, or none."""
    if not connector.sender_rewriting:
        return False
    own = accepted is not None and accepted.organization == connector.organization
    return connector.rewrite_senders is RewriteSenders.ALL or not own


def rewritten_sender(
    sender: Address | None, connector: InboundConnector | None, directory: Directory
) -> Address | None:
    """What stands in place of this sender; None where it stays. The null sender of reports stays null."""
    if sender is None or connector is None or not connector.sender_rewriting:
        return None
    address = connector.sender_rewrite_address
    return address if sender != address and rewrites(connector, directory.accepted_domain(sender.domain)) else None
