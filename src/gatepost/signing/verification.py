"""DKIM signatures of others, verified (RFC 6376 §6), and told in the words of RFC 8601 §2.7.1.

The header is read, the body goes by in pieces, the keys are looked up by whoever asks, and then each signature is
judged.
"""

import base64
from collections.abc import Mapping, Sequence
from enum import StrEnum

from gatepost.mail import HeaderBlock, value

from .canonical import RelaxedBody, SimpleBody, relaxed_field, simple_field
from .claims import BadSignature, Claim, Form, read_dkim, tags_of
from .public_keys import proves, public_key
from .signature import signed_fields

MOST = 8  # signatures of a message that are looked at: each costs a question and an operation (RFC 6376 §6.1)
Answers = Mapping[str, Sequence[str] | None]  # TXT records by name; None where the DNS gave no answer


class Verdict(StrEnum):
    """RFC 8601's words. `policy`: it is as signed, and we do not rely on it all the same."""

    NONE = "none"
    PASS = "pass"  # noqa: S105  no password
    FAIL = "fail"
    POLICY = "policy"
    NEUTRAL = "neutral"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@value
class Verified:
    """One signature. `reason` is the rest of a sentence about it; `mark` begins its `b=`: others begin otherwise."""

    verdict: Verdict
    reason: str = ""
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    mark: str = ""


class Verification:
    """The DKIM signatures of one message."""

    def __init__(self, block: HeaderBlock) -> None:
        self._block = block
        fields = [field.raw for field in block if field.name == "dkim-signature"][:MOST]
        self._found = [_claimed(raw) for raw in fields]
        self._bodies = Bodies([it for it in self._found if isinstance(it, Claim)])

    @property
    def questions(self) -> tuple[str, ...]:
        """The names whose TXT records are wanted."""
        return tuple(dict.fromkeys(it.by.question for it in self._found if isinstance(it, Claim)))

    def feed(self, piece: bytes) -> None:
        """Take the next octets of the body."""
        self._bodies.feed(piece)

    def judge(self, answers: Answers, *, now: float) -> tuple[Verified, ...]:
        """The verdict on each signature, in the header's order; the body is complete. `now` in seconds since 1970."""
        return tuple(
            it if isinstance(it, Verified) else _judged(it, self._block, self._bodies, answers, now)
            for it in self._found
        )


class Bodies:
    """One body in the forms that some claims want, each gone through once."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        lengths: dict[Form, list[int]] = {it.body_form: [] for it in claims}
        for it in claims:
            if it.length is not None:
                lengths[it.body_form].append(it.length)
        self._bodies = {
            form: (RelaxedBody if form is Form.RELAXED else SimpleBody)(wanted) for form, wanted in lengths.items()
        }
        self._digests: dict[Form, bytes] = {}

    def feed(self, piece: bytes) -> None:
        for one in self._bodies.values():
            one.feed(piece)

    def check(self, claim: Claim) -> Verified | None:
        """What is wrong with the body that a claim is about, if anything is."""
        body = self._bodies[claim.body_form]
        if claim.body_form not in self._digests:
            self._digests[claim.body_form] = body.finish()
        if claim.length is not None and claim.length > body.octets:
            return Verified(verdict=Verdict.PERMERROR, reason="covers more of the body than there is (l=)")
        digest = self._digests[claim.body_form] if claim.length is None else body.beginnings[claim.length]
        if digest != claim.body_hash:
            return Verified(verdict=Verdict.FAIL, reason="is of another body")
        if claim.length is not None and claim.length < body.octets:  # RFC 6376 §8.2: anything may stand behind it
            return Verified(verdict=Verdict.POLICY, reason="covers only a part of the body (l=)")
        return None


def judge_claim(
    claim: Claim, block: HeaderBlock, bodies: Bodies, answers: Answers, *, now: float
) -> tuple[Verdict, str]:
    """Whether what a claim says is so, and why not; raises BadSignature where that cannot be told."""
    texts = answers.get(claim.by.question)
    if texts is None:
        return Verdict.TEMPERROR, "has a key that could not be looked up"
    key = public_key(claim.by, texts)
    if key.strict and claim.identity != claim.by.domain:
        raise BadSignature("signs for a subdomain, which its key forbids (t=s)")
    if block.count("from") > claim.names.count("from"):  # RFC 6376 §8.15: whichever of them readers see
        return Verdict.POLICY, "covers only one of several From fields"
    canonical = relaxed_field if claim.header_form is Form.RELAXED else simple_field
    if not proves(key, claim.by, signed_fields(block, claim.names, canonical) + claim.by.unsigned):
        return Verdict.FAIL, "is of another header, or made with another key"
    doubt = bodies.check(claim)
    if doubt is not None:
        return doubt.verdict, doubt.reason
    if claim.expires is not None and claim.expires < now:
        return Verdict.FAIL, "has expired (x=)"
    if key.testing:  # RFC 6376 §3.6.1: to be treated as if the message were not signed
        return Verdict.POLICY, "has a key that is only a test (t=y)"
    return Verdict.PASS, ""


def _claimed(raw: bytes) -> Claim | Verified:
    tags: Mapping[str, str] = {}
    try:
        tags = tags_of(raw)
        return read_dkim(raw, tags)
    except BadSignature as bad:
        domain, selector = (tags.get(name, "")[:253] for name in ("d", "s"))
        return Verified(verdict=Verdict.PERMERROR, reason=str(bad), domain=domain, selector=selector)


def _judged(claim: Claim, block: HeaderBlock, bodies: Bodies, answers: Answers, now: float) -> Verified:
    try:
        verdict, reason = judge_claim(claim, block, bodies, answers, now=now)
    except BadSignature as bad:
        verdict, reason = Verdict.PERMERROR, str(bad)
    by = claim.by
    return Verified(
        verdict=verdict,
        reason=reason,
        domain=by.domain,
        selector=by.selector,
        algorithm=by.algorithm,
        mark=_mark(by.proof),
    )


def _mark(proof: bytes) -> str:
    """Eight characters of the base64 (RFC 6008 §4)."""
    return base64.b64encode(proof[:6]).decode()
