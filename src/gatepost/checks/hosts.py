"""The way out: can the hosts be reached, which address do they see, and what is that address called?"""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

from gatepost.connectors import ConnectorType, InboundConnector, TlsSettings
from gatepost.routing import prohibited
from gatepost.tools import plain

from .greetings import Greeting, greetings, targets
from .site import Finding, Site, failed, ok, skipped, warning

_TLS_WANTED = (TlsSettings.ENCRYPTION_ONLY, TlsSettings.CERTIFICATE_VALIDATION, TlsSettings.DOMAIN_VALIDATION)
_NAME_WANTED = TlsSettings.DOMAIN_VALIDATION


async def port_25(site: Site) -> Sequence[Finding]:
    """Each smart host and MX host: TCP, banner, STARTTLS, and whether it asks for a client certificate."""
    found = await greetings(site)
    if not found:
        return (skipped("There is no smart host and no accepted domain with an MX, so there is nothing to reach."),)
    rows = [_reached(it) for it in found]
    if (more := len(await targets(site)) - len(found)) > 0:
        rows.append(skipped(f"Further hosts that were not looked at: {more}."))
    return rows


def _reached(greeting: Greeting) -> Finding:
    result, connector = greeting.result, greeting.target.connector
    whose = f"MX of {greeting.target.domain}" if connector is None else f"connector '{connector.name}'"
    name = f"{greeting.name} ({whose})"
    if result is None:
        return failed(greeting.problem, "Check the name, and the resolver.", name)
    if not greeting.banner.startswith("220"):
        if greeting.banner:
            means = f"It turns us away: {plain(greeting.banner)}"
            return failed(means, "Its words may say why; often the address has a bad name, or none.", name)
        trouble = result.trouble
        if trouble is None:
            return failed("It hung up without a greeting.", "Look at its log for this server's address.", name)
        return failed(trouble.means, trouble.next_step, name)
    tls = connector.tls_settings if connector is not None else TlsSettings.OPPORTUNISTIC
    if not greeting.offers_tls:
        if tls in _TLS_WANTED:
            sentence = "It greets, and offers no STARTTLS, which the connector requires: mail for it waits."
            return failed(sentence, "See that no firewall between strips STARTTLS, or set TlsSettings.", name)
        return ok("It greets, without TLS.", name)
    if result.tls_version is None:
        words = "TLS failed." if result.trouble is None else result.trouble.means
        next_step = "Look at its log." if result.trouble is None else result.trouble.next_step
        return (failed if tls in _TLS_WANTED else warning)(f"It greets, but {words}", next_step, name)
    problem = result.server_problem
    if problem is not None and tls in _TLS_WANTED[1:] and (tls is _NAME_WANTED or "is for" not in problem):
        remedy = (
            "Name the CA in CertificateAuthorities or the name in TlsDomain, or have the host's certificate put right."
        )
        return failed(f"{result.tls_version}, but {problem}", remedy, name)
    asked = "asks" if result.certificate_asked else "does not ask"
    if result.presented and not result.certificate_asked:
        return warning(
            f"{result.tls_version}, but it asks for no client certificate, so no connector there can know us by ours.",
            "Use the MX endpoint of the organization there, and not a submission host.",
            name,
        )
    remark = f" Its certificate: {problem}" if problem else ""
    return ok(f"{result.tls_version}; it {asked} for a client certificate.{remark}", name)


async def seen_as(site: Site) -> dict[str, str]:
    """Our public addresses as far sides show them, each with the host that told first."""
    found: dict[str, str] = {}
    for it in await greetings(site):
        address = it.result.seen_as if it.result is not None else ""
        if address and prohibited(address) is None:
            found.setdefault(address, it.name)
    return found


async def public_address(site: Site) -> Sequence[Finding]:
    """What far sides call us, against the addresses that inbound connectors list."""
    found = await seen_as(site)
    if not found:
        return (
            skipped(
                "No host outside has told which address it sees.",
                remedy="Exchange Online tells it: any smart host or MX there will do.",
            ),
        )
    rows = [_listed(site, address, teller) for address, teller in found.items()]
    if len({ip_address(it).version for it in found}) < len(found):
        rows.append(
            warning(
                f"Hosts see different addresses of ours: {', '.join(found)}.",
                "A connector by address at the far side must list them all; one by certificate does not care.",
            )
        )
    return rows


def _listed(site: Site, address: str, teller: str) -> Finding:
    listing = [it for it in site.directory.inbound if it.enabled and _lists(it, address)]
    if listing:
        return ok(f"{teller} sees it; connector '{listing[0].name}' lists it.", address)
    return ok(f"{teller} sees it: this is what SenderIPAddresses of a connector at the far side must list.", address)


def _lists(connector: InboundConnector, address: str) -> bool:
    one = ip_address(address)
    networks = connector.sender_ip_addresses if connector.connector_type is ConnectorType.ON_PREMISES else ()
    return any(one.version == it.version and one in it for it in networks)


async def reverse_name(site: Site) -> Sequence[Finding]:
    """Our name and our address: many hosts take no mail from an address without a name (PTR), or whose name lies."""
    hostname = site.settings.hostname
    known, addresses = await asyncio.gather(site.lookups.addresses(hostname), seen_as(site))
    rows = []
    if "." not in hostname:
        rows.append(
            warning(
                "This is no full host name, and it is what we say in EHLO.",
                'Set hostname = "relay.contoso.com" in gatepost.toml.',
                hostname,
            )
        )
    elif not known.addresses:
        why = f"cannot be looked up: {known.detail}" if known.detail else "has no address in the DNS"
        rows.append(
            warning(f"The name that we say in EHLO {why}.", "Give it an A record with the public address.", hostname)
        )
    else:
        rows.append(ok(f"The name that we say in EHLO has the address {', '.join(known.addresses[:3])}.", hostname))
    if not addresses:
        return [*rows, skipped("Our public address is not known, so its name (PTR) was not looked up.")]
    return [*rows, *await asyncio.gather(*(_reverse(site, it) for it in addresses))]


async def _reverse(site: Site, address: str) -> Finding:
    names = await site.lookups.names_of(address)
    if names.trouble:
        return skipped(f"Its name (PTR) cannot be looked up: {names.trouble}.", address)
    if not names.texts:
        return warning(
            "It has no name (PTR), and many hosts take no mail from such an address directly.",
            f"Ask whoever gave you the address to set it to {site.settings.hostname}; for mail that leaves through a "
            "smart host it does not matter.",
            address,
        )
    back = await asyncio.gather(*(site.lookups.addresses(it) for it in names.texts[:5]))
    confirmed = [
        name
        for name, it in zip(names.texts, back, strict=False)
        if ip_address(address) in map(ip_address, it.addresses)
    ]
    if not confirmed:
        return warning(
            f"Its name (PTR) is {plain(names.texts[0])}, and that name does not have this address.",
            "Let the name's A record and the PTR record agree.",
            address,
        )
    return ok(f"Its name (PTR) is {plain(confirmed[0])}, and the name has this address.", address)
