"""Which domain signs, with which keys: Exchange's DkimSigningConfig, and the table that mail is looked up in.

A domain has two selectors, and one of them signs. Rotation makes a new key for the other, which signs from when its
record is found in the DNS; the old record then stays for the mail that is on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from .model import Organization


class Algorithm(StrEnum):
    """How to sign. Both at once is two signatures, for receivers that know one of them (RFC 8463 §3)."""

    RSA = "RsaSha256"
    ED25519 = "Ed25519Sha256"


class Slot(StrEnum):
    """One of the two places for keys."""

    FIRST = "Selector1"
    SECOND = "Selector2"

    @property
    def other(self) -> "Slot":
        return Slot.SECOND if self is Slot.FIRST else Slot.FIRST


class WithoutKey(StrEnum):
    """What becomes of mail whose key is missing or broken."""

    DEFER = "Defer"
    SEND_UNSIGNED = "SendUnsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSigning:
    """How mail of a domain is signed. `name` is the domain; keys are names into `config.secrets`, never values."""

    name: str
    organization: str
    enabled: bool = False
    algorithms: tuple[Algorithm, ...] = (Algorithm.RSA,)
    key_size: int = 2048  # of RSA keys that are made, in bits
    selector1: str = "selector1"
    selector2: str = "selector2"
    signing_selector: Slot = Slot.FIRST
    rotation_begun_utc: float | None = None  # the other slot's key is waiting to be published
    rotated_utc: float | None = None  # when the slot that signs took over
    without_key: WithoutKey = WithoutKey.DEFER
    selector1_key_secret: str | None = field(default=None, repr=False)
    selector2_key_secret: str | None = field(default=None, repr=False)
    selector1_ed25519_key_secret: str | None = field(default=None, repr=False)
    selector2_ed25519_key_secret: str | None = field(default=None, repr=False)

    def selector(self, slot: Slot, algorithm: Algorithm) -> str:
        """The selector's name in the DNS. A record holds one key, so the second algorithm has a name of its own."""
        name = self.selector1 if slot is Slot.FIRST else self.selector2
        return name if algorithm is Algorithm.RSA else f"{name}-ed25519"

    def record_name(self, slot: Slot, algorithm: Algorithm) -> str:
        """Where the DNS has the public key."""
        return f"{self.selector(slot, algorithm)}._domainkey.{self.name}"

    def secret(self, slot: Slot, algorithm: Algorithm) -> str | None:
        """The name of the secret that holds the private key."""
        match slot, algorithm:
            case Slot.FIRST, Algorithm.RSA:
                return self.selector1_key_secret
            case Slot.SECOND, Algorithm.RSA:
                return self.selector2_key_secret
            case Slot.FIRST, _:
                return self.selector1_ed25519_key_secret
            case _:
                return self.selector2_ed25519_key_secret


class SigningTable:
    """The domains that sign, found by the author's domain."""

    __slots__ = ("_domains", "_organizations", "_sealers")

    def __init__(self, signings: Iterable[DomainSigning] = (), organizations: Iterable[Organization] = ()) -> None:
        enabled = [it for it in signings if it.enabled]
        self._domains = {(it.organization, it.name.lower()): it for it in enabled}
        self._organizations = frozenset(it.organization for it in enabled)
        self._sealers = {it.name: it.arc_sealing_domain for it in organizations if it.arc_sealing_domain}

    def concerns(self, organization: str | None) -> bool:
        """Whether the organization signs anything; most do not, and their mail need not be looked at."""
        return organization in self._organizations

    def sealer(self, organization: str) -> DomainSigning | None:
        """Whose key seals mail of strangers that the organization passes on (ARC)."""
        domain = self._sealers.get(organization)
        return None if domain is None else self._domains.get((organization, domain.lower()))

    def find(self, organization: str, domain: str) -> DomainSigning | None:
        """Who signs for an author's domain: itself, or the nearest domain above it.

        The signature of a domain above is aligned for DMARC unless the policy is strict (RFC 9989 §4.10).
        """
        rest = domain.lower()
        while rest:
            if (found := self._domains.get((organization, rest))) is not None:
                return found
            rest = rest.partition(".")[2]
        return None
