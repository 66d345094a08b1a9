"""The properties of transport rules: what is asked of a message, the exceptions, and what becomes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from . import kinds
from .property import ENABLED, Property, row

_CONDITIONS: tuple[Property, ...] = (
    row("InboundConnectors", "inbound_connectors", kinds.NAMES, (),
        "Inbound connectors whose mail it is for. Default: however mail came in.", ours=True),
    row("SenderIpRanges", "sender_ip_ranges", kinds.NETWORKS, (),
        "Addresses and networks of the devices whose mail it is for."),
    row("From", "from_", kinds.ADDRESSES, (), "Sender addresses (of the envelope) that it is for."),
    row("SenderDomainIs", "sender_domain_is", kinds.DOMAIN_PATTERNS, (),
        "Sender domains that it is for: 'contoso.com', '*.contoso.com'."),
    row("SentTo", "sent_to", kinds.ADDRESSES, (), "Recipients that it is for."),
    row("RecipientDomainIs", "recipient_domain_is", kinds.DOMAIN_PATTERNS, (),
        "Recipient domains that it is for: 'contoso.com', '*.contoso.com'."),
    row("SubjectContainsWords", "subject_contains_words", kinds.TEXTS, (),
        "Words or phrases of which the subject has one."),
    row("SubjectMatchesPatterns", "subject_matches_patterns", kinds.PATTERNS, (),
        "Text patterns of which one stands in the subject."),
    row("HeaderContainsMessageHeader", "header_contains_message_header", kinds.HEADER_NAME, None,
        "The header field, such as X-Mailer, that has words of HeaderContainsWords."),
    row("HeaderContainsWords", "header_contains_words", kinds.TEXTS, (),
        "Words or phrases of which that header field has one."),
    row("HeaderMatchesMessageHeader", "header_matches_message_header", kinds.HEADER_NAME, None,
        "The header field that HeaderMatchesPatterns is about."),
    row("HeaderMatchesPatterns", "header_matches_patterns", kinds.PATTERNS, (),
        "Text patterns of which one stands in that header field."),
    row("MessageSizeOver", "message_size_over", kinds.SIZE, None,
        "Only messages that are larger than so many octets."),
)  # fmt: skip


def _exceptions(conditions: Iterable[Property]) -> Iterator[Property]:
    """Each condition once more, as what keeps the rule away."""
    for it in conditions:
        yield replace(
            it,
            name=f"ExceptIf{it.name}",
            field=f"except_if_{it.field.rstrip('_')}",
            help=f"The rule is not for mail that {it.name} would be for with this value.",
        )


RULE: tuple[Property, ...] = (
    ENABLED,
    row("Priority", "priority", kinds.filled(0, 1_000_000, otherwise=0), 0,
        "Its place among the rules: 0 comes first."),
    *_CONDITIONS,
    *_exceptions(_CONDITIONS),
    row("Hold", "hold", kinds.BOOLEAN, False, "Hold the mail in the queue until somebody decides.", ours=True),
    row("Sandbox", "sandbox", kinds.BOOLEAN, False,
        "Keep the mail to look at, and never send it by itself; after the organization's SandboxDays it is dropped.",
        ours=True),
    row("RedirectMessageTo", "redirect_message_to", kinds.ADDRESSES, (),
        "Who gets the mail instead of its recipients."),
    row("BlindCopyTo", "blind_copy_to", kinds.ADDRESSES, (), "Who gets the mail as well, untold."),
    row("StopRuleProcessing", "stop_rule_processing", kinds.BOOLEAN, False,
        "Ask no further rules about mail that this one is for."),
    row("ExpiryDate", "expiry_date", kinds.MOMENT, None, "Until when the rule counts; not set: for good."),
    row("Comments", "comments", kinds.TEXT, "", "Free text: why it is there, who wanted it."),
)  # fmt: skip
