"""What a transport rule asks: whether it is for a message and for a recipient, and if not, why, as a sentence.

Each condition is a row of a table, and every row is an exception as well: the same question under a name that begins
with `ExceptIf`. The rule is kept away where one condition does not hold, or one exception does.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from gatepost.mail import Address, domain_matches

from .address_book import compared
from .model import Network
from .text_pattern import pattern_of
from .transport_rule import MessageFacts, TransportRule
from .words import clean, listing, quoted

Recipient = Sequence[Address]  # the address that was written to, and, behind an alias, the one that it leads to
Asked = TypeVar("Asked", MessageFacts, Recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Generic[Asked]):
    """One question, under Exchange's name and the rule's. `header`: the rule's field that says which header field.

    `unmet` takes what a rule names and says why that does not hold; None: it holds.
    """

    name: str
    field: str
    unmet: Callable[[Any, Asked], str | None]
    header: str | None = None

    def named(self, rule: TransportRule, *, exception: bool = False) -> Any:
        """What a rule names; None where it does not ask. With a header field: the pair of its name and the rest."""
        wanted = _field(rule, self.field, exception=exception)
        if wanted in ((), None):
            return None
        return wanted if self.header is None else (_field(rule, self.header, exception=exception), wanted)

    def exception(self, named: Any) -> str:
        """That the exception of this name holds."""
        field, wanted = ("", named) if self.header is None else (f"{named[0]}: ", named[1])
        words = field + (listing([clean(str(it)) for it in wanted]) if isinstance(wanted, tuple) else str(wanted))
        return f"Its exception ExceptIf{self.name} ({words}) holds."


def _field(rule: TransportRule, field: str, *, exception: bool) -> Any:
    return getattr(rule, f"except_if_{field.rstrip('_')}" if exception else field)


# --- of the message -----------------------------------------------------------------------------------------


def _not_through(names: Sequence[str], message: MessageFacts) -> str | None:
    if message.connector is not None and message.connector.lower() in {name.lower() for name in names}:
        return None
    came = "no connector" if message.connector is None else quoted(message.connector)
    return f"The message came through {came}, which is not in InboundConnectors."


def _not_among(networks: Sequence[Network], message: MessageFacts) -> str | None:
    found = any(message.client in network for network in networks)
    return None if found else f"The client {message.client} is not in SenderIpRanges."


def _not_from(senders: Sequence[str], message: MessageFacts) -> str | None:
    sender = message.sender
    found = sender is not None and compared(sender, plus=False) in map(_key, senders)
    return None if found else f"The sender {_shown(sender)} is not in From."


def _not_of_domain(patterns: Sequence[str], message: MessageFacts) -> str | None:
    sender = message.sender
    if sender is not None and any(domain_matches(pattern, sender.domain) for pattern in patterns):
        return None
    return f"The sender {_shown(sender)} is in no domain of SenderDomainIs ({listing(patterns)})."


def _subject_without(words: Sequence[str], message: MessageFacts) -> str | None:
    found = any(contains_word(message.subject, it) for it in words)
    return None if found else f"The subject contains none of SubjectContainsWords ({listing(words)})."


def _subject_unlike(patterns: Sequence[str], message: MessageFacts) -> str | None:
    found = any(pattern_of(it).found_in(message.subject) for it in patterns)
    return None if found else f"The subject matches none of SubjectMatchesPatterns ({listing(patterns)})."


def _header_without(named: tuple[str, Sequence[str]], message: MessageFacts) -> str | None:
    field, words = named
    texts = message.header.of(field)
    if any(contains_word(text, it) for text in texts for it in words):
        return None
    return _no_field(field, texts) or f"{field} contains none of HeaderContainsWords ({listing(words)})."


def _header_unlike(named: tuple[str, Sequence[str]], message: MessageFacts) -> str | None:
    field, patterns = named
    texts = message.header.of(field)
    if any(pattern_of(it).found_in(text) for text in texts for it in patterns):
        return None
    return _no_field(field, texts) or f"{field} matches none of HeaderMatchesPatterns ({listing(patterns)})."


def _no_field(field: str, texts: Sequence[str]) -> str | None:
    return None if texts else f"The message has no header field {field}."


def _not_over(size: int, message: MessageFacts) -> str | None:
    if message.octets > size:
        return None
    return f"The message has {message.octets} octets, which is not over MessageSizeOver ({size})."


OF_MESSAGE: tuple[Condition[MessageFacts], ...] = (
    Condition(name="InboundConnectors", field="inbound_connectors", unmet=_not_through),
    Condition(name="SenderIpRanges", field="sender_ip_ranges", unmet=_not_among),
    Condition(name="From", field="from_", unmet=_not_from),
    Condition(name="SenderDomainIs", field="sender_domain_is", unmet=_not_of_domain),
    Condition(name="SubjectContainsWords", field="subject_contains_words", unmet=_subject_without),
    Condition(name="SubjectMatchesPatterns", field="subject_matches_patterns", unmet=_subject_unlike),
    Condition(
        name="HeaderContainsWords",
        field="header_contains_words",
        header="header_contains_message_header",
        unmet=_header_without,
    ),
    Condition(
        name="HeaderMatchesPatterns",
        field="header_matches_patterns",
        header="header_matches_message_header",
        unmet=_header_unlike,
    ),
    Condition(name="MessageSizeOver", field="message_size_over", unmet=_not_over),
)

# --- of each recipient --------------------------------------------------------------------------------------


def _not_sent_to(addresses: Sequence[str], recipient: Recipient) -> str | None:
    keys = {compared(it, plus=False) for it in recipient}
    found = any(_key(it) in keys for it in addresses)
    return None if found else f"The recipient {_shown(recipient[-1])} is not in SentTo."


def _not_in_domain(patterns: Sequence[str], recipient: Recipient) -> str | None:
    if any(domain_matches(pattern, it.domain) for pattern in patterns for it in recipient):
        return None
    return f"The recipient {_shown(recipient[-1])} is in no domain of RecipientDomainIs ({listing(patterns)})."


OF_RECIPIENT: tuple[Condition[Recipient], ...] = (
    Condition(name="SentTo", field="sent_to", unmet=_not_sent_to),
    Condition(name="RecipientDomainIs", field="recipient_domain_is", unmet=_not_in_domain),
)
CONDITIONS: tuple[Condition[Any], ...] = (*OF_MESSAGE, *OF_RECIPIENT)


# --- of a rule ----------------------------------------------------------------------------------------------


class Questions:
    """What one rule asks, picked out once: most rules ask little, and every message is asked about."""

    __slots__ = ("_message", "_recipient", "rule")

    def __init__(self, rule: TransportRule) -> None:
        self.rule = rule
        self._message = tuple(_asked(rule, OF_MESSAGE))
        self._recipient = tuple(_asked(rule, OF_RECIPIENT))

    @property
    def any(self) -> bool:
        """Whether the rule names any mail; one that does not is for all of the organization's."""
        return bool(self._message or self._recipient)

    def why_not(self, message: MessageFacts) -> str | None:
        """The first thing that keeps the rule from a message, as a sentence; None when it is for it."""
        if not self.rule.enabled:
            return "It is disabled."
        if self.rule.expiry_date is not None and message.at >= self.rule.expiry_date:
            return "Its ExpiryDate has passed."
        return _first(self._message, message)

    def why_not_for(self, recipient: Recipient) -> str | None:
        """The same of one recipient."""
        return _first(self._recipient, recipient)


_Question = tuple[Condition[Asked], Any, bool]


def _asked(rule: TransportRule, conditions: Iterable[Condition[Asked]]) -> Iterator[_Question[Asked]]:
    for condition in conditions:
        for exception in (False, True):
            named = condition.named(rule, exception=exception)
            if named is not None:
                yield condition, named, exception


def _first(questions: Iterable[_Question[Asked]], asked: Asked) -> str | None:
    for condition, named, exception in questions:
        unmet = condition.unmet(named, asked)
        if exception and unmet is None:
            return condition.exception(named)
        if not exception and unmet is not None:
            return unmet
    return None


# --- words and addresses ------------------------------------------------------------------------------------


def contains_word(text: str, word: str) -> bool:
    """Whether a word or phrase stands in a text by itself, upper and lower case alike.

    In scripts that are written without spaces, such as Chinese, words have no borders: there it may stand anywhere.

    >>> contains_word("Re: INVOICE 7", "invoice"), contains_word("Invoices", "invoice")
    (True, False)
    """
    folded, wanted = _folded(text), _folded(word)
    return wanted in folded and any(
        _bordered(folded, found.start(), found.end()) for found in re.finditer(re.escape(wanted), folded)
    )


@lru_cache(maxsize=1024)  # the words of the rules, and the texts that all of them are asked about
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
