"""Whether a domain's SPF record names an address: RFC 7208 §4 without macros, for checking one's own domains.

What depends on a message (macros, `exists`, `ptr`) cannot be known here, and the answer is then UNKNOWN.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network

from .lookups import Lookups

MOST_LOOKUPS = 10  # RFC 7208 §4.6.4
MICROSOFT_INCLUDE = "spf.protection.outlook.com"


class Spf(StrEnum):
    """The result, in the RFC's words; `unknown` is ours."""

    PASS = "pass"  # noqa: S105  no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"
    UNKNOWN = "unknown"


_QUALIFIERS = {"+": Spf.PASS, "-": Spf.FAIL, "~": Spf.SOFTFAIL, "?": Spf.NEUTRAL}


def spf_records(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Those TXT records that are SPF (RFC 7208 §4.5)."""
    return tuple(it for it in texts if it.lower() == "v=spf1" or it.lower().startswith("v=spf1 "))


def includes_microsoft(record: str) -> bool:
    """Whether mail from Exchange Online is covered by name."""
    return any(term.lstrip("+").lower() == f"include:{MICROSOFT_INCLUDE}" for term in record.split())


@dataclass(slots=True)
class SpfQuestion:
    """May this address send for a domain? One question; `left` counts the look-ups that it may still cost."""

    lookups: Lookups
    address: str
    left: int = field(default=MOST_LOOKUPS)

    async def ask(self, domain: str) -> Spf:
        """The result for a domain."""
        found = await self.lookups.texts(domain)
        if found.trouble:
            return Spf.TEMPERROR
        records = spf_records(found.texts)
        if len(records) != 1:
            return Spf.PERMERROR if records else Spf.NONE
        return await self._judge(records[0].split()[1:], domain)

    async def _judge(self, terms: list[str], domain: str) -> Spf:
        redirect = ""
        unknown = False
        for term in terms:
            name, _, value = term.partition("=")
            if value and name.isalpha():
                redirect = value if name.lower() == "redirect" else redirect
                continue
            qualifier, mechanism = (term[0], term[1:]) if term[0] in _QUALIFIERS else ("+", term)
            match = await self._matches(mechanism, domain)
            if match in (Spf.PERMERROR, Spf.TEMPERROR):
                return match
            unknown |= match is Spf.UNKNOWN
            if match is Spf.PASS:
                return Spf.UNKNOWN if unknown else _QUALIFIERS[qualifier]
        if unknown:
            return Spf.UNKNOWN
        if not redirect:
            return Spf.NEUTRAL
        if "%" in redirect:
            return Spf.UNKNOWN
        if not self._afford():
            return Spf.PERMERROR
        result = await self.ask(redirect)
        return Spf.PERMERROR if result is Spf.NONE else result

    async def _matches(self, mechanism: str, domain: str) -> Spf:
        """PASS where the mechanism names the address, NEUTRAL where not; or why it cannot be said."""
        kind, _, argument = mechanism.partition(":")
        kind, _, length = kind.lower().partition("/")
        if kind == "all":
            return Spf.PASS
        if kind in ("ip4", "ip6"):
            return self._within([argument], "")
        if "%" in argument or kind in ("exists", "ptr"):
            return Spf.UNKNOWN
        if kind not in ("include", "a", "mx") or not self._afford():
            return Spf.PERMERROR
        if kind == "include":
            result = await self.ask(argument)
            if result in (Spf.PASS, Spf.TEMPERROR, Spf.PERMERROR, Spf.UNKNOWN):
                return result
            return Spf.PERMERROR if result is Spf.NONE else Spf.NEUTRAL
        argument, _, own_length = argument.partition("/")
        host = argument or domain
        return self._within(await self._addresses(host, mx=kind == "mx"), length or own_length)

    async def _addresses(self, host: str, *, mx: bool) -> list[str]:
        hosts = [it.host for it in (await self.lookups.mx(host)).hosts if it.host] if mx else [host]
        return [address for it in hosts[:MOST_LOOKUPS] for address in (await self.lookups.addresses(it)).addresses]

    def _within(self, networks: list[str], lengths: str) -> Spf:
        """Whether one of the networks holds the address. `lengths` of `a` and `mx`: `24`, `24//64`, `/64` or none."""
        client = ip_address(self.address)
        four, _, six = ("", "", lengths[1:]) if lengths.startswith("/") else lengths.partition("//")
        length = four if client.version == 4 else six
        for text in networks:
            try:
                network = ip_network(text, strict=False)
                if network.version == client.version and length:
                    network = ip_network(f"{text}/{length}", strict=False)
            except ValueError:
                return Spf.PERMERROR
            if network.version == client.version and client in network:
                return Spf.PASS
        return Spf.NEUTRAL

    def _afford(self) -> bool:
        self.left -= 1
        return self.left >= 0
