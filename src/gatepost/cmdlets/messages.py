"""The message trace under Exchange's names: one object for each recipient, and its events one by one."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from xml.sax.saxutils import quoteattr

from gatepost.mail import visible
from gatepost.shell import BindingRefused, Bound, Parameter, Takes

from .cmdlet import Cmdlet, Shown, Wish
from .properties import ORGANIZATION, in_organization
from .ready import json_ready
from .sizes import MOST_ROWS, RESULT_SIZE, positive, result_size

# What became of a recipient, in Exchange's words; Refused is ours: it was never taken.
_STATUSES: dict[str, list[str]] = {
    "Delivered": ["delivered"],
    "Failed": ["failed"],
    "Pending": ["waiting", "sending"],
    "Quarantined": ["held"],
    "Refused": ["refused"],
}
_STATUS_OF = {state: status for status, states in _STATUSES.items() for state in states}
_DEFAULT_AGE = "48h"  # as Exchange's

_SOUGHT = {"SenderAddress": "sender", "RecipientAddress": "recipient", "MessageId": "message_id",
           "Subject": "subject", "Connector": "connector", "FromIP": "client", "ToIP": "host",
           "StartDate": "since", "EndDate": "until"}  # fmt: skip


# --- the list ---------------------------------------------------------------------------------------------------


def _find(bound: Bound) -> Wish:
    if number := bound.get("MessageTraceId"):
        return Wish(verb="trace.show", arguments={"id": str(number)} | in_organization(bound))
    sought = {argument: json_ready(bound.get(name)) for name, argument in _SOUGHT.items() if bound.get(name)}
    wrong = [
        f"{name} '{visible(str(bound.get(name)))}' is not an IP address. Remedy: write 203.0.113.9 or 2001:db8::1."
        for name in ("FromIP", "ToIP")
        if bound.get(name) and not _is_address(str(bound.get(name)))
    ]
    if wrong:
        raise BindingRefused(wrong)
    if "since" not in sought and "until" not in sought:
        sought["since"] = _DEFAULT_AGE
    if statuses := bound.get("Status"):
        sought["status"] = [state for status in statuses for state in _STATUSES[status]]
    limit = _page_end(bound)
    return Wish(verb="trace.find", arguments=sought | {"limit": min(limit + 1, MOST_ROWS)} | in_organization(bound))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _page_end(bound: Bound) -> int:
    """How many rows must be read: pages before the wanted one, too."""
    if "Page" in bound or "PageSize" in bound:
        return positive(bound, "Page", 1) * positive(bound, "PageSize", 1000)
    return result_size(bound) or MOST_ROWS


def _found(value: Any, bound: Bound) -> Shown:
    if isinstance(value, list):
        start = (positive(bound, "Page", 1) - 1) * positive(bound, "PageSize", 1000)
        return [_row(it, number) for number, it in enumerate(value[start : _page_end(bound)], start)]
    return [
        _row({**value, "recipient": it["address"], "status": it["state"], "last_reply": it["last_reply"]}, number)
        for number, it in enumerate(_recipients(value, bound))
    ]


def _row(it: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "Organization": it["organization"],
        "MessageId": it["message_id"],
        "Received": it["received_at"],
        "SenderAddress": it["sender"],
        "RecipientAddress": it["recipient"],
        "Subject": it["subject"],
        "Status": _STATUS_OF[it["status"]],
        "FromIP": it["client"],
        "Size": it["octets"],
        "MessageTraceId": it["id"],
        "Index": number,
        "Connector": it["connector"],
        "LastReply": it["last_reply"],
    }


def _more(value: Any, bound: Bound) -> tuple[str, ...]:
    end = _page_end(bound)
    if "Page" in bound and end > MOST_ROWS and isinstance(value, list) and len(value) >= MOST_ROWS:
        return (f"The trace is read {MOST_ROWS} rows deep, this page lies behind. Remedy: give an earlier EndDate.",)
    if "Page" in bound or not isinstance(value, list) or len(value) <= min(end, MOST_ROWS - 1):
        return ()
    return (f"There are more than these {min(end, len(value))}. Remedy: narrow StartDate and EndDate.",)


def _recipients(value: dict[str, Any], bound: Bound) -> list[dict[str, Any]]:
    """Those of a message's recipients that are asked about."""
    wanted = str(bound.get("RecipientAddress") or "").lower()
    return [it for it in value["recipients"] if wanted in ("", it["address"].lower())]


# --- one message ------------------------------------------------------------------------------------------------


def _story(bound: Bound) -> Wish:
    return Wish(verb="trace.show", arguments={"id": str(bound.get("MessageTraceId"))} | in_organization(bound))


def _told(value: Any, bound: Bound) -> Shown:
    """The events of a message; those of an attempt one for each recipient."""
    wanted = str(bound.get("RecipientAddress") or "").lower()
    events = (told for event in value["events"] for told in _events(value, event))
    return [
        {
            "MessageId": value["message_id"],
            "MessageTraceId": value["id"],
            "Date": at,
            "Event": name,
            "Action": "",
            "Detail": detail,
            "Data": _document(facts),
            "SenderAddress": value["sender"],
            "RecipientAddress": recipient,
            "Index": number,
        }
        for number, (at, name, recipient, detail, facts) in enumerate(events)
        if not wanted or recipient is None or recipient.lower() == wanted
    ]


_Told = tuple[str, str, str | None, str, dict[str, Any]]  # when, event, recipient, detail, facts
_FATES = {"delivered": "Send", "deferred": "Defer", "failed": "Fail"}


def _events(value: dict[str, Any], event: dict[str, Any]) -> Iterator[_Told]:
    at, kind = event["at"], event["kind"]
    facts = {name: it for name, it in event.items() if name not in ("at", "kind", "results")}
    if kind in ("attempt", "bounce"):
        for fate in event["results"]:
            said = fate.get("reply") or fate.get("reason") or ""
            yield at, _FATES[fate["outcome"]], fate["recipient"], said, {**facts, **fate}
    elif kind in ("accepted", "refused"):
        about = {"ConnectorId": value["connector"] or "Default", "ClientIP": value["client"]}
        said = event.get("reply") or " ".join(event.get("reasons", ()))
        yield at, "Receive" if kind == "accepted" else "Refuse", None, said, about | facts
    else:
        yield at, kind.capitalize(), None, f"By {event['by']}." if "by" in event else "", facts


def _document(facts: dict[str, Any]) -> str:
    """Exchange's form of Data: `<root><MEP Name="ConnectorId" String="…"/></root>`, which scripts search."""
    parts = []
    for name, value in facts.items():
        words = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        if words:
            parts.append(f"<MEP Name={quoteattr(_pascal(name))} String={quoteattr(words)}/>")
    return f"<root>{''.join(parts)}</root>"


def _pascal(name: str) -> str:
    """`last_reply` as Exchange would write it; names that already are stay as they are."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


# --- rows of the table ------------------------------------------------------------------------------------------

_NO_EFFECT = "Accepted for Exchange."

MESSAGES: tuple[Cmdlet, ...] = (
    Cmdlet(
        name="Get-MessageTrace",
        aliases=("Get-MessageTraceV2",),
        synopsis="Finds messages and refusals, newest first: one object for each recipient.",
        parameters=(
            Parameter(name="SenderAddress", help="The sender; `*` stands for anything, '<>' for no sender."),
            Parameter(name="RecipientAddress", help="A recipient; `*` stands for anything."),
            Parameter(name="MessageId", help="The Message-ID."),
            Parameter(name="MessageTraceId", help="The queue id: this message alone."),
            Parameter(name="Subject", help="Words of the subject."),
            Parameter(name="Status", takes=Takes.TEXTS, choices=tuple(_STATUSES), help="What became of it."),
            Parameter(name="Connector", help="The inbound connector it came through. (Gatepost)"),
            Parameter(name="FromIP", help="The IP address it came from."),
            Parameter(name="ToIP", help="An IP address it was sent to, or that was tried."),
            Parameter(name="StartDate", takes=Takes.MOMENT, help="Not before. Default: 48 hours ago."),
            Parameter(name="EndDate", takes=Takes.MOMENT, help="Not after. Default: now."),
            Parameter(name="PageSize", takes=Takes.INTEGER, help="Rows of a page. Default: 1000."),
            Parameter(name="Page", takes=Takes.INTEGER, help="The number of the page. Default: 1."),
            RESULT_SIZE,
            Parameter(name="SubjectFilterType", help=_NO_EFFECT, ignored=True),
            Parameter(name="StartingRecipientAddress", help=_NO_EFFECT, ignored=True),
            ORGANIZATION,
        ),
        translate=_find,
        show=_found,
        remarks=_more,
        columns=("Received", "SenderAddress", "RecipientAddress", "Status"),
        example="Get-MessageTrace -RecipientAddress b@fabrikam.com -Status Failed, Pending",
    ),
    Cmdlet(
        name="Get-MessageTraceDetail",
        aliases=("Get-MessageTraceDetailV2",),
        synopsis="Tells the story of one message, event by event; of a refusal, why.",
        parameters=(
            Parameter(
                name="MessageTraceId",
                help="The queue id, as Get-MessageTrace shows it.",
                position=0,
                required=True,
                by_property=True,
                aliases=("Identity",),
            ),
            Parameter(name="RecipientAddress", help="Only what concerns this recipient.", position=1, by_property=True),
            Parameter(name="SenderAddress", help=_NO_EFFECT, ignored=True),
            Parameter(name="StartDate", takes=Takes.MOMENT, help=_NO_EFFECT, ignored=True),
            Parameter(name="EndDate", takes=Takes.MOMENT, help=_NO_EFFECT, ignored=True),
            ORGANIZATION,
        ),
        translate=_story,
        show=_told,
        columns=("Date", "Event", "Detail", "RecipientAddress"),
        example="Get-MessageTrace -SenderAddress scanner@contoso.com | Get-MessageTraceDetail",
    ),
)
