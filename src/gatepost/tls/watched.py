"""Credentials that follow their files: renewed certificates take effect without a restart.

The caller polls with `refresh`, say once a minute. A changed pair is read, checked, and made to shake hands
with itself before it replaces the old one; an unusable one leaves the old one in place and is reported in
`problem`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from OpenSSL import SSL

from gatepost.errors import CertificateUnusable

from .contexts import client_context, server_context
from .credentials import Credentials, load_password, load_pem, load_pfx, validity_problem
from .pipe import TlsFailed, TlsPipe

STRICT = "TLSv1.2"  # what everybody gets who is not named for less
_Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PemFiles:
    """A certificate file (with its chain) and a key file; `key` None when one file holds both."""

    certificate: Path
    key: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.certificate,) if self.key is None else (self.certificate, self.key)

    def load(self, now: datetime) -> Credentials:
        return load_pem(self.certificate, self.key, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class PfxFile:
    """A PFX, and its password or the file that holds it."""

    pfx: Path
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.pfx,) if self.password_file is None else (self.pfx, self.password_file)

    def load(self, now: datetime) -> Credentials:
        password = self.password if self.password_file is None else load_password(self.password_file)
        return load_pfx(self.pfx, password, now=now)


class WatchedCredentials:
    """The credentials in use, and the contexts made of them. Sessions that have begun keep the context they
    have.

    `credentials` is None while there has never been a usable pair: then TLS must not be offered. `problem`
    is a sentence when the files on disk are not what is being served, or when what is being served has
    expired.
    """

    __slots__ = ("_contexts", "_source", "_stamp", "credentials", "problem")

    def __init__(self, source: PemFiles | PfxFile, *, now: datetime) -> None:
        self._source = source
        self._contexts: dict[tuple[bool, str], SSL.Context] = {}
        self._stamp: _Stamp = ()
        self.credentials: Credentials | None = None
        self.problem: str | None = None
        self.refresh(now)

    def context(self, *, request_client_certificate: bool, minimum: str = STRICT) -> SSL.Context | None:
        """The server context to use for the next session; None while there is no usable certificate.

        One for old devices is made when the first of them comes, and kept until the certificate changes.
        """
        kind = (request_client_certificate, minimum)
        found = self._contexts.get(kind)
        if found is None and self.credentials is not None:
            found = self._contexts[kind] = server_context(
                self.credentials, request_client_certificate=request_client_certificate, minimum=minimum
            )
        return found

    def refresh(self, now: datetime) -> bool:
        """Look at the files; true when new credentials are in use from now on. Never raises."""
        stamp = _stamp(self._source.files)
        if stamp == self._stamp:
            self.problem = self._expiry(now)  # also when the files went back to what is being served
            return False
        try:
            fresh = self._source.load(now)
            contexts = {
                (request, STRICT): server_context(fresh, request_client_certificate=request, minimum=STRICT)
                for request in (False, True)
            }
            self_test(contexts[True, STRICT], fresh)
        except CertificateUnusable as unusable:
            # The stamp is remembered only for a pair that was taken: a half-written one is tried again next
            # time.
            self.problem = str(unusable) if self.credentials is None else f"{unusable} {_KEPT}"
            return False
        self._stamp, self._contexts, self.credentials, self.problem = stamp, contexts, fresh, None
        return True

    def _expiry(self, now: datetime) -> str | None:
        assert self.credentials is not None
        found = validity_problem(self.credentials.certificate, now)
        return None if found is None else f"{self.credentials.source}: {found} Remedy: renew it; it is reloaded."


_KEPT = "The certificate that was loaded before stays in use."


def self_test(context: SSL.Context, credentials: Credentials) -> None:
    """Shake hands with ourselves over memory; raises CertificateUnusable when that does not work."""
    try:
        server = TlsPipe(context, server=True)
        client = TlsPipe(client_context(certificate=credentials), server=False)
        for _ in range(10):
            if server.established and client.established:
                return
            if ahead := client.to_send():
                server.receive(ahead)
            if back := server.to_send():
                client.receive(back)
    except TlsFailed as failed:
        raise CertificateUnusable(f"{credentials.source}: a test handshake failed. {failed.detail}") from None
    raise CertificateUnusable(f"{credentials.source}: a test handshake did not come to an end.")


def _stamp(files: Sequence[Path]) -> _Stamp:
    """What tells one state of the files from another: time, inode and size; None for an absent file."""
    stamps: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            found = file.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((found.st_mtime_ns, found.st_ino, found.st_size))
    return tuple(stamps)
