"""Transport rules: what becomes of mail that is taken, besides being sent.

Whatever changes something takes `what_if`: the answer is the one that would come, and nothing is stored; and, where it
has an object before it, `seen`: the WhenChangedUTC of the state that is meant.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gatepost.config import Edit, ObjectKind
from gatepost.connectors import HeaderTexts, MessageFacts, Questions, TransportRule, expand
from gatepost.errors import ConfigRefused
from gatepost.mail import Address, BadAddress, HeaderBlock, parse_mailbox

from .addresses import client_in
from .asked import whose
from .desk import Answer, Call
from .explain import directory_of
from .objects import change_of, listed, told
from .objects import remove as removed
from .shown import shown

_RULE = ObjectKind.RULE


async def list_rules(call: Call, *, organization: str | None = None) -> Answer:
    """Every rule, in the order in which they are asked."""
    rows = [shown(it) for it in listed(call, _RULE, organization)]
    return Answer(value=sorted(rows, key=lambda it: (it["Organization"].lower(), it["Priority"], it["Name"].lower())))


async def show_rule(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    return Answer(value=shown(call.desk.config.world.find(_RULE, identity, organization)))


async def add_rule(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any] | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Add a rule; it counts for the next message, and for none that has been taken."""
    edit = Edit(action="add", kind=_RULE, name=name, organization=organization, properties=properties or {})
    return told(await call.change([edit], what_if=what_if))


async def set_rule(
    call: Call,
    *,
    identity: str,
    properties: Mapping[str, Any],
    organization: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Change a rule. What it holds already stays held."""
    old = call.desk.config.world.find(_RULE, identity, organization)
    return told(await call.change([change_of(old, properties, seen=seen)], what_if=what_if), old)


async def enable_rule(call: Call, *, identity: str, organization: str | None = None, what_if: bool = False) -> Answer:
    properties = {"Enabled": True}
    return await set_rule(call, identity=identity, properties=properties, organization=organization, what_if=what_if)


async def disable_rule(call: Call, *, identity: str, organization: str | None = None, what_if: bool = False) -> Answer:
    """A disabled rule is kept and does not count."""
    properties = {"Enabled": False}
    return await set_rule(call, identity=identity, properties=properties, organization=organization, what_if=what_if)


async def remove_rule(
    call: Call, *, identity: str, organization: str | None = None, seen: str | None = None, what_if: bool = False
) -> Answer:
    """Remove exactly the named one. What it holds stays held, and can be released by its name."""
    old = call.desk.config.world.find(_RULE, identity, organization)
    return await removed(call, old, seen=seen, what_if=what_if)


async def explain_rules(
    call: Call,
    *,
    rcpt: str,
    mail_from: str = "",
    ip: str = "127.0.0.1",
    connector: str | None = None,
    subject: str = "",
    size: int = 0,
    headers: Sequence[str] = (),
    organization: str | None = None,
) -> Answer:
    """What the rules would make of a message, by the code that decides of real ones; and of each rule why not.

    `headers` are lines of its header, such as `X-Mailer: Scanner 4.1`; without a subject theirs counts.

    `organization` is whose mail it would be; without it, the one that has accepted the recipient's domain, or the only
    one. Aliases of another are not followed then: where they lead is not for this one to know.
    """
    snapshot, directory = call.desk.config.current(), directory_of(call, organization)
    recipient = _address("rcpt", rcpt)
    sender = _sender(mail_from)
    owner = whose(call, organization) or directory.organization_of(recipient.domain)
    owner = owner or call.desk.config.world.organization(None)
    if connector:
        connector = call.desk.config.world.find(ObjectKind.INBOUND, connector, owner).name
    header = _header(headers)
    message = MessageFacts(
        at=call.desk.clock(),
        client=client_in(ip),
        connector=connector,
        sender=sender,
        subject=subject or next(iter(header.of("Subject")), ""),
        octets=size,
        header=header,
    )
    book, ends = snapshot.rulebook, expand(recipient, directory)
    reached = []
    for end in ends:
        found = book.treatment(owner, (recipient, end), book.concerning(owner, message))
        reached.append(
            {
                "recipient": str(end),
                "held": found is not None and found.held,
                "sandbox": found is not None and found.sandbox,
                "rule": None if found is None else found.held_by,
                "redirected": [] if found is None else [str(it) for it in found.redirected],
                "copies": [] if found is None else [str(it) for it in found.copies],
                "reasons": [] if found is None else list(found.reasons),
            }
        )
    return Answer(
        value={
            "organization": owner,
            "recipients": reached,
            "rules": _asked(book.of(owner), message, [(recipient, end) for end in ends]),
        }
    )


def _asked(
    rules: Sequence[Questions], message: MessageFacts, recipients: list[tuple[Address, Address]]
) -> list[dict[str, Any]]:
    """Each rule with whether it is for the message; those behind one that stops are not asked."""
    told: list[dict[str, Any]] = []
    stopped: TransportRule | None = None
    for questions in rules:
        rule, why = questions.rule, questions.why_not(message)
        if why is None:
            reasons = [questions.why_not_for(one) for one in recipients]
            why = None if None in reasons else reasons[0]
        if stopped is not None:
            why = f"Rule '{stopped.name}' before it stops the processing."
        told.append({"name": rule.name, "priority": rule.priority, "applies": why is None, "because": why})
        if why is None and rule.stop_rule_processing:
            stopped = rule
    return told


def _address(name: str, text: str) -> Address:
    try:
        return parse_mailbox(text)
    except BadAddress as wrong:
        raise ConfigRefused([f"{name} '{text}' is not an address: {wrong}. Remedy: write anna@contoso.com."]) from None


def _header(lines: Sequence[str]) -> HeaderTexts:
    octets = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    block = HeaderBlock(octets)
    if block.body_start != len(octets) or len(block.fields) != len(lines):
        raise ConfigRefused(
            ["headers: not every line is a header field. Remedy: write each as X-Mailer: Scanner 4.1, in one line."]
        )
    return HeaderTexts(block)


def _sender(text: str) -> Address | None:
    return None if text in ("", "<>") else _address("mail_from", text)
