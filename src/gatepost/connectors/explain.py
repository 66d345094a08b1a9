"""What if? The verdict for invented facts, by the code that decides for real sessions, with a line each."""

from gatepost.mail import Address, domain_matches

from .attribution import address_matches, attribute, certificate_matches, rewriting_matches
from .blocked import at_connect
from .decision import Decision
from .directory import Directory
from .facts import Facts
from .handshakes import at_handshake, over_tls
from .model import ConnectorType, InboundConnector, TlsVersion
from .names import name_matches
from .networks import network_of
from .policy import at_rcpt
from .words import listing, quoted

LINES = 200  # connectors told of one by one


def explain(facts: Facts, sender: Address | None, recipient: Address, directory: Directory) -> Decision:
    """Attribute, judge at MAIL and RCPT, and say of every connector why it matched or not. It may be slow."""
    decision = judge(facts, sender, recipient, directory)
    matching = _matching(facts, sender, directory)
    lines = [_line(c, facts, sender, matching) for c in directory.inbound[:LINES]]
    if len(directory.inbound) > LINES:
        lines.append(f"{len(directory.inbound) - LINES} more connectors are not listed here.")
    return Decision(
        result=decision.result,
        organization=decision.organization,
        connector=decision.connector,
        reply=decision.reply,
        reasons=(*decision.reasons, *lines),
        remedies=decision.remedies,
    )


def judge(facts: Facts, sender: Address | None, recipient: Address, directory: Directory) -> Decision:
    """The verdict alone, from the connection to RCPT; it is quick."""
    turned_away = at_connect(facts.client, directory) or at_handshake(facts, directory)
    if turned_away is not None:
        return turned_away
    return at_rcpt(facts, sender, recipient, attribute(facts, sender, directory), directory)


def _matching(facts: Facts, sender: Address | None, directory: Directory) -> set[int]:
    domain = None if sender is None else sender.domain
    accepted = None if domain is None else directory.accepted_domain(domain)
    found = address_matches(facts, domain, accepted, directory)
    found += [
        match
        for match in certificate_matches(facts, domain, directory)
        if match.accepted is not None
        or (accepted is not None and accepted.organization == match.connector.organization)
    ]
    found = found or rewriting_matches(facts, domain, accepted, directory)
    return {id(match.connector) for match in found}


def _line(connector: InboundConnector, facts: Facts, sender: Address | None, matching: set[int]) -> str:
    """One sentence about one connector."""
    head = f"{connector.connector_type} connector {quoted(connector.name)} of {connector.organization}:"
    if not connector.enabled:
        return f"{head} disabled, so it does not count."
    if connector.connector_type is ConnectorType.PARTNER:
        covers = any(p == "*" or (sender and domain_matches(p, sender.domain)) for p in connector.sender_domains)
        whom = "the null sender" if sender is None else sender.domain
        return f"{head} its SenderDomains {'cover' if covers else 'do not cover'} {whom}."
    if id(connector) in matching:
        least = connector.minimum_tls_version
        old = "" if least is TlsVersion.V1_2 else f" Its addresses may use {least} and newer."
        return f"{head} matches.{old}"
    lacking = []
    if connector.sender_ip_addresses:
        client = network_of(facts.client)
        if any(n.version == client.version and client in n for n in connector.sender_ip_addresses):
            lacking.append("the address matches, the sender or TLS does not")
        else:
            networks = [str(network) for network in connector.sender_ip_addresses]
            lacking.append(f"{facts.client} lies in none of {listing(networks)}")
    if (configured := connector.tls_sender_certificate_name) is not None:
        if facts.certificate is None:
            lacking.append(f"no certificate was shown for {configured}")
        elif not any(name_matches(configured, name) for name in facts.certificate.names):
            lacking.append(f"no name of the certificate is covered by {configured}")
        else:
            lacking.append("the certificate's name matches, its trust or the accepted domain does not")
    if connector.require_tls and not over_tls(facts, connector):
        lacking.append("TLS is required" if facts.tls_version is None else "newer TLS is required")
    return f"{head} {'; '.join(lacking) or 'it names neither addresses nor a certificate'}."
