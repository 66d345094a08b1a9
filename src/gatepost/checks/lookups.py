"""What the DNS says about a domain's mail, beyond what delivery asks: policies, keys, names of addresses.

Nothing is guessed and nothing computed: what was not found is not there, and what could not be asked is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import dns.reversename
from dns.rdtypes.ANY.TXT import TXT

from gatepost.outbound import DnsResolver
from gatepost.routing import Answer, MxAnswer, MxHost, attempt_order

# MX host names by provider; each a suffix of whole labels.
_PROVIDERS = {
    "Microsoft 365": (
        "mail.protection.outlook.com",
        "mail.protection.office365.us",
        "mail.protection.partner.outlook.cn",
        "mx.microsoft",
    ),
    "Google": ("google.com", "googlemail.com"),
}
OTHER = "other"
MICROSOFT, GOOGLE = tuple(_PROVIDERS)


def provider_of(hosts: Sequence[str]) -> str:
    """Who runs the best mail host, as far as its name tells."""
    best = hosts[0].lower().rstrip(".") if hosts else ""
    for provider, suffixes in _PROVIDERS.items():
        if any(best == suffix or best.endswith(f".{suffix}") for suffix in suffixes):
            return provider
    return OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Strings from the DNS. `trouble` says why nothing is known; without it, no strings means that there are none.

    `exists`: the name is there, even if it has no such record.
    """

    texts: tuple[str, ...] = ()
    exists: bool = False
    authenticated: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHosts:
    """The mail hosts of a domain, best first; `problem` is a sentence where there are none.

    `later`: it may be different later, because the DNS gave no answer.
    """

    hosts: tuple[MxHost, ...] = ()
    problem: str = ""
    later: bool = False

    @property
    def provider(self) -> str:
        return provider_of([it.host for it in self.hosts])


class Lookups(DnsResolver):
    """The relay's own resolver, with the questions that only instruments ask."""

    async def mail_hosts(self, domain: str) -> MailHosts:
        """Where the relay itself would deliver for the domain, in the order of attempts."""
        answer: MxAnswer = await self.mx(domain)
        order = attempt_order(domain, answer, ourselves=(), shuffle=lambda hosts: hosts.sort(key=lambda it: it.host))
        if isinstance(order, tuple):
            return MailHosts(hosts=order)
        return MailHosts(
            problem=f"{order.reason[:1].upper()}{order.reason[1:]}.", later=answer.answer is Answer.TROUBLE
        )

    async def texts(self, name: str) -> Texts:
        """The TXT records of a name, each with its pieces put together."""
        return await self._strings(name, "TXT")

    async def fingerprints(self, host: str, port: int = 25) -> Texts:
        """The TLSA records of a mail host (RFC 7672), which count only where `authenticated`."""
        return await self._strings(f"_{port}._tcp.{host}", "TLSA")

    async def names_of(self, address: str) -> Texts:
        """The host names that an address has (PTR)."""
        reverse = dns.reversename.from_address(str(ip_address(address))).to_text(omit_final_dot=True)
        return await self._strings(reverse, "PTR")

    async def _strings(self, name: str, kind: str) -> Texts:
        found = await self.records(name, kind)
        return Texts(
            texts=tuple(
                b"".join(it.strings).decode("utf-8", "replace") if isinstance(it, TXT) else it.to_text().rstrip(".")
                for it in found.records
            ),
            exists=found.answer in (Answer.FOUND, Answer.EMPTY),
            authenticated=found.authenticated,
            trouble=found.detail if found.answer is Answer.TROUBLE else "",
        )
