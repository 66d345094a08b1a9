"""What a refusal means, and what to do next: exchange-connectors §4.2-4.4 as a table; network troubles."""

import errno
import socket
from dataclasses import dataclass

from gatepost.mail import Reply


@dataclass(frozen=True, slots=True)
class Advice:
    """`means` says what happened, `next_step` what to do about it; both are sentences."""

    means: str
    next_step: str


_NOT_A_RELAY = "The relay found no connector that covers this client, so it relays nothing for it."
_WRONG_ENDPOINT = (
    "This is the submission endpoint (smtp.office365.com), or a listener that wants a sign-in, and the "
    "client did not sign in."
)
_SLOW_DOWN = "The server slows down or holds off this client's address."

# By enhanced status code.
_BY_STATUS = {
    "5.7.64": Advice(
        _NOT_A_RELAY,
        "Compare the address the server saw (its answer to EHLO says `Hello [address]`) with the connector's "
        "SenderIPAddresses, the certificate's names with TlsSenderCertificateName, and see that the sender's "
        "domain is an accepted domain. `gatepost connector explain` shows which of them failed.",
    ),
    "4.4.62": Advice(
        "The mail came to the wrong Office 365 region.",
        "Send to the MX endpoint of the organization's own domain; `gatepost mx DOMAIN` shows it.",
    ),
    "5.4.4": Advice(
        "The recipient's domain belongs to an organization without mailboxes.",
        "See that the organization has a subscription that includes mail.",
    ),
    "4.3.2": Advice(
        "The server cannot decide at the moment, or is busy.",
        "Try again in a few minutes; if it stays so, look at the server's status.",
    ),
    "4.4.3": Advice(
        "The server could not look up to whom this mail belongs.",
        "Try again; if it stays so, check its resolver.",
    ),
    "5.7.51": Advice(
        "A Partner connector covers this domain, and this client does not satisfy its restriction.",
        "Send from an address in the connector's SenderIPAddresses, or with the certificate it names, and "
        "over TLS if it requires TLS.",
    ),
    "5.7.68": Advice(
        "The organization takes no mail in its own domains from unknown sources (RejectDirectSend).",
        "Add an inbound connector for this client, by certificate or by address.",
    ),
    "5.7.711": Advice(
        "The connector is blocked because it was used for abuse.",
        "Find and stop the abuse behind it, then unblock the connector.",
    ),
    "5.7.750": Advice(
        "Too much mail came from domains that are not registered with the organization.",
        "Add the sender domains as accepted domains, or send only from those that are.",
    ),
    "5.7.705": Advice(
        "The whole organization is blocked from sending for exceeding a threshold.",
        "Stop the mail that caused it, then ask support to lift the block.",
    ),
    "5.7.708": Advice(
        "The server takes no mail from this address: its reputation is low, or the organization is new.",
        "Send from another address, or ask support.",
    ),
    "5.7.54": Advice(
        "An Exchange Server does not relay here: its receive connector may not accept any recipient.",
        "Use a receive connector for relaying, or send to the right server.",
    ),
    "5.7.1": Advice(
        "The server's policy forbids this: relaying, or a block list that names the client's address.",
        "Read the reply's own words; look for the address at the block list it names.",
    ),
    "5.4.1": Advice(
        "The recipient does not exist in the organization's directory.",
        "Check the address, and that its domain is an accepted domain of the right type.",
    ),
    "5.1.10": Advice("The recipient does not exist.", "Check the address."),
    "5.1.1": Advice("The recipient does not exist.", "Check the address."),
    "5.7.367": Advice(
        "The next server refused to relay.",
        "Check where the server sends mail for this domain, and whether it may.",
    ),
    "5.7.57": Advice(
        _WRONG_ENDPOINT,
        "For relaying by address or certificate use the MX endpoint on port 25 (`gatepost mx DOMAIN`); for "
        "submission sign in.",
    ),
    "5.7.3": Advice("The sign-in failed.", "Check user name and password, and that SMTP AUTH is enabled for the user."),
    "4.7.3": Advice("The server takes mail over TLS only.", "Use --tls starttls."),
    "5.7.0": Advice("The server wants TLS or a sign-in first.", "Use --tls starttls."),
    "5.7.139": Advice(
        "The sign-in was refused by the organization's policy (security defaults, or SMTP AUTH disabled).",
        "Enable SMTP AUTH for the user, or relay through a connector instead.",
    ),
    "5.7.30": Advice(
        "Password sign-in for SMTP has been retired.",
        "Relay through a connector, by certificate or address, or use OAuth.",
    ),
    "5.7.60": Advice("The signed-in user may not send as this sender.", "Use the user's own address, or grant SendAs."),
    "5.1.8": Advice("The sender is blocked for sending spam.", "Secure the account, then unblock it."),
    "5.2.0": Advice("The mailbox's sending quota is used up.", "Send less, or relay through a connector."),
    "4.5.3": Advice(
        "Too many recipients in one message.", "Send the rest in another message; the first ones are taken."
    ),
    "5.5.3": Advice("Too many recipients in one message.", "Send to fewer recipients at a time."),
    "5.3.4": Advice("The message is larger than the server takes.", "Send a smaller message, or raise the limit."),
    "5.4.14": Advice("The message went round in a loop.", "Check connectors and MX records of the domains on its way."),
    "5.4.6": Advice("The message went round in a loop.", "Check connectors and MX records of the domains on its way."),
    "5.7.232": Advice("The organization's daily limit of external recipients is used up.", "Wait, or add licences."),
    "5.7.233": Advice("The organization's daily limit of external recipients is used up.", "Wait, or add licences."),
    "5.7.236": Advice(
        "The onmicrosoft.com domain may reach few external recipients.", "Send from a domain of your own."
    ),
    "5.6.11": Advice(
        "The message contains bare line feeds.",
        "Let the sender end lines with CR LF, or set BareLineFeeds to Normalize on the connector.",
    ),
    "5.7.512": Advice("The message's From header is not valid.", "Give it exactly one From address."),
    "5.7.506": Advice("The name in EHLO is not acceptable.", "Greet with the client's full host name."),
    "5.7.509": Advice(
        "The sender's domain asks for rejection (DMARC).", "Sign with DKIM, or send from a listed address."
    ),
    "5.7.23": Advice("The client's address is not in the sender domain's SPF.", "Add the address to the SPF record."),
    "5.7.25": Advice("The client's IPv6 address has no reverse DNS entry.", "Add a PTR record, or use IPv4."),
    "4.7.26": Advice("Mail over IPv6 must pass SPF or DKIM.", "Set them up, or use IPv4."),
    "5.7.510": Advice("Mail over IPv6 must pass SPF or DKIM.", "Set them up, or use IPv4."),
    "5.2.2": Advice("The recipient's mailbox is full.", "Ask the recipient to make room."),
    "5.2.121": Advice("The recipient gets too much mail.", "Send less to it."),
    "5.2.122": Advice("The recipient gets too much mail.", "Send less to it."),
    "4.4.312": Advice("The server could not resolve the next host's name.", "Check the domain's DNS."),
    "4.4.316": Advice("The next server refused the connection.", "Check that it runs and may be reached."),
    "4.4.317": Advice(
        "The next server's certificate is not acceptable.", "Check its chain and names; send the whole chain."
    ),
    "5.4.7": Advice("The message waited too long and expired.", "Check the host it was meant for."),
    "4.7.0": Advice("TLS is needed or not available now.", "Use --tls starttls, or look at the server's certificate."),
    "4.7.5": Advice("The certificate is not acceptable.", "Check its chain, its names and its dates."),
    "4.7.650": Advice(_SLOW_DOWN, "Wait; send steadily rather than in bursts."),
}

# By reply code, where the status says nothing.
_BY_CODE = {
    421: Advice("The server ends the session and wants to be tried later.", "Try again in a few minutes."),
    432: Advice("The mailbox has too many sessions open.", "Use at most three at a time."),
    450: Advice("The server refuses for now.", "Try again in a few minutes."),
    451: Advice("The server refuses for now.", "Try again in a few minutes."),
    452: Advice("The server lacks room, or there are too many recipients.", "Try again later, or send to fewer."),
    454: Advice("TLS or authentication is not available now.", "Look at the server's certificate, then try again."),
    500: Advice("The server did not understand the command.", "Check that this is an SMTP server."),
    501: Advice("The server did not like an argument.", "Check the addresses."),
    502: Advice("The server does not know this command.", "Check that this is a full SMTP server."),
    503: Advice("The server says a command came out of order.", "Look at the transcript."),
    504: Advice("The server does not know this way of signing in.", "Use PLAIN or LOGIN."),
    530: Advice(_WRONG_ENDPOINT, "Use --tls starttls, and sign in if this is a submission endpoint."),
    535: Advice("The sign-in failed.", "Check user name and password."),
    538: Advice("The server wants TLS before the sign-in.", "Use --tls starttls."),
    550: Advice("The server refuses the recipient or the sender.", "Read the reply's own words."),
    552: Advice("The message is larger than the server takes.", "Send a smaller one."),
    553: Advice("The server does not take this address.", "Check how it is written."),
    554: Advice("The server refuses.", "Read the reply's own words."),
    555: Advice("The server does not know a parameter of MAIL or RCPT.", "Look at the transcript."),
    556: Advice("The recipient's domain takes no mail (null MX).", "Check the address."),
}


def advice_for(reply: Reply) -> Advice | None:
    """What a refusal means; None for a positive reply and for what nobody knows."""
    if reply.positive:
        return None
    status = reply.enhanced or ""
    if (known := _BY_STATUS.get(status)) is not None:
        return known
    subject, _, detail = status.rpartition(".")
    if detail.isdigit() and len(detail) <= 4:
        number = int(detail)
        if subject == "4.7" and 500 <= number <= 699:
            return Advice(_SLOW_DOWN, "Wait and send less at once; an inbound connector exempts this client.")
        if subject == "5.7" and 606 <= number <= 649:
            return Advice(
                "The client's address is banned.", "Ask for removal at the delist portal (sender.office.com)."
            )
        if subject == "5.2" and 251 <= number <= 255:
            return Advice("The sender is throttled for errors of the same kind over and over.", "Mend their cause.")
    return _BY_CODE.get(reply.code)


def network_advice(error: OSError, *, host: str, port: int) -> Advice:
    """What a failed connection means."""
    where = f"{host} port {port}"
    if isinstance(error, socket.gaierror):
        return Advice(f"The name {host} cannot be resolved.", "Check the spelling and the resolver.")
    if isinstance(error, ConnectionRefusedError):
        return Advice(
            f"{where} refuses connections: nothing listens there.", "Check the port and that the server runs."
        )
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return Advice(
            f"{where} did not answer in time.",
            "A firewall may drop the packets; many providers block port 25 outwards.",
        )
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return Advice(f"{where} cut the connection.", "It may block this client's address; look at its log.")
    if error.errno == errno.EADDRNOTAVAIL:
        return Advice("The source address is not one of this machine's.", "Give --source an address of this machine.")
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return Advice(f"There is no route to {where}.", "Check the network, and IPv6 if the address is one.")
    return Advice(f"{where} cannot be reached ({error.strerror or type(error).__name__}).", "Check host and port.")


def tls_advice(detail: str, *, implicit: bool) -> Advice:
    """What a failed handshake means, from the pipe's own sentence."""
    if "does not speak TLS" in detail:
        step = "Use --tls starttls here: implicit TLS is for port 465." if implicit else "Look at the server's log."
    elif "client certificate" in detail:
        step = "Give the certificate with --pfx or with --cert and --key."
    elif "refused our certificate" in detail:
        step = "Present a certificate from a public CA, in date, with its whole chain."
    elif "TLS version" in detail:
        step = "Update the older side; TLS 1.2 is the least."
    else:
        step = "Look at the log of the other side."
    return Advice(f"TLS failed. {detail}", step)
