"""What must hold inside a transport rule, and what is worth a word."""

from collections.abc import Iterable, Iterator

from gatepost.connectors import CONDITIONS, MOST_TARGETS, Directory, Questions, RuleBook, Standing, TransportRule, reach
from gatepost.mail import parse_mailbox

from .finding import Finding

MOST_ADDED = 3_000  # recipients that all rules of an organization may add to one message
_DOES = "give Hold, Sandbox, RedirectMessageTo or BlindCopyTo"


def transport_problems(it: TransportRule) -> Iterator[Finding]:
    if not it.acts and not it.stop_rule_processing:
        yield Finding("Hold", "is false, and nothing else is to be done, so the rule would do nothing", _DOES)
    if it.hold and it.sandbox:
        yield Finding("Sandbox", "is true as Hold is", "choose one: what is held may go on, a sandbox is for good")
    for name, targets in (("RedirectMessageTo", it.redirect_message_to), ("BlindCopyTo", it.blind_copy_to)):
        if len(targets) > MOST_TARGETS:
            words = f"names {len(targets)} addresses"
            yield Finding(name, words, f"keep it within {MOST_TARGETS}, or name a list that is an alias")
    yield from _header_problems(it)
    yield from _contradictions(it)
    itself = {address.lower() for address in it.redirect_message_to}
    if itself and itself == {address.lower() for address in it.sent_to}:
        yield Finding("RedirectMessageTo", "names those of SentTo themselves", "name who is to get the mail instead")


def transport_warnings(it: TransportRule) -> Iterator[Finding]:
    if it.enabled and it.acts and not Questions(it).any:
        words = "and every other condition is empty, so the rule is for all mail of the organization"
        yield Finding("SentTo", words, "name senders, recipients or connectors, if that is not meant")


def _header_problems(it: TransportRule) -> Iterator[Finding]:
    """The name of a header field and what is looked for in it are one condition, told in two properties."""
    for prefix, name in (("", ""), ("except_if_", "ExceptIf")):
        for verb, what in (("contains", "words"), ("matches", "patterns")):
            header = getattr(it, f"{prefix}header_{verb}_message_header")
            wanted = getattr(it, f"{prefix}header_{verb}_{what}")
            one, other = f"{name}Header{verb.title()}MessageHeader", f"{name}Header{verb.title()}{what.title()}"
            if wanted and header is None:
                yield Finding(one, f"is missing, and {other} is given", "name the header field, such as X-Mailer")
            if header is not None and not wanted:
                yield Finding(other, f"is empty, and {one} is given", f"say which {what} {header} is to have")


def _contradictions(it: TransportRule) -> Iterator[Finding]:
    for condition in CONDITIONS:
        named = condition.named(it)
        if named is not None and named == condition.named(it, exception=True):
            words = f"names what {condition.name} names, so the rule would be for no mail"
            yield Finding(f"ExceptIf{condition.name}", words, "let the exception be less than the condition")


def rule_crowds(organizations: Iterable[str], book: RuleBook) -> list[str]:
    """Sentences on organizations whose rules send mail to so many that a message would have no room for its own
    recipients."""
    return [
        f"organization '{name}': its transport rules together lead to {count} addresses, and a message has room for "
        f"{MOST_ADDED}. Remedy: send copies to a list that another host keeps."
        for name in sorted(organizations)
        if (count := book.most_added(name)) > MOST_ADDED
    ]


def rule_ends(rules: Iterable[TransportRule], directory: Directory) -> list[str]:
    """Sentences on rules that send mail to somebody whom a recipient list of the same organization does not know."""
    told: list[str] = []
    for rule in rules:
        for target in map(parse_mailbox, (*rule.redirect_message_to, *rule.blind_copy_to)):
            owner = directory.organization_of(target.domain)
            if owner == rule.organization and reach(target, directory).standing is Standing.UNKNOWN:
                told.append(
                    f"transport rule '{rule.name}': leads to {target}, who is in no recipient list. "
                    f"Remedy: list it: gatepost recipient add {target}."
                )
    return told
