"""Mail of strangers through a whole relay: what is found out about it, and the seal it is passed on with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from house import House, by_address, change, domain, house, inbound, organization
from named import ROOT, Zone, serving

from gatepost.config import Edit, ObjectKind
from gatepost.errors import ConfigRefused
from gatepost.signing import key_text, record_of, zone_line

pytestmark = pytest.mark.flow
OURS = generate_private_key(public_exponent=65537, key_size=2048)
THEIRS = generate_private_key(public_exponent=65537, key_size=2048)
LETTER = b"From: Guest <guest@fabrikam.com>\r\nTo: anna@contoso.com\r\nSubject: offer\r\n\r\nour offer\r\n"
ZONE = f"""
fabrikam.com. 60 IN TXT "v=spf1 ip4:127.0.0.2 -all"
_dmarc.fabrikam.com. 60 IN TXT "v=DMARC1; p=reject"
{zone_line("s._domainkey.fabrikam.com", record_of(THEIRS))}
{zone_line("selector1._domainkey.contoso.com", record_of(OURS))}
"""


def signed(letter: bytes = LETTER, *, by: bytes = b"fabrikam.com") -> bytes:
    pem = THEIRS.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    field: bytes = dkim.sign(letter, b"s", by, pem, canonicalize=(b"relaxed", b"relaxed"))
    return field + letter


def signing(**properties: Any) -> Edit:
    known = {"Enabled": True, "Selector1Key": key_text(OURS), **properties}
    return Edit(action="add", kind=ObjectKind.SIGNING, name="contoso.com", properties=known)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Zone]]:
    """A relay that passes mail for contoso.com on to the sink; its name server is the tests' own."""
    with outside(tmp_path_factory.mktemp("relay")) as made:
        yield made


@contextmanager
def outside(folder: Path) -> Iterator[tuple[House, Zone]]:
    names = Zone(ROOT + ZONE)
    settings = [domain(DomainType="InternalRelay"), by_address(), signing(), organization(AuthenticationResults=True)]
    with serving(names) as server, house(folder, *settings, settings=f'resolvers = ["{server}"]') as made:
        yield made, names


def sent(made: House, letter: bytes, *, source: str = "127.0.0.2", sender: str = "guest@fabrikam.com") -> bytes:
    """The letter as it arrives at the sink."""
    before = len(made.sink.deliveries)
    with made.connect(source=source) as client:
        client.say("EHLO mail.fabrikam.com")
        client.deliver(letter, "anna@contoso.com", sender=sender)
    return made.mail(before + 1)[before].content


def results(arrived: bytes) -> list[str]:
    """The results of the relay, one a line, without reasons."""
    found = re.search(rb"(?m)^Authentication-Results: relay\.contoso\.com;((?:.*\r\n)(?:\t.*\r\n)*)", arrived)
    assert found is not None, arrived
    text = re.sub(r'reason="[^"]*"', "", found[1].decode())
    return [re.sub(r"\s+", " ", it).strip() for it in text.split(";")]


def by_dkimpy(message: bytes) -> str:
    """What dkimpy says of the chain."""
    known = {"selector1._domainkey.contoso.com.": record_of(OURS).encode()}
    found, _, reason = dkim.ARC(message).verify(dnsfunc=lambda name, timeout=5: known[name.decode()])
    return f"{found.decode()}: {reason}"


@contextmanager
def sealing(made: House) -> Iterator[None]:
    """The organization seals what it passes on."""
    made.change(organization(ArcSealingDomain="contoso.com"))
    try:
        yield
    finally:
        made.change(organization(ArcSealingDomain=None))


def test_a_good_message_is_vouched_for_by_all_three_and_otherwise_as_it_was(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    arrived = sent(made, signed())
    arc, spf, signature, dmarc = results(arrived)
    assert (arc, spf) == ("arc=none smtp.remote-ip=127.0.0.2", "spf=pass smtp.mailfrom=fabrikam.com")
    assert signature.startswith("dkim=pass header.d=fabrikam.com header.s=s header.a=rsa-sha256 header.b=")
    assert dmarc == "dmarc=pass header.from=fabrikam.com"
    ours, _, theirs = arrived.partition(b"Authentication-Results: ")
    assert ours.startswith(b"Received: ") and b"X-Gatepost-Trace: " in ours
    assert theirs.endswith(LETTER)
    assert b"\r\nDKIM-Signature: v=1; a=rsa-sha256" in theirs
    assert b"ARC-Seal" not in arrived


def test_a_forged_message_is_told_and_taken_all_the_same(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    forged = signed().replace(b"our offer", b"your offer")
    arrived = sent(made, forged, source="127.0.0.3")
    _, spf, signature, dmarc = results(arrived)
    assert (spf, signature[:9]) == ("spf=fail smtp.mailfrom=fabrikam.com", "dkim=fail")
    assert dmarc == "dmarc=fail header.from=fabrikam.com policy.dmarc=reject"
    assert b'reason="the signature is of another body"' in arrived
    id_ = re.search(rb"X-Gatepost-Trace: id=(\w+);", arrived)
    assert id_ is not None
    told = made.trace(id_[1].decode())["events"][0]["authentication"]
    assert [it.partition(" ")[0] for it in told] == ["arc=none", "spf=fail", "dkim=fail", "dmarc=fail"]


def test_a_message_that_is_kept_in_a_file_is_examined_too(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    letter = signed(LETTER + (b"x" * 70 + b"\r\n") * 3_000)
    arrived = sent(made, letter)
    assert results(arrived)[2].startswith("dkim=pass")
    assert arrived.endswith(letter)
    assert len(list((made.relay.spool._bodies).iterdir())) <= 1  # the first writing of it is gone


def test_our_own_senders_are_not_examined_and_not_sealed(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    with sealing(made):
        arrived = sent(made, LETTER, source="127.0.0.1", sender="printer@contoso.com")
    assert b"Authentication-Results" not in arrived and b"ARC-" not in arrived


def test_a_partner_s_mail_is_examined_too(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    partner = {"ConnectorType": "Partner", "SenderDomains": ["fabrikam.com"], "RequireTls": False}
    made.change(inbound("Fabrikam", SenderIPAddresses=["127.0.0.4"], **partner))
    arrived = sent(made, signed(), source="127.0.0.4")
    assert results(arrived)[1] == "spf=fail smtp.mailfrom=fabrikam.com"
    assert results(arrived)[3] == "dmarc=pass header.from=fabrikam.com"


def test_a_report_without_a_sender_and_a_message_without_an_author_are_told_as_what_they_are(
    relay: tuple[House, Zone],
) -> None:
    made, _ = relay
    arrived = sent(made, b"Subject: report\r\n\r\nno\r\n", sender="")
    _, spf, signature, dmarc = results(arrived)
    assert (spf, signature, dmarc) == ("spf=none smtp.helo=mail.fabrikam.com", "dkim=none", "dmarc=permerror")


def test_a_stranger_s_message_is_sealed_as_it_is_passed_on_and_the_next_of_us_continues_the_chain(
    relay: tuple[House, Zone],
) -> None:
    made, _ = relay
    with sealing(made):
        once = sent(made, signed())
        assert by_dkimpy(once) == "pass: success"
        assert b"ARC-Authentication-Results: i=1; relay.contoso.com;\r\n\tarc=none smtp.remote-ip=127.0.0.2;" in once
        assert b"\r\nDKIM-Signature: v=1; a=rsa-sha256" in once
        twice = sent(made, once)
        assert results(twice)[0] == "arc=pass smtp.remote-ip=127.0.0.2"
        assert by_dkimpy(twice) == "pass: success"
        assert twice.startswith(b"ARC-Seal: i=2; cv=pass;")
        broken = sent(made, once.replace(b"our offer", b"your offer"))
        assert broken.startswith(b"ARC-Seal: i=2; cv=fail;")
        assert results(broken)[0].startswith("arc=fail")
        again = sent(made, broken)  # nobody continues a chain that has ended
        assert again.startswith(b"Received: ")
    id_ = re.search(rb"X-Gatepost-Trace: id=(\w+);", twice)
    assert id_ is not None
    assert "'sealed': ['selector1._domainkey.contoso.com']" in str(made.delivered_story(id_[1].decode()))


def test_results_that_a_stranger_has_written_in_our_name_are_not_sealed(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    with sealing(made):
        arrived = sent(made, b"Authentication-Results: relay.contoso.com; arc=pass; dmarc=pass\r\n" + LETTER)
    assert b"\r\nX-Original-Authentication-Results: relay.contoso.com; arc=pass" in arrived
    assert re.search(rb"ARC-Authentication-Results: i=1; relay.contoso.com;\s+arc=none", arrived)


def test_a_name_server_that_fails_makes_a_temporary_error_and_the_mail_goes_on(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    letter = signed(LETTER.replace(b"@fabrikam.com", b"@broken.example"), by=b"broken.example")
    with sealing(made):
        arrived = sent(made, letter, sender="guest@broken.example")
        _, spf, signature, dmarc = results(arrived)
    assert [it.partition(" ")[0] for it in (spf, signature, dmarc)] == [
        "spf=temperror",
        "dkim=temperror",
        "dmarc=temperror",
    ]
    assert by_dkimpy(arrived) == "pass: success"  # there was no chain to be looked up


def test_a_missing_key_leaves_mail_unsealed_and_is_told(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    with sealing(made):
        made.change(change(ObjectKind.SIGNING, "contoso.com", Selector1Key=None))
        try:
            arrived = sent(made, signed())
        finally:
            made.change(change(ObjectKind.SIGNING, "contoso.com", Selector1Key=key_text(OURS)))
    assert b"ARC-" not in arrived
    (failed,) = made.facts.all("signing_failed")
    assert "passed on without a seal" in failed["remedy"]


def test_only_a_domain_that_signs_can_seal(relay: tuple[House, Zone]) -> None:
    made, _ = relay
    with pytest.raises(ConfigRefused, match=r"'fabrikam.com' does not sign mail"):
        made.change(organization(ArcSealingDomain="fabrikam.com"))
