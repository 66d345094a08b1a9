"""Signatures of others: judged as dkimpy judges them, and told in the words of RFC 8601."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed import MESSAGE, by_dkimpy, public_pem_text, record, resigned, signed, verified

from gatepost.signing import Verdict

NAME = "rsa._domainkey.contoso.com"
SIGNED = signed(canonicalize=(b"relaxed", b"relaxed"))

FIELD = st.tuples(
    st.sampled_from([b"Subject", b"to", b"CC", b"X-Device", b"List-Id", b"Date", b"Received"]),
    st.lists(st.sampled_from([b"word", b" ", b"\t ", b"\r\n ", b"\r\n\t", b"\xc3\xa4", b";:,<>@", b"b="])),
).map(lambda it: it[0] + b": x" + b"".join(it[1]) + b"x\r\n")
FORM = st.sampled_from([b"simple", b"relaxed"])
CHANGES = st.sampled_from(
    [
        (b"", b""),
        (b"toner", b"paper"),
        (b"  toner", b" toner"),
        (b"body  text", b"body text"),
        (b" \t \r\n", b"\r\n"),
        (b"\r\n\r\n.", b"\r\n\r\nMore.\r\n."),
        (b"\r\n.\r\n", b"\r\n.\r\n\r\n\r\n"),
        (b"\r\n.\r\n", b"\r\n.\r\nadded\r\n"),
        (b"From: a@", b"FROM:a@"),
        (b"From: a@", b"Sender: x@y\r\nFrom: a@"),
        (b"From: a@", b"From: x@y\r\nFrom: a@"),
        (b"To: b@", b"To: c@"),
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(FIELD, max_size=4), FORM, FORM, st.sampled_from(["rsa", "ed"]), st.sampled_from([False, True]), CHANGES)
def test_a_signature_of_any_message_in_any_form_altered_or_not_is_judged_as_dkimpy_does(
    fields: list[bytes], header: bytes, body: bytes, selector: str, length: bool, change: tuple[bytes, bytes]
) -> None:
    message = signed(b"".join(fields) + MESSAGE, selector=selector, canonicalize=(header, body), length=length)
    start = message.index(MESSAGE[:10])
    message = message[:start] + message[start:].replace(*change, 1)
    (found,) = verified(message)
    # Where a signature covers only a part, we say so where dkimpy is content.
    assert (found.verdict in (Verdict.PASS, Verdict.POLICY)) == by_dkimpy(message) or b"x@y\r\nFrom" in message
    if found.verdict is Verdict.POLICY:
        assert "part of the body" in found.reason or "several From" in found.reason
    assert (found.domain, found.selector) == ("contoso.com", selector)
    assert len(found.mark) == 8


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_both_signatures_of_a_message_are_judged_each_by_itself(size: int) -> None:
    message = signed(SIGNED, selector="ed")
    changed = message.replace(b"s=rsa", b"s=ed", 1)  # the RSA one now points to a key of another kind
    assert [(it.selector, it.verdict) for it in verified(message, size=size)] == [
        ("ed", Verdict.PASS),
        ("rsa", Verdict.PASS),
    ]
    assert [it.verdict for it in verified(changed)] == [Verdict.PASS, Verdict.PERMERROR]
    assert [by_dkimpy(message, number=it) for it in (0, 1)] == [True, True]


def test_a_field_that_is_folded_oddly_is_read_and_its_proof_taken_out_wherever_it_stands() -> None:
    message = resigned(SIGNED, (b" v=1;", b"\r\n\tv\r\n\t=  1 ;\r\n\t\t"))
    assert verified(message)[0].verdict is Verdict.PASS
    field, _, rest = SIGNED.partition(b"From:")
    first = re.sub(rb";\s*b=[^;]*", b"\r\n", field).replace(b"v=1;", b"b=AAAA; v=1;")
    message = resigned(first + b"From:" + rest)
    assert message.startswith(b"DKIM-Signature: b=")
    assert verified(message)[0].verdict is Verdict.PASS
    assert verified(message.replace(b"; v=1;", b" ; v=1;"))[0].verdict is Verdict.PASS  # the blanks go with the proof


@pytest.mark.parametrize(
    ("texts", "verdict", "words"),
    [
        ([record("rsa")], Verdict.PASS, ""),
        ([f"k=rsa; p={public_pem_text('rsa')}"], Verdict.PASS, ""),
        ([record("rsa", "n=notes; s=email; h=sha1:sha256; ")], Verdict.PASS, ""),
        ([record("rsa", "t=s; ")], Verdict.PASS, ""),
        ([record("rsa", "t=y; ")], Verdict.POLICY, "only a test"),
        (None, Verdict.TEMPERROR, "could not be looked up"),
        ([], Verdict.PERMERROR, "no key in the DNS"),
        ([record("rsa"), record("rsa")], Verdict.PERMERROR, "several keys"),
        (["v=DKIM1; p="], Verdict.PERMERROR, "revoked"),
        (["v=DKIM1; k=rsa"], Verdict.PERMERROR, "without a key"),
        (["v=DKIM1; p=AAAA"], Verdict.PERMERROR, "cannot be read"),
        (["v=DKIM1; p=?"], Verdict.PERMERROR, "cannot be read"),
        (["hello"], Verdict.PERMERROR, "no list of tags"),
        (["v=DKIM2; p=AAAA"], Verdict.PERMERROR, "another version"),
        ([record("ed")], Verdict.PERMERROR, "another kind"),
        ([record("rsa", "h=sha1; ")], Verdict.PERMERROR, "forbids SHA-256"),
        ([record("rsa", "s=tlsrpt; ")], Verdict.PERMERROR, "not for e-mail"),
    ],
)
def test_what_the_dns_says_of_the_key_decides(texts: list[str] | None, verdict: Verdict, words: str) -> None:
    (found,) = verified(SIGNED, {NAME: texts})
    assert found.verdict is verdict
    assert words in found.reason


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        ((b"v=1;", b"v=2;"), Verdict.PERMERROR, "another version"),
        ((b"q=dns/txt", b"q=mail"), Verdict.PERMERROR, "looked up in another way"),
        ((b"i=@contoso.com", b"i=x@fabrikam.com"), Verdict.PERMERROR, "not the signer's"),
        ((b"i=@contoso.com", b"i=@scan.contoso.com"), Verdict.PASS, ""),
        ((b"v=1;", b"v=1; x=1799999999;"), Verdict.FAIL, "expired"),
        ((b"v=1;", b"v=1; x=1900000000;"), Verdict.PASS, ""),
        ((b"v=1;", b"v=1; x=5;"), Verdict.PERMERROR, "before it was made"),
        ((b"v=1;", b"v=1; x=soon;"), Verdict.PERMERROR, "no number"),
        ((b"v=1;", b"v=1; l=100000;"), Verdict.PERMERROR, "more of the body"),
        ((b"v=1;", b"v=1; v=1;"), Verdict.PERMERROR, "a tag twice"),
        ((b"v=1;", b"v=1; nonsense;"), Verdict.PERMERROR, "no list of tags"),
        ((b"v=1;", b"v=1;; "), Verdict.PERMERROR, "no list of tags"),
        ((b"v=1;", b"v=1; _x=1;"), Verdict.PERMERROR, "no list of tags"),
        ((b"d=contoso.com", b"d=con..toso"), Verdict.PERMERROR, "no domain"),
        ((b"s=rsa", b"s=r/../sa"), Verdict.PERMERROR, "no place for its key"),
        ((b"rsa-sha256", b"rsa-sha1"), Verdict.PERMERROR, "made by rsa-sha1"),
        ((b"c=relaxed/relaxed", b"c=loose"), Verdict.PERMERROR, "unknown canonical form"),
    ],
)
def test_what_a_signature_says_of_itself_decides(change: tuple[bytes, bytes], verdict: Verdict, words: str) -> None:
    try:
        message = resigned(SIGNED, change)
    except ValueError:  # it says so little that nobody could sign it
        message = SIGNED.replace(*change, 1)
    (found,) = verified(message)
    assert (found.verdict, words in found.reason) == (verdict, True), found.reason


def test_a_key_may_be_for_its_domain_alone() -> None:
    message = resigned(SIGNED, (b"i=@contoso.com", b"i=@scan.contoso.com"))
    (found,) = verified(message, {NAME: [record("rsa", "t=s; ")]})
    assert (found.verdict, "subdomain" in found.reason) == (Verdict.PERMERROR, True)


def test_a_signature_without_from_and_a_flood_of_signatures_are_not_followed() -> None:
    field = SIGNED.partition(b"From: a@")[0]
    assert verified(SIGNED.replace(b"from : ", b"").replace(b": from", b""))[0].verdict is Verdict.PERMERROR
    assert len(verified(field * 100 + SIGNED)) == 8
    assert verified(MESSAGE) == ()


@settings(deadline=None)
@given(st.binary(max_size=200).filter(lambda it: b"\r" not in it and b"\n" not in it))
def test_whatever_stands_in_the_field_nothing_is_raised(written: bytes) -> None:
    (found,) = verified(b"DKIM-Signature:" + written + b"\r\n" + MESSAGE)
    assert found.verdict is not Verdict.PASS


def test_a_proof_beyond_ascii_is_no_base64() -> None:
    (found,) = verified(SIGNED.replace(b"b=", b"b=\xff"))
    assert (found.verdict, "no base64" in found.reason) == (Verdict.PERMERROR, True)
