"""Who changed what, under Exchange's names."""

from datetime import UTC, datetime
from typing import Any

from gatepost.shell import Bound, Parameter, Takes

from .cmdlet import Cmdlet, Shown, Wish
from .properties import ORGANIZATION, in_organization
from .sizes import RESULT_SIZE

_MOST = 1000  # entries that are looked through
_ACTIONS = {"add": "New", "set": "Set", "remove": "Remove"}
_NOUNS = {
    "organization": "Organization",
    "domain": "AcceptedDomain",
    "inbound": "InboundConnector",
    "outbound": "OutboundConnector",
    "user": "User",
    "token": "Token",
}


def _list(bound: Bound) -> Wish:
    return Wish(verb="audit.list", arguments={"limit": _MOST} | in_organization(bound))


def _entries(value: Any, bound: Bound) -> Shown:
    return [it for entry in value if _is_wanted(it := _entry(entry), bound)]


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "RunDate": entry["at"],
        "Caller": entry["who"],
        "CmdletName": f"{_ACTIONS[entry['action']]}-{_NOUNS.get(entry['kind'], entry['kind'])}",
        "ObjectModified": entry["object"],
        "ModifiedProperties": _modified(entry["before"] or {}, entry["after"] or {}),
        "Succeeded": True,
        "ClientIP": entry.get("address"),
        "Origin": entry["origin"],
        "Organization": entry["organization"],
        "Identity": str(entry["id"]),
    }


def _modified(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"Name": name, "OldValue": before.get(name), "NewValue": after.get(name)}
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _is_wanted(it: dict[str, Any], bound: Bound) -> bool:
    def among(name: str, value: str) -> bool:
        wanted = bound.get(name)
        return wanted is None or value.lower() in (str(one).lower() for one in wanted)

    at, first, last = datetime.fromisoformat(it["RunDate"]), bound.get("StartDate"), bound.get("EndDate")
    return (
        among("Cmdlets", it["CmdletName"])
        and among("UserIds", it["Caller"])
        and among("ObjectIds", it["ObjectModified"])
        and (first is None or at >= _aware(first))
        and (last is None or at <= _aware(last))
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


AUDIT: tuple[Cmdlet, ...] = (
    Cmdlet(
        name="Search-AdminAuditLog",
        synopsis=f"Shows who changed what, newest first, among the last {_MOST} changes.",
        parameters=(
            Parameter(name="Cmdlets", takes=Takes.TEXTS, help="Changes of these kinds, such as Set-InboundConnector."),
            Parameter(name="ObjectIds", takes=Takes.TEXTS, help="Changes of these objects, by name."),
            Parameter(name="UserIds", takes=Takes.TEXTS, help="Changes by these people."),
            Parameter(name="StartDate", takes=Takes.MOMENT, help="Not before."),
            Parameter(name="EndDate", takes=Takes.MOMENT, help="Not after."),
            RESULT_SIZE,
            ORGANIZATION,
        ),
        translate=_list,
        show=_entries,
        columns=("RunDate", "Caller", "CmdletName", "ObjectModified"),
        example="Search-AdminAuditLog -Cmdlets New-InboundConnector, Set-InboundConnector",
    ),
)
