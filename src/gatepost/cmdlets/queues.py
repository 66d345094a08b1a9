"""The queue under Exchange's names: a queue is a destination, and a message stands in each queue it waits in."""

from dataclasses import replace
from typing import Any

from gatepost.shell import BindingRefused, Bound, Parameter, Takes

from .cmdlet import Cmdlet, Shown, Wish, nothing
from .properties import ORGANIZATION, in_organization
from .sizes import MOST_ROWS, RESULT_SIZE, result_size

_DELIVERY = {
    "connector": "SmartHostConnectorDelivery",
    "mx": "DnsConnectorDelivery",
    "mailbox": "SmtpDeliveryToMailbox",
    "lmtp": "SmtpDeliveryToMailbox",
}
_STATUS = {"waiting": "Ready", "sending": "Active", "held": "Suspended"}


def _next_hop(destination: str) -> str:
    """The domain or host behind the kind; an MX destination may name its connector behind a slash."""
    kind, _, rest = destination.partition(":")
    return rest.partition("/")[0] if kind == "mx" else rest


# --- queues -----------------------------------------------------------------------------------------------------


def _list_queues(bound: Bound) -> Wish:
    asked: dict[str, Any] = {"limit": min((result_size(bound) or MOST_ROWS) + 1, MOST_ROWS)}
    if queue := bound.get("Identity"):
        asked["destination"] = queue
    return Wish(verb="queue.destinations", arguments=asked | in_organization(bound))


def _queues(value: Any, bound: Bound) -> Shown:
    return [
        {
            "Identity": it["destination"],
            "DeliveryType": _DELIVERY.get(it["destination"].partition(":")[0], "Undefined"),
            "Status": _queue_status(it),
            "MessageCount": it["waiting"] + it["sending"] + it["held"],
            "NextHopDomain": _next_hop(it["destination"]),
            "LastError": it["last_reply"] or it["left_alone_because"] or "",
            "RetryCount": it["left_alone_failures"],
            "NextRetryTime": it["left_alone_until"] or it["due"],
            "HeldCount": it["held"],
            "QueueIdentity": it["destination"],  # so that `Get-Queue | Get-Message` works
        }
        for it in value
    ]


def _queue_status(it: dict[str, Any]) -> str:
    if it["sending"]:
        return "Active"
    if not it["waiting"]:
        return "Suspended"
    return "Retry" if it["last_reply"] or it["left_alone_until"] else "Ready"


# --- messages ---------------------------------------------------------------------------------------------------


def _ids(bound: Bound) -> list[str]:
    """Queue ids; Exchange writes the queue before them (`Server\\Queue\\Id`)."""
    return [str(it).rpartition("\\")[2] for it in bound.get("Identity") or ()]


def _list_messages(bound: Bound) -> Wish:
    if ids := _ids(bound):
        if len(ids) > 1:
            raise BindingRefused(["Identity names several messages. Remedy: pipe them, or name one."])
        return Wish(verb="queue.show", arguments={"id": ids[0]} | in_organization(bound))
    asked: dict[str, Any] = {"limit": MOST_ROWS}
    if queue := bound.get("Queue"):
        asked["destination"] = queue
    return Wish(verb="queue.list", arguments=asked | in_organization(bound))


def _messages(value: Any, bound: Bound) -> Shown:
    """Rows of recipients, or one message, as messages in queues."""
    rows = value if isinstance(value, list) else [
        {**value, **it, "recipient": it["address"]} for it in value["recipients"] if it["state"] in _STATUS
    ]  # fmt: skip
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        shown = found.setdefault((row["id"], row["destination"]), _message(row))
        shown["Recipients"].append(row["recipient"])
        shown["RetryCount"] = max(shown["RetryCount"], row["attempts"])
        shown["LastError"] = shown["LastError"] or row["last_reply"] or ""
    return list(found.values())


def _message(row: dict[str, Any]) -> dict[str, Any]:
    status = "Retry" if row["state"] == "waiting" and row["last_reply"] else _STATUS[row["state"]]
    return {
        "Identity": row["id"],
        "FromAddress": row["sender"],
        "Status": status,
        "Queue": row["destination"],
        "Subject": row["subject"],
        "Size": row["octets"],
        "DateReceived": row["received_at"],
        "Recipients": [],
        "RetryCount": 0,
        "LastError": "",
        "NextRetryTime": row["due"],
        "Organization": row["organization"],
        "Connector": row["connector"],
    }


# --- orders -----------------------------------------------------------------------------------------------------


def _order(verb: str, bound: Bound) -> Wish:
    """Messages by their ids, or a whole queue; that one of the two is named is the verb's rule."""
    asked: dict[str, Any] = {"ids": _ids(bound)}
    if "Queue" in bound:
        asked["destination"] = bound.get("Queue")
    return Wish(verb=verb, arguments=asked | in_organization(bound))


def _retry(bound: Bound) -> Wish:
    return Wish(verb="queue.retry", arguments={"destination": bound.get("Identity")} | in_organization(bound))


def _drop(bound: Bound) -> Wish:
    if bound.get("WithNDR"):
        raise BindingRefused(
            ["WithNDR: no report is sent for a message that is removed. Remedy: leave it out, or say -WithNDR $false."]
        )
    return _order("queue.drop", bound)


def _moved(value: Any, bound: Bound) -> tuple[str, ...]:
    return () if value["recipients"] else ("Nothing was changed: no recipient was in a state for it.",)


def _ordered(bound: Bound) -> str:
    return ", ".join(_ids(bound)) or str(bound.get("Queue") or "")


_MESSAGE = Parameter(
    name="Identity", takes=Takes.TEXTS, help="Queue ids, as Get-Message shows them.", position=0, pipeline=True,
    by_property=True,
)  # fmt: skip
_QUEUE = Parameter(name="Queue", help="All messages of one queue, as Get-Queue names it.")
_NDR = Parameter(name="WithNDR", takes=Takes.BOOLEAN, help="Only $false: the sender is not told.")


def _orders(name: str, synopsis: str, verb: str, *more: Parameter, example: str) -> Cmdlet:
    return Cmdlet(
        name=name,
        synopsis=synopsis,
        parameters=(_MESSAGE, *more, ORGANIZATION),
        translate=lambda bound: _order(verb, bound),
        show=nothing,
        remarks=_moved,
        target=_ordered,
        changes=True,
        example=example,
    )


QUEUES: tuple[Cmdlet, ...] = (
    Cmdlet(
        name="Get-Queue",
        synopsis="Shows where mail waits: one object for each destination.",
        parameters=(
            Parameter(name="Identity", help="One destination, such as mx:fabrikam.com.", position=0,
                      by_property=True),
            RESULT_SIZE,
            ORGANIZATION,
        ),
        translate=_list_queues,
        show=_queues,
        columns=("Identity", "Status", "MessageCount", "LastError"),
        example="Get-Queue | Where-Object Status -eq Retry",
    ),
    Cmdlet(
        name="Get-Message",
        synopsis="Shows messages that have not left.",
        parameters=(
            replace(_MESSAGE, pipeline=False, by_property=False),
            replace(_QUEUE, by_property=True, aliases=("QueueIdentity",)),
            RESULT_SIZE,
            ORGANIZATION,
        ),
        translate=_list_messages,
        show=_messages,
        columns=("Identity", "FromAddress", "Status", "Queue"),
        example="Get-Message -Queue mx:fabrikam.com | Format-List Subject, LastError",
    ),
    Cmdlet(
        name="Retry-Queue",
        synopsis="Tries the waiting mail of one destination now.",
        parameters=(
            Parameter(name="Identity", help="The destination, as Get-Queue names it.", position=0, required=True,
                      pipeline=True, by_property=True),
            Parameter(name="Resubmit", takes=Takes.BOOLEAN, help="Accepted for Exchange.", ignored=True),
            ORGANIZATION,
        ),
        translate=_retry,
        show=nothing,
        remarks=_moved,
        changes=True,
        example="Get-Queue | Retry-Queue",
    ),
    _orders("Suspend-Message", "Holds waiting messages back until they are resumed.", "queue.hold", _QUEUE,
            example="Suspend-Message -Queue mx:fabrikam.com"),
    _orders("Resume-Message", "Lets held messages go on.", "queue.release",
            example="Get-Message | Where-Object Status -eq Suspended | Resume-Message"),
    Cmdlet(
        name="Remove-Message",
        synopsis="Gives messages up without telling their sender. It asks first, unless -Confirm:$false is given.",
        parameters=(_MESSAGE, _QUEUE, _NDR, ORGANIZATION),
        translate=_drop,
        show=nothing,
        remarks=_moved,
        target=_ordered,
        changes=True,
        asks=True,
        example="Remove-Message 0003f2a1b4c5d6e7 -Confirm:$false",
    ),
)  # fmt: skip
