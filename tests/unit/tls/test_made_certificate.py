"""The certificate that the relay makes itself: made once, kept, and made anew where it no longer serves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatepost.tls import keep_made_certificate, load_pem, purposes, self_test, server_context


def test_it_is_for_this_machine_and_for_nobody_elses_eyes(tmp_path: Path) -> None:
    file = tmp_path / "tls" / "made.pem"
    keep_made_certificate(file, "relay.contoso.com")
    made = load_pem(file)
    self_test(server_context(made, request_client_certificate=True), made)
    assert made.certificate.issuer == made.certificate.subject
    assert list(purposes(made.certificate) or ()) != []
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [it.name for it in file.parent.iterdir()] == ["made.pem"]


def test_it_stays_from_start_to_start(tmp_path: Path) -> None:
    file = tmp_path / "made.pem"
    keep_made_certificate(file, "debian")  # a name without a dot is one, too
    before = file.read_bytes()
    keep_made_certificate(file, "debian")
    assert file.read_bytes() == before


@pytest.mark.parametrize("trouble", ["another name", "damaged", "half a file left behind", "about to end"])
def test_what_no_longer_serves_is_made_anew(tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "made.pem"
    if trouble == "about to end":
        monkeypatch.setattr("gatepost.tls.made._LIFE", timedelta(days=80))
    keep_made_certificate(file, "relay.contoso.com")
    monkeypatch.undo()
    before = file.read_bytes()
    if trouble == "damaged":
        file.write_bytes(before[:300])
    elif trouble == "half a file left behind":
        (tmp_path / ".made.pem").write_bytes(b"x")
        file.unlink()
    keep_made_certificate(file, "mail.contoso.com" if trouble == "another name" else "relay.contoso.com")
    assert file.read_bytes() != before
    assert load_pem(file).certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1800)
