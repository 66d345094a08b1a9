"""A transport rule: which mail it is for, and what becomes of that mail. Exchange's New-TransportRule, as far as it is
about where mail goes; a rule refuses nothing and is no filter.

Everything that a rule names must hold. Within one property one value is enough. What a rule asks of recipients is asked
of each by itself, so that it treats those alone; Exchange would treat the whole message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from gatepost.mail import Address, domain_matches, value

from .address_book import compared
from .model import Network
from .words import clean, listing, quoted

MOST_TARGETS = 100  # addresses that one rule may send mail to


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportRule:
    """One rule. Addresses are canonical; domains are patterns, `*.contoso.com` for a domain and all below it."""

    name: str
    organization: str
    enabled: bool = True
    priority: int = 0  # lower ones come first; the name decides between equal ones
    inbound_connectors: tuple[str, ...] = ()  # (ours) names
    sender_ip_ranges: tuple[Network, ...] = ()
    from_: tuple[str, ...] = ()
    sender_domain_is: tuple[str, ...] = ()
    sent_to: tuple[str, ...] = ()
    recipient_domain_is: tuple[str, ...] = ()
    subject_contains_words: tuple[str, ...] = ()
    message_size_over: int | None = None  # octets
    hold: bool = False  # (ours), as sandbox
    sandbox: bool = False
    redirect_message_to: tuple[str, ...] = ()
    blind_copy_to: tuple[str, ...] = ()
    stop_rule_processing: bool = False
    expiry_date: float | None = None  # seconds since 1970
    comments: str = ""

    @property
    def acts(self) -> bool:
        """Whether it does anything to mail; one that does not may still keep later rules away."""
        return bool(self.hold or self.sandbox or self.redirect_message_to or self.blind_copy_to)

    @property
    def asks(self) -> bool:
        """Whether it names any mail; one that does not is for all of the organization's."""
        of_message = self.inbound_connectors or self.sender_ip_ranges or self.from_ or self.sender_domain_is
        more = self.subject_contains_words or self.message_size_over is not None
        return bool(of_message or more or self.sent_to or self.recipient_domain_is)


@value
class MessageFacts:
    """What rules ask about a message. `at` is when it came, in seconds since 1970; `connector` the inbound one."""

    at: float
    client: IPv4Address | IPv6Address
    connector: str | None
    sender: Address | None
    subject: str
    octets: int


def why_not(rule: TransportRule, message: MessageFacts) -> str | None:
    """The first thing that does not hold of a message, as a sentence; None when the rule is for it."""
    sender = message.sender
    if not rule.enabled:
        return "It is disabled."
    if rule.expiry_date is not None and message.at >= rule.expiry_date:
        return "Its ExpiryDate has passed."
    if rule.inbound_connectors:
        names = {name.lower() for name in rule.inbound_connectors}
        if message.connector is None or message.connector.lower() not in names:
            came = "no connector" if message.connector is None else quoted(message.connector)
            return f"The message came through {came}, which is not in InboundConnectors."
    if rule.sender_ip_ranges and not any(message.client in network for network in rule.sender_ip_ranges):
        return f"The client {message.client} is not in SenderIpRanges."
    if rule.from_ and (sender is None or compared(sender, plus=False) not in map(_key, rule.from_)):
        return f"The sender {_shown(sender)} is not in From."
    if rule.sender_domain_is and (
        sender is None or not any(domain_matches(pattern, sender.domain) for pattern in rule.sender_domain_is)
    ):
        return f"The sender {_shown(sender)} is in no domain of SenderDomainIs ({listing(rule.sender_domain_is)})."
    words = rule.subject_contains_words
    if words and not any(contains_word(message.subject, it) for it in words):
        return f"The subject contains none of SubjectContainsWords ({listing(words)})."
    if rule.message_size_over is not None and message.octets <= rule.message_size_over:
        return f"The message has {message.octets} octets, which is not over MessageSizeOver ({rule.message_size_over})."
    return None


def why_not_for(rule: TransportRule, recipient: Sequence[Address]) -> str | None:
    """The same of one recipient: the address that was written to, and, behind an alias, the one that it leads to."""
    if rule.sent_to:
        keys = {compared(it, plus=False) for it in recipient}
        if not any(_key(it) in keys for it in rule.sent_to):
            return f"The recipient {_shown(recipient[-1])} is not in SentTo."
    if rule.recipient_domain_is:
        domains = [it.domain for it in recipient]
        if not any(domain_matches(pattern, domain) for pattern in rule.recipient_domain_is for domain in domains):
            patterns = listing(rule.recipient_domain_is)
            return f"The recipient {_shown(recipient[-1])} is in no domain of RecipientDomainIs ({patterns})."
    return None


def contains_word(subject: str, word: str) -> bool:
    """Whether a word or phrase stands in a subject by itself, upper and lower case alike.

    In scripts that are written without spaces, such as Chinese, words have no borders: there it may stand anywhere.

    >>> contains_word("Re: INVOICE 7", "invoice"), contains_word("Invoices", "invoice")
    (True, False)
    """
    text, wanted = _folded(subject), _folded(word)
    return wanted in text and any(
        _bordered(text, found.start(), found.end()) for found in re.finditer(re.escape(wanted), text)
    )


@lru_cache(maxsize=1024)  # the words of the rules, and the subject that all of them are asked about
def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _bordered(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_joined(before, text[start]) or _joined(text[end - 1], after))


def _joined(left: str, right: str) -> bool:
    return all(it.isalnum() and ord(it) < _IDEOGRAPHS for it in (left, right)) if left and right else False


_IDEOGRAPHS = 0x2E80  # from here on scripts without spaces between words


def _key(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return compared(Address(local, domain), plus=False)


def _shown(address: Address | None) -> str:
    return "<>" if address is None else clean(str(address))
