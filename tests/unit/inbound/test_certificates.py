"""The certificate of a listener: its end is told in time, once a day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gatepost.config import ListenerSettings
from gatepost.inbound.certificates import ListenerCertificate
from gatepost.journal import Journal, Level

DAY = 86_400.0
NOW = 1_800_000_000.0


class Told:
    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, Any]]] = []
        self.journal = Journal(lambda name, _level, facts: self.facts.append((name, facts)), quietest=Level.DEBUG)

    def warnings(self) -> int:
        found = sum(name == "certificate_expires" for name, _ in self.facts)
        self.facts.clear()
        return found


def write(folder: Path, days: float) -> ListenerSettings:
    """A certificate that is valid for so many days from NOW."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.example")])
    moment = datetime.fromtimestamp(NOW, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=60))
        .not_valid_after(moment + timedelta(days=days))
        .sign(key, SHA256())
    )
    file = folder / "relay.pem"
    file.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return ListenerSettings(address="127.0.0.1", port=25, tls="starttls", certificate=file)


@pytest.mark.parametrize(("days", "words"), [(30, None), (21.5, None), (20.5, "in 20 days"), (1.5, "in one day"),
                                             (0.5, "in less than a day")])  # fmt: skip
def test_the_end_of_a_certificate_is_near_from_three_weeks_on(tmp_path: Path, days: float, words: str | None) -> None:
    told = Told()
    certificate = ListenerCertificate(write(tmp_path, days), told.journal, NOW)
    assert certificate.expires_at == NOW + days * DAY
    sentence = certificate.expires_soon(NOW)
    assert (sentence is None) if words is None else (sentence is not None and f" expires {words}, on " in sentence)
    assert told.warnings() == (words is not None)


def test_it_is_told_once_a_day_until_the_certificate_is_renewed(tmp_path: Path) -> None:
    told = Told()
    certificate = ListenerCertificate(write(tmp_path, 30), told.journal, NOW)
    counted = []
    for hour in range(24 * 12):
        certificate.refresh(NOW + hour * 3_600)
        counted.append(told.warnings())
    assert counted.index(1) == 24 * 9 + 1
    assert sum(counted) == 3
    write(tmp_path, 90)
    certificate.refresh(NOW + 12 * DAY)
    assert told.warnings() == 0
    assert certificate.expires_soon(NOW + 12 * DAY) is None


def test_an_expired_certificate_expires_no_more(tmp_path: Path) -> None:
    told = Told()
    certificate = ListenerCertificate(write(tmp_path, 1), told.journal, NOW)
    assert told.warnings() == 1
    certificate.refresh(NOW + 2 * DAY)
    assert told.warnings() == 0
    assert certificate.problem is not None
