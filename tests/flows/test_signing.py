"""DKIM, from a device to where its mail is verified: a relay, a name server and a verifier that shares no code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]
import dns.resolver
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from dnslib import RR
from house import HELLO, House, by_address, change, domain, house, organization
from named import ROOT, Zone, serving
from sink import Sink

from gatepost.config import Edit, ObjectKind
from gatepost.errors import ConfigRefused
from gatepost.manage import Caller
from gatepost.signing import PrivateKey, key_text, record_of, zone_line

pytestmark = pytest.mark.flow
LETTER = (
    b"From: Printer <printer@contoso.com>\r\nTo: guest@fabrikam.com\r\nSubject: toner\r\n\r\nlow \t\r\n.\r\n\r\n\r\n"
)
RSA = [generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
ED = Ed25519PrivateKey.generate()


def signing(**properties: Any) -> Edit:
    known = {"Enabled": True, "Selector1Key": key_text(RSA[0]), "Selector2Key": key_text(RSA[1]), **properties}
    return Edit(action="add", kind=ObjectKind.SIGNING, name="contoso.com", properties=known)


def published() -> str:
    names: dict[str, PrivateKey] = {"selector1": RSA[0], "selector2": RSA[1], "selector1-ed25519": ED}
    return "\n".join(zone_line(f"{name}._domainkey.contoso.com", record_of(key)) for name, key in names.items()) + "\n"


@contextmanager
def signed_house(folder: Path, *edits: Edit, zone: str = "", sink: Sink | None = None) -> Iterator[tuple[House, Zone]]:
    """A house whose name server the test keeps in its hand."""
    names = Zone(ROOT + (zone or published()))
    with (
        serving(names) as server,
        house(folder, domain(), by_address(), *edits, settings=f'resolvers = ["{server}"]', sink=sink) as made,
    ):
        made.resolver = dns.resolver.Resolver(configure=False)  # type: ignore[attr-defined]
        host, _, port = server.rpartition(":")
        made.resolver.nameservers, made.resolver.port = [host], int(port)  # type: ignore[attr-defined]
        yield made, names


def verdicts(made: House, message: bytes) -> list[tuple[str, bool]]:
    """Each signature's selector, and whether it is good by what the name server says."""

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        try:
            answer = made.resolver.resolve(name.decode(), "TXT")  # type: ignore[attr-defined]
        except dns.resolver.NXDOMAIN:
            return None
        return b"".join(answer[0].strings)

    verifier = dkim.DKIM(message)
    found = []
    for number in range(sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)):
        good = verifier.verify(idx=number, dnsfunc=look_up)
        found.append((verifier.signature_fields[b"s"].decode(), good))
    return found


def ask(made: House, verb: str, **arguments: Any) -> Any:
    return made.run(made.relay.desk.call(verb, arguments, caller=Caller.owner("tests"))).value


def send(made: House, content: bytes = LETTER, *to: str, **how: Any) -> str:
    with made.connect(**how) as client:
        client.say("EHLO device.contoso.com")
        return client.deliver(content, *to, sender="printer@contoso.com")


def test_mail_of_a_device_is_signed_with_every_key_and_otherwise_as_it_was(tmp_path: Path) -> None:
    both = signing(Algorithms=["RsaSha256", "Ed25519Sha256"], Selector1Ed25519Key=key_text(ED))
    with signed_house(tmp_path, both) as (made, _):
        id_ = send(made)
        (arrived,) = made.mail()
        assert verdicts(made, arrived.content) == [("selector1", True), ("selector1-ed25519", True)]
        fields, _, rest = arrived.content.partition(b"Received: ")
        assert fields.count(b"DKIM-Signature: ") == 2
        assert LETTER.partition(b"\r\n\r\n")[0] in rest
        assert LETTER.partition(b"\r\n\r\n")[2] == rest.partition(b"\r\n\r\n")[2]
        names = [f"{it}._domainkey.contoso.com" for it in ("selector1", "selector1-ed25519")]
        assert names[0] in str(made.delivered_story(id_))


def test_a_large_message_is_signed_as_it_is_streamed(tmp_path: Path) -> None:
    large = LETTER + (b"x" * 70 + b"  \r\n") * 20_000 + b"\r\n" * 1_000
    with signed_house(tmp_path, signing()) as (made, _):
        send(made, large)
        (arrived,) = made.mail()
        assert verdicts(made, arrived.content) == [("selector1", True)]
        assert arrived.content.endswith(large[-10_000:])


def test_a_tls_report_is_signed_by_the_postmasters_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.outbound.tls_reports.LOOK", 0.05)
    monkeypatch.setattr("gatepost.outbound.tls_reports.SPREAD", 1)  # else it is hours after midnight
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    counted = [[["no-policy-found", "fabrikam.com", "", "mx.fabrikam.com", "", ""], 3]]
    folder = tmp_path / "data" / "tls-reports"
    folder.mkdir(parents=True)
    (folder / f"{yesterday}.json").write_text(json.dumps(counted))
    zone = published() + '_smtp._tls.fabrikam.com. 60 IN TXT "v=TLSRPTv1; rua=mailto:tls@fabrikam.com"\n'
    wanted = organization(TlsReports=True, Postmaster="post@contoso.com")
    with signed_house(tmp_path, signing(), wanted, zone=zone) as (made, _):
        (arrived,) = made.mail()
        assert verdicts(made, arrived.content) == [("selector1", True)]
        covered = arrived.content.partition(b"bh=")[0].lower()
        assert b"tls-report-domain:tls-report-submitter" in b"".join(covered.split())
        assert made.facts.all("tls_report_sent")[0]["domain"] == "fabrikam.com"


def test_a_mailbox_server_gets_no_signature(tmp_path: Path) -> None:
    with signed_house(tmp_path, signing(), sink=Sink(lmtp=True)) as (made, _):
        made.change(change(ObjectKind.DOMAIN, "contoso.com", Lmtp=f"127.0.0.1:{made.sink.port}"))
        send(made, LETTER, "anna@contoso.com")
        (arrived,) = made.mail()
        assert verdicts(made, arrived.content) == []


def test_a_subdomain_is_signed_by_the_domain_above_it_and_others_not_at_all(tmp_path: Path) -> None:
    with signed_house(tmp_path, signing()) as (made, _):
        send(made, LETTER.replace(b"printer@contoso.com", b"printer@scan.contoso.com"))
        send(made, LETTER.replace(b"printer@contoso.com", b"printer@notcontoso.com"))
        send(made, HELLO)
        arrived = made.mail(3)
        found = {it.content.count(b"\r\nFrom:"): verdicts(made, it.content) for it in arrived if b"scan." in it.content}
        assert found == {1: [("selector1", True)]}
        # The last had no From: it got its sender's, which is ours.
        others = [verdicts(made, it.content) for it in arrived if b"scan." not in it.content]
        assert others == [[], [("selector1", True)]]


def test_nobody_who_is_a_stranger_gets_our_signature(tmp_path: Path) -> None:
    inside = change(ObjectKind.DOMAIN, "contoso.com", DomainType="InternalRelay")
    with signed_house(tmp_path, signing(), inside) as (made, _):
        send(made, LETTER, "boss@contoso.com", source="127.0.0.2")
        forged = LETTER.replace(b"From:", b"X-Gatepost-Trace: id=0123456789abcdef; relay=x; relayed=yes\r\nFrom:")
        send(made, forged, "boss@contoso.com", source="127.0.0.2")
        assert [verdicts(made, it.content) for it in made.mail(2)] == [[], []]


def test_what_waited_through_a_rotation_is_signed_with_the_new_key(tmp_path: Path) -> None:
    busy = Sink(once={"end": "451 4.3.0 come again"})
    with signed_house(tmp_path, signing(), sink=busy) as (made, _):
        id_ = send(made)
        made.facts.wait_for("deferred")
        made.change(change(ObjectKind.SIGNING, "contoso.com", SigningSelector="Selector2"))
        ask(made, "queue.retry", ids=[id_])
        assert [verdicts(made, it.content) for it in made.mail(2)] == [[("selector1", True)], [("selector2", True)]]


def test_mail_waits_while_its_key_is_missing_and_everybody_is_told(tmp_path: Path) -> None:
    lost = signing(Selector1Key=None)
    with signed_house(tmp_path, lost) as (made, _):
        id_ = send(made)
        (deferred,) = made.facts.wait_for("deferred")
        assert "selector1._domainkey.contoso.com is missing" in deferred["reason"]
        (failed,) = made.facts.wait_for("signing_failed")
        assert failed["domain"] == "contoso.com"
        ready = made.run(made.relay.desk.ready())
        assert ready["ready"]
        assert any("cannot be signed" in note for note in ready["notes"])
        assert any("cannot be signed" in it["sentence"] for it in ask(made, "alerts.list"))
        made.change(change(ObjectKind.SIGNING, "contoso.com", WithoutKey="SendUnsigned"))
        ask(made, "queue.retry", ids=[id_])
        (arrived,) = made.mail()
        assert verdicts(made, arrived.content) == []


def test_a_key_is_made_published_checked_used_and_rotated(tmp_path: Path) -> None:
    with signed_house(tmp_path, zone="x.example. 60 IN A 192.0.2.1\n") as (made, names):
        made_keys = ask(made, "dkim.add", name="contoso.com")
        (record,) = made_keys["Records"]
        assert (record["Name"], record["Use"]) == ("selector1._domainkey.contoso.com", "signs")
        assert not made_keys["Enabled"]
        assert "PRIVATE" not in str(made_keys)
        assert made_keys["Selector1Key"] == "(set)"

        on = {"identity": "contoso.com", "properties": {"Enabled": True}}
        with pytest.raises(ConfigRefused, match="is not in the DNS"):
            ask(made, "dkim.set", **on)
        names.records += RR.fromZone(record["Zone"])
        ask(made, "dkim.set", **on)
        send(made)
        assert verdicts(made, made.mail()[0].content) == [("selector1", True)]

        coming = ask(made, "dkim.rotate", identity="contoso.com")
        assert (coming["SelectorBeforeRotateOnDate"], coming["SelectorAfterRotateOnDate"]) == ("Selector1", "Selector2")
        assert [row["Level"] for row in ask(made, "dkim.check", identity="contoso.com")] == ["ok", "failed"]
        with pytest.raises(ConfigRefused, match=r"selector2\._domainkey\.contoso\.com is not in the DNS"):
            ask(made, "dkim.rotate", identity="contoso.com")
        names.records += RR.fromZone(next(it["Zone"] for it in coming["Records"] if it["Use"] == "next"))
        assert ask(made, "dkim.rotate", identity="contoso.com")["SigningSelector"] == "Selector2"
        send(made)
        assert verdicts(made, made.mail(2)[1].content) == [("selector2", True)]
        with pytest.raises(ConfigRefused, match="may still be on its way"):
            ask(made, "dkim.rotate", identity="contoso.com")

        findings = ask(made, "check.run", only=["dkim"])["findings"]
        assert [it["sentence"] for it in findings] == ["selector2._domainkey.contoso.com holds the key that signs."]
        ask(made, "domain.remove", identity="contoso.com")
        assert ask(made, "dkim.list") == []
        assert not [it for it in made.relay.config._secrets if it.startswith("signing/")]


def test_only_an_accepted_domain_can_sign(tmp_path: Path) -> None:
    with signed_house(tmp_path) as (made, _), pytest.raises(ConfigRefused, match="is not an accepted domain"):
        ask(made, "dkim.add", name="fabrikam.com")


def test_one_organization_gets_no_signature_of_another(tmp_path: Path) -> None:
    """A sender of Default writes in the name of Fabrikam, to a domain of Fabrikam's that is relayed on."""
    theirs = Edit(action="add", kind=ObjectKind.ORGANIZATION, name="Fabrikam")
    edits = [
        Edit(action="add", kind=kind, name="fabrikam.com", organization="Fabrikam", properties=properties)
        for kind, properties in (
            (ObjectKind.DOMAIN, {"DomainType": "InternalRelay"}),
            (ObjectKind.SIGNING, {"Enabled": True, "Selector1Key": key_text(RSA[0])}),
        )
    ]
    with (
        serving(Zone(ROOT + published())) as server,
        house(tmp_path, domain(), by_address(), settings=f'resolvers = ["{server}"]') as made,
    ):
        made.change(theirs, *edits)
        send(made, LETTER.replace(b"printer@contoso.com", b"boss@fabrikam.com"), "guest@fabrikam.com")
        (arrived,) = made.mail()
        assert b"DKIM-Signature" not in arrived.content
