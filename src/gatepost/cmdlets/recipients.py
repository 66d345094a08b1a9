"""Recipients of accepted domains under Exchange's names: a mailbox is one, an alias is a distribution group."""

from typing import Any

from gatepost.shell import Bound, Parameter, Takes

from .cmdlet import Cmdlet, Shown, Wish, nothing
from .properties import FORCE, ORGANIZATION, in_organization
from .sizes import MOST_ROWS, RESULT_SIZE, result_size

_ADDRESS = Parameter(
    name="PrimarySmtpAddress", help="The address.", required=True, position=0, by_property=True, aliases=("Name",)
)
_IDENTITY = Parameter(
    name="Identity",
    help="The address.",
    position=0,
    required=True,
    pipeline=True,
    by_property=True,
    aliases=("PrimarySmtpAddress",),
)
_COLUMNS = ("PrimarySmtpAddress", "RecipientType", "Members")
_TYPES = {"Mailbox": "UserMailbox", "Alias": "MailUniversalDistributionGroup"}


def _get(bound: Bound) -> Wish:
    if address := bound.get("Identity"):
        return Wish(verb="recipient.show", arguments={"address": address, **in_organization(bound)})
    most = result_size(bound)
    arguments: dict[str, Any] = {"limit": MOST_ROWS if most is None else min(most + 1, MOST_ROWS)}
    if part := bound.get("Anr"):
        arguments["search"] = part
    return Wish(verb="recipient.list", arguments=arguments | in_organization(bound))


def _shown(value: Any, bound: Bound) -> Shown:
    rows = value.get("recipients", [value])
    return [
        {
            "Name": row["Address"].partition("@")[0],
            "PrimarySmtpAddress": row["Address"],
            "RecipientType": _TYPES[row["RecipientType"]],
            "Members": row["Targets"],
            "Organization": row["Organization"],
        }
        for row in rows
    ]


def _new(bound: Bound) -> Wish:
    recipient = {"Address": bound.get("PrimarySmtpAddress"), "Targets": list(bound.get("Members") or [])}
    return Wish(verb="recipient.add", arguments={"recipients": [recipient], "new": True, **in_organization(bound)})


def _remove(bound: Bound) -> Wish:
    return Wish(verb="recipient.remove", arguments={"addresses": [bound.get("Identity")], **in_organization(bound)})


def _address_of(bound: Bound) -> str:
    return str(bound.get("PrimarySmtpAddress") or "")


def _removing(noun: str, what: str) -> Cmdlet:
    return Cmdlet(
        name=f"Remove-{noun}",
        synopsis=f"Takes {what} out of the recipient list. It asks first, unless -Confirm:$false is given.",
        parameters=(_IDENTITY, ORGANIZATION, FORCE),
        translate=_remove,
        show=nothing,
        changes=True,
        asks=True,
        example=f"Remove-{noun} info@contoso.com -Confirm:$false",
    )


RECIPIENTS: tuple[Cmdlet, ...] = (
    Cmdlet(
        name="Get-Recipient",
        synopsis="Shows one recipient of the accepted domains' lists, or all of them.",
        parameters=(
            Parameter(name="Identity", help="The address. Without it: all of them.", position=0, pipeline=True),
            Parameter(name="Anr", help="Part of an address, or of one that an alias leads to."),
            RESULT_SIZE,
            ORGANIZATION,
        ),
        translate=_get,
        show=_shown,
        columns=_COLUMNS,
        example="Get-Recipient -Anr anna",
    ),
    Cmdlet(
        name="New-Mailbox",
        synopsis="Lists a mailbox of an accepted domain.",
        parameters=(_ADDRESS, ORGANIZATION),
        translate=_new,
        show=nothing,
        target=_address_of,
        changes=True,
        example="New-Mailbox -PrimarySmtpAddress anna@contoso.com",
    ),
    _removing("Mailbox", "a mailbox"),
    Cmdlet(
        name="New-DistributionGroup",
        synopsis="Lists an alias of an accepted domain, with the addresses that it leads to.",
        parameters=(
            _ADDRESS,
            Parameter(name="Members", takes=Takes.MULTI, help="The addresses it leads to.", required=True),
            ORGANIZATION,
        ),
        translate=_new,
        show=nothing,
        target=_address_of,
        changes=True,
        example="New-DistributionGroup -PrimarySmtpAddress info@contoso.com -Members anna@contoso.com, bob@contoso.com",
    ),
    _removing("DistributionGroup", "an alias"),
)
