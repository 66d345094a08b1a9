"""Replies about who may relay to whom: attribution, connectors, recipients, routing.

The first row that fits counts, so the narrow ones stand above the wide ones.
"""

from .advice import Refusal, row

RELAY: tuple[Refusal, ...] = (
    row(
        "5.7.64",
        "The relay found no connector that covers this client, so it relays nothing for it.",
        "Compare the address the server saw (its answer to EHLO says `Hello [address]`) with the connector's "
        "SenderIPAddresses, the certificate's names with TlsSenderCertificateName, and see that the sender's domain is "
        "an accepted domain. `gatepost connector explain` shows which of them failed.",
        "The public address of this network has changed, or mail leaves by another one.",
        "The certificate was renewed under another name, has expired, or comes without its intermediates.",
        "The sender's domain is not an accepted domain of the organization.",
    ),
    row(
        "4.4.62",
        "The mail came to the wrong Office 365 region (ATTR35).",
        "Send to the MX endpoint of the organization's own domain; `gatepost mx DOMAIN` shows it.",
        "The smart host is an old name (mail.messaging.microsoft.com, frontbridge), or another tenant's.",
        "The organization was moved to another region.",
    ),
    row(
        "4.4.4 5.4.4",
        "The recipient's domain belongs to an organization without mailboxes (ATTR5).",
        "See that the organization has a subscription that includes mail, and that the domain is verified in it.",
        "The domain was added to a tenant that has no Exchange Online.",
        says="attr5",
    ),
    row(
        "4.4.3 4.3.2",
        "The server could not look up to whom this mail belongs (ATTR55).",
        "Try again in a few minutes; if it stays so, look at the service's status, or at the relay's resolver.",
        says="attr55",
    ),
    row(
        "5.7.51",
        "A Partner connector covers this domain, and this client does not satisfy its restriction.",
        "Send from an address in the connector's SenderIPAddresses, or with the certificate it names, and over TLS if "
        "it requires TLS.",
        "The connector restricts a domain to addresses or to a certificate (RestrictDomainsToIPAddresses, "
        "RestrictDomainsToCertificate), and this client has neither.",
        "Its SenderDomains are `*`, so that it covers mail from everybody.",
        "The partner's mail takes another way than it used to.",
    ),
    row(
        "5.7.68",
        "The organization takes no mail in its own domains from unknown sources (RejectDirectSend).",
        "Add an inbound connector of type OnPremises for this client, by certificate or by address.",
        "A device or service sends directly to the MX endpoint with a sender in the organization's own domain.",
        "A forwarder keeps the original sender.",
    ),
    row(
        "5.7.711",
        "The connector is blocked because it was used for abuse.",
        "Find and stop the abuse behind it, then unblock the connector (Restricted entities in the Defender portal).",
        "A host behind the connector was taken over and sends spam.",
    ),
    row(
        "5.7.750",
        "Too much mail came from domains that are not registered with the organization.",
        "Add the sender domains as accepted domains, or send only from those that are.",
        "The connector relays for senders, or forwards mail, of other domains.",
    ),
    row(
        "5.7.705",
        "The whole organization is blocked from sending for exceeding a threshold.",
        "Stop the mail that caused it, then ask support to lift the block.",
        "An account or a connector of the organization sends spam or bulk mail.",
    ),
    row(
        "5.7.708",
        "The server takes no mail from this address: its reputation is low, or the organization is new.",
        "Send from another address, or ask support to allow this one.",
        "The tenant is a trial, or new, and sends through an address that others have misused.",
    ),
    row(
        "5.7.54",
        "An Exchange Server does not relay here: its receive connector may not accept any recipient.",
        "Use a receive connector with relay permission (Ms-Exch-SMTP-Accept-Any-Recipient), or send to the right "
        "server.",
        "This client's address is in no relay connector's RemoteIPRanges, so the default one took the session.",
    ),
    row(
        "5.7.367",
        "The next server refused to relay.",
        "Check where the server sends mail for this domain, and whether it may.",
        "The outbound connector's smart host does not know the sending server.",
    ),
    row(
        "5.4.1",
        "The recipient does not exist in the organization's directory.",
        "Check the address, and that its domain is an accepted domain of the right type (InternalRelay, where some of "
        "its mailboxes are elsewhere).",
        "The address is misspelt, or has not reached the directory yet.",
        "The domain is Authoritative, though some of its mailboxes are on another server.",
    ),
    row(
        "5.1.10 5.1.1",
        "The recipient does not exist.",
        "Check the address.",
        "It is misspelt, or was deleted.",
        "The mail reached a server that is not the recipient's.",
    ),
    row(
        "5.1.2",
        "The recipient's domain does not exist.",
        "Check the spelling of the domain, and its MX record with `gatepost mx DOMAIN`.",
    ),
    row(
        "5.1.8 4.1.8",
        "The sender's domain does not exist, as this server sees it.",
        "Send from a domain that has an MX or A record.",
        "The sender is something like root@localhost, or an internal domain.",
        says="domain",
    ),
    row(
        "5.7.1",
        "The connector that covers this client may reach internal recipients only.",
        "Send to a recipient of an accepted domain, or allow the connector external ones.",
        says="internal recipients",
    ),
    row(
        "5.7.1 4.7.1 5.7.0",
        "The server does not relay for this client.",
        "Send to the server that the recipient's domain names (`gatepost mx DOMAIN`), or have this client allowed to "
        "relay here.",
        "No connector or permitted network covers the client's address.",
        "The server relays only for those who sign in.",
        "This is not the server for the recipient's domain.",
        says="relay",
    ),
    row(
        "",
        "The server does not relay for this client.",
        "Send to the server that the recipient's domain names (`gatepost mx DOMAIN`), or have this client allowed to "
        "relay here.",
        "No connector or permitted network covers the client's address.",
        "The server relays only for those who sign in.",
        "This is not the server for the recipient's domain.",
        code=554,
        says="relay access denied",
    ),
    row(
        "5.4.14 5.4.6 4.4.6",
        "The message went round in a loop.",
        "Check connectors and MX records of the domains on its way.",
        "Two servers each take the other for the recipient's.",
        "An InternalRelay domain sends unknown recipients back to where they came from.",
    ),
    row(
        "4.4.312",
        "The server could not resolve the next host's name.",
        "Check the domain's DNS, and the smart host's name.",
        "The MX record points to a name that does not exist, or the domain's name servers do not answer.",
    ),
    row(
        "4.4.316",
        "The next server refused the connection.",
        "Check that it runs and may be reached from there on port 25.",
        "A firewall admits only some addresses.",
    ),
    row(
        "4.4.317",
        "The next server's certificate is not acceptable.",
        "Check its chain and names; let it send the whole chain.",
        "The certificate is self-signed or from a private CA (UntrustedRoot).",
        "It bears another name than the connector expects (SubjectMismatch).",
    ),
    row(
        "4.4.7 5.4.7",
        "The message waited too long and expired.",
        "Check the host it was meant for.",
        "That host did not answer, or deferred it, for the whole time.",
    ),
    row(
        "5.1.3",
        "The server does not take the recipient's address as it is written.",
        "Write it as name@domain, without route or percent sign.",
    ),
    row("5.1.7", "The server does not take the sender's address as it is written.", "Write it as name@domain."),
    row("5.6.7", "An address is not ASCII, and the server offers no SMTPUTF8.", "Use an ASCII address for it."),
)
