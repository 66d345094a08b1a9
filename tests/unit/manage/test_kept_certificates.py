"""Keeping a client certificate that somebody brings, and reading it apart from the server."""

import asyncio
import base64
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

from gatepost.config import Config, load_settings
from gatepost.errors import CertificateUnusable, ConfigRefused, NotAllowed
from gatepost.manage import Caller, Desk, Role
from gatepost.manage.certificates import forget_certificates
from gatepost.tls import load_pfx, read_pfx_apart

ISSUED = trustme.CA().issue_cert("relay.contoso.com", common_name="relay.contoso.com")
PEM = ISSUED.private_key_and_cert_chain_pem.bytes()
PFX = pkcs12.serialize_key_and_certificates(
    None,
    load_pem_private_key(ISSUED.private_key_pem.bytes(), None),  # type: ignore[arg-type]
    x509.load_pem_x509_certificate(ISSUED.cert_chain_pems[0].bytes()),
    None,
    BestAvailableEncryption(b"secret"),
)
OWNER = Caller.owner("tests")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={"GATEPOST_DATA_DIR": str(tmp_path)}))


def keep(desk: Desk, octets: bytes, *, caller: Caller = OWNER, **more: Any) -> Any:
    arguments = {"content": base64.b64encode(octets).decode(), "name": "certificate 'relay.pfx'", **more}
    return asyncio.run(desk.call("certificate.keep", arguments, caller=caller)).value


@pytest.mark.parametrize(("octets", "password"), [(PFX, "secret"), (PEM, "")], ids=["pfx", "pem"])
def test_a_certificate_is_kept_without_its_password_for_the_relay_alone(
    desk: Desk, tmp_path: Path, octets: bytes, password: str
) -> None:
    kept = keep(desk, octets, password=password)
    file = Path(kept["File"])
    assert kept["Names"] == ["relay.contoso.com"]
    assert file.parent == tmp_path / "client-certificates"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert load_pfx(file).certificate == x509.load_pem_x509_certificate(ISSUED.cert_chain_pems[0].bytes())
    assert keep(desk, octets, password=password) == kept
    assert list(file.parent.iterdir()) == [file]


def test_what_if_reads_and_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    keep(desk, PFX, password="secret", what_if=True)
    assert not (tmp_path / "client-certificates").exists()


def test_what_no_connector_names_is_forgotten_a_day_later(desk: Desk, tmp_path: Path) -> None:
    file = Path(keep(desk, PFX, password="secret")["File"])
    brought = file.with_name("brought-by-hand.pfx")
    brought.write_bytes(PFX)
    forget_certificates(desk)
    assert file.exists()  # somebody may still be on the way to a connector
    properties = {"UseMXRecord": False, "SmartHosts": ["relay.example"], "ClientCertificatePfx": str(file)}
    asked = {"name": "Up", "outbound": True, "properties": {**properties, "TlsSettings": "EncryptionOnly"}}
    asyncio.run(desk.call("connector.add", asked, caller=OWNER))
    for it in (file, brought):
        os.utime(it, (time.time() - 90_000,) * 2)
    forget_certificates(desk)
    assert file.exists()
    asyncio.run(desk.call("connector.remove", {"identity": "Up", "outbound": True}, caller=OWNER))
    forget_certificates(desk)
    assert list(file.parent.iterdir()) == [brought]


@pytest.mark.parametrize(
    ("octets", "password", "words"),
    [
        (PFX, "wrong", "the password is wrong"),
        (PFX, "", "no password was given"),
        (b"0", "", "not a PFX"),
        (b"", "", "not a PFX"),
        (ISSUED.cert_chain_pems[0].bytes(), "", "no private key"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_with_a_remedy(
    desk: Desk, octets: bytes, password: str, words: str
) -> None:
    with pytest.raises(ConfigRefused, match=r"certificate 'relay\.pfx'") as refused:
        keep(desk, octets, password=password)
    assert words in refused.value.problems[0]
    assert "Remedy: " in refused.value.problems[0]


def test_files_of_the_server_are_for_those_who_manage_all_of_it(desk: Desk) -> None:
    anna = Caller(who="anna", origin="web", role=Role.ORGANIZATION_MANAGEMENT, organization="Default")
    with pytest.raises(NotAllowed):
        keep(desk, PFX, caller=anna, password="secret")


def test_reading_that_takes_too_long_is_stopped() -> None:
    """Not a matter of speed: no process has even started after no time at all."""
    with pytest.raises(CertificateUnusable, match="took too long"):
        asyncio.run(read_pfx_apart(PFX, "secret", source="relay.pfx", seconds=0))
