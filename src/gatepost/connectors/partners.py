"""Incoming mail: what the recipient's organization says of strangers (Partner connectors, RejectDirectSend).

A Partner connector concerns the senders that its SenderDomains name. Where one of them restricts, mail must
satisfy a restricting one, by address or by certificate; connectors that merely allow do not help.
"""

from gatepost.mail import Address, reply

from .attribution import MAX_NAMES, associated
from .blocked import refusal_of_blocked
from .decision import Decision
from .directory import Directory
from .facts import PUBLIC, Facts
from .handshakes import over_tls
from .model import AcceptedDomain, InboundConnector
from .names import name_matches
from .networks import network_of
from .words import command, listing, of_organization, quoted, shell, trusted_certificate


def incoming(facts: Facts, sender: Address | None, accepted: AcceptedDomain, directory: Directory) -> Decision:
    """Judge mail for one of an organization's own domains that no OnPremises connector of it vouches for."""
    organization = accepted.organization
    if directory.blocked and (blocked := refusal_of_blocked(facts.client, organization, directory)) is not None:
        return blocked
    connectors = _concerned(sender, accepted, directory)
    restricting = [c for c in connectors if c.restrict_domains_to_ip_addresses or c.restrict_domains_to_certificate]
    known = [c for c in connectors if _by_address(c, facts) or _by_certificate(c, facts)]
    if restricting:
        candidates = [c for c in restricting if _satisfies(c, facts)]
        if not candidates:
            return _restricted(facts, sender, restricting, directory)
        known = candidates
    else:
        candidates = connectors[:1]  # the most specific SenderDomains speaks for its domain
    chosen = next((c for c in candidates if over_tls(facts, c) or not c.require_tls), None)
    if candidates and chosen is None:
        return _needs_tls(candidates[0], facts, directory)

    settings = directory.organizations.get(organization)
    if settings is not None and settings.reject_direct_send and not known and sender is not None:
        owner = directory.accepted_domain(sender.domain)
        if owner is not None and owner.organization == organization:
            return _direct_send(facts, sender, owner, directory)

    reason = f"The recipient's domain falls under {accepted.domain_name}, an accepted domain of {organization}."
    if chosen is None:
        reasons: tuple[str, ...] = (reason, "No connector stands for the client: taken as Internet mail.")
    else:
        chosen = next((c for c in known if over_tls(facts, c) or not c.require_tls), chosen)
        reasons = (
            reason,
            f"Partner connector {quoted(chosen.name)} concerns this sender, and its terms are met.",
        )
    return Decision(
        result="incoming",
        organization=organization,
        connector=None if chosen is None else chosen.name,
        reply=reply.RECIPIENT_OK,
        reasons=reasons,
        remedies=(),
    )


def _concerned(sender: Address | None, accepted: AcceptedDomain, directory: Directory) -> list[InboundConnector]:
    """Enabled Partner connectors for this sender and recipient: the most specific SenderDomains first."""
    index = directory.partners.get(accepted.organization)
    if index is None:
        return []
    found = index.everywhere() if sender is None else index.lookup(sender.domain)
    return [c for c in found if associated(c, accepted)]


def _by_address(connector: InboundConnector, facts: Facts) -> bool:
    client = network_of(facts.client)
    return any(network.version == client.version and client in network for network in connector.sender_ip_addresses)


def _by_certificate(connector: InboundConnector, facts: Facts) -> bool:
    configured, certificate = connector.tls_sender_certificate_name, facts.certificate
    if certificate is None or configured is None or not over_tls(facts, connector):
        return False
    if PUBLIC not in certificate.trusted_by and connector.organization not in certificate.trusted_by:
        return False
    return any(name_matches(configured, name) for name in certificate.names[:MAX_NAMES])


def _satisfies(connector: InboundConnector, facts: Facts) -> bool:
    """Whether every restriction that is set is met."""
    if connector.restrict_domains_to_ip_addresses and not _by_address(connector, facts):
        return False
    return not connector.restrict_domains_to_certificate or _by_certificate(connector, facts)


def _restricted(
    facts: Facts, sender: Address | None, restricting: list[InboundConnector], directory: Directory
) -> Decision:
    shown = "the null sender" if sender is None else f"senders of {sender.domain}"
    reasons, remedies = [], []
    for connector in restricting[:3]:
        terms = []
        if connector.restrict_domains_to_ip_addresses and not _by_address(connector, facts):
            networks = [str(network) for network in connector.sender_ip_addresses]
            terms.append(f"from {listing(networks) or 'its addresses, of which there are none'}, not {facts.client}")
            remedies.append(
                "If the client is the partner's, add its address: "
                + command(directory, connector, "add-sender-ip-addresses", [str(facts.client)])
            )
        if connector.restrict_domains_to_certificate and not _by_certificate(connector, facts):
            name = connector.tls_sender_certificate_name or "a name that is not configured"
            problem = facts.certificate.problem if facts.certificate is not None else "no certificate was shown."
            terms.append(f"with a trusted certificate for {name}" + (f" ({problem})" if problem else ""))
            if facts.certificate is not None and facts.certificate.problem is not None:
                remedies.append(trusted_certificate(directory, connector.organization))
            else:
                remedies.append(f"Send over TLS with a certificate from a trusted CA that carries {name}.")
        reasons.append(
            f"Partner connector {quoted(connector.name)} of {connector.organization} takes mail of {shown} "
            f"only {' and '.join(terms)}."
        )
    return Decision(
        result="reject",
        organization=restricting[0].organization,
        connector=restricting[0].name,
        reply=reply.PARTNER_RESTRICTED,
        reasons=tuple(reasons),
        remedies=tuple(remedies),
    )


def _needs_tls(connector: InboundConnector, facts: Facts, directory: Directory) -> Decision:
    how = "in the clear" if facts.tls_version is None else f"over {facts.tls_version}, which is too old"
    return Decision(
        result="reject",
        organization=connector.organization,
        connector=connector.name,
        reply=reply.PARTNER_NEEDS_TLS,
        reasons=(f"Partner connector {quoted(connector.name)} requires TLS, and the session is {how}.",),
        remedies=(
            "Let the sending server use STARTTLS, with TLS 1.2 or newer.",
            f"Or drop the requirement: {command(directory, connector, 'require-tls', ['false'])}",
        ),
    )


def _direct_send(facts: Facts, sender: Address, owner: AcceptedDomain, directory: Directory) -> Decision:
    organization = owner.organization
    which = of_organization(directory, organization)
    clear = "" if facts.tls else " --require-tls false"
    return Decision(
        result="reject",
        organization=organization,
        connector=None,
        reply=reply.DIRECT_SEND_DENIED,
        reasons=(
            f"{organization} rejects direct send: the sender domain {sender.domain} falls under its own "
            f"accepted domain {owner.domain_name}, and no connector stands for {facts.client}.",
        ),
        remedies=(
            "If the client is a device or server of yours, add an OnPremises connector, by certificate or by "
            f"address: gatepost connector add --name {shell(f'Relay from {facts.client}')} --connector-type OnPremises "
            f"--sender-domains '*' --sender-ip-addresses {facts.client}{which}",
            "If it is another company's service that sends in your name, add a Partner connector: "
            f"gatepost connector add --name {shell(f'Direct send from {facts.client}')} --connector-type Partner "
            f"--sender-domains {sender.domain} --sender-ip-addresses {facts.client}{clear}{which}",
        ),
    )
