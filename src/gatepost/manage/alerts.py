"""What somebody should look at now: put together from what the relay knows already, so that nobody is asked for it.

The checks go out and look; alerts only tell: troubles of the server, devices that were refused of late, above all those
whose address nearly matches a connector, and hosts that do not take mail.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from gatepost.checks import CHECKED_RECIPIENT
from gatepost.mail import Language, alert_words
from gatepost.spool import HeldBy, Search, State

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

    `kind` is server, disk, near (an address that nearly matches), device, old-tls, destination, way, held, queue or
    failed; `about` is the device's address, the destination, the outbound connector or the transport rule, where it is
    about one; `organization` whose that is, where it is one's; `id` the trace id of a refusal.
    """
    found = await found_alerts(call, organization=organization)
    return Answer(value=[{key: it[key] for key in it if key not in ("words", "places")} for it in found])


async def found_alerts(call: Call, *, organization: str | None = None) -> list[dict[str, Any]]:
    """The same with `words` and `places`: by which row of the alerts' words they are said, where they have one."""
    own = whose(call, organization)
    found = _of_server(call)
    if call.desk.has_spool:
        found += _of_disk(call)
        found += await _of_devices(call, own)
        found += await _of_old_tls(call, own)
        found += await _of_destinations(call, organization)
        found += await _of_ways(call, organization)
        found += await _of_held(call, own)
        found += await _of_queue(call, own)
        found += await _of_failures(call, own)
    found.sort(key=lambda it: it["level"] != "failed")
    return found


def _alert(kind: str, sentence: str, **more: str | None) -> dict[str, Any]:
    """`sentence` may have its remedy behind it."""
    told, _, remedy = sentence.partition(" Remedy: ")
    empty = {"level": "warning", "about": "", "remedy": remedy, "organization": None, "at": None, "id": None}
    return {"kind": kind, "sentence": told, **empty, "words": None, "places": {}, **more}


def _worded(row: str, places: dict[str, str], **more: str | None) -> dict[str, Any]:
    """An alert that has words in every language; the first word of its row is its kind."""
    kind = row.partition("_")[0]
    sentence, remedy = (alert_words(it, Language.ENGLISH, **places) for it in (row, f"{kind}_remedy"))
    return {**_alert(kind, sentence), "remedy": remedy, **more, "words": row, "places": places}


def _of_server(call: Call) -> list[dict[str, Any]]:
    ready = readiness(call.desk)
    troubles = [_alert("server", it, level="failed") for it in ready["troubles"]]
    return troubles + [_alert("server", it) for it in ready["notes"]]


def _of_disk(call: Call) -> list[dict[str, Any]]:
    """Before mail is refused, while there is time to make room."""
    settings, free = call.desk.settings, call.desk.spool.free_octets()
    least = settings.limits.min_free_space
    if free is None or not settings.alerts.disk_free or free >= max(settings.alerts.disk_free, least):
        return []
    return [_worded("disk", {"free": str(free >> 20), "least": str(least >> 20)})]


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
            near.append(_worded("near", {"who": who, "neighbours": "; ".join(neighbours)}, **told))
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
    """Hosts that are left alone now. Mail that goes by the next way does not wait, and `_of_ways` tells of it."""
    resting = {} if call.desk.outbound is None else call.desk.outbound.resting()
    rows = (await destinations(call, organization=organization)).value
    return _some(
        _worded(
            "destination",
            {"destination": row["destination"], "reason": row["left_alone_because"]},
            about=row["destination"],
        )
        for row in rows
        if row["left_alone_because"] and row["destination"] in resting
    )


async def _of_ways(call: Call, organization: str | None) -> list[dict[str, Any]]:
    """Outbound connectors that cannot be used now: while their mail goes by another way, nobody else would notice."""
    return _some(
        _worded(
            "way",
            {
                "connector": row["connector"],
                "reason": str(row["reason"]),
                "command": f"gatepost queue retry --destination 'connector:{row['connector']}'",
            },
            about=row["connector"],
            organization=row["organization"],
            at=row["since"],
        )
        for row in (await list_routes(call, organization=organization)).value
        if row["standing"] in ("open", "half-open")
    )


async def _of_held(call: Call, own: str | None) -> list[dict[str, Any]]:
    """What has been held for a day: somebody was to decide. Of the sandbox nothing is expected."""
    groups = await call.desk.spool.held_by(organization=own)
    return _some(_held(it) for it in groups if not it.sandbox and it.oldest < call.desk.clock() - _DAY)


def _held(it: HeldBy) -> dict[str, Any]:
    since = moment(it.oldest)
    places = {"recipients": str(it.recipients), "since": str(since)}
    more = {"about": it.rule or "", "organization": it.organization, "at": since}
    if it.rule is None:
        return _worded("held_by_hand", places, **more)
    return _worded("held", {**places, "rule": it.rule}, **more)


async def _of_queue(call: Call, own: str | None) -> list[dict[str, Any]]:
    """Mail that waits too long, by destination."""
    longest = call.desk.settings.alerts.queue_minutes * 60.0
    if not longest:
        return []
    waiting = (await call.desk.spool.counts(organization=own)).by_destination
    oldest = await call.desk.spool.oldest(list(waiting)[:_COUNTED], organization=own)
    return _some(
        _worded(
            "queue",
            {"destination": destination, "since": str(moment(at)), "recipients": str(waiting[destination])},
            about=destination,
            at=moment(at),
        )
        for destination, at in sorted(oldest.items(), key=lambda it: it[1])
        if call.desk.clock() - at >= longest
    )


async def _of_failures(call: Call, own: str | None) -> list[dict[str, Any]]:
    since = call.desk.clock() - _DAY
    rows = await call.desk.spool.find(Search(status=State.FAILED, since=since, limit=_COUNTED, organization=own))
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
