"""Renewed certificates are taken up, unusable ones reported, and the old one stays."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pair import shake_hands
from pki import INTERMEDIATE, NOW, Issued, issue

from gatepost.errors import CertificateUnusable
from gatepost.tls import (
    Credentials,
    PemFiles,
    PfxFile,
    WatchedCredentials,
    client_context,
    self_test,
    server_context,
)

FIRST = issue(by=INTERMEDIATE)
SECOND = issue(by=INTERMEDIATE)


@pytest.fixture
def files(tmp_path: Path) -> PemFiles:
    return PemFiles(certificate=tmp_path / "relay.pem", key=tmp_path / "relay.key")


def write(files: PemFiles, certificate: bytes, key: bytes) -> None:
    """Replace both files the way a renewal does: by rename, so that the inode changes."""
    for path, content in ((files.certificate, certificate), (files.key, key)):
        assert path is not None
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        os.replace(fresh, path)


def shown(watched: WatchedCredentials) -> Issued | None:
    context = watched.context(request_client_certificate=True)
    assert context is not None
    _, client = shake_hands(context, client_context())
    return next((one for one in (FIRST, SECOND) if one.certificate == client.peer_chain()[0]), None)


def test_a_renewed_pair_is_served_to_new_sessions_and_old_sessions_go_on(files: PemFiles) -> None:
    write(files, FIRST.pem, FIRST.key_pem)
    watched = WatchedCredentials(files, now=NOW)
    assert watched.problem is None and shown(watched) is FIRST
    old = watched.context(request_client_certificate=False)
    assert old is not None
    server, client = shake_hands(old, client_context())
    assert not watched.refresh(NOW)
    write(files, SECOND.pem, SECOND.key_pem)
    assert watched.refresh(NOW)
    assert shown(watched) is SECOND and watched.problem is None
    client.send(b"NOOP\r\n")
    assert server.receive(client.to_send()) == b"NOOP\r\n"


@pytest.mark.parametrize(
    ("certificate", "key", "sentence"),
    [
        pytest.param(SECOND.pem, FIRST.key_pem, "does not belong", id="half written"),
        pytest.param(SECOND.pem[:300], SECOND.key_pem, "no PEM certificate", id="torn"),
        pytest.param(b"", b"", "no PEM certificate", id="empty"),
        pytest.param(*(lambda old: (old.pem, old.key_pem))(issue(days=(-9, -1))), "expired on", id="expired"),
    ],
)
def test_an_unusable_pair_leaves_the_old_one_and_is_reported(
    files: PemFiles, certificate: bytes, key: bytes, sentence: str
) -> None:
    write(files, FIRST.pem, FIRST.key_pem)
    watched = WatchedCredentials(files, now=NOW)
    write(files, certificate, key)
    assert not watched.refresh(NOW)
    assert shown(watched) is FIRST
    assert watched.problem is not None and sentence in watched.problem and "stays in use" in watched.problem
    write(files, SECOND.pem, SECOND.key_pem)
    assert watched.refresh(NOW)
    assert shown(watched) is SECOND and watched.problem is None


def test_files_that_vanish_leave_the_old_pair(files: PemFiles) -> None:
    write(files, FIRST.pem, FIRST.key_pem)
    watched = WatchedCredentials(files, now=NOW)
    files.certificate.unlink()
    assert not watched.refresh(NOW)
    assert shown(watched) is FIRST and watched.problem is not None


def test_files_that_come_back_are_no_problem_any_more(files: PemFiles) -> None:
    write(files, FIRST.pem, FIRST.key_pem)
    watched = WatchedCredentials(files, now=NOW)
    aside = files.certificate.with_suffix(".aside")
    files.certificate.rename(aside)
    watched.refresh(NOW)
    assert watched.problem is not None
    aside.rename(files.certificate)
    watched.refresh(NOW)
    assert watched.problem is None


def test_without_a_usable_pair_there_is_no_context(files: PemFiles) -> None:
    watched = WatchedCredentials(files, now=NOW)
    assert watched.credentials is None
    assert watched.context(request_client_certificate=True) is None
    assert watched.problem is not None and "cannot be read" in watched.problem
    write(files, FIRST.pem, FIRST.key_pem)
    assert watched.refresh(NOW) and shown(watched) is FIRST


def test_expiry_while_running_is_reported(files: PemFiles) -> None:
    write(files, FIRST.pem, FIRST.key_pem)
    watched = WatchedCredentials(files, now=NOW)
    watched.refresh(NOW + timedelta(days=31))
    assert watched.problem is not None and "expired on" in watched.problem
    assert shown(watched) is FIRST


def test_a_pfx_password_is_not_in_the_repr() -> None:
    assert "secret" not in repr(PfxFile(pfx=Path("relay.pfx"), password="secret"))


def test_the_self_test_notices_a_context_that_cannot_shake_hands() -> None:
    first = FIRST.credentials()
    self_test(server_context(first, request_client_certificate=True), first)
    only_new = server_context(first, request_client_certificate=True, minimum="TLSv1.3")
    only_new.set_tls13_ciphersuites(b"TLS_AES_128_CCM_8_SHA256")
    with pytest.raises(CertificateUnusable, match="a test handshake failed"):
        self_test(only_new, first)


def test_a_certificate_with_a_strangers_key_cannot_become_a_context() -> None:
    mixed = Credentials(certificate=FIRST.certificate, chain=(), key=SECOND.credentials().key, source="mixed")
    with pytest.raises(CertificateUnusable, match="mixed"):
        server_context(mixed, request_client_certificate=False)
