"""Who may hand in mail, and where it goes: the connectors and domains that everything else builds on."""

from collections.abc import Iterator, Sequence

from gatepost.connectors import ConnectorType, InboundConnector, TlsVersion

from .site import Finding, Site, ok, warning

_MANY = 16  # addresses: more are a network, and no devices that somebody looked at one by one


async def connectors(site: Site) -> Sequence[Finding]:
    """Whether anybody may relay at all, and in the name of which domains."""
    return tuple(_found(site))


def _found(site: Site) -> Iterator[Finding]:
    inbound = site.directory.inbound
    enabled = [it for it in inbound if it.enabled]
    if enabled:
        yield ok(f"{_several(len(enabled), 'inbound connector')} may hand in mail.")
    elif inbound:
        yield warning(
            "Every inbound connector is turned off: nobody may relay.", "gatepost connector enable NAME turns one on."
        )
    else:
        yield warning(
            "There is no inbound connector: nobody may relay.",
            "Make one for each device or server: gatepost connector add --name Printers --connector-type OnPremises "
            "--sender-domains '*' --sender-ip-addresses ADDRESS",
        )
    if not site.domains:
        yield warning(
            "There is no accepted domain: no sender counts as yours.",
            "gatepost domain add contoso.com --domain-type Authoritative, with the domain your devices send from.",
        )
    if not any(it.enabled for it in site.outbound):
        yield ok("No outbound connector: mail for other domains goes to their MX.")


async def old_tls(site: Site) -> Sequence[Finding]:
    """Who may use TLS older than everybody needs."""
    allowing = [
        it
        for it in site.directory.inbound
        if it.enabled
        and not it.blocked
        and it.connector_type is ConnectorType.ON_PREMISES
        and it.minimum_tls_version is not TlsVersion.V1_2
        and it.sender_ip_addresses
    ]
    return tuple(map(_allowing, allowing)) or (ok("Everybody needs TLS 1.2 or newer."),)


def _allowing(it: InboundConnector) -> Finding:
    count = sum(network.num_addresses for network in it.sender_ip_addresses)
    who = "One address" if count == 1 else f"{count:,} addresses"
    words = f"{who} of connector '{it.name}' may use {it.minimum_tls_version} and newer."
    if count > _MANY:
        return warning(words, "List the old devices one by one, in a connector of their own.", it.name)
    return ok(words, it.name)


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
