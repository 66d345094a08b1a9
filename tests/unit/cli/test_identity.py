"""With what a test shows who it is: where secrets come from, and a PFX that cannot be used."""

import getpass
import io
import re
from pathlib import Path

import pytest
import trustme
import typer
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import PrivateFormat, load_pem_private_key, pkcs12

from gatepost.cli.identity import client_certificate, sign_in
from gatepost.tls import read_certificates

CA = trustme.CA(key_type=trustme.KeyType.ECDSA)


class Keyboard(io.StringIO):
    """Standard input as a terminal."""

    def isatty(self) -> bool:
        return True


def opened(pfx: str, **more: str) -> str:
    """The subject of the certificate in a PFX, as the flags open it."""
    flags: dict[str, object] = {"pfx_password_file": None, "pfx_password_env": None, "cert": None, "key": None, **more}
    found = client_certificate(pfx=Path(pfx), **flags)  # type: ignore[arg-type]
    assert found is not None
    return found.certificate.subject.rfc4514_string()


def made_pfx(folder: Path, kind: str) -> str:
    """A PFX with something wrong about it; its password is `secret`."""
    leaf = CA.issue_cert("printer.contoso.com", key_type=trustme.KeyType.ECDSA)
    (certificate,) = read_certificates(leaf.cert_chain_pems[0].bytes(), source="leaf")
    key = None if kind == "no key" else load_pem_private_key(leaf.private_key_pem.bytes(), None)
    builder = PrivateFormat.PKCS12.encryption_builder().hmac_hash(SHA256())
    secret = builder.kdf_rounds(70_000).key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(b"secret")
    content = pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, secret)  # type: ignore[arg-type]
    if kind == "iterations":
        content = content.replace(b"\x02\x03" + (70_000).to_bytes(3, "big"), b"\x02\x03\x7f\xff\xff")
    if kind == "cut off":
        content = content[:200]
    (folder / "bad.pfx").write_bytes(b"-----BEGIN CERTIFICATE-----\n" if kind == "PEM" else content)
    return str(folder / "bad.pfx")


@pytest.fixture
def pfx(tmp_path: Path) -> str:
    return made_pfx(tmp_path, "good")


def test_a_pfx_password_may_stand_in_the_environment(pfx: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFX_PASSWORD", "secret")
    assert opened(pfx, pfx_password_env="PFX_PASSWORD")
    with pytest.raises(typer.BadParameter, match="no environment variable NOT_SET"):
        opened(pfx, pfx_password_env="NOT_SET")


def test_a_locked_pfx_asks_for_its_password_where_somebody_is(pfx: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    monkeypatch.setattr(getpass, "getpass", typed)
    with pytest.raises(typer.BadParameter, match="--pfx-password-file FILE or --pfx-password-env"):
        opened(pfx)
    monkeypatch.setattr("sys.stdin", Keyboard())
    assert opened(pfx) and asked == [f"Password of {pfx}: "]


def test_a_wrong_password_is_not_asked_for_again(pfx: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr(getpass, "getpass", lambda _: "wrong")
    with pytest.raises(typer.BadParameter, match="the password is wrong, or the file is damaged"):
        opened(pfx)


@pytest.mark.parametrize(
    ("kind", "password", "sentence"),
    [
        ("good", "wrong", "the password is wrong, or the file is damaged"),
        ("good", "", "the password is wrong, or the file is damaged"),
        ("no key", "secret", "Remedy: export it with the private key"),
        ("iterations", "secret", "iterations; 10 million is the limit. Remedy: export it again"),
        ("cut off", "secret", "this is not a PFX"),
        ("PEM", "secret", "this is not a PFX"),
    ],
)
def test_a_pfx_that_cannot_be_used_is_refused_in_words(
    kind: str, password: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFX_PASSWORD", password)
    with pytest.raises(typer.BadParameter, match=re.escape(sentence)):
        opened(made_pfx(tmp_path, kind), pfx_password_env="PFX_PASSWORD")


def test_a_password_that_was_not_given_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr(getpass, "getpass", lambda _: "typed")
    found = sign_in(user="printer", password_file=None, password_env=None, token_file=None, mechanism="")
    assert found is not None and found.secret == "typed" and "typed" not in repr(found)


def test_a_token_comes_from_its_file_and_is_shown_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("eyJ0eXAi\n")
    found = sign_in(user="a", password_file=None, password_env=None, token_file=tmp_path / "token", mechanism="")
    assert found is not None and (found.secret, found.mechanism) == ("eyJ0eXAi", "XOAUTH2")
    assert "eyJ0eXAi" not in repr(found)


@pytest.mark.parametrize("content", ["", "Bearer eyJ0eXAi", "tökén", "\x1b[2J"])
def test_what_is_no_token_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(content)
    with pytest.raises(typer.BadParameter, match="holds no access token"):
        sign_in(user="a", password_file=None, password_env=None, token_file=tmp_path / "token", mechanism="")
