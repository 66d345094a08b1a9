"""Who may hand in mail, and where it goes: the connectors and domains that everything else builds on."""

from collections.abc import Iterator, Sequence

from .check_site import Finding, Site, ok, warning


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


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
