"""Who is calling? The facts of a session and the MAIL FROM address, matched against the connectors.

Order, which is Exchange Online's:
1. an authenticated user is its organization's;
2. a connector whose name a trusted certificate carries, and whose certificate domain is accepted;
3. the same where the MAIL FROM domain is accepted by the connector's organization instead;
4. a connector whose addresses hold the client, if its organization has accepted the MAIL FROM domain;
5. a connector whose addresses hold the client and that writes another sender in place of this one: then the sender as
   it will be is judged. Only where nobody else stands for the client, and never in the name of another organization.
Everything else is nobody: what nobody may do, `policy` says at RCPT.
"""

from ipaddress import IPv4Address

from gatepost.mail import Address, domain_matches, value

from .directory import Directory, age
from .facts import PUBLIC, Facts
from .handshakes import over_tls
from .model import AcceptedDomain, InboundConnector, Network
from .names import canonical_name, certificate_domains
from .rewriting import rewrites
from .words import clean, quoted

MAX_NAMES = 100  # certificate names looked at (a client may send 10,000)
MAX_LOSERS = 3  # also-matching connectors told of


@value
class Origin:
    """Who is calling, decided at MAIL. `by` is "certificate", "address", "user", or None: nobody we know."""

    organization: str | None
    connector: InboundConnector | None
    by: str | None
    reasons: tuple[str, ...]


@value
class Match:
    """A connector that stands for the client. Lower ranks win (§3.6); `how` and `because` are sentences."""

    connector: InboundConnector
    rank: tuple[int, int, int, int]  # certificate 0 or address 1, wildcard, -length, wildcard certificate
    how: str
    because: str
    accepted: AcceptedDomain | None


NOBODY = Origin(
    organization=None,
    connector=None,
    by=None,
    reasons=("No enabled OnPremises connector stands for this client with this sender.",),
)


def attribute(facts: Facts, sender: Address | None, directory: Directory) -> Origin:
    """Find the connector or user that a message from `sender` (None: the null sender) belongs to."""
    if facts.user is not None:
        return _by_user(facts.user, directory)
    certificate = facts.certificate
    domain = None if sender is None else sender.domain
    client = int(facts.client)
    key = (
        client if isinstance(facts.client, IPv4Address) else ~client,
        facts.tls_version,
        domain,
        None if certificate is None else (certificate.names, certificate.trusted_by, certificate.problem),
    )
    origin = directory.origins.get(key)
    if origin is None:
        origin = _find(facts, domain, directory)
        if origin.connector is not None:
            directory.remember(key, origin)
    return origin


def _find(facts: Facts, domain: str | None, directory: Directory) -> Origin:
    accepted = None if domain is None else directory.accepted_domain(domain)
    by_address = address_matches(facts, domain, accepted, directory)
    certificate = facts.certificate
    if certificate is None:
        by_address = by_address or rewriting_matches(facts, domain, accepted, directory)
        return _choose(by_address, "address", ()) if by_address else NOBODY
    by_certificate = certificate_matches(facts, domain, directory)
    standing = [match for match in by_certificate if match.accepted is not None]
    organization = None if accepted is None else accepted.organization
    if standing:
        # §3.3 A.2: the organization with the most specific accepted domain
        first = standing[0]
        if len(standing) > 1:
            first = min(standing, key=lambda m: (-_width(m.accepted), m.rank, age(m.connector)))
        organization = first.connector.organization
        own = [match for match in standing if match.connector.organization == organization]
    else:
        own = [match for match in by_certificate if match.connector.organization == organization]
        own = [match for match in own if associated(match.connector, accepted)]
    if own:
        rest = [m for m in by_address if m.connector.organization == organization]
        elsewhere = (
            ()
            if len(standing) < 2
            else tuple(
                f"Connector {quoted(m.connector.name)} of {m.connector.organization} matches the certificate "
                "too, but the organization with the most specific accepted domain comes first."
                for m in standing
                if m.connector.organization != organization
            )
        )
        if not standing:
            assert domain is not None
            own = [_because_of_sender(match, domain) for match in own]
        return _choose(own + rest, "certificate", elsewhere[:MAX_LOSERS])
    by_address = by_address or rewriting_matches(facts, domain, accepted, directory)
    if not by_address:
        return NOBODY
    notes = (
        ()
        if certificate.problem is None
        else (f"The client's certificate does not count: {clean(certificate.problem, 300)}",)
    )
    return _choose(by_address, "address", notes)


def _by_user(name: str, directory: Directory) -> Origin:
    user = directory.user(name)
    if user is None or not user.may_submit:
        state = "unknown" if user is None else "disabled"
        reason = f"The authenticated user {quoted(name)} is {state} now."
        return Origin(organization=None, connector=None, by=None, reasons=(reason,))
    reason = f"The client authenticated as {quoted(name)} of {user.organization}."
    return Origin(organization=user.organization, connector=None, by="user", reasons=(reason,))


def certificate_matches(facts: Facts, domain: str | None, directory: Directory) -> list[Match]:
    """Enabled OnPremises connectors that a trusted certificate names, whether or not a domain is accepted."""
    found: dict[int, Match] = {}
    certificate = facts.certificate
    if certificate is None:
        return []
    public = PUBLIC in certificate.trusted_by
    for text in certificate.names[:MAX_NAMES] if certificate.trusted_by else ():
        presented = canonical_name(text)
        if presented is None:
            continue
        for configured, connector in directory.certificates.lookup(presented):
            if not (public or connector.organization in certificate.trusted_by):
                continue
            if not sender_allowed(connector, domain) or not over_tls(facts, connector):
                continue
            wildcard = configured.startswith("*.")
            rank = (0, int(wildcard), -len(configured) if wildcard else 0, int(presented.startswith("*.")))
            accepted = _accepted_for(connector, certificate_domains(configured, presented), directory)
            earlier = found.get(id(connector))
            if earlier is not None and (earlier.accepted is None, earlier.rank) <= (accepted is None, rank):
                continue
            if presented == configured:
                how = f"the certificate's name {presented} equals {configured}"
            elif wildcard:
                how = f"the certificate's name {presented} is covered by {configured}"
            else:
                how = f"the certificate's name {presented} covers {configured}"
            because = ""
            if accepted is not None:
                because = (
                    f"The certificate domain falls under {accepted.domain_name}, "
                    f"an accepted domain of {connector.organization}."
                )
            found[id(connector)] = Match(connector=connector, rank=rank, how=how, because=because, accepted=accepted)
    return list(found.values())


def address_matches(
    facts: Facts, domain: str | None, accepted: AcceptedDomain | None, directory: Directory
) -> list[Match]:
    """Enabled OnPremises connectors of the sender domain's owner whose addresses hold the client."""
    if domain is None or accepted is None:
        return []
    index = directory.addresses.get(accepted.organization)
    if index is None:
        return []
    found = []
    for network, connector in index.lookup(facts.client):
        if connector.require_tls and not over_tls(facts, connector):
            continue
        if sender_allowed(connector, domain) and associated(connector, accepted):
            found.append(
                Match(
                    connector=connector,
                    rank=(1, 0, -network.prefixlen, 0),
                    how=lies_in(facts, network),
                    because=f"The sender domain {domain} is an accepted domain of {connector.organization}.",
                    accepted=accepted,
                )
            )
    return found


def rewriting_matches(
    facts: Facts, domain: str | None, accepted: AcceptedDomain | None, directory: Directory
) -> list[Match]:
    """Enabled OnPremises connectors that list the client's address and would write another sender than this one.

    The null sender is never rewritten; a domain that another organization has accepted is that organization's business;
    and where connectors of several organizations would do it, nobody can tell whose client it is.
    """
    if domain is None or not directory.rewriters:
        return []
    found = []
    for network, connector in directory.rewriters.lookup(facts.client):
        address = connector.sender_rewrite_address
        if address is None or not rewrites(connector, accepted):
            continue
        if accepted is not None and accepted.organization != connector.organization:
            continue
        own = directory.accepted_domain(address.domain)
        if own is None or own.organization != connector.organization or not associated(connector, own):
            continue
        if (connector.require_tls and not over_tls(facts, connector)) or not sender_allowed(connector, address.domain):
            continue
        found.append(
            Match(
                connector=connector,
                rank=(1, 0, -network.prefixlen, 0),
                how=lies_in(facts, network),
                because=f"It writes the sender {address} in place of one at {domain} "
                f"(RewriteSenders {connector.rewrite_senders}).",
                accepted=own,
            )
        )
    return found if len({match.connector.organization for match in found}) == 1 else []


def sender_allowed(connector: InboundConnector, domain: str | None) -> bool:
    """SenderDomains of an OnPremises connector, which is `*` unless the operator narrowed it.

    The null sender has no domain that could be forged, and reports must be able to leave (RFC 5321 §4.5.5).
    """
    patterns = connector.sender_domains
    if not patterns or domain is None or "*" in patterns:
        return True
    return any(domain_matches(pattern, domain) for pattern in patterns)


def associated(connector: InboundConnector, accepted: AcceptedDomain | None) -> bool:
    """AssociatedAcceptedDomains: an empty list means all of the organization's."""
    listed = connector.associated_accepted_domains
    return not listed or (accepted is not None and (accepted.domain_name in listed or accepted.name in listed))


def lies_in(facts: Facts, network: Network) -> str:
    if network.prefixlen == network.max_prefixlen:
        return f"the client's address is {facts.client}"
    return f"{facts.client} lies in {network}"


def _accepted_for(connector: InboundConnector, domains: tuple[str, ...], directory: Directory) -> AcceptedDomain | None:
    """The most specific accepted domain of the connector's organization among the certificate's domains."""
    best: AcceptedDomain | None = None
    for domain in domains:
        accepted = directory.accepted_domain(domain)
        if accepted is None or accepted is best or accepted.organization != connector.organization:
            continue
        if associated(connector, accepted) and (best is None or _width(accepted) > _width(best)):
            best = accepted
    return best


def _width(accepted: AcceptedDomain | None) -> int:
    """How specific an accepted domain is: more labels, and a name before a wildcard on the same name."""
    if accepted is None:
        return 0
    name = accepted.domain_name
    return 2 * name.removeprefix("*.").count(".") + 2 - name.startswith("*.")


def _because_of_sender(match: Match, domain: str) -> Match:
    because = (
        f"The certificate domain is not accepted by {match.connector.organization}, but the sender domain {domain} is."
    )
    return Match(connector=match.connector, rank=match.rank, how=match.how, because=because, accepted=None)


_ORDER = (
    "a certificate comes before an address",
    "an exact name comes before a wildcard",
    "the more specific match comes first",
    "a name shown in full comes before a wildcard certificate",
)


def _choose(matches: list[Match], by: str, notes: tuple[str, ...]) -> Origin:
    """Take the first by §3.6's order and say what came after it."""
    if len(matches) > 1:
        matches = sorted(matches, key=lambda m: (m.rank, age(m.connector)))
    winner = matches[0]
    connector = winner.connector
    reasons = [f"Connector {quoted(connector.name)} matched by {by}: {winner.how}.", winner.because]
    told = 0
    for loser in matches[1:]:
        if loser.connector is connector or told == MAX_LOSERS:
            continue
        told += 1
        why = next(
            (word for word, a, b in zip(_ORDER, winner.rank, loser.rank, strict=True) if a != b),
            "the older connector comes first, then the name decides",
        )
        reasons.append(f"Connector {quoted(loser.connector.name)} matches too ({loser.how}), but {why}.")
    return Origin(organization=connector.organization, connector=connector, by=by, reasons=(*reasons, *notes))
