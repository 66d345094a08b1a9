"""TLSA records: what a domain owner's DNS says about a mail host's certificate (RFC 6698, RFC 7671, RFC 7672)."""

from collections.abc import Iterable
from dataclasses import dataclass

TRUST_ANCHOR, END_ENTITY = 2, 3  # certificate usages that count for SMTP: DANE-TA, DANE-EE
WHOLE, PUBLIC_KEY = 0, 1  # selectors
FULL, SHA_256, SHA_512 = 0, 1, 2  # matching types
_OCTETS = {SHA_256: 32, SHA_512: 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """One TLSA record: its certificate usage, its selector, its matching type, and the octets to be matched."""

    usage: int
    selector: int
    matching: int
    octets: bytes

    @property
    def usable(self) -> bool:
        """Whether a host can be proved by it. PKIX-TA and PKIX-EE count for nothing here (RFC 7672 §3.1.3)."""
        if self.usage not in (TRUST_ANCHOR, END_ENTITY) or self.selector not in (WHOLE, PUBLIC_KEY):
            return False
        return self.matching in (FULL, *_OCTETS) and len(self.octets) == _OCTETS.get(
            self.matching, len(self.octets) or 1
        )

    @property
    def of_authority(self) -> bool:
        """Whether it names who must have signed the certificate, not the certificate itself."""
        return self.usage == TRUST_ANCHOR

    @property
    def of_key(self) -> bool:
        """Whether only the public key is compared, not the whole certificate."""
        return self.selector == PUBLIC_KEY

    @property
    def digest(self) -> str:
        """The name of the digest in `octets`; empty where they are the thing itself."""
        return {SHA_256: "sha256", SHA_512: "sha512"}.get(self.matching, "")

    def __str__(self) -> str:
        octets = self.octets.hex()
        return f"{self.usage} {self.selector} {self.matching} {octets if len(octets) <= 16 else octets[:16] + '…'}"


def worth_matching(records: Iterable[Fingerprint]) -> tuple[Fingerprint, ...]:
    """The usable ones; of digests of the same thing only the strongest (RFC 7671 §9)."""
    usable = tuple(dict.fromkeys(it for it in records if it.usable))
    strongest: dict[tuple[int, int], int] = {}
    for it in usable:
        kind = (it.usage, it.selector)
        strongest[kind] = max(strongest.get(kind, FULL), it.matching)
    return tuple(it for it in usable if it.matching in (FULL, strongest[it.usage, it.selector]))
