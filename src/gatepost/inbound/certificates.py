"""The certificate of one listener: watched, reloaded without dropping sessions, and shouted about when unusable."""

from datetime import UTC, datetime

from OpenSSL import SSL

from gatepost.config import ListenerSettings
from gatepost.errors import CertificateUnusable
from gatepost.journal import Journal
from gatepost.tls import PemFiles, PfxFile, WatchedCredentials

SOON = 21 * 86_400.0  # seconds before its end from which a certificate is told to expire: renewals run at 30 days
_DAY = 86_400.0


class ListenerCertificate:
    """What sessions ask for a TLS context; `problem` is a sentence while the files are not what is being served."""

    def __init__(self, listener: ListenerSettings, journal: Journal, now: float) -> None:
        source: PemFiles | PfxFile
        if listener.pfx is not None:
            source = PfxFile(pfx=listener.pfx, password=listener.pfx_password)
        elif listener.certificate is not None:
            source = PemFiles(certificate=listener.certificate, key=listener.key)
        else:
            raise CertificateUnusable(f"The listener {listener.name} offers TLS and names no certificate.")
        self._name = listener.name
        self._journal = journal
        self._said: str | None = None
        self._warned_at: float | None = None
        self._watched = WatchedCredentials(source, now=_moment(now))
        self._report(now, loaded=self._watched.credentials is not None)

    @property
    def usable(self) -> bool:
        return self._watched.credentials is not None

    @property
    def problem(self) -> str | None:
        return self._watched.problem

    @property
    def name(self) -> str:
        """The listener's name."""
        return self._name

    @property
    def expires_at(self) -> float | None:
        """When the certificate being served ends, in seconds since 1970; None while there is none."""
        credentials = self._watched.credentials
        return None if credentials is None else credentials.certificate.not_valid_after_utc.timestamp()

    def expires_soon(self, now: float) -> str | None:
        """A sentence while the certificate is valid and its end is near."""
        until = self.expires_at
        if until is None or not 0 < until - now < SOON:
            return None
        left = int((until - now) / _DAY)
        words = "in less than a day" if left < 1 else "in one day" if left == 1 else f"in {left} days"
        return f"The certificate of the listener {self._name} expires {words}, on {_moment(until):%Y-%m-%d %H:%M} UTC."

    def context(self, *, request_client_certificate: bool, minimum: str) -> SSL.Context:
        context = self._watched.context(request_client_certificate=request_client_certificate, minimum=minimum)
        if context is None:
            raise CertificateUnusable(self._watched.problem or "")
        return context

    def refresh(self, now: float) -> None:
        """Look at the files; each state of affairs is reported once."""
        self._report(now, loaded=self._watched.refresh(_moment(now)))

    def _report(self, now: float, *, loaded: bool) -> None:
        problem, credentials = self._watched.problem, self._watched.credentials
        if loaded and credentials is not None:
            self._journal.fact(
                "certificate_loaded",
                listener=self._name,
                source=credentials.source,
                until=credentials.certificate.not_valid_after_utc.isoformat(),
            )
        if problem is not None and problem != self._said:
            self._journal.fact("certificate_unusable", listener=self._name, problem=problem)
        self._said = problem
        if loaded:
            self._warned_at = None
        if self._warned_at is None or now - self._warned_at >= _DAY:
            warning = self.expires_soon(now)
            self._warned_at = None if warning is None else now
            if warning is not None:
                self._journal.fact("certificate_expires", listener=self._name, what=warning)


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
