"""Whose host is it: a provider's, or that of whoever registered its domain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.headers.owners import Own, is_inside, is_provider, owner_of


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        # Providers, by the domains of their own hosts.
        ("CH1PEPF0000AD7B.mail.protection.outlook.com", "Microsoft"),
        ("BJXPR01CA0001.partner.outlook.cn", "Microsoft"),
        ("mx.google.com", "Google"),
        ("2002:a05:6a10:9f4a:b0:5a1:2c3d:4e5f", "Google"),
        ("a8-55.smtp-out.amazonses.com", "Amazon SES"),
        ("email-smtp.us-east-1.amazonaws.com", "Amazon SES"),
        ("mx0a-00123456.pphosted.com", "Proofpoint"),
        ("relay.mimecast.com", "Mimecast"),
        ("notoutlook.com", "notoutlook.com"),
        ("outlook.com.evil.test", "evil.test"),
        # Everybody else, by the list of public suffixes.
        ("mail.example.org", "example.org"),
        ("mail.example.co.uk", "example.co.uk"),
        ("mail.example.com.br", "example.com.br"),
        ("mail.example.or.jp", "example.or.jp"),
        ("mx01.emig.gmx.de", "gmx.de"),
        ("mout.web.de", "web.de"),
        ("MAIL.EXAMPLE.ORG.", "example.org"),
        ("relay.contoso.local", "contoso.local"),
        # A customer's host is the customer's, not its neighbours'.
        ("ec2-192-0-2-0.eu-west-2.compute.amazonaws.com", "ec2-192-0-2-0.eu-west-2.compute.amazonaws.com"),
        ("shop.azurewebsites.net", "shop.azurewebsites.net"),
        # What has no owner that its name tells.
        ("com", ""),
        ("co.uk", ""),
        ("printer", ""),
        ("192.0.2.1", ""),
        ("[192.0.2.1]", ""),
        ("2001:db8::1", ""),
        ("a..b", ""),
        ("", ""),
    ],
)
def test_a_host_belongs_to_whoever_registered_its_domain(host: str, owner: str) -> None:
    assert owner_of(host) == owner
    assert is_provider(owner) == (owner[:1].isupper())


@given(st.text(max_size=300) | st.from_regex(r"\A[a-z.\-]{0,80}\Z"))
def test_no_name_raises(host: str) -> None:
    owner_of(host)
    is_inside(host)
    Own(hosts=frozenset({"a"}), addresses=("192.0.2.0/24",)).has_address(host)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        *(
            (it, True)
            for it in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "100.64.0.1", "fe80::1", "fd00::1")
        ),
        *((it, False) for it in ("192.0.2.1", "203.0.113.9", "2001:db8::1", "", "nonsense", "10.0.0")),
    ],
)
def test_addresses_inside_a_house_are_known(address: str, inside: bool) -> None:
    assert is_inside(address) is inside
