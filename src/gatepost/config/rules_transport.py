"""What must hold inside a transport rule, and what is worth a word."""

from collections.abc import Iterable, Iterator

from gatepost.connectors import MOST_TARGETS, Directory, Standing, TransportRule, reach
from gatepost.mail import parse_mailbox

from .finding import Finding

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
    itself = {address.lower() for address in it.redirect_message_to}
    if itself and itself == {address.lower() for address in it.sent_to}:
        yield Finding("RedirectMessageTo", "names those of SentTo themselves", "name who is to get the mail instead")


def transport_warnings(it: TransportRule) -> Iterator[Finding]:
    if it.enabled and it.acts and not it.asks:
        words = "and every other condition is empty, so the rule is for all mail of the organization"
        yield Finding("SentTo", words, "name senders, recipients or connectors, if that is not meant")


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
