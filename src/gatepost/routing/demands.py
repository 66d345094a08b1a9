"""What TLS must be at one host before a message goes there, and who says so: one decision over facts.

Three speak: the connector (TlsSettings, SmtpDaneMode, MtaStsMode), the owner of the recipient's domain (DANE,
RFC 7672; MTA-STS, RFC 8461), and the sender (REQUIRETLS and `TLS-Required: No`, RFC 8689). What the connector asks is
asked in any case; of the domain's two voices DANE is heard first; the sender can only silence or sharpen the domain's.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from gatepost.mail import Reply, TlsWish

from .fingerprints import Fingerprint, worth_matching
from .hosts import Answer, FingerprintAnswer
from .mta_sts import MtaSts, covers
from .route import DaneMode, TlsPolicy


class PolicyKind(StrEnum):
    """Whose policy a session is held to, in the words of TLS reports (RFC 8460 §4.4)."""

    NONE = "no-policy-found"
    DANE = "tlsa"
    MTA_STS = "sts"


class TlsFault(StrEnum):
    """What was wrong with a session's TLS, in the words of TLS reports (RFC 8460 §4.3)."""

    NO_STARTTLS = "starttls-not-supported"
    OTHER_NAME = "certificate-host-mismatch"
    EXPIRED = "certificate-expired"
    UNTRUSTED = "certificate-not-trusted"
    VALIDATION = "validation-failure"
    TLSA_UNUSABLE = "tlsa-invalid"
    DNSSEC_BOGUS = "dnssec-invalid"
    DANE_MISSING = "dane-required"
    POLICY_NOT_FETCHED = "sts-policy-fetch-error"
    POLICY_INVALID = "sts-policy-invalid"
    POLICY_HOST = "sts-webpki-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSays:
    """What is known of a host's own wishes. `domain` is the recipients', empty for a smart host.

    `resolver_trusted`: AD bits of our resolver count. `mx_proved`: DNSSEC proves that the host takes the domain's mail.
    `tlsa` is None where it was not asked for; `policy` the domain's MTA-STS policy that is live.
    """

    domain: str = ""
    resolver_trusted: bool = False
    mx_proved: bool = False
    tlsa: FingerprintAnswer | None = None
    policy: MtaSts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What must hold at one host. `level` is the connector's own; it holds besides all others.

    `required`: no TLS, no mail. `fingerprints`: the certificate must match one of them, for one of `names` where it is
    an authority's. `certified`: it must be valid for the host's name; `watched`: that is looked at, and only counted.
    `vouched`: the host's name is the operator's, or the domain's by DNSSEC or MTA-STS. `because` is for the trace.
    """

    level: TlsPolicy = TlsPolicy.OPPORTUNISTIC
    wish: TlsWish = TlsWish.USUAL
    kind: PolicyKind = PolicyKind.NONE
    domain: str = ""
    required: bool = False
    fingerprints: tuple[Fingerprint, ...] = ()
    names: tuple[str, ...] = ()
    certified: bool = False
    watched: bool = False
    vouched: bool = False
    because: str = ""
    policy: tuple[str, ...] = ()  # the lines of the MTA-STS policy, for reports
    fault: TlsFault | None = None  # known before anybody was asked, and only counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A host that nothing may be sent to now, with the reason in words."""

    reason: str
    kind: PolicyKind
    fault: TlsFault


UNFIT = Reply(451, "7.5", "No mail host of the recipient domain meets what is demanded of its TLS")

_LEVELS = frozenset({TlsPolicy.ENCRYPT, TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN})


def demand_of(
    host: str,
    said: DomainSays,
    *,
    level: TlsPolicy,
    dane: DaneMode = DaneMode.OPPORTUNISTIC,
    wish: TlsWish = TlsWish.USUAL,
) -> Demand | Unfit:
    """What a session with the host must be like."""
    policy = said.policy
    own = Demand(
        level=level,
        wish=wish,
        domain=said.domain or host,
        required=level in _LEVELS or wish is TlsWish.REQUIRED,
        vouched=not said.domain or said.mx_proved or (policy is not None and covers(policy, host)),
    )
    if level is TlsPolicy.NEVER:
        return own
    if wish is TlsWish.OPTIONAL:
        return replace(own, because="the message says TLS-Required: No, so its recipients' policies do not count")
    heard = _by_dane(own, host, said, dane)
    if isinstance(heard, Unfit) or heard.fingerprints:
        return heard
    if policy is not None and policy.mode in ("enforce", "testing"):
        return _by_mta_sts(heard, host, policy)
    if heard.kind is PolicyKind.NONE and wish is TlsWish.REQUIRED:
        return replace(heard, because="the sender asked for REQUIRETLS")
    return heard


def _by_dane(own: Demand, host: str, said: DomainSays, mode: DaneMode) -> Demand | Unfit:
    """What the host's TLSA records add (RFC 7672 §2.2)."""
    tlsa = said.tlsa if mode is not DaneMode.NONE else None
    if tlsa is not None and tlsa.answer is Answer.TROUBLE:
        words = (
            f"the TLSA records of {host} cannot be looked up ({tlsa.detail or 'no answer'}), and without them nobody"
        )
        words += " knows whether it must prove itself"
        return Unfit(reason=words, kind=PolicyKind.DANE, fault=TlsFault.DNSSEC_BOGUS)
    name = "" if tlsa is None else tlsa.name
    records = tlsa.records if tlsa is not None and tlsa.answer is Answer.FOUND else ()
    if usable := worth_matching(records):
        shown = ", ".join(map(str, usable[:3])) + (", …" if len(usable) > 3 else "")
        return replace(
            own,
            kind=PolicyKind.DANE,
            required=True,
            fingerprints=usable,
            # RFC 7672 §3.2.2: the name that the records stand under, then the host's and the domain's.
            names=tuple(dict.fromkeys((_owner(name), host, own.domain))),
            because=f"DANE: the TLSA records of {name} ({shown})",
        )
    if mode is DaneMode.MANDATORY:
        fault = TlsFault.TLSA_UNUSABLE if records else TlsFault.DANE_MISSING
        return Unfit(reason=_why_no_dane(host, said, records), kind=PolicyKind.DANE, fault=fault)
    if records:  # nothing to compare with, but whoever publishes records has TLS
        words = f"DANE: {host} has TLSA records, none of which is usable, so TLS is required with any certificate"
        return replace(own, kind=PolicyKind.DANE, required=True, because=words, fault=TlsFault.TLSA_UNUSABLE)
    return own


def _by_mta_sts(own: Demand, host: str, policy: MtaSts) -> Demand | Unfit:
    """What the domain's policy adds (RFC 8461 §4, §5)."""
    named = covers(policy, host)
    lines = ("version: STSv1", f"mode: {policy.mode}", *(f"mx: {it}" for it in policy.mx))
    whose = f"the policy of {own.domain} (id {policy.id}"
    if policy.mode == "testing":
        words = f"MTA-STS: {whose}) is in testing, so faults are only counted"
        fault = None if named else TlsFault.VALIDATION
        return replace(own, kind=PolicyKind.MTA_STS, watched=True, because=words, policy=lines, fault=fault)
    if not named:
        reason = f"MTA-STS: {whose}, enforce) does not name it"
        return Unfit(reason=reason, kind=PolicyKind.MTA_STS, fault=TlsFault.VALIDATION)
    words = f"MTA-STS: {whose}, enforce) names the host"
    return replace(own, kind=PolicyKind.MTA_STS, required=True, certified=True, because=words, policy=lines, fault=None)


def _owner(name: str) -> str:
    """The host in `_25._tcp.HOST`."""
    return name.split(".", 2)[-1] if name.startswith("_") else name


def _why_no_dane(host: str, said: DomainSays, records: tuple[Fingerprint, ...]) -> str:
    """Why a connector that insists on DANE cannot have it, with the remedy."""
    asks = "the connector's SmtpDaneMode is Mandatory, and"
    if not said.resolver_trusted:
        return (
            f"{asks} no trusted resolver validates DNSSEC here. Remedy: run a validating resolver on this machine, or "
            "set trust_resolvers = true where the way to yours is safe"
        )
    if said.domain and not said.mx_proved:
        return f"{asks} DNSSEC does not prove who takes mail for {said.domain}"
    if records:
        return f"{asks} none of the TLSA records of {host} is usable"
    return f"{asks} {host} has no TLSA records that DNSSEC proves"
