"""The transport rules of every organization, and what they make of a recipient's mail.

Rules are asked in the order of their Priority, each once, about the recipients that the sender meant: what a rule
redirects is not asked about again, so that nothing goes round in circles. The first rule that holds, and the first that
redirects, settle where; copies add up. In an organization that is a sandbox everything is held at the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gatepost.mail import Address, parse_mailbox

from .conditions import Questions
from .directory import Directory
from .model import Organization
from .recipients import expand
from .transport_rule import MessageFacts, TransportRule
from .words import clean, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What becomes of one recipient's mail. `redirected`: who gets it instead, empty when nothing is redirected.

    `held_by` is the rule that holds it; `sandbox`: it is held for good, as mail that is not to leave. `copies` go to
    nobody else's knowledge. `reasons` are sentences for the trace.
    """

    held_by: str | None = None
    held: bool = False
    sandbox: bool = False
    redirected: tuple[Address, ...] = ()
    copies: tuple[Address, ...] = ()
    reasons: tuple[str, ...] = ()


class RuleBook:
    """Every rule that counts, by organization. Built once a snapshot and never changed afterwards."""

    __slots__ = ("_added", "_directory", "_rules", "_sandboxes")

    def __init__(
        self,
        rules: Iterable[TransportRule] = (),
        organizations: Iterable[Organization] = (),
        directory: Directory | None = None,
    ) -> None:
        self._directory = directory
        self._added: dict[str | None, int] = {}
        self._rules: dict[str, list[Questions]] = {}
        for rule in sorted(rules, key=lambda it: (it.priority, it.name.lower())):
            self._rules.setdefault(rule.organization, []).append(Questions(rule))
        self._sandboxes = frozenset(it.name for it in organizations if it.sandbox)

    def __bool__(self) -> bool:
        """Whether there is anything to ask; with no rules mail is not held up for a single question."""
        return bool(self._rules or self._sandboxes)

    def is_sandbox(self, organization: str | None) -> bool:
        """Whether the organization's mail is taken and never sent."""
        return organization in self._sandboxes

    def of(self, organization: str | None) -> Sequence[Questions]:
        """An organization's rules with what they ask, enabled or not, in their order."""
        return self._rules.get(organization or "", ())

    def most_added(self, organization: str | None) -> int:
        """How many recipients the organization's rules may add to a message, at most; it must keep room for them."""
        found = self._added.get(organization)
        if found is None:
            found = self._added[organization] = len(self._ends(organization))
        return found

    def _ends(self, organization: str | None) -> set[Address]:
        rules = [it.rule for it in self.of(organization) if it.rule.enabled]
        targets = {target for rule in rules for target in (*rule.redirect_message_to, *rule.blind_copy_to)}
        directory = self._directory
        if directory is None:
            return set(_addresses(targets))
        return {end for target in _addresses(targets) for end in expand(target, directory)}

    def concerning(self, organization: str | None, message: MessageFacts) -> Sequence[Questions]:
        """Those that are for a message, as far as they do not ask about recipients."""
        return [it for it in self.of(organization) if it.why_not(message) is None]

    def treatment(
        self, organization: str | None, recipient: Sequence[Address], concerning: Sequence[Questions]
    ) -> Treatment | None:
        """What becomes of the mail for a recipient; None: nothing out of the ordinary.

        `recipient` is the address that was written to, and behind an alias the one that it leads to; `concerning` what
        the method of that name says of the message.
        """
        keeper: TransportRule | None = None
        redirecting: TransportRule | None = None
        copying: list[TransportRule] = []
        for questions in concerning:
            if questions.why_not_for(recipient) is not None:
                continue
            rule = questions.rule
            if keeper is None and (rule.hold or rule.sandbox):
                keeper = rule
            if redirecting is None and rule.redirect_message_to:
                redirecting = rule
            if rule.blind_copy_to:
                copying.append(rule)
            if rule.stop_rule_processing:
                break
        sandbox = self.is_sandbox(organization)
        if not (keeper or redirecting or copying or sandbox):
            return None
        reasons = [_redirects(redirecting, recipient)] if redirecting else []
        reasons += [f"Rule '{it.name}' sends a copy to {listing(it.blind_copy_to, 10)}." for it in copying]
        if keeper is not None:
            reasons.append(_keeps(keeper, recipient))
        elif sandbox:
            reasons.append(f"Organization '{organization}' is a sandbox: mail for {_named(recipient)} is not sent.")
        return Treatment(
            held_by=None if keeper is None else keeper.name,
            held=keeper is not None or sandbox,
            sandbox=sandbox or (keeper is not None and keeper.sandbox),
            redirected=_addresses(redirecting.redirect_message_to) if redirecting else (),
            copies=tuple(dict.fromkeys(one for it in copying for one in _addresses(it.blind_copy_to))),
            reasons=tuple(reasons),
        )


def _addresses(written: Iterable[str]) -> tuple[Address, ...]:
    return tuple(map(parse_mailbox, written))


def _named(recipient: Sequence[Address]) -> str:
    return clean(str(recipient[-1]))


def _redirects(rule: TransportRule, recipient: Sequence[Address]) -> str:
    return f"Rule '{rule.name}' redirects mail for {_named(recipient)} to {listing(rule.redirect_message_to, 10)}."


def _keeps(rule: TransportRule, recipient: Sequence[Address]) -> str:
    where = "keeps mail for {} in the sandbox" if rule.sandbox else "holds mail for {}"
    return f"Rule '{rule.name}' {where.format(_named(recipient))}."
