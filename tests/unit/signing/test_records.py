"""Keys as text and as DNS records, and what is said of the records found there."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from gatepost.signing import BadKey, doubts_of, key_kind, key_text, read_key, record_of, record_strings, zone_line


@cache
def rsa(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=bits)


ED = Ed25519PrivateKey.generate()


def pem(key: object, lock: KeySerializationEncryption | None = None, form: str = "PKCS8") -> str:
    octets: bytes = key.private_bytes(Encoding.PEM, getattr(PrivateFormat, form), lock or NoEncryption())  # type: ignore[attr-defined]
    return octets.decode()


def test_a_key_is_read_from_any_usual_text_and_kept_in_one_line() -> None:
    for text in (pem(rsa()), pem(rsa(), form="TraditionalOpenSSL"), key_text(rsa()), f"\n{pem(ED)}\n"):
        kept = key_text(read_key(text))
        assert "\n" not in kept
        assert key_text(read_key(kept, checked=False)) == kept
    assert (key_kind(rsa()), key_kind(ED)) == ("rsa", "ed25519")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("nonsense", "cannot be read"),
        (pem(ED).replace("\nM", "\nN", 1), "cannot be read"),
        (pem(rsa(), BestAvailableEncryption(b"secret")), "is encrypted"),
        (pem(elliptic(SECP256R1())), "neither an RSA nor an Ed25519"),
        (pem(rsa(1024)), None),
    ],
)
def test_what_cannot_sign_is_refused_without_being_quoted(text: str, words: str | None) -> None:
    if words is None:
        assert read_key(text)
        return
    with pytest.raises(BadKey, match=words):
        read_key(text)


def test_a_record_is_parted_into_strings_that_a_zone_can_hold() -> None:
    record = record_of(rsa(4096))
    strings = record_strings(record)
    assert "".join(strings) == record
    assert max(map(len, strings)) == 255
    assert len(strings) == 3
    line = zone_line("s._domainkey.contoso.com", record)
    assert line.startswith('s._domainkey.contoso.com. 3600 IN TXT ( "v=DKIM1; k=rsa; p=')
    assert line.count('"') == 6


GOOD = record_of(rsa())
P = GOOD.partition("p=")[2]


@pytest.mark.parametrize(
    ("texts", "words", "fatal"),
    [
        ([], "is not in the DNS", True),
        ([GOOD, GOOD], "is there 2 times", True),
        ([record_of(ED)], "another key", True),
        ([f"v=DKIM1; p={P[:200]}"], "cut short", True),
        ([f"v=DKIM2; p={P}"], "no DKIM1 record", True),
        (["v=DKIM1; p="], "revoked", True),
        (["v=DKIM1; k=rsa; k=rsa"], "a tag twice", True),
        (["hello"], "no list of tags", True),
        ([f"v=DKIM1; t=y; p={P}"], "a test", False),
        ([f"v=DKIM1; h=sha1; p={P}"], "forbids SHA-256", True),
        ([f"v=DKIM1; s=tlsrpt; p={P}"], "not for e-mail", True),
    ],
)
def test_a_record_that_is_not_as_it_must_be_is_told(texts: list[str], words: str, fatal: bool) -> None:
    (doubt,) = doubts_of(texts, rsa())
    assert words in doubt.words
    assert doubt.fatal is fatal


@pytest.mark.parametrize(
    "text", [GOOD, f"p={P}", f"v=DKIM1;k=rsa;s=email;h=sha256;t=s;p={P};", f"v=DKIM1; n=ours; p={P[:50]} {P[50:]}"]
)
def test_a_good_record_raises_no_doubt(text: str) -> None:
    assert doubts_of([text], rsa()) == ()


def test_a_short_key_is_told() -> None:
    (doubt,) = doubts_of([record_of(rsa(1024))], rsa(1024))
    assert "1024 bits" in doubt.words
    assert not doubt.fatal
