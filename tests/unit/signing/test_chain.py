"""ARC: chains that we seal are good in dkimpy's eyes, and what is wrong with a chain is seen."""

import re
import tracemalloc
from collections.abc import Sequence

import dkim  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed import MESSAGE, keys, record, signed

from gatepost.mail import HeaderBlock
from gatepost.signing import Chain, ChainState, RelaxedBody, Signatory, Verdict, seal

AT = 1_790_000_000  # dkimpy looks at the clock, and takes nothing of the future
FOUND = "relay.contoso.com; spf=pass smtp.mailfrom=contoso.com;\r\n\tdkim=none"


def validated(message: bytes, missing: Sequence[str] = ()) -> ChainState:
    """What we find; `missing` are selectors without an answer."""
    known = {f"{it}._domainkey.contoso.com": None if it in missing else [record(it)] for it in keys()}
    block = HeaderBlock(message)
    chain = Chain(block)
    chain.feed(message[block.body_start :].removeprefix(b"\r\n"))
    return chain.judge({it: known.get(it, []) for it in chain.questions}, now=AT)


def sealed(message: bytes, state: ChainState | None = None, selector: str = "rsa") -> bytes:
    """The message with our set in front, as the state of its chain allows."""
    block = HeaderBlock(message)
    body = RelaxedBody()
    body.feed(message[block.body_start :].removeprefix(b"\r\n"))
    who = Signatory(domain="contoso.com", selector=selector, key=keys()[selector])
    return seal(block, body.finish(), FOUND, who, state=state or validated(message), at=AT) + message


def by_dkimpy(message: bytes) -> str:
    """dkimpy's word; it has none for a chain that says of itself that it has failed."""
    known = {f"{it}._domainkey.contoso.com.": record(it).encode() for it in keys()}
    try:
        found, _, _ = dkim.ARC(message).verify(dnsfunc=lambda name, timeout=5: known.get(name.decode()))
    except dkim.DKIMException:
        return "fail"
    return "fail" if found is None else str(found.decode())


@settings(max_examples=8, deadline=None)
@given(
    st.integers(1, 3),
    st.lists(st.sampled_from([b"Subject: x\r\n", b"X-Y:  a\r\n\tb \r\n", b"To: \xc3\xa4@x\r\n"]), max_size=3),
    st.lists(st.sampled_from([b"text", b" ", b"\t", b"\r\n", b"\r\n\r\n", b"."]), max_size=8),
)
def test_a_chain_that_we_have_sealed_passes_here_and_in_dkimpy(
    hops: int, fields: list[bytes], body: list[bytes]
) -> None:
    message = signed(b"".join([b"From: a@contoso.com\r\n", *fields, b"\r\n", *body, b"\r\n"]))
    for number in range(hops):
        assert validated(message).verdict is (Verdict.PASS if number else Verdict.NONE)
        message = b"Received: by hop%d\r\n" % number + sealed(message)
    assert validated(message) == ChainState(verdict=Verdict.PASS, length=hops)
    assert by_dkimpy(message) == "pass"


TWICE = sealed(sealed(MESSAGE))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((b"From: a@", b"From: x@"), "newest signature is of another header"),
        ((b"body  text", b"other text"), "newest signature is of another body"),
        ((b"spf=pass", b"spf=fail"), "seal 2 is of other sets"),
        ((b"ARC-Authentication-Results: i=2", b"X-Results: i=2"), "set 2 is not whole"),
        ((b"ARC-Seal: i=1;", b"X-Seal: i=1;"), "set 1 is not whole"),
        ((b"ARC-Seal: i=1;", b"ARC-Seal: i=3;"), "set 1 is not whole"),
        ((b"ARC-Seal: i=1;", b"ARC-Seal: i=one;"), "no number from 1 to 50"),
        ((b"ARC-Seal: i=1;", b"ARC-Seal: i=51;"), "no number from 1 to 50"),
        ((b"cv=none", b"cv=pass"), "what cannot be"),
        ((b"cv=pass", b"cv=none"), "what cannot be"),
        ((b"cv=pass", b"cv=fail"), "says that the chain has failed"),
        ((b"i=2; cv=pass;", b"i=2; cv=pass; h=from;"), "tags that it must not have"),
        ((b"ARC-Seal: i=2;", b"ARC-Seal: i=2; a=x;"), "no number from 1 to 50"),
        ((b"a=rsa-sha256; d=", b"a=rsa-sha1; d="), "made by rsa-sha1"),
    ],
)
def test_what_was_done_to_a_chain_is_seen_and_told(change: tuple[bytes, bytes], words: str) -> None:
    message = TWICE.replace(*change, 1)
    state = validated(message)
    assert state.verdict is Verdict.FAIL
    assert words in state.reason
    assert by_dkimpy(message) == "fail"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(TWICE) - 1), st.integers(1, 255))
def test_whichever_octet_is_another_we_and_dkimpy_agree_on_the_chain(place: int, other: int) -> None:
    message = TWICE[:place] + bytes([TWICE[place] ^ other]) + TWICE[place + 1 :]
    ours = validated(message).verdict
    if ours is not Verdict.FAIL:  # we are never more trustful
        assert ours.value == by_dkimpy(message) or ours is Verdict.NONE


def test_only_the_newest_signature_has_to_hold() -> None:
    once = sealed(MESSAGE)
    changed = sealed(once.replace(b"body  text", b"list footer"), ChainState(verdict=Verdict.PASS, length=1))
    assert validated(changed).verdict is Verdict.PASS
    assert by_dkimpy(changed) == "pass"


def test_a_broken_chain_is_sealed_once_as_broken_and_then_no_more() -> None:
    broken = sealed(MESSAGE).replace(b"body  text", b"other text")
    marked = sealed(broken)
    assert b"ARC-Seal: i=2; cv=fail;" in marked
    state = validated(marked)
    assert (state.verdict, state.ended) == (Verdict.FAIL, True)
    assert sealed(marked) == marked
    alone = re.sub(rb"(?m)^ARC-[\w-]+: i=1;(?:.*\r\n)(?:[ \t].*\r\n)*", b"", marked)
    assert alone.count(b"ARC-") == 3  # the seal that says fail covers its own set alone (RFC 8617 §5.1.2)
    assert validated(alone.replace(b"i=2;", b"i=1;")).ended


def test_a_chain_is_not_sealed_while_its_keys_cannot_be_looked_up_nor_beyond_its_length() -> None:
    once = sealed(MESSAGE)
    state = validated(once, missing=["rsa"])
    assert state.verdict is Verdict.TEMPERROR
    assert sealed(once, state) == once
    assert sealed(once, ChainState(verdict=Verdict.PASS, length=50)) == once
    assert b"i=50;" in sealed(once, ChainState(verdict=Verdict.FAIL, length=49))


def test_a_chain_of_two_algorithms_holds() -> None:
    message = sealed(sealed(MESSAGE, selector="ed"))
    assert validated(message).verdict is Verdict.PASS
    assert validated(MESSAGE).verdict is Verdict.NONE


def test_a_chain_that_waits_for_its_keys_holds_each_field_once() -> None:
    """What each of fifty seals covers, written out, would be 25 times a header that strangers make large."""
    message = MESSAGE
    for number in range(1, 51):
        state = ChainState(verdict=Verdict.PASS if number > 1 else Verdict.NONE, length=number - 1)
        message = sealed(message, state, "ed")
    message = message.replace(b"spf=pass", b"spf=pass reason=" + b"x" * 4_000)
    tracemalloc.start()
    try:
        chain = Chain(HeaderBlock(message))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(chain.questions) == 1
    assert held < 4 * len(message)
