"""The chain of those who passed a message on (ARC, RFC 8617): what came is validated, and our own set is added.

Each host of the chain writes three fields with one number: what it found (ARC-Authentication-Results), a signature over
the message as it leaves (ARC-Message-Signature), and a seal over all the sets so far (ARC-Seal). The seals say what
happened; only the newest signature has to hold.
"""

import base64
import re
from collections.abc import Mapping, Sequence

from gatepost.mail import HeaderBlock, value

from .canonical import relaxed_field
from .claims import BadSignature, Claim, Signer, read_claim, read_signer, tags_of
from .keys import key_kind
from .public_keys import proves, public_key
from .signature import Signatory, folded_names, folded_octets, sign_octets, signed_fields, signed_names
from .verification import Answers, Bodies, Verdict, judge_claim

MOST_SETS = 50  # RFC 8617 §4.2.1
_RESULTS, _SIGNATURE, _SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"
_PARTS = (_RESULTS, _SIGNATURE, _SEAL)  # in the order in which seals cover them (§5.1.1)
_INSTANCE = re.compile(r"[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,4})[ \t\r\n]*(?:;|\Z)", re.ASCII)


@value
class ChainState:
    """What the validation came to: none, pass, fail, or that the keys could not be looked up.

    `length` is the highest number of a set. `ended`: the newest seal itself says that the chain has failed.
    """

    verdict: Verdict
    reason: str = ""
    length: int = 0
    ended: bool = False


_ENDED = "the newest seal says that the chain has failed"


class Chain:
    """The ARC sets of one message, to be validated (§5.2)."""

    def __init__(self, block: HeaderBlock) -> None:
        self._block = block
        self._fields = _numbered(block)
        self.length = max((number for _, number in self._fields), default=0)
        self._seals: list[Signer] = []
        # Set by set what the seals cover, each with all before it: written out for each seal, a stranger's header would
        # take 25 times its size for as long as the DNS is silent.
        self._covered: list[bytes] = []
        self._claim: Claim | None = None
        self._flaw = ""
        if self._fields:
            try:
                self._read()
            except BadSignature as bad:
                self._flaw = str(bad)
        self._bodies = Bodies([self._claim] if self._claim is not None else [])

    @property
    def ended(self) -> bool:
        """Whether the newest seal says itself that the chain has failed: nobody seals it any more (§5.1)."""
        return self._flaw == _ENDED

    @property
    def questions(self) -> tuple[str, ...]:
        """The names whose TXT records are wanted; none where the chain is broken already."""
        if self._flaw or self._claim is None:
            return ()
        return tuple(dict.fromkeys(it.question for it in (self._claim.by, *self._seals)))

    def feed(self, piece: bytes) -> None:
        """Take the next octets of the body."""
        self._bodies.feed(piece)

    def judge(self, answers: Answers, *, now: float) -> ChainState:
        """The state of the chain; the body is complete. `now` in seconds since 1970."""
        if not self._fields:
            return ChainState(verdict=Verdict.NONE)
        if self._flaw or self._claim is None:
            return ChainState(verdict=Verdict.FAIL, reason=self._flaw, length=self.length, ended=self.ended)
        try:
            verdict, reason = judge_claim(self._claim, self._block, self._bodies, answers, now=now)
            if verdict is not Verdict.PASS:
                return self._broken(verdict, f"the newest signature {reason}")
            for number in range(self.length, 0, -1):
                seal = self._seals[number - 1]
                texts = answers.get(seal.question)
                if texts is None:
                    return self._broken(Verdict.TEMPERROR, f"seal {number} has a key that could not be looked up")
                if not proves(public_key(seal, texts), seal, self._covered_by(number)):
                    return self._broken(Verdict.FAIL, f"seal {number} is of other sets")
        except BadSignature as bad:
            return self._broken(Verdict.FAIL, f"a signature or seal {bad}")
        return ChainState(verdict=Verdict.PASS, length=self.length)

    def _covered_by(self, number: int) -> bytes:
        """What a seal covers: the sets before it whole, the other two fields of its own, and itself without `b=`."""
        covered = self._covered[: len(_PARTS) * number - 1]
        return b"".join((*covered, self._seals[number - 1].unsigned))

    def _broken(self, verdict: Verdict, reason: str) -> ChainState:
        verdict = verdict if verdict is Verdict.TEMPERROR else Verdict.FAIL
        return ChainState(verdict=verdict, reason=reason, length=self.length)

    def _read(self) -> None:
        """Everything that needs no key: numbers, sets that are whole, and what the seals say (§5.2 steps 1 to 3)."""
        if not 1 <= self.length <= MOST_SETS or any(number < 1 for _, number in self._fields):
            raise BadSignature("a field has no number from 1 to 50 (i=)")
        sets = [_set(self._fields, number) for number in range(1, self.length + 1)]
        states = [tags_of(seal).get("cv", "").lower() for *_, seal in sets]
        if states[-1] == "fail":
            raise BadSignature(_ENDED)
        if states != ["none"] + ["pass"] * (self.length - 1):
            raise BadSignature("a seal says what cannot be (cv=)")
        for number, (results, signature, seal) in enumerate(sets, 1):
            tags = tags_of(seal)
            if tags.get("i") != str(number) or "h" in tags:
                raise BadSignature(f"seal {number} has tags that it must not have")
            signer = read_signer(seal, tags)
            self._seals.append(signer)
            self._covered += map(relaxed_field, (results, signature, seal))
        newest = sets[-1][1]
        tags = tags_of(newest)
        self._claim = read_claim(newest, tags, otherwise="relaxed/relaxed")  # as those who began with ARC read it
        if tags.get("i") != str(self.length) or _SEAL in self._claim.names:
            raise BadSignature("the newest signature has tags that it must not have")


def seal(
    block: HeaderBlock,
    body_hash: bytes,
    results: str,
    who: Signatory,
    *,
    state: ChainState,
    at: int,
) -> bytes:
    """Our set, to stand in front of the message as it is; nothing where the chain has ended or is full (§5.1).

    `results` is what an Authentication-Results field says of the message as it came, our name first; `state` is what
    came of the chain then. `at` in seconds since 1970.
    """
    number = state.length + 1
    if state.ended or number > MOST_SETS or state.verdict not in _CHAIN_WORDS:
        return b""
    signer = f"a={key_kind(who.key)}-sha256; d={who.domain}; s={who.selector}"
    found = f"ARC-Authentication-Results: i={number}; {results}\r\n".encode()
    names = (*signed_names(block), *["DKIM-Signature"] * block.count("dkim-signature"))
    text = (
        f"ARC-Message-Signature: i={number}; {signer};\r\n"
        f"\tc=relaxed/relaxed; t={at};\r\n"
        f"\th={folded_names(names)};\r\n"
        f"\tbh={base64.b64encode(body_hash).decode()};\r\n"
        "\tb="
    )
    signature = _proved(text, signed_fields(block, names), who)
    text = f"ARC-Seal: i={number}; cv={state.verdict};\r\n\t{signer};\r\n\tt={at};\r\n\tb="
    # Of a broken chain nothing is vouched for but our own finding (§5.1.2).
    before = b"" if state.verdict is Verdict.FAIL else _sets_before(block, state.length)
    sealed = _proved(text, before + relaxed_field(found) + relaxed_field(signature), who)
    return sealed + signature + found


_CHAIN_WORDS = (Verdict.NONE, Verdict.PASS, Verdict.FAIL)


def _sets_before(block: HeaderBlock, length: int) -> bytes:
    fields = _numbered(block)
    return b"".join(relaxed_field(raw) for number in range(1, length + 1) for raw in _set(fields, number))


def _proved(text: str, content: bytes, who: Signatory) -> bytes:
    """The field with its `b=`: over the content, and over itself without it."""
    unsigned = relaxed_field(text.encode() + b"\r\n").removesuffix(b"\r\n")
    return f"{text}{folded_octets(sign_octets(who.key, content + unsigned))}\r\n".encode()


def _numbered(block: HeaderBlock) -> dict[tuple[str, int], list[bytes]]:
    """The fields of a chain by name and number; 0 where none can be read."""
    found: dict[tuple[str, int], list[bytes]] = {}
    for field in block:
        if field.name in _PARTS:
            found.setdefault((field.name, _number(field.name, field.raw)), []).append(field.raw)
    return found


def _number(name: str, raw: bytes) -> int:
    text = raw.partition(b":")[2].decode("utf-8", "replace")
    if name == _RESULTS:  # no list of tags: the number stands first
        found = _INSTANCE.match(text)
        return int(found[1]) if found is not None else 0
    try:
        given = tags_of(raw).get("i", "")
    except BadSignature:
        return 0
    return int(given) if re.fullmatch(r"[0-9]{1,4}", given, re.ASCII) else 0


def _set(fields: Mapping[tuple[str, int], Sequence[bytes]], number: int) -> tuple[bytes, bytes, bytes]:
    """The three fields of one number; raises BadSignature where one is missing or stands there twice."""
    found = [fields.get((name, number), ()) for name in _PARTS]
    if any(len(it) != 1 for it in found):
        raise BadSignature(f"set {number} is not whole")
    results, signature, sealed = (it[0] for it in found)
    return results, signature, sealed
