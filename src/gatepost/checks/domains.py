"""What the DNS says of each accepted domain: MX, SPF, DKIM, DMARC."""

import asyncio
from collections.abc import Sequence

from gatepost.routing import prohibited
from gatepost.tools import plain

from .hosts import seen_as
from .lookups import OTHER
from .signing import key_findings
from .site import Finding, Level, Site, failed, ok, per_domain, skipped, warning
from .spf import MICROSOFT_INCLUDE, Spf, SpfQuestion, includes_microsoft, spf_records

_ASK_AGAIN = "Check the resolver (gatepost check --only resolver) and try again."


async def mx(site: Site) -> Sequence[Finding]:
    """The mail hosts of each accepted domain, as they are looked up; never as a rule would compute them."""
    return await per_domain(site, lambda domain: _mx(site, domain))


async def _mx(site: Site, domain: str) -> Finding:
    found = await site.lookups.mail_hosts(domain)
    if found.later:
        return failed(found.problem, _ASK_AGAIN, domain)
    if not found.hosts:
        return warning(found.problem, "If the domain is to receive mail, give it an MX record.", domain)
    best = found.hosts[0].host
    addresses = await site.lookups.addresses(best)
    if not addresses.addresses:
        why = addresses.detail or "it does not exist in the DNS"
        return failed(f"Its best mail host {best} has no address: {why}.", "Correct the MX record.", domain)
    told = f"{best} takes its mail" + ("" if found.provider == OTHER else f" ({found.provider})")
    reasons = [prohibited(it) for it in addresses.addresses]
    if all(reasons) and not site.settings.delivery.allow_private_mx:
        return warning(
            f"{told}, at {addresses.addresses[0]}, where no MX may lead to ({reasons[0]}).",
            "Let the MX record lead to a public address, or route the domain by an outbound connector.",
            domain,
        )
    return ok(f"{told}.", domain)


async def spf(site: Site) -> Sequence[Finding]:
    """Whether SPF lets us send for each accepted domain: by our address, or by Exchange Online's include."""
    addresses = tuple(await seen_as(site))
    return await per_domain(site, lambda domain: _spf(site, domain, addresses))


async def _spf(site: Site, domain: str, addresses: tuple[str, ...]) -> Finding:
    found = await site.lookups.texts(domain)
    if found.trouble:
        return failed(f"Its SPF record cannot be looked up: {found.trouble}.", _ASK_AGAIN, domain)
    records = spf_records(found.texts)
    named = f"ip{'6' if ':' in addresses[0] else '4'}:{addresses[0]} " if addresses else ""
    if not records:
        remedy = f"Publish a TXT record, for example: v=spf1 {named}include:{MICROSOFT_INCLUDE} -all"
        return warning("It has no SPF record, so receivers cannot tell its mail from forged mail.", remedy, domain)
    if len(records) > 1:
        return failed(
            f"It has {len(records)} SPF records, which receivers take as an error.", "Make one of them.", domain
        )
    microsoft = includes_microsoft(records[0])
    results = [(it, await SpfQuestion(site.lookups, it).ask(domain)) for it in addresses]
    if any(result is Spf.PERMERROR for _, result in results):
        return failed(
            "Its SPF record has an error, or needs more than ten look-ups.", f"Correct it: {plain(records[0])}", domain
        )
    unnamed = [it for it, result in results if result in (Spf.FAIL, Spf.SOFTFAIL, Spf.NEUTRAL)]
    if not unnamed and any(result is Spf.PASS for _, result in results):
        return ok(f"SPF names our address{' and Exchange Online' if microsoft else ''}.", domain)
    if microsoft:
        more = f"; {', '.join(unnamed)} is not named, which matters for mail that does not pass it" if unnamed else ""
        return ok(f"SPF covers what leaves through Exchange Online{more}.", domain)
    if unnamed:
        remedy = f"Add {named.strip()}, or include:{MICROSOFT_INCLUDE} where mail leaves through Exchange Online."
        return warning(f"SPF does not name our address {', '.join(unnamed)}.", remedy, domain)
    why = "cannot be judged without a message" if results else "was not compared: our public address is not known"
    return skipped(f"It has an SPF record, which {why}.", domain)


async def dkim(site: Site) -> Sequence[Finding]:
    """Whether our keys are published where we sign; else whether any are, under whatever selectors."""
    return await per_domain(site, lambda domain: _dkim(site, domain))


async def _dkim(site: Site, domain: str) -> Finding:
    signing = next((it for it in site.signings if it.name == domain and it.enabled), None)
    if signing is not None:
        found = await key_findings(site.lookups, signing, signing.signing_selector, site.secret)
        return next((it for it in found if it.level is not Level.OK), found[0])
    # RFC 8020: a name below which something exists, exists itself.
    above = await site.lookups.texts(f"_domainkey.{domain}")
    if above.trouble:
        return failed(f"_domainkey.{domain} cannot be looked up: {above.trouble}.", _ASK_AGAIN, domain)
    if above.exists:
        return ok("There are DKIM keys below it.", domain)
    remedy = (
        f"Switch on DKIM where the mail leaves: here with gatepost dkim create {domain}; "
        "in Microsoft 365: Defender, Email authentication settings, DKIM."
    )
    return warning("No DKIM key is published below it.", remedy, domain)


async def dmarc(site: Site) -> Sequence[Finding]:
    """The DMARC policy of each accepted domain, its own or that of a domain above it."""
    return await per_domain(site, lambda domain: _dmarc(site, domain))


async def _dmarc(site: Site, domain: str) -> Finding:
    labels = domain.split(".")
    above = [".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))][:5]
    answers = await asyncio.gather(*(site.lookups.texts(f"_dmarc.{it}") for it in above))
    for name, found in zip(above, answers, strict=True):
        if found.trouble:
            return failed(f"_dmarc.{name} cannot be looked up: {found.trouble}.", _ASK_AGAIN, domain)
        records = [it for it in found.texts if it.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(records) > 1:
            return failed(f"There are {len(records)} DMARC records at _dmarc.{name}.", "Make one of them.", domain)
        if records:
            return ok(f"DMARC: {plain(records[0])}" + ("" if name == domain else f" (of {name})"), domain)
    remedy = f"Publish a TXT record at _dmarc.{domain}, to begin with: v=DMARC1; p=none"
    return warning("It has no DMARC policy; large receivers ask for one.", remedy, domain)
