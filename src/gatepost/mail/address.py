"""Addresses of the envelope, by RFC 5321 §4.1.2 and RFC 6531 §3.3, from a hand-written grammar.

`email.utils.parseaddr` is never used on envelopes: it reads `a@evil)b@corp` as something else than it says.
"""

import ipaddress
import re
from typing import NamedTuple

import idna


class BadAddress(ValueError):
    """The text is not an address; the argument says why, in words fit for an SMTP reply."""


class Address(NamedTuple):
    """A mailbox: `local` exactly as given, `domain` in canonical form (lower-case A-label or `[literal]`)."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        """False when the next hop must offer SMTPUTF8 (RFC 6531)."""
        return self.local.isascii()


# RFC 5321 §4.5.3.1: local part 64, domain 255, path 256 octets.
MAX_LOCAL, MAX_DOMAIN, MAX_PATH = 64, 255, 256

_BEYOND = r"\xa0-\ud7ff\ue000-\U0010ffff"  # RFC 6531's UTF8-non-ascii, without C1 controls and lone surrogates
_ATEXT = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~{_BEYOND}-]"
_DOT_STRING = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
_QUOTED = re.compile(rf'"(?:[\x20\x21\x23-\x5b\x5d-\x7e{_BEYOND}]|\\[\x20-\x7e])*"')
_OTHER_DOTS = "\u3002\uff0e\uff61"  # UTS 46 reads these as dots; in an envelope they are a disguise
_LDH = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_PLAIN = re.compile(r"([A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*)@([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)")


def canonical_domain(text: str) -> str:
    """The lower-case A-label form of a domain name, or `[literal]`; raises BadAddress.

    >>> canonical_domain("Bücher.Example.")
    'xn--bcher-kva.example'
    """
    if text.startswith("["):
        return _literal(text)
    name = text.lower().removesuffix(".")
    try:
        octets = len(name.encode())
    except UnicodeEncodeError:  # octets that were no UTF-8, carried through as surrogates
        raise BadAddress("domain is not UTF-8 text") from None
    if not 0 < octets <= MAX_DOMAIN:
        raise BadAddress("domain is empty or longer than 255 octets")
    if not name.isascii():
        if any(dot in name for dot in _OTHER_DOTS):
            raise BadAddress("domain is parted by something other than full stops")
        try:
            name = idna.encode(name, uts46=False).decode("ascii")  # IDNA 2008; the length was capped above
        except idna.IDNAError:
            raise BadAddress("domain is not a valid internationalized name") from None
    if not _LDH.fullmatch(name) or len(name) > MAX_DOMAIN:
        raise BadAddress("domain is not a valid host name")
    return name


def _literal(text: str) -> str:
    if not text.endswith("]"):
        raise BadAddress("address literal has no closing bracket")
    inner = text[1:-1]
    try:
        if inner[:5].lower() == "ipv6:":
            return f"[IPv6:{ipaddress.IPv6Address(inner[5:])}]"
        return f"[{ipaddress.IPv4Address(inner)}]"
    except ValueError:
        raise BadAddress("address literal is not an IP address") from None


def parse_mailbox(text: str) -> Address:
    """Read `local@domain`; raises BadAddress.

    Percent hacks, bang paths and quoted parts that contain an `@` are refused: no relay is to be talked into
    routing by them (the old open-relay tricks).
    """
    if len(text) <= MAX_PATH and (plain := _PLAIN.fullmatch(text)) and ".." not in text and "-." not in text:
        local, domain = plain.groups()
        if len(local) <= MAX_LOCAL and _LDH.fullmatch(domain):
            return Address(local, domain)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_PATH:
        raise BadAddress("address is longer than 256 octets")
    found = _QUOTED.match(text) if text.startswith('"') else _DOT_STRING.match(text)
    if found is None:
        raise BadAddress("local part is not valid")
    local, rest = found.group(), text[found.end() :]
    if not rest.startswith("@"):
        raise BadAddress("local part is not followed by @domain")
    if len(local.encode("utf-8", "surrogatepass")) > MAX_LOCAL:
        raise BadAddress("local part is longer than 64 octets")
    if "%" in local or "!" in local or "@" in local:
        raise BadAddress("source routing in the local part is not accepted")
    return Address(local, canonical_domain(rest[1:]))


def parse_path(text: str) -> Address | None:
    """Read a path in angle brackets; `<>` is the null sender, None. Raises BadAddress.

    A source route `<@relay:user@domain>` is refused (RFC 5321 appendix F.2 allows that).
    """
    if text == "<>":
        return None
    if not (text.startswith("<") and text.endswith(">")):
        raise BadAddress("path is not in angle brackets")
    inner = text[1:-1]
    if inner.startswith("@"):
        raise BadAddress("source routes are not accepted")
    return parse_mailbox(inner)


def without_detail(address: Address) -> Address:
    """The address that plus-addressing means: what follows the first `+` of the local part is the owner's own note.

    >>> str(without_detail(Address("anna+news", "contoso.com")))
    'anna@contoso.com'
    """
    name, plus, _ = address.local.partition("+")
    return Address(name, address.domain) if plus and name and not name.startswith('"') else address


def domain_matches(pattern: str, domain: str) -> bool:
    """Whether a domain falls under Exchange's pattern: `*`, `contoso.com`, or `*.contoso.com` (itself and below)."""
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        parent = pattern[2:]
        return domain == parent or domain.endswith("." + parent)
    return domain == pattern
