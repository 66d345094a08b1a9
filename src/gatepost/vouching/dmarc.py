"""Whether what SPF and DKIM have proved is of the author's domain, and what that domain asks for (DMARC, RFC 9989).

Which domains belong together is found by walking up the DNS (§4.10), not by a list of public suffixes.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from gatepost.mail import value
from gatepost.signing import Verdict, Verified, read_tags

from .questions import Questions, Texts
from .spf import Spf
from .statements import Statement

_DEEPEST = 8  # labels from which the walk takes a leap (§4.10): nobody can make it endless
_WISHES = ("none", "quarantine", "reject")


@value
class Policy:
    """A domain's record. `wish` is `p=`; `below` what it asks for subdomains, `missing` for those that do not exist."""

    domain: str
    wish: str = "none"
    below: str = ""
    missing: str = ""
    strict_dkim: bool = False
    strict_spf: bool = False
    suffix: str = "u"  # psd=: y above an organization, n at the top of one, u to be found out
    testing: bool = False


def read_policy(texts: Sequence[str], domain: str) -> Policy | None:
    """The policy in the TXT records at `_dmarc.` of a domain; what cannot be read, and several, are none (§4.10)."""
    records = [tags for text in texts if text.strip().startswith("v=DMARC1") and (tags := _tags(text)) is not None]
    if len(records) != 1:
        return None
    tags = records[0]
    wish = tags.get("p", "").lower()
    if wish not in _WISHES:
        if not tags.get("rua"):
            return None
        wish = "none"  # §4.7: it wants reports at least
    below, missing = (it if it in _WISHES else "" for it in (tags.get(n, "").lower() for n in ("sp", "np")))
    return Policy(
        domain=domain,
        wish=wish,
        below=below,
        missing=missing,
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
        suffix=tags.get("psd", "u").lower(),
        testing=tags.get("t", "").lower() == "y",
    )


def _tags(text: str) -> dict[str, str] | None:
    try:
        tags = read_tags(text)
    except ValueError:
        return None
    return tags if tags.get("v") == "DMARC1" else None


def way_up(domain: str) -> tuple[str, ...]:
    """The domains whose records say where an organization begins: the domain and those above it (§4.10).

    >>> way_up("a.mail.contoso.com")
    ('a.mail.contoso.com', 'mail.contoso.com', 'contoso.com', 'com')
    """
    labels = domain.split(".")
    above = labels[1:] if len(labels) < _DEEPEST else labels[1 - _DEEPEST :]
    return (domain, *(".".join(above[at:]) for at in range(len(above))))


def organization_of(domain: str, found: Mapping[str, Policy | None]) -> str:
    """The organizational domain, by the records found on the way up (§4.10.2)."""
    top = domain
    below = domain
    for name in way_up(domain):
        policy = found.get(name)
        if policy is not None:
            if policy.suffix == "n":
                return name
            if policy.suffix == "y" and name != domain:
                return below
            top = name
        below = name
    return top


async def check_dmarc(questions: Questions, author: str, *, spf: Spf, dkim: Iterable[Verified]) -> Statement:
    """The result for the domain of the From field."""
    about = (("header.from", author),)
    found = await _walk(questions, author)
    if found is None:
        return Statement(method="dmarc", verdict=Verdict.TEMPERROR, reason="the DNS gave no answer", properties=about)
    organization = organization_of(author, found)
    policy = found.get(author) or found.get(organization) or _of_suffix(found)
    if policy is None:
        return Statement(method="dmarc", verdict=Verdict.NONE, properties=about)
    dkim = tuple(dkim)
    proofs = [(it.domain, policy.strict_dkim) for it in dkim if it.verdict is Verdict.PASS]
    if spf.verdict is Verdict.PASS:
        proofs.append((spf.domain, policy.strict_spf))
    for domain, strict in proofs:
        if domain == author or (not strict and await _together(questions, domain, organization)):
            return Statement(method="dmarc", verdict=Verdict.PASS, properties=about)
    wish = await _wish(questions, policy, author)
    if Verdict.TEMPERROR in (spf.verdict, *(it.verdict for it in dkim)):
        words = "it could not be told what SPF or DKIM prove"
        return Statement(method="dmarc", verdict=Verdict.TEMPERROR, reason=words, properties=about)
    words = f"neither SPF nor DKIM proves the author's domain, which asks for: {wish}"
    return Statement(method="dmarc", verdict=Verdict.FAIL, reason=words, properties=(*about, ("policy.dmarc", wish)))


async def _walk(questions: Questions, domain: str) -> dict[str, Policy | None] | None:
    """The policies on the way up; None where the DNS gave no answer for one of them."""
    names = way_up(domain)
    answers: list[Texts] = await asyncio.gather(*(questions.texts(f"_dmarc.{name}") for name in names))
    found: dict[str, Policy | None] = {}
    for name, texts in zip(names, answers, strict=True):
        if texts is None:
            return None
        found[name] = read_policy(texts, name)
    return found


async def _together(questions: Questions, domain: str, organization: str) -> bool:
    """Whether a proved domain is of the author's organization."""
    if domain != organization and not domain.endswith(f".{organization}"):
        return False  # it cannot be, whatever its records say: they need not be asked for
    found = await _walk(questions, domain)
    return found is not None and organization_of(domain, found) == organization


def _of_suffix(found: Mapping[str, Policy | None]) -> Policy | None:
    """Where an organization says nothing, the registry above it may (§4.10.1)."""
    return next((it for it in found.values() if it is not None and it.suffix == "y"), None)


async def _wish(questions: Questions, policy: Policy, author: str) -> str:
    """What the policy asks for; one that is only a test asks for one step less (§4.7)."""
    wish = policy.wish
    if policy.domain != author:
        missing = policy.missing and not await questions.exists(author)
        wish = (policy.missing if missing else "") or policy.below or wish
    return _WISHES[max(0, _WISHES.index(wish) - 1)] if policy.testing else wish
