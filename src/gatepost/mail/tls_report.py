"""The TLS report of a day (RFC 8460): what sessions to a domain's hosts were like, as an object and as a message."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .address import Address
from .value import value

GZIPPED = "application/tlsrpt+gzip"
_FOLD = ",\r\n\t"  # each address on a line of its own: none may be longer than 998 octets


@value
class TlsReport:
    """One domain's report. `policies` are objects as RFC 8460 §4.4 has them; `contact` is who answers for it.

    `hostname` is the relay's; with day and domain it makes the report's name, so that whoever gets it twice can tell.
    """

    day: date
    domain: str
    organization: str
    contact: Address
    hostname: str
    policies: tuple[Mapping[str, Any], ...]

    @property
    def id(self) -> str:
        """The Report-ID without its brackets; the same however often the report is made."""
        return f"{self.day}.{self.domain}@{self.hostname}"

    @property
    def submitter(self) -> str:
        """RFC 8460 §5.3: the same in file name, header, and contact."""
        return self.contact.domain

    @property
    def octets(self) -> bytes:
        """The report itself, as it travels: JSON, compressed. The same octets each time."""
        told = told_of(
            self.day,
            organization=self.organization,
            contact=str(self.contact),
            report_id=self.id,
            policies=self.policies,
        )
        return gzip.compress(json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode(), mtime=0)

    @property
    def file_name(self) -> str:
        """RFC 8460 §5.1; the times are seconds since 1970."""
        begins = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        ends = begins + timedelta(days=1, seconds=-1)
        return f"{self.submitter}!{self.domain}!{begins.timestamp():.0f}!{ends.timestamp():.0f}.json.gz"


def told_of(
    day: date, *, organization: str, contact: str, report_id: str, policies: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The object of RFC 8460 §4.4 for one day (UTC).

    >>> told_of(date(2026, 11, 24), organization="C", contact="p@c.example", report_id="1", policies=[])["date-range"]
    {'start-datetime': '2026-11-24T00:00:00Z', 'end-datetime': '2026-11-24T23:59:59Z'}
    """
    return {
        "organization-name": organization,
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "contact-info": contact,
        "report-id": report_id,
        "policies": list(policies),
    }


def write_tls_report(report: TlsReport, *, to: Sequence[Address], now: datetime, boundary: str) -> bytes:
    """The message of RFC 8460 §5.3, ready for the spool (CRLF lines). All addresses are ASCII.

    It says TLS-Required: No, for it must arrive although TLS there may be what is broken (§3); and, like every message
    of a machine, that nothing is to answer it.
    """
    good = sum(it["summary"]["total-successful-session-count"] for it in report.policies)
    bad = sum(it["summary"]["total-failure-session-count"] for it in report.policies)
    attached = base64.encodebytes(report.octets).replace(b"\n", b"\r\n")
    head = (
        f"From: <{report.contact}>\r\n"
        f"To: {_FOLD.join(f'<{it}>' for it in to)}\r\n"
        f"Subject: Report Domain: {report.domain}\r\n\tSubmitter: {report.submitter}\r\n\tReport-ID: <{report.id}>\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: {message_id_of(report)}\r\n"
        f"TLS-Report-Domain: {report.domain}\r\n"
        f"TLS-Report-Submitter: {report.submitter}\r\n"
        "TLS-Required: No\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type="tlsrpt";\r\n\tboundary="{boundary}"\r\n'
        "\r\n"
        f"--{boundary}\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n"
        "\r\n"
        f"This is a TLS report (RFC 8460) from {report.hostname} on {report.day} (UTC):\r\n"
        f"{good} sessions to the mail hosts of {report.domain} were secured as its policy asks,\r\n"
        f"{bad} were not. The attachment says more.\r\n"
        "\r\n"
        f"--{boundary}\r\n"
        f"Content-Type: {GZIPPED}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment;\r\n\tfilename="{report.file_name}"\r\n'
        "\r\n"
    )
    return head.encode("utf-8", "replace") + attached + f"\r\n--{boundary}--\r\n".encode()


def message_id_of(report: TlsReport) -> str:
    """The Message-ID, with its brackets: by it the trace knows that a report has been stored."""
    return f"<tls-report.{report.id}>"
