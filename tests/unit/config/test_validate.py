"""Changes: what is refused with which sentence, what is warned of, and that nothing is half done."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, Edit, ObjectKind, shown_properties
from gatepost.errors import ConfigRefused, NotFound

IN, OUT, DOMAIN, ORG, USER = (
    ObjectKind.INBOUND,
    ObjectKind.OUTBOUND,
    ObjectKind.DOMAIN,
    ObjectKind.ORGANIZATION,
    ObjectKind.USER,
)
ON_PREMISES = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "192.0.2.1"}
XOAUTH2 = {
    "RecipientDomains": "*",
    "SmartHosts": "smtp.example:587",
    "TlsSettings": "DomainValidation",
    "AuthenticationMethod": "XOAUTH2",
    "OAuthTenant": "contoso.com",
    "OAuthClientId": "9b7d1a52-0000-4000-8000-0000000000a1",
    "OAuthClientSecret": "geheim",
    "UserName": "scanner@contoso.com",
}
PARTNER = {"SenderDomains": "fabrikam.com", "RequireTls": True}


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with Config.open(tmp_path) as opened:
        yield opened


def edit(action: str, kind: ObjectKind, name: str, organization: str | None = None, **properties: Any) -> Edit:
    return Edit(action=action, kind=kind, name=name, organization=organization, properties=properties)


def change(config: Config, *edits: Edit) -> tuple[str, ...]:
    return config.change(edits, who="test", origin="test").warnings


def refusal(config: Config, *edits: Edit) -> tuple[str, ...]:
    before, generation = config.world, config.current().generation
    with pytest.raises(ConfigRefused) as refused:
        change(config, *edits)
    assert config.world is before
    assert config.current().generation == generation
    return refused.value.problems


def test_tls_reports_that_would_not_be_signed_are_warned_of(config: Config) -> None:
    change(config, edit("add", DOMAIN, "contoso.com", DomainName="contoso.com"))
    (warned,) = change(config, edit("set", ORG, "Default", TlsReports=True, Postmaster="post@contoso.com"))
    assert "TlsReports come from the Postmaster, whose domain does not sign" in warned
    assert change(config, edit("set", ORG, "Default", TlsReports=False)) == ()


PROBLEMS: list[tuple[str, ObjectKind, Mapping[str, Any], str]] = [
    ("no sender domains", IN, {"ConnectorType": "OnPremises"},
     "inbound connector 'X': SenderDomains is missing. Remedy: give '*' for any sender domain, or list the domains."),
    ("internal on Partner", IN, {**PARTNER, "TreatMessagesAsInternal": True},
     "inbound connector 'X': TreatMessagesAsInternal can only be true on a connector of type OnPremises. "
     "Remedy: set it to false, or make the connector OnPremises."),
    ("internal with cloud services", IN,
     {**ON_PREMISES, "TreatMessagesAsInternal": True, "CloudServicesMailEnabled": True},
     "inbound connector 'X': TreatMessagesAsInternal cannot be true while CloudServicesMailEnabled is true. "
     "Remedy: set one of the two to false."),
    ("restricted to no address", IN, {**PARTNER, "RestrictDomainsToIPAddresses": True},
     "inbound connector 'X': RestrictDomainsToIPAddresses is true but SenderIPAddresses is empty, which would refuse "
     "everything. Remedy: list the partner's addresses, or set it to false."),
    ("restricted to no certificate", IN, {**PARTNER, "RestrictDomainsToCertificate": True},
     "inbound connector 'X': RestrictDomainsToCertificate is true but TlsSenderCertificateName is not set, which would "
     "refuse everything. Remedy: give the name on the partner's certificate, or set it to false."),
    ("unknown domain", IN, {**ON_PREMISES, "AssociatedAcceptedDomains": ["contoso.com"]},
     "inbound connector 'X': AssociatedAcceptedDomains value 'contoso.com' is not an accepted domain of organization "
     "'Default'. Remedy: add the domain first, or leave it out."),
    ("rewriting to nothing", IN, {**ON_PREMISES, "RewriteSenders": "All"},
     "inbound connector 'X': SenderRewriteAddress is missing, and RewriteSenders is All. Remedy: give an address of an "
     "accepted domain, or set RewriteSenders to None."),
    ("rewriting to a stranger", IN, {**ON_PREMISES, "RewriteSenders": "All", "SenderRewriteAddress": "a@b.example"},
     "inbound connector 'X': SenderRewriteAddress 'a@b.example' lies in no accepted domain of organization 'Default'. "
     "Remedy: add the domain b.example first, or give another address."),
    ("rewriting to no address", IN, {**ON_PREMISES, "SenderRewriteAddress": "scans"},
     "inbound connector 'X': SenderRewriteAddress value 'scans' is not an address: local part is not followed by "
     "@domain. Remedy: write user@contoso.com."),
    ("not a list", IN, {**ON_PREMISES, "SenderIPAddresses": 5},
     "inbound connector 'X': SenderIPAddresses must be a list, is 5. Remedy: write a list."),
    ("odd list edit", IN, {**ON_PREMISES, "SenderIPAddresses": {"Put": "192.0.2.1"}},
     "inbound connector 'X': SenderIPAddresses has Put for an edit. Remedy: write {\"Add\": […], \"Remove\": […]}."),
    ("unknown property", IN, {**ON_PREMISES, "SenderIPAddress": "192.0.2.1"},
     "inbound connector 'X': SenderIPAddress is not a property. Remedy: did you mean SenderIPAddresses?"),
    ("no smart host", OUT, {"RecipientDomains": "*", "UseMXRecord": False},
     "outbound connector 'X': UseMXRecord is false but SmartHosts is empty. Remedy: list smart hosts, or set "
     "UseMXRecord to true."),
    ("smart host and MX", OUT, {"RecipientDomains": "*", "UseMXRecord": True, "SmartHosts": "a.example"},
     "outbound connector 'X': SmartHosts cannot be used while UseMXRecord is true. Remedy: set UseMXRecord to false, "
     "or empty SmartHosts."),
    ("TLS domain alone", OUT, {"RecipientDomains": "*", "TlsDomain": "contoso.com"},
     "outbound connector 'X': TlsDomain can only be set if TlsSettings is DomainValidation, which is Opportunistic. "
     "Remedy: set TlsSettings to DomainValidation, or clear TlsDomain."),
    ("certificate without TLS", OUT,
     {"RecipientDomains": "*", "TlsSettings": "None", "ClientCertificatePfx": "/x.pfx"},
     "outbound connector 'X': ClientCertificatePfx needs TLS but TlsSettings is None. Remedy: set TlsSettings to "
     "EncryptionOnly or more."),
    ("password without PFX", OUT, {"RecipientDomains": "*", "ClientCertificatePassword": "geheim"},
     "outbound connector 'X': ClientCertificatePassword is given without ClientCertificatePfx. Remedy: name the PFX "
     "file."),
    ("user without password", OUT,
     {"RecipientDomains": "*", "UserName": "u", "TlsSettings": "CertificateValidation"},
     "outbound connector 'X': UserName is given without Password. Remedy: give the password, too."),
    ("password without user", OUT, {"RecipientDomains": "*", "Password": "geheim"},
     "outbound connector 'X': Password is given without UserName. Remedy: give the user name, too."),
    ("password over unverified TLS", OUT, {"RecipientDomains": "*", "UserName": "u", "Password": "geheim"},
     "outbound connector 'X': UserName needs verified TLS, because the password is sent, but TlsSettings is "
     "Opportunistic. Remedy: set TlsSettings to CertificateValidation or DomainValidation."),
    ("OAuth without its method", OUT, {"RecipientDomains": "*", "OAuthTenant": "contoso.com"},
     "outbound connector 'X': OAuthTenant has no meaning, because AuthenticationMethod is Password. Remedy: set "
     "AuthenticationMethod to XOAUTH2 (or Transport to MicrosoftGraph), or clear it."),
    ("XOAUTH2 without a tenant", OUT, {**XOAUTH2, "OAuthTenant": None},
     "outbound connector 'X': OAuthTenant is missing, which XOAUTH2 needs. Remedy: give the tenant's GUID or domain."),
    ("XOAUTH2 without an application", OUT, {**XOAUTH2, "OAuthClientId": None},
     "outbound connector 'X': OAuthClientId is missing, which XOAUTH2 needs. Remedy: give the application "
     "(client) ID."),
    ("XOAUTH2 without a mailbox", OUT, {**XOAUTH2, "UserName": None},
     "outbound connector 'X': UserName is missing, which XOAUTH2 needs. Remedy: give the address of the mailbox that "
     "sends."),
    ("XOAUTH2 without a proof", OUT, {**XOAUTH2, "OAuthClientSecret": None},
     "outbound connector 'X': OAuthClientSecret is missing, which XOAUTH2 needs. Remedy: give it, or an "
     "OAuthCertificatePfx."),
    ("XOAUTH2 with two proofs", OUT, {**XOAUTH2, "OAuthCertificatePfx": "/x.pfx"},
     "outbound connector 'X': OAuthCertificatePfx stands beside OAuthClientSecret. Remedy: clear one of the two: one "
     "of them signs in."),
    ("XOAUTH2 with a password", OUT, {**XOAUTH2, "Password": "geheim"},
     "outbound connector 'X': Password has no meaning with XOAUTH2. Remedy: clear it."),
    ("XOAUTH2 by MX", OUT, {**XOAUTH2, "SmartHosts": None, "UseMXRecord": True},
     "outbound connector 'X': UseMXRecord cannot be true with XOAUTH2. Remedy: name the host in SmartHosts."),
    ("XOAUTH2 over unverified TLS", OUT, {**XOAUTH2, "TlsSettings": "EncryptionOnly"},
     "outbound connector 'X': UserName needs verified TLS, because a token is sent, but TlsSettings is EncryptionOnly. "
     "Remedy: set TlsSettings to CertificateValidation or DomainValidation."),
    ("a password of no PFX", OUT, {**XOAUTH2, "OAuthCertificatePassword": "geheim"},
     "outbound connector 'X': OAuthCertificatePassword is given without OAuthCertificatePfx. Remedy: name the PFX "
     "file."),
    ("a tenant that is no word", OUT, {**XOAUTH2, "OAuthTenant": "contoso/../common"},
     "outbound connector 'X': OAuthTenant value 'contoso/../common' is no identifier. Remedy: copy the GUID, or write "
     "the tenant's domain."),
    ("an authority in clear", OUT, {**XOAUTH2, "OAuthAuthority": "http://login.example"},
     "outbound connector 'X': OAuthAuthority value 'http://login.example' is not an HTTPS address. Remedy: write "
     "https://host, without a path."),
    ("Graph with smart hosts", OUT, {**XOAUTH2, "Transport": "MicrosoftGraph"},
     "outbound connector 'X': SmartHosts cannot be used with Transport MicrosoftGraph. Remedy: empty it."),
    ("Graph by MX", OUT, {**XOAUTH2, "Transport": "MicrosoftGraph", "SmartHosts": None, "UseMXRecord": True},
     "outbound connector 'X': UseMXRecord cannot be true with Transport MicrosoftGraph. Remedy: set it to false."),
    ("Graph with a client certificate", OUT,
     {**XOAUTH2, "Transport": "MicrosoftGraph", "SmartHosts": None, "ClientCertificatePfx": "/x.pfx"},
     "outbound connector 'X': ClientCertificatePfx cannot be used with Transport MicrosoftGraph. Remedy: clear it; the "
     "application's own certificate is OAuthCertificatePfx."),
    ("maildir out of its folder", DOMAIN, {"Maildir": "/m/../{local}"},
     "accepted domain 'x': Maildir '/m/../{local}' leads out of its folder with '..'. Remedy: write the path without "
     "'..'."),
    ("maildir for all", DOMAIN, {"Maildir": "/m/{domain}"},
     "accepted domain 'x': Maildir has no {local}, so all recipients would share one folder. Remedy: add {local} to "
     "the pattern."),
    ("maildir and lmtp", DOMAIN, {"Maildir": "/m/{local}", "Lmtp": "127.0.0.1:24"},
     "accepted domain 'x': Lmtp cannot be used while Maildir is set. Remedy: clear one of the two."),
    ("lmtp on the port of SMTP", DOMAIN, {"Lmtp": "127.0.0.1:25"},
     "accepted domain 'x': Lmtp value '127.0.0.1:25' is the port of SMTP, on which LMTP must not be spoken. Remedy: "
     "give its LMTP port."),
    ("lmtp by a socket without a place", DOMAIN, {"Lmtp": "unix:lmtp"},
     "accepted domain 'x': Lmtp value 'unix:lmtp' is not the path of a socket. Remedy: write unix: and an absolute "
     "path."),
    ("odd lmtp", DOMAIN, {"Lmtp": "a b"},
     "accepted domain 'x': Lmtp value 'a b' is not a mailbox server. Remedy: write host:port, [2001:db8::1]:24 or "
     "unix:/run/dovecot/lmtp."),
    ("odd maildir", DOMAIN, {"Maildir": "/m/{local}/{x}"},
     "accepted domain 'x': Maildir '/m/{local}/{x}' has a placeholder other than {domain} and {local}. Remedy: use "
     "those two."),
    ("certificate of a top-level domain", IN, {**ON_PREMISES, "TlsSenderCertificateName": "*.com"},
     "inbound connector 'X': TlsSenderCertificateName value '*.com' stands for a whole top-level domain, which belongs "
     "to nobody, so it would match nothing. Remedy: give the host name, or *.domain with your own domain, such as "
     "*.contoso.com."),
    ("certificate of an address", IN, {**ON_PREMISES, "TlsSenderCertificateName": "192.0.2.1"},
     "inbound connector 'X': TlsSenderCertificateName value '192.0.2.1' is no name that a certificate can carry, so it "
     "would match nothing. Remedy: give the host name on the certificate, such as relay.contoso.com."),
    ("TLS domain of a top-level domain", OUT,
     {"RecipientDomains": "*", "TlsSettings": "DomainValidation", "TlsDomain": "*.com"},
     "outbound connector 'X': TlsDomain value '*.com' stands for a whole top-level domain, which belongs to nobody, so "
     "it would match nothing. Remedy: give the host name, or *.domain with your own domain, such as *.contoso.com."),
    ("every domain accepted", DOMAIN, {"DomainName": "*"},
     "accepted domain '*': DomainName value '*' stands for every domain. Remedy: name the domain, or *.domain with "
     "everything below it."),
    ("no password", USER, {}, "user 'X': Password is missing. Remedy: give the user one."),
    ("odd password", USER, {"Password": 5},
     "user 'X': Password must be a text of 1 to 1024 characters. Remedy: give the secret as text."),
    ("odd sender", USER, {"Password": "p", "AllowedSenders": ["contoso"]},
     "user 'X': AllowedSenders value 'contoso' is not an address: local part is not followed by @domain. Remedy: "
     "write user@contoso.com."),
    ("CA that is none", ORG, {"CertificateAuthorities": ["x"]},
     "organization 'X': CertificateAuthorities value is not a PEM certificate. Remedy: give the text from BEGIN "
     "CERTIFICATE to END CERTIFICATE."),
    ("CA that is broken", ORG,
     {"CertificateAuthorities": ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]},
     "organization 'X': CertificateAuthorities value is a PEM certificate that cannot be read. Remedy: give the text "
     "from BEGIN CERTIFICATE to END CERTIFICATE."),
    ("CA with its key", ORG,
     {"CertificateAuthorities": ["-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----"]},
     "organization 'X': CertificateAuthorities value contains a private key. Remedy: give the CA's certificate alone."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "properties", "sentence"), [it[1:] for it in PROBLEMS], ids=[it[0] for it in PROBLEMS]
)
def test_a_contradiction_is_refused_in_one_sentence(
    config: Config, kind: ObjectKind, properties: Mapping[str, Any], sentence: str
) -> None:
    assert refusal(config, Edit(action="add", kind=kind, name="X", properties=properties)) == (sentence,)


WARNINGS: list[tuple[str, ObjectKind, Mapping[str, Any], str]] = [
    ("restriction on OnPremises", IN, {**ON_PREMISES, "RestrictDomainsToIPAddresses": True},
     "RestrictDomainsToIPAddresses has no effect on a connector of type OnPremises"),
    ("wide IPv4", IN, {**ON_PREMISES, "SenderIPAddresses": "10.0.0.0/8"}, "'10.0.0.0/8' trusts 16,777,216 addresses"),
    ("wide IPv6", IN, {**ON_PREMISES, "SenderIPAddresses": "2001:db8::/63"}, "trusts 36,893,488,147,419,103,232 addr"),
    ("loopback", IN, {**ON_PREMISES, "SenderIPAddresses": "127.0.0.1"}, "'127.0.0.1' is this machine"),
    ("matches nobody", IN, {**ON_PREMISES, "SenderIPAddresses": []}, "matches nobody"),
    ("Partner without restriction", IN, {**PARTNER, "RequireTls": False}, "no restriction is set"),
    ("Partner lock-down", IN,
     {**PARTNER, "SenderDomains": "*", "SenderIPAddresses": "192.0.2.1", "RestrictDomainsToIPAddresses": True},
     "refuses all mail that comes any other way (5.7.51)"),
    ("Partner with both keys", IN,
     {**PARTNER, "SenderIPAddresses": "192.0.2.1", "TlsSenderCertificateName": "a.example"}, "make two connectors"),
    ("cloud services on Partner", IN, {**PARTNER, "CloudServicesMailEnabled": True}, "CloudServicesMailEnabled has no"),
    ("wildcard certificate", IN, {**ON_PREMISES, "TlsSenderCertificateName": "*.contoso.com"}, "may be other gateways"),
    ("old TLS of nobody", IN, {**ON_PREMISES, "SenderIPAddresses": [], "MinimumTlsVersion": "TLSv1.0"},
     "MinimumTlsVersion is TLSv1.0 but SenderIPAddresses is empty, so it holds for nobody"),
    ("old TLS of many", IN, {**ON_PREMISES, "SenderIPAddresses": "10.1.2.0/24", "MinimumTlsVersion": "tlsv1.1"},
     "MinimumTlsVersion lets all 256 addresses of '10.1.2.0/24' use old TLS"),
    ("old TLS of a partner", IN, {**PARTNER, "SenderIPAddresses": "10.1.2.3", "MinimumTlsVersion": "TLSv1.0"},
     "MinimumTlsVersion has no effect on a connector of type Partner"),
    ("never chosen", OUT, {}, "RecipientDomains is empty, so the connector is never chosen"),
    ("certificate not surely shown", OUT, {"RecipientDomains": "*", "ClientCertificatePfx": "/nowhere.pfx"},
     "mail may leave without TLS"),
    ("PFX missing", OUT,
     {"RecipientDomains": "*", "ClientCertificatePfx": "/nowhere.pfx", "TlsSettings": "EncryptionOnly"},
     "'/nowhere.pfx' does not exist"),
    ("domain validation by "
    "MX", OUT, {"RecipientDomains": "*", "TlsSettings": "DomainValidation"}, "TlsDomain is not set"),
    ("rewriting on "
    "Partner", OUT, {"RecipientDomains": "*", "SenderRewritingEnabled": True}, "SenderRewritingEnabled has"),
    ("maildir of a relay "
    "domain", DOMAIN, {"DomainType": "InternalRelay", "Maildir": "/m/{local}"}, "Maildir has no effect"),
    ("lmtp of a relay domain", DOMAIN, {"DomainType": "InternalRelay", "Lmtp": "127.0.0.1:24"}, "Lmtp has no effect"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties", "words"), [it[1:] for it in WARNINGS], ids=[it[0] for it in WARNINGS])
def test_what_is_allowed_but_odd_is_warned_of(
    config: Config, kind: ObjectKind, properties: Mapping[str, Any], words: str
) -> None:
    warnings = change(config, Edit(action="add", kind=kind, name="X", properties=properties))
    assert any(words in warning and ". Remedy: " in warning for warning in warnings), warnings


@pytest.mark.parametrize("network", ["192.0.2.0/24", "10.1.2.3", "192.168.0.0/25", "2001:db8::/64"])
def test_ordinary_and_private_networks_warn_of_nothing(config: Config, network: str) -> None:
    assert change(config, edit("add", IN, "X", **{**ON_PREMISES, "SenderIPAddresses": network})) == ()


def test_all_problems_of_all_objects_come_at_once(config: Config) -> None:
    problems = refusal(
        config,
        edit("add", IN, "A", SenderDomains="*x", SenderIPAddresses=["1.1.1.1-2.2.2.2", "0.0.0.0/0"], Foo=1),
        edit("add", OUT, "B", UseMXRecord="perhaps"),
        edit("remove", IN, "C"),
    )
    assert len(problems) == 6


def test_the_first_script_of_the_article_makes_a_plain_connector(config: Config) -> None:
    change(config, edit("add", IN, "SMTP Relay (Non-TLS)", **ON_PREMISES, RestrictDomainsToIPAddresses=True))
    (connector,) = config.current().inbound
    assert not connector.require_tls
    assert connector.restrict_domains_to_ip_addresses
    assert connector.guid
    assert connector.when_created_utc.endswith("0Z")


def test_an_omitted_type_is_partner_and_asks_for_tls(config: Config) -> None:
    change(config, edit("add", IN, "X", SenderDomains="fabrikam.com"))
    (connector,) = config.current().inbound
    assert (str(connector.connector_type), connector.require_tls) == ("Partner", True)


def test_smart_hosts_without_a_word_on_mx_switch_it_off(config: Config) -> None:
    change(config, edit("add", OUT, "X", RecipientDomains="*", SmartHosts=["relay.contoso.com"]))
    assert not config.current().outbound[0].use_mx_record


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\x1b[31m", "a\u202eb", "a\nb"])
def test_a_name_is_short_and_printable(config: Config, name: str) -> None:
    (problem,) = refusal(config, edit("add", IN, name, **ON_PREMISES))
    assert "Name " in problem
    assert problem.isprintable()


@pytest.mark.parametrize("name", ["public", "Public", " PUBLIC "])
@pytest.mark.parametrize("action", ["add", "put"])
def test_no_organization_takes_the_name_of_the_public_authorities(config: Config, action: str, name: str) -> None:
    (problem,) = refusal(config, edit(action, ORG, name))
    assert problem == (
        f"organization '{name.strip()}': Name stands for the public certificate authorities. "
        "Remedy: choose another name."
    )


@pytest.mark.parametrize("name", ["*", " * ", "*.", "*.*"])
def test_no_star_is_accepted_as_a_domain(config: Config, name: str) -> None:
    assert refusal(config, edit("add", DOMAIN, name))


def test_names_are_unique_without_regard_to_case(config: Config) -> None:
    change(config, edit("add", IN, "Printers", **ON_PREMISES), edit("add", OUT, "Printers", RecipientDomains="*"))
    assert refusal(config, edit("add", IN, "PRINTERS", **ON_PREMISES)) == (
        "inbound connector 'Printers': the name is already taken. Remedy: choose another name, or change that object.",
    )
    change(config, edit("add", IN, "Scanners", **ON_PREMISES))
    (problem,) = refusal(config, edit("set", IN, "Scanners", Name="printers"))
    assert "Name 'Printers' is already taken" in problem
    change(config, edit("set", IN, "Scanners", Name="SCANNERS"))
    assert config.world.find(IN, "scanners").name == "SCANNERS"


def test_the_type_of_an_inbound_connector_stays(config: Config) -> None:
    change(config, edit("add", IN, "X", **ON_PREMISES))
    assert refusal(config, edit("set", IN, "X", ConnectorType="Partner")) == (
        "inbound connector 'X': ConnectorType cannot be changed after creation, it is OnPremises. "
        "Remedy: remove the object and add it again.",
    )
    change(config, edit("set", IN, "X", ConnectorType="onpremises", Comment="same type"))


def test_lists_are_edited_by_add_and_remove(config: Config) -> None:
    change(config, edit("add", IN, "X", **ON_PREMISES))
    change(config, edit("set", IN, "X", SenderIPAddresses={"Add": ["192.0.2.2", "192.0.2.1"], "Remove": "192.0.2.9"}))
    change(
        config,
        edit("set", IN, "X", SenderIPAddresses={"@odata.type": "#x", "add": "192.0.2.3", "remove": ["192.0.2.1"]}),
    )
    record = config.world.find(IN, "X")
    assert shown_properties(record)["SenderIPAddresses"] == ["192.0.2.2", "192.0.2.3"]
    change(config, edit("set", IN, "X", SenderIPAddresses=["192.0.2.4", "192.0.2.4"]))
    assert shown_properties(config.world.find(IN, "X"))["SenderIPAddresses"] == ["192.0.2.4"]


@pytest.mark.parametrize("identity", ["", "nobody", "*", "all", "$null"])
@pytest.mark.parametrize("action", ["remove", "set"])
def test_an_unknown_identity_is_an_error_and_never_all(config: Config, action: str, identity: str) -> None:
    change(config, edit("add", IN, "X", **ON_PREMISES))
    with pytest.raises(NotFound, match="use one of: 'X'"):
        change(config, edit(action, IN, identity))
    assert len(config.current().inbound) == 1


def test_an_object_is_found_by_guid_too(config: Config) -> None:
    change(config, edit("add", IN, "X", **ON_PREMISES))
    change(config, edit("remove", IN, config.current().inbound[0].guid.upper()))
    assert config.current().inbound == ()


def test_an_accepted_domain_in_use_stays(config: Config) -> None:
    used = {**ON_PREMISES, "AssociatedAcceptedDomains": "Contoso.com"}
    change(config, edit("add", IN, "X", **used), edit("add", DOMAIN, "contoso.com"))
    assert refusal(config, edit("remove", DOMAIN, "contoso.com")) == (
        "accepted domain 'contoso.com': is used in AssociatedAcceptedDomains of 'X'. Remedy: take it out there first.",
    )
    change(config, edit("remove", DOMAIN, "contoso.com"), edit("remove", IN, "X"))


def test_a_domain_that_a_connector_writes_senders_of_stays(config: Config) -> None:
    writing = {**ON_PREMISES, "RewriteSenders": "NotAccepted", "SenderRewriteAddress": "Scans@contoso.com"}
    change(config, edit("add", IN, "X", **writing), edit("add", DOMAIN, "contoso.com"))
    (problem,) = refusal(config, edit("remove", DOMAIN, "contoso.com"))
    assert "SenderRewriteAddress 'Scans@contoso.com' lies in no accepted domain" in problem
    change(config, edit("set", IN, "X", RewriteSenders="None"))
    change(config, edit("remove", DOMAIN, "contoso.com"), edit("remove", IN, "X"))


def test_a_domain_belongs_to_one_organization(config: Config) -> None:
    change(config, edit("add", ORG, "Other"), edit("add", DOMAIN, "contoso.com", "Default"))
    (problem,) = refusal(config, edit("add", DOMAIN, "CONTOSO.com.", "Other"))
    assert problem == (
        "accepted domain 'contoso.com': is already accepted by another organization. "
        "Remedy: a domain belongs to one organization; remove it there first."
    )


def test_an_organization_has_one_default_domain(config: Config) -> None:
    change(config, edit("add", DOMAIN, "a.example", Default=True))
    change(config, edit("add", DOMAIN, "b.example", Default=True))
    assert {it.name: it.default for it in config.current().accepted_domains} == {
        "a.example": False,
        "b.example": True,
    }


def test_with_several_organizations_one_must_be_named(config: Config) -> None:
    change(config, edit("add", ORG, "Other"))
    assert refusal(config, edit("add", IN, "X", **ON_PREMISES)) == (
        "There are several organizations: Default, Other. Remedy: say which one is meant.",
    )
    change(config, edit("add", IN, "X", "other", **ON_PREMISES), edit("add", IN, "X", "Default", **ON_PREMISES))
    (problem,) = refusal(config, edit("set", IN, "X", Enabled=False))
    assert problem == (
        "inbound connector 'X' exists in several organizations: Default, Other. Remedy: say which one is meant."
    )
    change(config, edit("set", IN, "X", "Other", Enabled=False))
    assert {it.organization: it.enabled for it in config.current().inbound} == {"Default": True, "Other": False}
    with pytest.raises(NotFound, match="No organization is called 'Third'"):
        change(config, edit("add", DOMAIN, "x.example", "Third"))


def test_an_organization_is_removed_only_when_empty_and_not_the_last(config: Config) -> None:
    assert "is the only one" in refusal(config, edit("remove", ORG, "Default"))[0]
    change(config, edit("add", ORG, "Other"), edit("add", DOMAIN, "x.example", "Other"))
    assert "still holds accepted domain 'x.example'" in refusal(config, edit("remove", ORG, "Other"))[0]
    change(config, edit("remove", DOMAIN, "x.example"), edit("remove", ORG, "Other"))


def test_put_makes_an_object_exactly_so_and_keeps_what_identifies_it(config: Config) -> None:
    change(config, edit("put", IN, "X", **ON_PREMISES, Comment="first", Blocked=True))
    first = config.world.find(IN, "X")
    change(config, edit("put", IN, "x", **ON_PREMISES))
    second = config.world.find(IN, "X")
    assert (second.guid, second.created, second.name) == (first.guid, first.created, "X")
    assert (shown_properties(second)["Comment"], shown_properties(second)["Blocked"]) == ("", False)
    generation = config.current().generation
    change(config, edit("put", IN, "X", **ON_PREMISES))
    assert config.current().generation == generation


def test_the_snapshot_is_replaced_and_the_old_one_stays_as_it_was(config: Config) -> None:
    old = config.current()
    change(config, edit("add", IN, "X", **ON_PREMISES), edit("add", DOMAIN, "contoso.com"))
    new = config.current()
    assert (len(old.inbound), len(new.inbound)) == (0, 1)
    assert new.directory.organization_of("contoso.com") == "Default"
    assert new.generation == old.generation + 1
