"""The TLS report as RFC 8460 has it: as an object, and as a message that programs take apart."""

import gzip
import json
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, TlsReport, write_tls_report

POLICY = {
    "policy": {"policy-type": "sts", "policy-domain": "fabrikam.com", "policy-string": ["version: STSv1"]},
    "summary": {"total-successful-session-count": 5, "total-failure-session-count": 2},
    "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 2}],
}
REPORT = TlsReport(
    day=date(2026, 11, 24),
    domain="fabrikam.com",
    organization="Contoso",
    contact=Address("post", "contoso.com"),
    hostname="relay.contoso.com",
    policies=(POLICY,),
)


def written(*to: Address) -> bytes:
    now = datetime(2026, 11, 25, 3, tzinfo=UTC)
    return write_tls_report(REPORT, to=to or (Address("tls", "fabrikam.com"),), now=now, boundary="=_b")


def test_the_message_has_the_fields_and_parts_of_the_rfc() -> None:
    message = message_from_bytes(written(), policy=policy.default)
    assert message["From"] == "post@contoso.com"
    assert message["TLS-Report-Domain"] == "fabrikam.com"
    assert message["TLS-Report-Submitter"] == "contoso.com"
    subject = (
        "Report Domain: fabrikam.com Submitter: contoso.com Report-ID: <2026-11-24.fabrikam.com@relay.contoso.com>"
    )
    assert " ".join(message["Subject"].split()) == subject
    assert (message["TLS-Required"], message["Auto-Submitted"]) == ("No", "auto-generated")
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "tlsrpt"
    words, report = message.iter_parts()
    assert "5 sessions" in words.get_content()
    assert report.get_content_type() == "application/tlsrpt+gzip"
    assert report.get_filename() == "contoso.com!fabrikam.com!1795478400!1795564799.json.gz"
    assert report.get_payload(decode=True) == REPORT.octets


def test_the_object_has_the_form_of_the_rfc_and_is_the_same_each_time() -> None:
    assert json.loads(gzip.decompress(REPORT.octets)) == {
        "organization-name": "Contoso",
        "date-range": {"start-datetime": "2026-11-24T00:00:00Z", "end-datetime": "2026-11-24T23:59:59Z"},
        "contact-info": "post@contoso.com",
        "report-id": "2026-11-24.fabrikam.com@relay.contoso.com",
        "policies": [POLICY],
    }
    assert written() == written()


@given(st.lists(st.text("abcdefg.", min_size=1, max_size=250), min_size=1, max_size=5))
def test_the_message_is_seven_bit_and_its_lines_are_short(locals_: list[str]) -> None:
    message = written(*(Address(it, "fabrikam.com") for it in locals_))
    assert message.isascii()
    assert message.count(b"\n") == message.count(b"\r\n") == message.count(b"\r")
    assert max(map(len, message.split(b"\r\n"))) <= 998
