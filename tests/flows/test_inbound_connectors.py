"""Connectors over the wire: the article's two, every certificate that does not count, and changes while it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import (
    GUEST,
    OURS,
    PRINTER,
    House,
    by_address,
    by_certificate,
    change,
    domain,
    house,
    inbound,
    organization,
    trusting,
    user,
)
from papers import CODE_SIGNING, INTERMEDIATE, ROOT, SERVER, SERVER_AUTH, STRANGER, Paper, issue

from gatepost.config import Edit, ObjectKind
from gatepost.manage import Caller
from gatepost.spool import Search

pytestmark = pytest.mark.flow
DENIED = "550 5.7.64 TenantAttribution; Relay Access Denied"
CA = organization(CertificateAuthorities=[ROOT.pem])
STARTTLS = {"tls": "starttls"}


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[House]:
    """A cloud relay that knows the article's second connector, and the first for another address."""
    edits = (CA, domain(), by_certificate(), by_address("SMTP Relay (Non-TLS)", "127.0.0.9"))
    with house(tmp_path, *edits, listeners=[{**STARTTLS, **SERVER.files(tmp_path)}]) as made:
        yield made


def test_the_listed_address_relays_and_its_neighbour_does_not(relay: House) -> None:
    with relay.connect(source="127.0.0.9") as listed, relay.connect(source="127.0.0.8") as neighbour:
        listed.say("EHLO a")
        id_ = listed.deliver()
        neighbour.say("EHLO b")
        assert neighbour.envelope() == DENIED
    story = relay.delivered_story(id_)
    assert story["connector"] == "SMTP Relay (Non-TLS)"
    [refused] = relay.facts.wait_for("recipient_refused")
    assert (refused["client"], refused["recipient"]) == ("127.0.0.8", GUEST)
    assert any("127.0.0.8" in reason for reason in refused["reasons"])
    assert any("connector set" in remedy or "connector add" in remedy for remedy in refused["remedies"])
    kept = relay.trace(refused["id"])
    assert kept["recipients"][0]["last_reply"] == DENIED
    assert kept["events"][0]["reasons"] == refused["reasons"]
    assert kept["events"][0]["remedies"] == refused["remedies"]


def test_a_header_that_names_another_author_passes_and_the_trace_tells_of_it(relay: House) -> None:
    with relay.connect(source="127.0.0.9") as device:
        device.say("EHLO a")
        odd = device.deliver(b"From: Boss <boss@bank.example>\r\n\r\nHello\r\n")
        plain = device.deliver(f"From: <{PRINTER}>\r\n\r\nHello\r\n".encode())
        device.envelope()
        twofold = f"From: <{PRINTER}>\r\nFrom: <boss@bank.example>\r\n\r\nHello\r\n"
        refused = "550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant"
        assert device.message(twofold.encode()) == refused
    relay.mail(2)
    (finding,) = relay.trace(odd)["events"][0]["findings"]
    assert finding == "The From field says boss@bank.example: bank.example is not an accepted domain of Default."
    assert "findings" not in relay.trace(plain)["events"][0]
    [told] = relay.facts.wait_for("message_refused")
    assert "exactly one From field" in told["remedies"][0]


def test_a_server_certificate_with_its_chain_relays_from_anywhere(relay: House, tmp_path: Path) -> None:
    files = issue("relay.contoso.com", by=INTERMEDIATE, uses=[SERVER_AUTH]).files(tmp_path, "client")
    with relay.connect() as client:
        client.secure(trusting(**files))
        id_ = client.deliver()
    [arrived] = relay.mail()
    assert b"with ESMTPS\r\n\t(version=TLSv1.3 cipher=TLS_" in arrived.content
    assert b'connector="SMTP Relay (TLS)"' in arrived.content
    story = relay.delivered_story(id_)
    came = story["events"][0]
    assert story["connector"] == "SMTP Relay (TLS)"
    assert "relay.contoso.com" in str(came["certificate"]["names"])
    assert came["certificate"]["problem"] is None
    assert came["tls"].startswith("TLSv1.3 ")
    edit = {"action": "set", "kind": "organization", "name": "Default", "properties": {"CertificateAuthorities": []}}
    desk = relay.relay.desk  # the chain is remembered, so that another CA's word for it can be foreseen
    told = relay.run(desk.call("connector.foresee", {"edits": [edit]}, caller=Caller.owner("tests"))).value
    assert (told["refused"], told["complete"], told["examples"][0]["after"]) == (1, True, DENIED)


WRONG = {
    "self-signed": issue(),
    "expired": issue(by=INTERMEDIATE, days=(-30, -1)),
    "not yet valid": issue(by=INTERMEDIATE, days=(1, 30)),
    "unknown authority": issue(by=STRANGER),
    "another use": issue(by=INTERMEDIATE, uses=[CODE_SIGNING]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_certificate_that_does_not_count_is_refused_by_words_and_not_by_the_handshake(
    relay: House, tmp_path: Path, what: str
) -> None:
    with relay.connect() as client:
        client.secure(trusting(**WRONG[what].files(tmp_path, "client")))
        assert client.envelope() == DENIED
        assert client.say(f"RCPT TO:<anna@{OURS}>").startswith("250 ")  # the session goes on
    [ignored] = relay.facts.wait_for("certificate_ignored")
    assert ignored["problem"]
    [refused] = relay.facts.wait_for("recipient_refused")
    assert any(ignored["problem"].rstrip(".") in reason for reason in refused["reasons"]), refused


def test_a_missing_intermediate_is_named(relay: House, tmp_path: Path) -> None:
    files = issue(by=INTERMEDIATE).files(tmp_path, "client", chain=False)
    with relay.connect() as client:
        client.secure(trusting(**files))
        assert client.envelope() == DENIED
    [ignored] = relay.facts.wait_for("certificate_ignored")
    assert "intermediate" in ignored["problem"].lower()


def test_another_name_counts_as_a_certificate_and_matches_nothing(relay: House, tmp_path: Path) -> None:
    files = issue("mail.other.example", by=INTERMEDIATE).files(tmp_path, "client")
    with relay.connect() as client:
        client.secure(trusting(**files))
        assert client.envelope() == DENIED
    [refused] = relay.facts.wait_for("recipient_refused")
    assert any("mail.other.example" in reason for reason in refused["reasons"])
    assert relay.facts.all("certificate_ignored") == []


def test_no_certificate_and_no_tls_are_told_apart_in_the_reasons(relay: House) -> None:
    with relay.connect(source="127.44.0.1") as bare, relay.connect(source="127.44.0.1") as plain:
        bare.secure()
        assert bare.envelope() == DENIED
        plain.say("EHLO x")
        assert plain.envelope() == DENIED
    first, second = relay.facts.wait_for("recipient_refused", 2)
    assert first["reasons"] != second["reasons"]


def test_the_certificate_is_asked_for_only_while_a_connector_needs_it(relay: House, tmp_path: Path) -> None:
    context = trusting(**issue(by=INTERMEDIATE).files(tmp_path, "client"))
    relay.change(change(ObjectKind.INBOUND, "SMTP Relay (TLS)", Enabled=False))
    with relay.connect() as client:
        client.secure(context)
        assert client.envelope() == DENIED
    [refused] = relay.facts.wait_for("recipient_refused")
    assert not any("presented" in reason for reason in refused["reasons"])
    relay.change(change(ObjectKind.INBOUND, "SMTP Relay (TLS)", Enabled=True))
    with relay.connect() as client:
        client.secure(context)
        client.deliver()
    relay.mail()


# --- changes while it runs ------------------------------------------------------------------------


def test_a_change_counts_for_the_next_mail_of_an_open_session(relay: House) -> None:
    name = "SMTP Relay (Non-TLS)"
    with relay.connect() as client:
        client.say("EHLO x")
        assert client.envelope() == DENIED
        relay.change(change(ObjectKind.INBOUND, name, SenderIPAddresses=["127.0.0.1"]))
        client.say("RSET")
        client.deliver()
        relay.change(change(ObjectKind.INBOUND, name, Enabled=False))
        assert client.envelope() == DENIED
        client.say("RSET")
        relay.change(change(ObjectKind.INBOUND, name, Enabled=True))
        client.deliver()
        relay.change(Edit(action="remove", kind=ObjectKind.INBOUND, name=name))
        assert client.envelope() == DENIED
    assert len(relay.mail(2)) == 2


def test_a_sender_of_no_accepted_domain_may_not_relay(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, "SMTP Relay (Non-TLS)", SenderDomains=[OURS]))
    with relay.connect(source="127.0.0.9") as client:
        client.say("EHLO x")
        assert client.envelope("someone@elsewhere.example") == DENIED


def test_a_blocked_connector_is_told_so(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, "SMTP Relay (Non-TLS)", Blocked=True))
    with relay.connect(source="127.0.0.9") as client:
        client.say("EHLO x")
        assert client.say(f"MAIL FROM:<{PRINTER}>").startswith("550 5.7.711 ")
    [refused] = relay.facts.wait_for("sender_refused")
    assert refused["connector"] == "SMTP Relay (Non-TLS)"


def test_a_connector_has_its_own_size_and_gives_it_back(relay: House) -> None:
    """The next sender of the same session may belong to another connector."""
    narrow = change(ObjectKind.INBOUND, "SMTP Relay (Non-TLS)", MaxMessageSize=2000, SenderDomains=[OURS])
    relay.change(narrow, by_address("Large", "127.0.0.9", SenderDomains=["large.example"]), domain("large.example"))
    with relay.connect(source="127.0.0.9") as client:
        client.say("EHLO x")
        assert client.say(f"MAIL FROM:<{PRINTER}> SIZE=2001").startswith("552 5.3.4 ")
        assert client.envelope() == "250 2.1.5 Recipient OK"
        assert client.message(b"Subject: x\r\n\r\n" + b"x" * 2000 + b"\r\n").startswith("552 5.3.4 ")
        assert client.say("MAIL FROM:<a@large.example> SIZE=5000", f"RCPT TO:<{GUEST}>").startswith("250 ")
        assert client.message(b"Subject: x\r\n\r\n" + b"x" * 5000 + b"\r\n").startswith("250 2.6.0 ")
    assert len(relay.mail()) == 1


def test_a_rate_counts_over_all_listeners(tmp_path: Path) -> None:
    edits = (domain(), by_address(MaxMessagesPerMinute=2))
    with house(tmp_path, *edits, listeners=[{}, {}]) as relay:
        said = []
        for listener in (0, 1, 0):
            with relay.connect(listener) as client:
                client.say("EHLO x")
                said.append(client.say(f"MAIL FROM:<{PRINTER}>"))
        assert [one[:3] for one in said] == ["250", "250", "451"]
        assert said[2].startswith("451 4.7.500 ")
        [refused] = relay.facts.wait_for("sender_refused")
        assert "takes 2 messages a minute" in refused["reasons"][-1]
        assert "--max-messages-per-minute" in refused["remedies"][0]


def test_internal_recipients_only(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, "SMTP Relay (Non-TLS)", InternalRecipientsOnly=True))
    with relay.connect(source="127.0.0.9") as client:
        client.say("EHLO x")
        assert client.envelope(PRINTER, GUEST).startswith("550 5.7.1 ")
        assert client.say(f"RCPT TO:<anna@{OURS}>").startswith("250 ")


# --- direct send and partners ---------------------------------------------------------------------


def test_direct_send_can_be_refused(relay: House) -> None:
    with relay.connect() as client:
        client.say("EHLO x")
        assert client.envelope(PRINTER, f"anna@{OURS}").startswith("250 ")
        relay.change(organization(RejectDirectSend=True))
        client.say("RSET")
        assert client.envelope(PRINTER, f"anna@{OURS}").startswith("550 5.7.68 ")
        client.say("RSET")
        assert client.envelope("someone@elsewhere.example", f"anna@{OURS}").startswith("250 ")


PARTNER = "partner.example"


@pytest.mark.parametrize(
    ("properties", "source", "secure", "reply"),
    [
        ({"RequireTls": True}, "127.0.0.1", False, "550 5.7.51 "),
        ({"RequireTls": True}, "127.0.0.1", True, "250 "),
        (
            {"RequireTls": False, "SenderIPAddresses": ["127.0.0.7"], "RestrictDomainsToIPAddresses": True},
            "127.0.0.1", False, "550 5.7.51 ",
        ),
        (
            {"RequireTls": False, "SenderIPAddresses": ["127.0.0.7"], "RestrictDomainsToIPAddresses": True},
            "127.0.0.7", False, "250 ",
        ),
        (
            {"TlsSenderCertificateName": PARTNER, "RestrictDomainsToCertificate": True},
            "127.0.0.1", True, "550 5.7.51 ",
        ),
    ],
)  # fmt: skip
def test_partner_restrictions_hold_on_the_wire(
    tmp_path: Path, properties: dict[str, object], source: str, secure: bool, reply: str
) -> None:
    partner = inbound("Partner", ConnectorType="Partner", **{"SenderDomains": [PARTNER], **properties})
    listener = {**STARTTLS, **SERVER.files(tmp_path)}
    with house(tmp_path, CA, domain(), partner, listeners=[listener]) as relay, relay.connect(source=source) as client:
        client.say("EHLO x")
        if secure:
            client.secure()
        assert client.envelope(f"a@{PARTNER}", f"anna@{OURS}").startswith(reply)


def test_a_partner_with_the_certificate_is_taken(tmp_path: Path) -> None:
    partner = inbound(
        "Partner",
        ConnectorType="Partner",
        SenderDomains=[PARTNER],
        TlsSenderCertificateName=PARTNER,
        RestrictDomainsToCertificate=True,
    )
    files: Paper = issue(PARTNER, by=INTERMEDIATE)
    listener = {**STARTTLS, **SERVER.files(tmp_path)}
    with house(tmp_path, CA, domain(), partner, listeners=[listener]) as relay, relay.connect() as client:
        client.secure(trusting(**files.files(tmp_path, "client")))
        assert client.envelope(f"a@{PARTNER}", f"anna@{OURS}").startswith("250 ")


@pytest.mark.parametrize("properties", [{"Enabled": False}, {"SmtpClientAuthenticationDisabled": True}], ids=str)
def test_a_user_that_is_disabled_while_logged_in_sends_nothing_more(
    tmp_path: Path, properties: dict[str, bool]
) -> None:
    listener = {"tls": "implicit", "submission": True, **SERVER.files(tmp_path)}
    with house(tmp_path, domain(), user("ann", "correct horse"), listeners=[listener]) as relay:
        client = relay.connect(greeted=False)
        client.start_tls()
        client.reply()
        assert client.say("EHLO x", "AUTH PLAIN AGFubgBjb3JyZWN0IGhvcnNl").startswith("235 ")
        assert client.envelope() == "250 2.1.5 Recipient OK"
        client.say("RSET")
        relay.change(change(ObjectKind.USER, "ann", **properties))
        assert client.say(f"MAIL FROM:<{PRINTER}>").startswith("530 5.7.57 ")
        assert client.say("QUIT").startswith("221 ")
        client.close()
        with relay.connect(greeted=False) as again:
            again.start_tls()
            again.reply()
            assert again.say("EHLO x", "AUTH PLAIN AGFubgBjb3JyZWN0IGhvcnNl").startswith("535 5.7.8 ")


def test_what_was_sent_along_with_a_refused_recipient_is_no_refusal_of_its_own(relay: House) -> None:
    """A client that pipelines hears two refusals of one transaction, and its operator looks for one row."""
    with relay.connect(source="127.0.0.44") as device:
        device.say("EHLO device")
        device.send(f"MAIL FROM:<{PRINTER}>\r\nRCPT TO:<{GUEST}>\r\nDATA\r\n".encode())
        assert [device.reply()[-1][:3] for _ in range(3)] == ["250", "550", "554"]
        assert device.say("RCPT TO:<oops").startswith("501 ")  # another mistake is another refusal
    kept = relay.run(relay.relay.spool.find(Search(status="refused", client="127.0.0.44")))
    assert [(it.last_reply[:3], it.sender) for it in kept] == [("501", PRINTER), ("550", PRINTER)]
