"""Near misses: which connector might have stood for a refused client, what is lacking, and the remedy.

Nothing here grants anything. It is asked only after a refusal, and looks at a bounded number of candidates.
"""

from gatepost.mail import Address

from .attribution import MAX_NAMES, associated, lies_in, sender_allowed
from .decision import Words
from .directory import Directory
from .facts import PUBLIC, Certificate, Facts
from .handshakes import over_tls
from .model import InboundConnector, Network
from .names import canonical_name
from .words import accept_domain, clean, command, listing, of_organization, quoted, shell, trusted_certificate

LOOKED_AT = 16  # candidates examined of each kind
TOLD = 6  # near misses told of
ASLEEP = 2  # disabled connectors by certificate told of


class Misses:
    """Sentences in the order found, without repetition."""

    __slots__ = ("reasons", "remedies")

    def __init__(self) -> None:
        self.reasons: dict[str, None] = {}
        self.remedies: dict[str, None] = {}

    def add(self, reason: str, *remedies: str) -> None:
        if len(self.reasons) < TOLD:
            self.reasons.setdefault(reason)
            for remedy in remedies:
                self.remedies.setdefault(remedy)


def near_misses(facts: Facts, sender: Address | None, directory: Directory) -> Words:
    """Reasons and remedies for a client that no connector stands for."""
    misses = Misses()
    if facts.certificate is not None:
        _certificate(facts, sender, directory, misses)
    listed = directory.every_address.lookup(facts.client)[:LOOKED_AT]
    for network, connector in listed:
        _address(facts, sender, (network, connector), directory, misses)
    if not any(connector.enabled for _, connector in listed):
        _neighbours(facts, directory, misses)
    if not misses.reasons:
        _nothing(facts, sender, directory, misses)
    if facts.certificate is None and sender is not None:
        _asleep(sender, directory, misses)
    return tuple(misses.reasons), tuple(misses.remedies)


def _certificate(facts: Facts, sender: Address | None, directory: Directory, misses: Misses) -> None:
    certificate = facts.certificate
    assert certificate is not None
    domain = None if sender is None else sender.domain
    canonical = (canonical_name(text) for text in certificate.names[:MAX_NAMES])
    names = list(dict.fromkeys(name for name in canonical if name is not None))
    covering = [
        (name, connector)
        for name in names[:LOOKED_AT]
        for _, connector in directory.every_certificate.lookup(name)[:LOOKED_AT]
    ][:LOOKED_AT]
    for name, connector in covering:
        label = f"Connector {quoted(connector.name)}"
        if not connector.enabled:
            _disabled(connector, f"the certificate's name {name}", directory, misses)
        elif PUBLIC not in certificate.trusted_by and connector.organization not in certificate.trusted_by:
            misses.add(
                f"{label} expects the name {name}, which the certificate carries, but the certificate is not "
                f"trusted: {_problem(certificate, connector)}",
                trusted_certificate(directory, connector.organization),
            )
        elif not sender_allowed(connector, domain):
            _sender_domains(connector, domain, directory, misses)
        elif not over_tls(facts, connector):
            misses.add(
                f"{label} matches the certificate's name {name}, but a certificate shown over {facts.tls_version} does "
                f"not count for it: its MinimumTlsVersion is {connector.minimum_tls_version}.",
                "Update the client, so that it uses TLS 1.2 or newer.",
            )
        else:
            configured = connector.tls_sender_certificate_name
            misses.add(
                f"{label} ({configured}) matches the certificate's name {name}, but neither this name's "
                f"domain nor the sender's ({domain or 'null sender'}) is an accepted domain of "
                f"{connector.organization}.",
                accept_domain(directory, name.removeprefix("*."), connector.organization)
                + (" Or send from an accepted domain." if domain else ""),
            )
    if covering:
        return
    shown = listing(names) or "none that can be compared"
    if certificate.problem is not None:
        misses.add(
            f"The client's certificate (names: {shown}) does not count: {clean(certificate.problem, 300)}",
            trusted_certificate(directory, None if domain is None else directory.organization_of(domain)),
        )
    for name in names[:LOOKED_AT]:
        for configured, connector in directory.every_certificate.near(name, 3):
            misses.add(
                f"The certificate shows {name}; connector {quoted(connector.name)} expects {configured}.",
                "If this certificate is meant: " + command(directory, connector, "tls-sender-certificate-name", [name]),
            )
    if not misses.reasons:
        wanted = names[0] if names else "NAME"
        misses.add(
            f"No connector expects a name of the client's certificate (names: {shown}).",
            f"Add a connector for it: gatepost connector add --name {shell(f'Relay with {wanted}')} "
            "--connector-type OnPremises --sender-domains '*' --require-tls true "
            f"--tls-sender-certificate-name {shell(wanted)}"
            + of_organization(directory, None if domain is None else directory.organization_of(domain)),
        )


def _address(
    facts: Facts,
    sender: Address | None,
    match: tuple[Network, InboundConnector],
    directory: Directory,
    misses: Misses,
) -> None:
    network, connector = match
    place = lies_in(facts, network)
    label = f"Connector {quoted(connector.name)} lists the client ({place}), but"
    if not connector.enabled:
        _disabled(connector, place, directory, misses)
        return
    if connector.require_tls and not over_tls(facts, connector):
        drop = f"drop the requirement: {command(directory, connector, 'require-tls', ['false'])}"
        if facts.tls_version is None:
            words, remedy = "requires TLS, and the session is in the clear.", f"Let the client use STARTTLS, or {drop}"
        else:
            least = connector.minimum_tls_version
            words = f"requires TLS of {least} or newer, and the session has {facts.tls_version}."
            remedy = f"Update the client, or {drop}"
        misses.add(f"{label} {words}", remedy)
    if sender is None:
        misses.add(
            f"{label} the sender is null (<>), and an address needs a sender domain that is accepted.",
            "Send reports and automatic replies through a connector by certificate whose domain is accepted.",
        )
        return
    accepted = directory.accepted_domain(sender.domain)
    if accepted is None or accepted.organization != connector.organization:
        owner = "" if accepted is None else f" (it belongs to {accepted.organization})"
        remedies = ["Send from an accepted domain."]
        if accepted is None:
            accepting = accept_domain(directory, sender.domain, connector.organization)
            writing = command(directory, connector, "rewrite-senders", ["NotAccepted"])
            remedies = [
                f"Send from an accepted domain, or accept this one: {accepting}",
                "If the device cannot be given another sender, let the connector write one: "
                f"{writing} --sender-rewrite-address ADDRESS",
            ]
        misses.add(
            f"{label} the sender domain {sender.domain} is not an accepted domain of {connector.organization}{owner}.",
            *remedies,
        )
    elif not sender_allowed(connector, sender.domain):
        _sender_domains(connector, sender.domain, directory, misses)
    elif not associated(connector, accepted):
        misses.add(
            f"{label} its AssociatedAcceptedDomains do not name {accepted.domain_name}.",
            "Add it: " + command(directory, connector, "add-associated-accepted-domains", [accepted.domain_name]),
        )


def _neighbours(facts: Facts, directory: Directory, misses: Misses) -> None:
    near = [entry for entry in directory.neighbours.near(facts.client)[:LOOKED_AT] if entry[1].enabled]
    for network, connector in near[:3]:
        shown = str(network) if network.prefixlen < network.max_prefixlen else str(network.network_address)
        misses.add(
            f"{facts.client} is not listed, but is close to {shown} of connector {quoted(connector.name)}.",
            "If the client's address has changed: "
            + command(directory, connector, "add-sender-ip-addresses", [str(facts.client)]),
        )


def _nothing(facts: Facts, sender: Address | None, directory: Directory, misses: Misses) -> None:
    misses.add(
        f"No OnPremises connector lists {facts.client}.",
        "If the client may relay, add a connector for it: gatepost connector add --name "
        f"{shell(f'Relay from {facts.client}')} --connector-type OnPremises --sender-domains '*' "
        f"--sender-ip-addresses {facts.client}"
        + of_organization(directory, None if sender is None else directory.organization_of(sender.domain)),
    )
    if sender is not None and directory.accepted_domain(sender.domain) is None:
        misses.add(
            f"The sender domain {sender.domain} is not an accepted domain of any organization.",
            f"If it is yours, accept it: {accept_domain(directory, sender.domain, None)}",
        )
    if facts.certificate is None and directory.wants_client_certificate:
        how = "showed no certificate" if facts.tls else "did not use TLS, so it could show no certificate"
        misses.add(
            f"The client {how}, and there are connectors by certificate.",
            "To relay by certificate, let the client use STARTTLS and present its certificate.",
        )


def _asleep(sender: Address, directory: Directory, misses: Misses) -> None:
    """Connectors by certificate that the client might have meant; while all are disabled it is not even asked."""
    owner = directory.organization_of(sender.domain)
    told = 0
    for connector in directory.disabled_by_certificate(owner)[:LOOKED_AT] if owner is not None else ():
        if told < ASLEEP and sender_allowed(connector, sender.domain):
            told += 1
            name = connector.tls_sender_certificate_name
            _disabled(connector, f"a certificate for {name}, which the client did not show", directory, misses)


def _disabled(connector: InboundConnector, by: str, directory: Directory, misses: Misses) -> None:
    which = of_organization(directory, connector.organization)
    misses.add(
        f"Connector {quoted(connector.name)} would match ({by}), but it is disabled.",
        f"If it shall count: gatepost connector enable {shell(connector.name)}{which}",
    )


def _sender_domains(connector: InboundConnector, domain: str | None, directory: Directory, misses: Misses) -> None:
    misses.add(
        f"Connector {quoted(connector.name)} matches the client, but its SenderDomains "
        f"({listing(connector.sender_domains)}) do not cover {domain}.",
        "Send from one of them, or widen the list: "
        + command(directory, connector, "add-sender-domains", [str(domain)]),
    )


def _problem(certificate: Certificate, connector: InboundConnector) -> str:
    if certificate.problem is not None:
        return clean(certificate.problem, 300)
    return f"its CA is not one that {connector.organization} trusts."
