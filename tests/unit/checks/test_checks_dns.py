"""The checks that ask the DNS, asked of a name server on loopback."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "flows"))

from named import naming

from gatepost.checks import OTHER, Lookups, Site, run_checks
from gatepost.checks.lookups import GOOGLE, MICROSOFT, provider_of
from gatepost.checks.site import Finding
from gatepost.checks.spf import Spf, SpfQuestion
from gatepost.config import Settings, load_settings
from gatepost.connectors import AcceptedDomain

ZONE = """
good.test. 60 IN MX 10 good-test01i.mail.protection.outlook.com.
good-test01i.mail.protection.outlook.com. 60 IN A 127.0.0.1
good.test. 60 IN TXT "MS=ms12345678"
good.test. 60 IN TXT "v=spf1 include:spf.protection.outlook.com -all"
selector1._domainkey.good.test. 60 IN TXT "v=DKIM1; p=x"
_dmarc.good.test. 60 IN TXT "v=DMARC1; p=reject"
sub.good.test. 60 IN A 127.0.0.2
bare.test. 60 IN A 127.0.0.1
null.test. 60 IN MX 0 .
lost.test. 60 IN MX 5 nowhere.lost.test.
inside.test. 60 IN MX 5 mail.inside.test.
mail.inside.test. 60 IN A 10.0.0.5
two.test. 60 IN TXT "v=spf1 -all"
two.test. 60 IN TXT "v=spf1 mx -all"
_dmarc.two.test. 60 IN TXT "v=DMARC1; p=none"
_dmarc.two.test. 60 IN TXT "v=DMARC1; p=reject"
spf.protection.outlook.com. 60 IN TXT "v=spf1 ip4:40.92.0.0/15 -all"
relay.good.test. 60 IN A 9.9.9.9
9.9.9.9.in-addr.arpa. 60 IN PTR relay.good.test.
8.8.8.8.in-addr.arpa. 60 IN PTR liar.test.
broken.test. 60 IN A 127.0.0.1
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with naming(ZONE) as address:
        yield address


HERE = "GATEPOST_DELIVERY_ALLOW_PRIVATE_MX=true"


def settings_with(*lines: str) -> Settings:
    return load_settings(environ={"GATEPOST_HOSTNAME": "relay.good.test", **dict(it.split("=") for it in lines)})


def findings(server: str, check: str, *domains: str, settings: Settings | None = None) -> Sequence[Finding]:
    """What one check finds for a relay with these accepted domains."""

    async def play() -> Sequence[Finding]:
        site = Site(
            settings=settings or settings_with(f"GATEPOST_RESOLVERS={server}", HERE),
            lookups=Lookups([server], lifetime=3.0),
            clock=lambda: 1_800_000_000.0,
            running=True,
            domains=tuple(AcceptedDomain(name=it, organization="Default", domain_name=it) for it in domains),
            mx_port=9,  # of loopback: nothing is to be reached
        )
        [(_, found)] = await run_checks(site, [check])
        return found

    return asyncio.run(play())


@pytest.mark.parametrize(
    ("check", "domain", "level", "words"),
    [
        ("mx", "good.test", "ok", "good-test01i.mail.protection.outlook.com takes its mail (Microsoft 365)."),
        ("mx", "bare.test", "ok", "bare.test takes its mail."),
        ("mx", "null.test", "warning", "says that it takes no mail (null MX)"),
        ("mx", "gone.test", "warning", "does not exist"),
        ("mx", "lost.test", "failed", "Its best mail host nowhere.lost.test has no address"),
        ("mx", "broken.test", "failed", "DNS could not say"),
        ("spf", "good.test", "ok", "SPF covers what leaves through Exchange Online."),
        ("spf", "bare.test", "warning", "It has no SPF record"),
        ("spf", "two.test", "failed", "It has 2 SPF records"),
        ("spf", "broken.test", "failed", "Its SPF record cannot be looked up"),
        ("dkim", "good.test", "ok", "There are DKIM keys below it."),
        ("dkim", "bare.test", "warning", "No DKIM key is published"),
        ("dkim", "broken.test", "failed", "cannot be looked up"),
        ("dmarc", "good.test", "ok", "DMARC: v=DMARC1; p=reject"),
        ("dmarc", "sub.good.test", "ok", "(of good.test)"),
        ("dmarc", "bare.test", "warning", "It has no DMARC policy"),
        ("dmarc", "two.test", "failed", "There are 2 DMARC records"),
        ("dmarc", "broken.test", "failed", "cannot be looked up"),
    ],
)
def test_what_the_dns_says_of_a_domain_is_told(server: str, check: str, domain: str, level: str, words: str) -> None:
    [found] = findings(server, check, domain)
    assert (found.level, found.about) == (level, domain)
    assert words in found.sentence
    assert bool(found.remedy) == (level in ("warning", "failed"))


def test_an_mx_on_a_private_address_is_warned_of(server: str) -> None:
    [found] = findings(server, "mx", "inside.test", settings=settings_with(f"GATEPOST_RESOLVERS={server}"))
    assert found.level == "warning"
    assert "at 10.0.0.5, where no MX may lead to (private)" in found.sentence


def test_without_an_accepted_domain_there_is_nothing_to_ask(server: str) -> None:
    [found] = findings(server, "spf")
    assert (found.level, found.sentence) == ("skipped", "There is no accepted domain.")


def test_of_very_many_domains_some_are_looked_at_and_the_rest_is_counted(server: str) -> None:
    found = findings(server, "dkim", *(f"d{n}.test" for n in range(40)))
    assert len(found) == 26
    assert found[-1].sentence == "Further accepted domains that were not looked at: 15."


def test_a_good_resolver_is_told_with_its_dnssec() -> None:
    with naming(ZONE) as address:
        [found] = findings(address, "resolver")
        assert (found.level, found.about) == ("ok", address)
        assert "does not prove answers" in found.sentence
    with naming(ZONE, proven=True) as address:
        assert "proves answers by DNSSEC" in findings(address, "resolver")[0].sentence


@pytest.mark.parametrize(
    ("how", "words"),
    [({"invents": "198.51.100.1"}, "It invents an address (198.51.100.1)"), ({"broken": "."}, "It is of no use")],
)
def test_a_bad_resolver_has_failed(how: dict[str, str], words: str) -> None:
    with naming(ZONE, **how) as address:
        [found] = findings(address, "resolver")
    assert found.level == "failed"
    assert words in found.sentence


@pytest.mark.parametrize(
    ("hostname", "level", "words"),
    [
        ("relay.good.test", "ok", "has the address 9.9.9.9"),
        ("nobody.good.test", "warning", "has no address in the DNS"),
        ("relay", "warning", "This is no full host name"),
    ],
)
def test_the_name_that_we_say_is_looked_up(server: str, hostname: str, level: str, words: str) -> None:
    settings = settings_with(f"GATEPOST_HOSTNAME={hostname}")
    found, unknown = findings(server, "reverse-name", settings=settings)
    assert (found.level, found.about) == (level, hostname)
    assert words in found.sentence
    assert unknown.level == "skipped"


RECORDS = """
direct.test. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"
soft.test. 60 IN TXT "v=spf1 ip4:198.51.100.1 ~all"
open.test. 60 IN TXT "v=spf1 ip4:198.51.100.1"
by-a.test. 60 IN TXT "v=spf1 a -all"
by-a.test. 60 IN A 192.0.2.7
wide-a.test. 60 IN TXT "v=spf1 a:by-a.test/24//64 -all"
six-a.test. 60 IN TXT "v=spf1 a:by-a.test//64 -all"
by-mx.test. 60 IN TXT "v=spf1 mx -all"
by-mx.test. 60 IN MX 5 by-a.test.
nested.test. 60 IN TXT "v=spf1 include:direct.test -all"
moved.test. 60 IN TXT "v=spf1 redirect=direct.test"
nowhere.test. 60 IN TXT "v=spf1 include:gone.test -all"
circle.test. 60 IN TXT "v=spf1 include:circle.test -all"
macro.test. 60 IN TXT "v=spf1 exists:%{i}.list.test -all"
wrong.test. 60 IN TXT "v=spf1 ip4:nonsense -all"
unknown.test. 60 IN TXT "v=spf1 ipv4:192.0.2.1 -all"
sick.test. 60 IN TXT "v=spf1 include:broken.test -all"
"""


@pytest.mark.parametrize(
    ("domain", "address", "result"),
    [
        ("direct.test", "192.0.2.9", Spf.PASS),
        ("direct.test", "2001:db8::9", Spf.PASS),
        ("direct.test", "198.51.100.9", Spf.FAIL),
        ("soft.test", "192.0.2.9", Spf.SOFTFAIL),
        ("open.test", "192.0.2.9", Spf.NEUTRAL),
        ("by-a.test", "192.0.2.7", Spf.PASS),
        ("by-a.test", "192.0.2.8", Spf.FAIL),
        ("wide-a.test", "192.0.2.200", Spf.PASS),
        ("six-a.test", "192.0.2.7", Spf.PASS),
        ("six-a.test", "192.0.2.8", Spf.FAIL),
        ("by-mx.test", "192.0.2.7", Spf.PASS),
        ("nested.test", "192.0.2.9", Spf.PASS),
        ("nested.test", "203.0.113.9", Spf.FAIL),
        ("moved.test", "192.0.2.9", Spf.PASS),
        ("nowhere.test", "192.0.2.9", Spf.PERMERROR),
        ("circle.test", "192.0.2.9", Spf.PERMERROR),
        ("macro.test", "192.0.2.9", Spf.UNKNOWN),
        ("wrong.test", "192.0.2.9", Spf.PERMERROR),
        ("unknown.test", "192.0.2.9", Spf.PERMERROR),
        ("sick.test", "192.0.2.9", Spf.TEMPERROR),
        ("gone.test", "192.0.2.9", Spf.NONE),
    ],
)
def test_spf_is_read_as_the_rfc_says(spf_server: str, domain: str, address: str, result: Spf) -> None:
    async def play() -> Spf:
        return await SpfQuestion(Lookups([spf_server]), address).ask(domain)

    assert asyncio.run(play()) is result


@pytest.fixture(scope="module")
def spf_server() -> Iterator[str]:
    with naming(RECORDS) as address:
        yield address


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("contoso-com.mail.protection.outlook.com", MICROSOFT),
        ("contoso-com.a1b2.mx.microsoft", MICROSOFT),
        ("contoso.mail.protection.partner.outlook.cn", MICROSOFT),
        ("ASPMX.L.GOOGLE.com.", GOOGLE),
        ("smtp.google.com", GOOGLE),
        ("notgoogle.com", OTHER),
        ("mx.contoso.com", OTHER),
    ],
)
def test_a_provider_is_known_by_whole_labels(host: str, provider: str) -> None:
    assert provider_of([host]) == provider
