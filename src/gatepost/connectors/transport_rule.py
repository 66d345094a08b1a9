"""A transport rule: which mail it is for, and what becomes of that mail. Exchange's New-TransportRule, as far as it is
about where mail goes; a rule refuses nothing and is no filter.

Everything that a rule names must hold, and no exception may. Within one property one value is enough. What a rule asks
of recipients is asked of each by itself, so that it treats those alone; Exchange would treat the whole message.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from gatepost.mail import Address, value

from .header_texts import NO_HEADER, HeaderTexts
from .model import Network

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
    subject_matches_patterns: tuple[str, ...] = ()
    header_contains_message_header: str | None = None  # the name of a field, for the words
    header_contains_words: tuple[str, ...] = ()
    header_matches_message_header: str | None = None  # the name of a field, for the patterns
    header_matches_patterns: tuple[str, ...] = ()
    message_size_over: int | None = None  # octets
    except_if_inbound_connectors: tuple[str, ...] = ()
    except_if_sender_ip_ranges: tuple[Network, ...] = ()
    except_if_from: tuple[str, ...] = ()
    except_if_sender_domain_is: tuple[str, ...] = ()
    except_if_sent_to: tuple[str, ...] = ()
    except_if_recipient_domain_is: tuple[str, ...] = ()
    except_if_subject_contains_words: tuple[str, ...] = ()
    except_if_subject_matches_patterns: tuple[str, ...] = ()
    except_if_header_contains_message_header: str | None = None
    except_if_header_contains_words: tuple[str, ...] = ()
    except_if_header_matches_message_header: str | None = None
    except_if_header_matches_patterns: tuple[str, ...] = ()
    except_if_message_size_over: int | None = None
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


@value
class MessageFacts:
    """What rules ask about a message. `at` is when it came, in seconds since 1970; `connector` the inbound one."""

    at: float
    client: IPv4Address | IPv6Address
    connector: str | None
    sender: Address | None
    subject: str
    octets: int
    header: HeaderTexts = NO_HEADER
