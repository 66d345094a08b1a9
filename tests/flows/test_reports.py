"""Reports of the whole house: whom they come from."""

from pathlib import Path

import pytest
from house import GUEST, PRINTER, by_address, domain, house, organization
from sink import Sink

pytestmark = pytest.mark.flow


def test_a_report_comes_from_the_postmaster_that_the_organization_names_now(tmp_path: Path) -> None:
    sink = Sink(rcpt=lambda line: "550 5.1.1 no such user" if GUEST in line else "250 2.1.5 ok")
    with house(tmp_path, domain(), by_address(), sink=sink) as relay, relay.connect() as client:
        client.say("EHLO x")
        client.deliver()
        (first,) = relay.mail()
        assert first.content.startswith(b"From: Mail Delivery System <postmaster@relay.contoso.com>\r\n")
        relay.change(organization(Postmaster="helpdesk@contoso.com"))
        client.deliver()
        _, second = relay.mail(2)
        assert second.content.startswith(b"From: Mail Delivery System <helpdesk@contoso.com>\r\n")
        assert f"To: <{PRINTER}>\r\n".encode() in second.content
