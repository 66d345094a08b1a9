"""What a connector does, in the sentences of the admin centre: generated from its properties, never stored.

Pure: a connector as `manage` shows it, and the words of a language. The texts are as in Exchange's own admin centre,
with "this relay" in place of Office 365.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .connectors_answers import bare, way_in
from .connectors_scenarios import scenario_of
from .connectors_terms import LIMITS

Connector = Mapping[str, Any]


class Speaks(Protocol):
    """The words of a language, or a view that has them."""

    def gettext(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some sentences about one thing. `step` is where they are decided, `title` and `edit` words for people."""

    step: str
    title: str
    edit: str
    sentences: tuple[str, ...]


def ends(connector: Connector, words: Speaks, *, outbound: bool) -> tuple[str, str]:
    """From whom to whom."""
    relay = words.gettext("This relay")
    own = connector["ConnectorType"] == "OnPremises"
    other = words.gettext("Your organization's email server") if own else words.gettext("Partner organization")
    return (relay, other) if outbound else (other, relay)


def sections(connector: Connector, words: Speaks, *, outbound: bool) -> list[Section]:
    """Everything worth saying, in the order of the wizard."""
    found = {
        "name": (words.gettext("Name and status"), words.gettext("Edit name or status"), _status),
        "use": (words.gettext("Use of connector"), words.gettext("Edit use"), _use),
        "routing": (words.gettext("Routing"), words.gettext("Edit routing"), _routing),
        "security": (words.gettext("Security restrictions"), words.gettext("Edit restrictions"), _security),
        "sign-in": (words.gettext("Sign-in"), words.gettext("Edit sign-in"), _sign_in),
        "terms": (words.gettext("Conditions and limits"), words.gettext("Edit conditions and limits"), _terms),
        "identity": (_identity_title(connector, words), words.gettext("Edit sent email identity"), _identity),
        "restrictions": (words.gettext("Security restrictions"), words.gettext("Edit restrictions"), _restrictions),
        "changes": (words.gettext("What is changed in messages"), words.gettext("Edit changes to messages"), _changes),
        "devices": (words.gettext("Old devices and limits"), words.gettext("Edit old devices and limits"), _devices),
    }
    return [
        Section(step=step, title=title, edit=edit, sentences=tuple(told(connector, words)))
        for step, (title, edit, told) in found.items()
        if step in scenario_of(connector, outbound=outbound).sections
    ]


def _identity_title(connector: Connector, words: Speaks) -> str:
    if connector["ConnectorType"] == "OnPremises":
        return words.gettext("How to identify email sent from your email server")
    return words.gettext("How to identify your partner organization")


def _status(it: Connector, words: Speaks) -> Iterable[str]:
    if it["Enabled"]:
        yield words.gettext("The connector is turned on.")
    else:
        yield words.gettext("The connector is turned off: it is kept and does not count.")
    if it["ConnectorType"] == "OnPremises":
        if it["CloudServicesMailEnabled"]:
            yield words.gettext("Internal Exchange email headers are retained.")
        else:
            yield words.gettext("Internal Exchange email headers are not retained.")
    if it["ProtocolLoggingLevel"] == "Verbose":
        yield words.gettext("What is said in its sessions is written into the protocol log.")
    if it.get("Blocked"):
        yield words.gettext("It is blocked: everything is refused with 5.7.711 until it is unblocked.")


def _identity(it: Connector, words: Speaks) -> Iterable[str]:
    name, addresses = it["TlsSenderCertificateName"], _listed(it["SenderIPAddresses"])
    if it["ConnectorType"] == "OnPremises":
        accepted = words.gettext("The sender's email address must be in an accepted domain of your organization.")
        if name:
            yield words.gettext(
                "Identify incoming messages by verifying that the subject name on the connecting TLS certificate "
                "matches this domain: %(domain)s."
            ) % {"domain": name}
        if addresses:
            yield words.gettext(
                "Identify incoming messages by verifying that the IP address of the sending server is one of these, "
                "which belong exclusively to your organization: %(addresses)s."
            ) % {"addresses": addresses}
            if it["RequireTls"]:
                yield words.gettext("Reject email messages if they aren't sent over Transport Layer Security (TLS).")
            else:
                yield words.gettext("Email messages need not be sent over TLS.")
        if not name and not addresses:
            yield words.gettext("Nothing identifies your email server, so that no message comes by this connector.")
            return
        yield accepted
        return
    domains = [bare(each) for each in it["SenderDomains"]]
    if addresses and domains == ["*"]:
        yield words.gettext(
            "Identify the partner organization by verifying that messages come from these IP addresses: %(addresses)s."
        ) % {"addresses": addresses}
    else:
        yield words.gettext(
            "Identify the partner organization by verifying that messages come from these sender domains: %(domains)s."
        ) % {"domains": _listed(domains)}


def _restrictions(it: Connector, words: Speaks) -> Iterable[str]:
    name, addresses = it["TlsSenderCertificateName"], _listed(it["SenderIPAddresses"])
    if it["RequireTls"]:
        yield words.gettext("Reject email messages if they aren't sent over Transport Layer Security (TLS).")
    if it["RestrictDomainsToCertificate"]:
        yield words.gettext(
            "Require that the subject name on the certificate that the partner uses to authenticate with this relay "
            "matches this domain name: %(domain)s."
        ) % {"domain": name}
    if it["RestrictDomainsToIPAddresses"]:
        yield words.gettext(
            "Reject email messages if they aren't sent from within these IP addresses: %(addresses)s."
        ) % {"addresses": addresses}
    if not (it["RequireTls"] or it["RestrictDomainsToCertificate"] or it["RestrictDomainsToIPAddresses"]):
        yield words.gettext("There are no restrictions.")


def _changes(it: Connector, words: Speaks) -> Iterable[str]:
    if it["RepairHeaders"]:
        yield words.gettext(
            "Date, Message-ID and From are added where they are missing, and long header lines are folded."
        )
    else:
        yield words.gettext("Nothing is added to the header, and long header lines stay.")
    match it["RewriteSenders"]:
        case "NotAccepted":
            yield words.gettext("Senders of no accepted domain are replaced by %(address)s.") % {
                "address": it["SenderRewriteAddress"]
            }
        case "All":
            yield words.gettext("Every sender is replaced by %(address)s.") % {"address": it["SenderRewriteAddress"]}
        case _:
            yield words.gettext("Senders stay as they are.")


def _devices(it: Connector, words: Speaks) -> Iterable[str]:
    if it["MinimumTlsVersion"] == "TLSv1.2":
        yield words.gettext("Connections with TLS need TLS 1.2 or newer, as everybody's do.")
    else:
        yield words.gettext("The IP addresses of this connector may use TLS as old as %(version)s.") % {
            "version": it["MinimumTlsVersion"].replace("v", " ")
        }
    if it["BareLineFeeds"] == "Normalize":
        yield words.gettext("Lines that end with a lone CR or LF are repaired.")
    if it["InternalRecipientsOnly"]:
        yield words.gettext("Mail is taken for accepted domains only.")
    if it["MaxMessageSize"]:
        yield words.gettext("A message has %(number)s octets at most.") % {"number": it["MaxMessageSize"]}
    if it["MaxRecipientsPerMessage"]:
        yield words.gettext("A message has %(number)s recipients at most.") % {"number": it["MaxRecipientsPerMessage"]}
    if it["MaxMessagesPerMinute"]:
        yield words.gettext("%(number)s messages a minute are taken.") % {"number": it["MaxMessagesPerMinute"]}
    if it["MaxConnections"]:
        yield words.gettext("%(number)s sessions may be open at once.") % {"number": it["MaxConnections"]}


def _use(it: Connector, words: Speaks) -> Iterable[str]:
    if it["IsTransportRuleScoped"]:
        yield words.gettext("Use only when a transport rule redirects messages to this connector.")
    elif it["AllAcceptedDomains"]:
        yield words.gettext("Use for email sent to all accepted domains of your organization.")
    if it["RecipientDomains"] == ["*"]:
        yield words.gettext("Use for email sent to every domain.")
    elif it["RecipientDomains"]:
        yield words.gettext("Use only for email sent to these domains: %(domains)s.") % {
            "domains": _listed(it["RecipientDomains"])
        }
    elif not it["IsTransportRuleScoped"] and not it["AllAcceptedDomains"]:
        yield words.gettext("It names no domain, so that it is never used.")
    if it["SenderDomains"]:
        yield words.gettext("Use only for email from these sender domains: %(domains)s.") % {
            "domains": _listed(it["SenderDomains"])
        }
    if it["InboundConnectors"]:
        yield words.gettext("Use only for email that came through these connectors: %(names)s.") % {
            "names": _listed(it["InboundConnectors"])
        }


def _routing(it: Connector, words: Speaks) -> Iterable[str]:
    if it["Transport"] == "MicrosoftGraph":
        yield words.gettext("Hand email messages to Microsoft Graph, which knows the way.")
    elif it["UseMXRecord"]:
        yield words.gettext("Use the MX record associated with the recipient's domain.")
    else:
        yield words.gettext("Route email messages through these smart hosts: %(hosts)s.") % {
            "hosts": _listed(it["SmartHosts"])
        }
    if it["FallbackConnectors"]:
        yield words.gettext("While it cannot be used, email goes by these connectors, in this order: %(names)s.") % {
            "names": _listed(it["FallbackConnectors"])
        }
    if it["LimitPreset"] != "None":
        yield words.gettext("Keep the limits of %(preset)s.") % {"preset": it["LimitPreset"]}
        if it["WhenLimited"] == "NextWay":
            yield words.gettext("Email beyond the limits goes by the next connector.")
        else:
            yield words.gettext("Email beyond the limits waits until it may go.")


def _terms(it: Connector, words: Speaks) -> Iterable[str]:
    """The conditions themselves are told where one looks for them: under Use of connector."""
    if it["SmartHostOrder"] == "Shuffled":
        yield words.gettext("Its smart hosts share the load.")
    if it["SourceIPAddress"]:
        yield words.gettext("Hosts are connected to from %(address)s.") % {"address": it["SourceIPAddress"]}
    if it["MaxMessagesPerMinute"]:
        yield words.gettext("%(number)s messages a minute are sent.") % {"number": it["MaxMessagesPerMinute"]}
    if it["MaxConnections"]:
        yield words.gettext("%(number)s connections may be open at once.") % {"number": it["MaxConnections"]}
    if it["MaxSessionMinutes"]:
        yield words.gettext("A connection is used for %(number)s minutes.") % {"number": it["MaxSessionMinutes"]}
    if it["MaxRecipientsPerDay"]:
        yield words.gettext("%(number)s recipients are sent to within 24 hours.") % {
            "number": it["MaxRecipientsPerDay"]
        }
    if not any(it[name] for name in LIMITS):
        yield words.gettext("It has no limits of its own.")


def _security(it: Connector, words: Speaks) -> Iterable[str]:
    match it["TlsSettings"]:
        case "DomainValidation" if it["TlsDomain"]:
            yield words.gettext(
                "Always use Transport Layer Security (TLS) and connect only if the recipient's email server "
                "certificate is issued by a trusted certificate authority (CA), and the subject name matches this "
                "domain: %(domain)s."
            ) % {"domain": it["TlsDomain"]}
        case "DomainValidation":
            yield words.gettext(
                "Always use Transport Layer Security (TLS) and connect only if the recipient's email server "
                "certificate is issued by a trusted certificate authority (CA), and the subject name matches the "
                "host that is connected to."
            )
        case "CertificateValidation":
            yield words.gettext(
                "Always use Transport Layer Security (TLS) and connect only if the recipient's email server "
                "certificate is issued by a trusted certificate authority (CA)."
            )
        case "EncryptionOnly":
            yield words.gettext(
                "Always use Transport Layer Security (TLS), with any digital certificate, including self-signed "
                "certificates."
            )
        case "None":
            yield words.gettext("Never use TLS.")
        case _:
            yield words.gettext("Use TLS where the recipient's email server offers it, with any certificate.")
    if it["SmtpDaneMode"] == "Mandatory":
        yield words.gettext("Nothing is sent to hosts without DANE.")
    if it["SmtpDaneMode"] == "None":
        yield words.gettext("DANE is ignored.")
    if it["MtaStsMode"] == "None":
        yield words.gettext("MTA-STS policies are ignored.")
    if it["ClientCertificatePfx"]:
        yield words.gettext("A client certificate is presented: %(file)s.") % {"file": it["ClientCertificatePfx"]}


def _sign_in(it: Connector, words: Speaks) -> Iterable[str]:
    named = {"user": it["UserName"], "application": it["OAuthClientId"], "tenant": it["OAuthTenant"]}
    match way_in(it):
        case "graph":
            yield words.gettext("Microsoft Graph sends each message as the mailbox %(user)s.") % named
        case "none":
            yield words.gettext("The relay does not sign in.")
        case _:
            yield words.gettext("The relay signs in as %(user)s.") % named
    if it["OAuthTenant"]:
        yield words.gettext("Its tokens are those of the application %(application)s in the tenant %(tenant)s.") % named


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)
