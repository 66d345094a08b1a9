"""What somebody should look at now: put together from what the relay knows already, so that nobody is asked for it.

The checks go out and look; alerts only tell: troubles of the server, devices that were refused of late, above all those
whose address nearly matches a connector, and hosts that do not take mail.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gatepost.checks import CHECKED_RECIPIENT
from gatepost.spool import HeldBy, State

from .addresses import client_in
from .asked import whose
from .desk import Answer, Call
from .devices import on_old_tls, wanting
from .queue import destinations
from .routes import list_routes
from .shown import moment
from .status import readiness

_DAY = 86_400.0
_MOST = 20  # alerts of one kind; the rest are counted
_COUNTED = 1000  # recipients that were given up


async def list_alerts(call: Call, *, organization: str | None = None) -> Answer:
    """Alerts, the gravest first; refusals and failures are those of the last 24 hours.

    `kind` is server, near (an address that nearly matches), device, old-tls, destination, way, held, queue or failed;
    `about` is the device's address, the destination, the outbound connector or the transport rule, where it is about
    one; `id` the trace id of a refusal.
    """
    own = whose(call, organization)
    found = _of_server(call)
    if call.desk.has_spool:
        found += await _of_devices(call, own)
        found += await _of_old_tls(call, own)
        found += await _of_destinations(call, organization)
        found += await _of_ways(call, organization)
        found += await _of_held(call, own)
        found += await _of_queue(call, own)
        found += await _of_failures(call, own)
    found.sort(key=lambda it: it["level"] != "failed")
    return Answer(value=found)


def _alert(kind: str, sentence: str, **more: str | None) -> dict[str, Any]:
    """`sentence` may have its remedy behind it."""
    words, _, remedy = sentence.partition(" Remedy: ")
    empty = {"level": "warning", "about": "", "remedy": remedy, "at": None, "id": None}
    return {"kind": kind, "sentence": words, **empty, **more}


def _of_server(call: Call) -> list[dict[str, Any]]:
    ready = readiness(call.desk)
    troubles = [_alert("server", it, level="failed") for it in ready["troubles"]]
    return troubles + [_alert("server", it) for it in ready["notes"]]


async def _of_devices(call: Call, own: str | None) -> list[dict[str, Any]]:
    """Those that nearly match, then others; what is blocked is refused because somebody wants it so."""
    since = moment(call.desk.clock() - _DAY) or ""
    near, refused, leaving = [], [], []
    for row in await wanting(call, own, since=call.desk.clock() - _DAY):
        if row["nag"]:
            leaving.append(_alert("device", row["nag"], about=row["address"]))
        refusal = row["last_refusal"]
        if refusal is None or refusal["at"] < since or row["blocked_by"] or _by_our_checks(call, row):
            continue
        told = {"about": row["address"], "at": refusal["at"], "id": refusal["id"]}
        who = f"{row['last_address']} ({row['hello']})" if row["hello"] else row["last_address"]
        neighbours = [] if row["allowed_by"] else _near(call, client_in(row["last_address"]), own)
        if neighbours:
            words = f"{who} was refused, and its address nearly matches: {'; '.join(neighbours)}."
            near.append(_alert("near", words, remedy="If it is the same device or its neighbour, allow it.", **told))
        else:
            reply = refusal["reply"]
            words = f"{who} was refused: {reply}" if row["accepted"] else f"{who} is new and was refused: {reply}"
            refused.append(_alert("device", words, remedy=next(iter(refusal["remedies"]), ""), **told))
    return [*_some(leaving), *_some(near), *_some(refused)]


async def _of_old_tls(call: Call, own: str | None) -> list[dict[str, Any]]:
    """How many there are; each one's own page says more."""
    addresses = await on_old_tls(call, own)
    if not addresses:
        return []
    shown = ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if len(addresses) > 3 else "")
    count = f"{len(addresses)} devices use" if len(addresses) > 1 else "One device uses"
    remedy = "Update or replace them; gatepost device list --state old-tls has them all."
    return [_alert("old-tls", f"{count} old TLS, which somebody on the line can break: {shown}.", remedy=remedy)]


def _by_our_checks(call: Call, row: Mapping[str, Any]) -> bool:
    """Whether it is this server, which asked whether its listeners are open relays, and was refused as it hoped."""
    client = client_in(row["last_address"])
    listening = () if call.desk.inbound is None else call.desk.inbound.addresses
    ours = client.is_loopback or str(client) in {host for host, _ in listening}
    return ours and row["last_refusal"]["recipient"] == CHECKED_RECIPIENT


def _near(call: Call, client: IPv4Address | IPv6Address, own: str | None) -> list[str]:
    """The networks of connectors beside an address, as far as the caller may see them."""
    directory = call.desk.config.current().directory
    near = [
        f"connector '{connector.name}' lists {network.network_address if network.num_addresses == 1 else network}"
        for network, connector in directory.neighbours.near(client)
        if connector.enabled and own in (None, connector.organization)
    ]
    return near[:3]


async def _of_destinations(call: Call, organization: str | None) -> list[dict[str, Any]]:
    rows = (await destinations(call, organization=organization)).value
    return _some(
        _alert(
            "destination",
            f"Mail to {row['destination']} waits: {row['left_alone_because']}",
            about=row["destination"],
            remedy="Send a test there to see the conversation; the mail is tried again by itself.",
        )
        for row in rows
        if row["left_alone_because"]
    )


async def _of_ways(call: Call, organization: str | None) -> list[dict[str, Any]]:
    """Outbound connectors that cannot be used now: while their mail goes by another way, nobody else would notice."""
    return _some(
        _alert(
            "way",
            f"The outbound connector '{row['connector']}' is not used: {row['reason']}",
            about=row["connector"],
            at=row["since"],
            remedy="Mend what the host complains of. One message after a growing pause asks if it is back; at once: "
            f"gatepost queue retry --destination 'connector:{row['connector']}'.",
        )
        for row in (await list_routes(call, organization=organization)).value
        if row["standing"] in ("open", "half-open")
    )


async def _of_held(call: Call, own: str | None) -> list[dict[str, Any]]:
    """What has been held for a day: somebody was to decide. Of the sandbox nothing is expected."""
    groups = await call.desk.spool.held_by(organization=own)
    return _some(_held(it) for it in groups if not it.sandbox and it.oldest < call.desk.clock() - _DAY)


def _held(it: HeldBy) -> dict[str, Any]:
    count = f"{it.recipients} recipients are" if it.recipients > 1 else "One recipient is"
    by = "" if it.rule is None else f" by rule '{it.rule}'"
    since = moment(it.oldest)
    remedy = "Release it, drop it, or return it to its senders: it never leaves the queue by itself."
    return _alert("held", f"{count} held{by}, the oldest since {since}.", about=it.rule or "", at=since, remedy=remedy)


async def _of_queue(call: Call, own: str | None) -> list[dict[str, Any]]:
    """Mail that waits too long, by destination."""
    longest = call.desk.settings.alerts.queue_minutes * 60.0
    if not longest:
        return []
    waiting = (await call.desk.spool.counts(organization=own)).by_destination
    oldest = await call.desk.spool.oldest(list(waiting)[:_COUNTED], organization=own)
    return _some(
        _alert(
            "queue",
            f"Mail for {destination} waits since {moment(at)}: {waiting[destination]} recipients.",
            about=destination,
            at=moment(at),
            remedy="gatepost queue list shows what the host last said; gatepost queue retry tries again at once.",
        )
        for destination, at in sorted(oldest.items(), key=lambda it: it[1])
        if call.desk.clock() - at >= longest
    )


async def _of_failures(call: Call, own: str | None) -> list[dict[str, Any]]:
    since = call.desk.clock() - _DAY
    rows = await call.desk.spool.find(status=State.FAILED, since=since, limit=_COUNTED, organization=own)
    if not rows:
        return []
    count = f"{len(rows)} recipients were" if len(rows) > 1 else "One recipient was"
    last = f" The last reply was: {rows[0].last_reply}" if rows[0].last_reply else ""
    remedy = "Look at them in the message trace; their senders have been told."
    return [_alert("failed", f"{count} given up in the last 24 hours.{last}", remedy=remedy)]


def _some(alerts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Not more of one kind than anybody reads."""
    found = list(alerts)
    if len(found) <= _MOST:
        return found
    return [*found[:_MOST], _alert(found[0]["kind"], f"There are {len(found) - _MOST} more like these.")]
