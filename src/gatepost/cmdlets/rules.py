"""Transport rules, under Exchange's names. Of its conditions and actions only those are here that a relay needs."""

from typing import Any

from gatepost.config import ObjectKind
from gatepost.shell import Bound, Parameter, Takes

from .cmdlet import Cmdlet, Shown, Wish, as_listed, nothing
from .family import Family
from .properties import IDENTITY, NAME, NEW_NAME, ORGANIZATION, in_organization, parameters_of

_RULE = Family(
    noun="TransportRule",
    kind=ObjectKind.RULE,
    verbs="rule",
    columns=("Name", "State", "Priority", "Comments"),
)
_PARAMETERS = parameters_of(ObjectKind.RULE, aliases={"Hold": ("Quarantine",)})


def _with_state(value: Any, bound: Bound) -> Shown:
    """As Exchange shows them: what New- and Set- call Enabled is a State."""
    return [{**it, "State": "Enabled" if it["Enabled"] else "Disabled"} for it in as_listed(value, bound)]


def _switch(verb: str) -> Any:
    return lambda bound: Wish(
        verb=f"rule.{verb}", arguments={"identity": bound.get("Identity")} | in_organization(bound)
    )


def _test(bound: Bound) -> Wish:
    asked = {
        "rcpt": bound.get("Rcpt") or "",
        "mail_from": bound.get("MailFrom") or "",
        "subject": bound.get("Subject") or "",
        "connector": bound.get("Connector"),
    }
    if bound.get("IP"):
        asked["ip"] = bound.get("IP")
    if bound.get("Header"):
        asked["headers"] = bound.get("Header")
    if bound.get("Size"):
        asked["size"] = bound.get("Size")
    return Wish(verb="rule.explain", arguments=asked | in_organization(bound))


def _tested(value: Any, bound: Bound) -> Shown:
    return [
        {
            "Recipient": it["recipient"],
            "Held": it["held"],
            "Sandbox": it["sandbox"],
            "RedirectedTo": it["redirected"],
            "CopiedTo": it["copies"],
            "Reasons": it["reasons"],
            "NotFor": [f"{rule['name']}: {rule['because']}" for rule in value["rules"] if not rule["applies"]],
        }
        for it in value["recipients"]
    ]


RULES: tuple[Cmdlet, ...] = (
    _RULE.new(
        NAME,
        *_PARAMETERS,
        example="New-TransportRule -Name 'Test mail' -RecipientDomainIs contoso.com -Hold $true",
    ),
    _RULE.get(show=_with_state, example="Get-TransportRule | Where-Object State -eq Enabled"),
    _RULE.set(NEW_NAME, *_PARAMETERS, example="Set-TransportRule 'Test mail' -SentTo anna@contoso.com"),
    Cmdlet(
        name="Enable-TransportRule",
        synopsis="Lets a transport rule count again.",
        parameters=(IDENTITY, ORGANIZATION),
        translate=_switch("enable"),
        show=nothing,
        changes=True,
        example="Enable-TransportRule 'Test mail'",
    ),
    Cmdlet(
        name="Disable-TransportRule",
        synopsis="Keeps a transport rule and lets it count no longer.",
        parameters=(IDENTITY, ORGANIZATION),
        translate=_switch("disable"),
        show=nothing,
        changes=True,
        example="Disable-TransportRule 'Test mail'",
    ),
    _RULE.remove(example="Remove-TransportRule 'Test mail'"),
    Cmdlet(
        name="Test-TransportRule",
        synopsis="Says what the transport rules would make of a message, and of each rule why it is not for it.",
        parameters=(
            Parameter(name="Rcpt", help="The recipient.", required=True, aliases=("RecipientAddress",)),
            Parameter(name="MailFrom", help="The sender; '<>' for none.", aliases=("SenderAddress",)),
            Parameter(name="Subject", help="The subject."),
            Parameter(name="Connector", help="The inbound connector that took the message."),
            Parameter(name="IP", help="The client's IP address."),
            Parameter(name="Size", takes=Takes.INTEGER, help="The size in octets."),
            Parameter(name="Header", takes=Takes.TEXTS, help="Lines of its header, 'X-Mailer: Scanner'."),
            ORGANIZATION,
        ),
        translate=_test,
        show=_tested,
        target=lambda bound: str(bound.get("Rcpt")),
        example="Test-TransportRule -Rcpt b@fabrikam.com -MailFrom scanner@contoso.com -Subject 'Invoice 7'",
    ),
)
