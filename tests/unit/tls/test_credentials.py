"""Reading PEM and PFX: what is accepted, what is refused in which words, and that secrets stay secret."""

import base64
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pki import INTERMEDIATE, NOW, ROOT, Issued, issue

from gatepost.errors import CertificateUnusable, PfxLocked
from gatepost.tls import Credentials, load_password, load_pem, load_pfx, read_pem, read_pfx
from gatepost.tls.iterations import asked_work

GOOD = issue(by=INTERMEDIATE, uses=["serverAuth"])


def pfx_of(
    issued: Issued,
    password: str | None,
    *,
    above: Sequence[x509.Certificate] | None = None,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    if encryption is None:
        encryption = NoEncryption() if password is None else BestAvailableEncryption(password.encode())
    chain = issued.above if above is None else above
    key = issued.key
    return pkcs12.serialize_key_and_certificates(b"relay", key, issued.certificate, chain, encryption)


def read(content: bytes, password: str | None = "secret") -> Credentials:
    return read_pfx(content, password, source="relay.pfx", now=NOW)


def test_a_pfx_gives_the_leaf_its_key_and_its_chain_in_order() -> None:
    middle = issue("Middle", by=INTERMEDIATE, ca=True)
    leaf = issue(by=middle)
    shuffled = [
        ROOT.certificate,
        INTERMEDIATE.certificate,
        issue("Stranger", ca=True).certificate,
        middle.certificate,
    ]
    found = read(pfx_of(leaf, "secret", above=shuffled))
    assert found.presented == (*leaf.chain, ROOT.certificate)


@pytest.mark.parametrize("password", ["secret", "pässwörd 密碼", "x" * 100])
def test_a_pfx_opens_with_its_password(password: str) -> None:
    assert read(pfx_of(GOOD, password), password).certificate == GOOD.certificate


def test_a_pfx_without_password_opens_without_one() -> None:
    assert read(pfx_of(GOOD, None), None).certificate == GOOD.certificate


def old_windows_pfx() -> bytes:
    """SHA-1 and triple DES, as Windows exports it to this day."""
    old = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .build(b"secret")
    )
    return pfx_of(GOOD, "secret", encryption=old)


def test_a_pfx_in_the_old_windows_encryption_opens() -> None:
    assert read(old_windows_pfx()).certificate == GOOD.certificate


def rc2_pfx(tmp_path: Path) -> bytes:
    """RC2 with 40 bits, as Windows exported certificates for twenty years; only OpenSSL's legacy provider makes it."""
    (tmp_path / "all.pem").write_bytes(GOOD.key_pem + GOOD.pem)
    command = ["openssl", "pkcs12", "-export", "-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-in", "all.pem"]
    command += ["-out", "rc2.pfx", "-passout", "pass:secret"]
    try:
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine's openssl program makes no RC2")
    return (tmp_path / "rc2.pfx").read_bytes()


def test_an_old_encryption_opens_or_is_refused_with_the_way_out(tmp_path: Path) -> None:
    content = rc2_pfx(tmp_path)
    with pytest.raises(PfxLocked, match=r"the password is wrong, or this system .*RC4.*openssl pkcs12 -legacy"):
        read(content, "wrong")
    with pytest.raises(PfxLocked, match=r"no password was given, or the file is damaged\.$"):
        read(content, None)
    try:
        assert read(content).certificate == GOOD.certificate
    except PfxLocked as locked:  # a system without the old provider
        assert "AES256_SHA256" in str(locked)


def rounds(number: int) -> bytes:
    slow = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(number)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(SHA256())
        .build(b"secret")
    )
    return pfx_of(GOOD, "secret", encryption=slow)


def test_the_work_a_pfx_asks_for_is_read_from_the_outside() -> None:
    plain = asked_work(rounds(5000))
    assert plain is not None and 10_000 <= plain < 20_000  # certificates, MAC, and the key where it is in clear


def test_absurd_iteration_counts_are_refused_before_any_work() -> None:
    count, absurd = (70_000).to_bytes(3, "big"), b"\x7f\xff\xff"
    content = rounds(70_000)
    assert content.count(b"\x02\x03" + count) >= 2
    begin = time.process_time()
    with pytest.raises(CertificateUnusable, match="iterations; 10 million is the limit"):
        read(content.replace(b"\x02\x03" + count, b"\x02\x03" + absurd))
    assert time.process_time() - begin < 0.2


SALT, HUGE = b"\x04\x02ab", b"\x02\x04\x7f\xff\xff\xff"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x30\x0a" + SALT + HUGE, id="DER"),
        pytest.param(b"\x30\x80" + SALT + HUGE + b"\0\0", id="indefinite length"),
        pytest.param(b"\x30\x82\x00\x0a" + SALT + HUGE, id="length longer than needed"),
        pytest.param(b"\x30\x0c\x04\x0a\x30\x08" + b"\x04\x00" + HUGE, id="inside an octet string"),
        pytest.param(b"\x30\x0e\x04\x0c\x30\x08" + b"\x04\x00" + HUGE + b"\xff\xff", id="garbage behind"),
        pytest.param(b"\x30\x10\x24\x0e\x04\x05\x30\x08\x04\x00\x02\x04\x05\x04\x7f\xff\xff\xff", id="pieces"),
        pytest.param(b"\x30\x0e\x1f\x81\x01\x00" + SALT + HUGE, id="behind a long tag"),
    ],
)
def test_a_count_is_found_however_it_is_wrapped(content: bytes) -> None:
    assert asked_work(content) == 2**31 - 1


@pytest.mark.parametrize(
    ("content", "password", "sentence"),
    [
        (b"", None, "not a PFX"),
        (b"hello", None, "not a PFX"),
        (b"\x30\x03\x02\x01\x03", None, "cannot be opened"),
        (b"\x30" * 60_000, None, "PFX"),
        (b"\x30\x80" * 30_000, None, "not a PFX"),
        (b"\x30" + b"x" * 70_000, None, "larger than 64 KiB"),
        (pfx_of(GOOD, "secret"), "wrong", "the password is wrong, or the file is damaged"),
        (pfx_of(GOOD, "secret"), None, "no password was given, or the file is damaged"),
        (pfx_of(GOOD, "secret")[:-40], "secret", "not a PFX"),
        (pfx_of(GOOD, "secret")[:-5] + b"xxxxx", "secret", "damaged"),
        (
            pkcs12.serialize_key_and_certificates(b"x", None, GOOD.certificate, None, NoEncryption()),
            None,
            "holds no private key",
        ),
        (pfx_of(issue(by=INTERMEDIATE, days=(-9, -1)), "secret"), "secret", "expired on"),
        (pfx_of(issue(by=INTERMEDIATE, days=(1, 9)), "secret"), "secret", "not valid before"),
    ],
)
def test_an_unusable_pfx_is_refused_in_words(content: bytes, password: str | None, sentence: str) -> None:
    with pytest.raises(CertificateUnusable, match=sentence) as caught:
        read(content, password)
    assert "relay.pfx" in str(caught.value)
    assert isinstance(caught.value, PfxLocked) == ("cannot be opened" in str(caught.value))
    assert "secret" not in str(caught.value) and "wrong," not in str(caught.value).replace("is wrong,", "")


@given(octets=st.binary(max_size=300))
@settings(deadline=None)
def test_reading_iterations_never_raises(octets: bytes) -> None:
    asked_work(b"\x30" + octets)


@given(position=st.integers(0, 5000), value=st.integers(0, 255))
@settings(deadline=None)
def test_a_damaged_pfx_only_ever_fails_with_a_sentence(position: int, value: int) -> None:
    octets = bytearray(_SMALL)
    octets[position % len(octets)] = value
    try:
        read(bytes(octets))
    except CertificateUnusable as unusable:
        assert unusable.detail.startswith("relay.pfx: ")


_SMALL = pfx_of(GOOD, "secret", above=[], encryption=None)

VERSION_8 = (
    b"-----BEGIN CERTIFICATE-----\n"
    + base64.encodebytes(GOOD.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1))
    + b"-----END CERTIFICATE-----\n"
)
OTHER = issue("other.test")
ENCRYPTED = GOOD.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
SMALL_RSA = issue(by=INTERMEDIATE, key=rsa.generate_private_key(65537, 1024))


@pytest.mark.parametrize(
    ("text", "key", "sentence"),
    [
        (b"", GOOD.key_pem, "no PEM certificate"),
        (GOOD.der, GOOD.key_pem, "no PEM certificate"),
        (VERSION_8, GOOD.key_pem, "no PEM certificate"),
        (GOOD.pem, b"", "no private key"),
        (GOOD.pem, OTHER.key_pem, "does not belong to any"),
        (GOOD.pem, ENCRYPTED, "private key is encrypted"),
        (SMALL_RSA.pem, SMALL_RSA.key_pem, "RSA key has 1024 bits"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            GOOD.key_pem,
            "no PEM certificate",
        ),
    ],
)
def test_an_unusable_pem_is_refused_in_words(text: bytes, key: bytes, sentence: str) -> None:
    with pytest.raises(CertificateUnusable, match=sentence):
        read_pem(text, key, source="relay.pem", now=NOW)


def test_the_leaf_of_a_pem_file_is_the_one_with_the_key() -> None:
    upside_down = b"".join(one.public_bytes(Encoding.PEM) for one in reversed(GOOD.chain))
    assert read_pem(upside_down, GOOD.key_pem, source="x", now=NOW).presented == tuple(GOOD.chain)


def test_files_are_read_from_disk_and_missing_ones_named(tmp_path: Path) -> None:
    both, pfx, password = tmp_path / "both.pem", tmp_path / "relay.pfx", tmp_path / "password"
    both.write_bytes(GOOD.key_pem + GOOD.pem)
    pfx.write_bytes(pfx_of(GOOD, "secret"))
    password.write_text("secret\r\n")
    assert load_pem(both, now=NOW).certificate == GOOD.certificate
    assert load_pfx(pfx, load_password(password), now=NOW).certificate == GOOD.certificate
    with pytest.raises(CertificateUnusable, match=r"gone\.pem: cannot be read \(No such file"):
        load_pem(tmp_path / "gone.pem", now=NOW)
    with pytest.raises(CertificateUnusable, match="cannot be read"):
        load_pfx(tmp_path, None, now=NOW)


def test_the_key_is_not_in_the_repr() -> None:
    shown = repr(GOOD.credentials())
    assert "PrivateKey" not in shown and "key=" not in shown
