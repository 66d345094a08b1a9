"""What a From field that tells another story than MAIL FROM is worth: a sentence, and never a verdict."""

from dataclasses import replace

import pytest

from gatepost.connectors import Directory, Facts, SmtpUser, attribute, author_findings

from .world import CONTOSO, FABRIKAM, accepted, address, by_address, by_certificate, certificate, facts, mailbox

NARROW = replace(by_address("Narrow", "192.0.2.8"), sender_domains=("contoso.com",))
USER = SmtpUser(name="anna", organization="Contoso", password_hash="x", allowed_senders=("anna@contoso.com",))
WORLD = Directory.build(
    organizations=[CONTOSO, FABRIKAM],
    accepted_domains=[accepted("contoso.com"), accepted("contoso.net"), accepted("fabrikam.com", "Fabrikam")],
    inbound=[by_address("Printers", "192.0.2.9"), NARROW, by_certificate("Relay", "relay.contoso.com")],
    users=[USER],
)
PRINTER, SMALL, STRANGER = facts("192.0.2.9"), facts("192.0.2.8"), facts("198.51.100.7")
RELAY = facts("198.51.100.7", certificate("relay.contoso.com"))
ANNA = facts("198.51.100.7", tls=True, user="anna")


def found(who: Facts, sender: str | None, *authors: str) -> tuple[str, ...]:
    mail_from = address(sender)
    origin = attribute(who, mail_from, WORLD)
    return author_findings([mailbox(it) for it in authors], mail_from, facts=who, origin=origin, directory=WORLD)


@pytest.mark.parametrize(
    ("who", "sender", "author"),
    [
        (PRINTER, "a@contoso.com", "a@contoso.com"),
        (PRINTER, "a@contoso.com", "b@contoso.com"),
        (PRINTER, "a@contoso.com", "b@contoso.net"),
        (RELAY, "guest@elsewhere.example", "guest@elsewhere.example"),
        (STRANGER, "x@stranger.example", "y@elsewhere.example"),
        (STRANGER, "x@stranger.example", "x@stranger.example"),
        (ANNA, "anna@contoso.com", "anna@contoso.com"),
    ],
)
def test_an_author_that_may_be_who_it_says_is_worth_no_word(who: Facts, sender: str, author: str) -> None:
    assert found(who, sender, author) == ()


@pytest.mark.parametrize(
    ("who", "sender", "author", "words"),
    [
        (PRINTER, "a@contoso.com", "boss@bank.example", "bank.example is not an accepted domain of Contoso."),
        (PRINTER, "a@contoso.com", "boss@fabrikam.com", "fabrikam.com is not an accepted domain of Contoso."),
        (SMALL, "a@contoso.com", "b@contoso.net", 'the SenderDomains of connector "Narrow" (contoso.com) do not cover'),
        (STRANGER, "x@stranger.example", "boss@contoso.com", "contoso.com is an accepted domain, and the client may"),
        (STRANGER, None, "boss@contoso.com", "contoso.com is an accepted domain, and the client may not send from it."),
        (ANNA, "anna@contoso.com", "boss@contoso.com", 'user "anna" may not send as this author.'),
    ],
)
def test_an_author_that_was_not_judged_is_told_with_the_reason(
    who: Facts, sender: str | None, author: str, words: str
) -> None:
    (finding,) = found(who, sender, author)
    assert finding.startswith(f"The From field says {author}: {words}")


def test_headers_without_an_author_or_with_several_are_told() -> None:
    nobody = attribute(STRANGER, None, WORLD)
    asked = {"facts": STRANGER, "origin": nobody, "directory": WORLD}
    assert author_findings(None, None, **asked) == ("The message has no From field.",)  # type: ignore[arg-type]
    assert found(STRANGER, None) == ("The From field names no address that can be read.",)
    several = found(PRINTER, "a@contoso.com", "a@contoso.com", "x@bank.example", "y@bank.example")
    assert several[0] == "The From field names 3 authors: a@contoso.com, x@bank.example and y@bank.example."
    assert [it.split(":")[0] for it in several[1:]] == [
        "The From field says x@bank.example",
        "The From field says y@bank.example",
    ]


def test_a_stranger_is_not_told_of_other_organizations() -> None:
    (finding,) = found(STRANGER, "x@stranger.example", "boss@fabrikam.com")
    assert "Fabrikam" not in finding
