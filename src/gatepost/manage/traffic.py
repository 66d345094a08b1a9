"""The traffic in numbers, as the spool has counted it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from gatepost.config import ObjectKind, Record, utc
from gatepost.errors import SpoolUnavailable
from gatepost.spool import Renaming

from .asked import whose
from .desk import Answer, Call
from .shown import moment

_HOUR = 3600
_HOURS = 24
_WHAT = ("accepted", "delivered", "deferred", "failed", "refused")


async def usage(call: Call, *, organization: str | None = None) -> Answer:
    """How much each connector is used: when last, in messages today (since midnight in UTC), and in the last 7 days.

    Inbound ones count what was taken through them, outbound ones what was handed over, also under an earlier name.
    """
    own = whose(call, organization)
    spool = call.desk.spool if call.desk.has_spool else None
    found = () if spool is None else await spool.usage(now=call.desk.clock(), organization=own)
    uses = {(it.outbound, it.organization, it.connector): it for it in found}
    rows: list[dict[str, Any]] = []
    for kind in (ObjectKind.INBOUND, ObjectKind.OUTBOUND):
        outbound = kind is ObjectKind.OUTBOUND
        for record in call.desk.config.world.of(kind, own):
            use = uses.get((outbound, record.organization, record.name))
            rows.append(
                {
                    "Guid": record.guid,
                    "Name": record.name,
                    "Organization": record.organization,
                    "Outbound": outbound,
                    "LastUsedUTC": None if use is None else utc(use.last_used),
                    "MessagesToday": 0 if use is None else use.today,
                    "Messages7Days": 0 if use is None else use.week,
                }
            )
    return Answer(value=rows)


async def carry_on(call: Call, pairs: Iterable[tuple[Record | None, Record | None]]) -> None:
    """Let connectors that have been renamed keep what was counted for them. The change is good without it."""
    for before, after in pairs:
        if before is None or after is None or before.name == after.name or not call.desk.has_spool:
            continue
        if after.kind in (ObjectKind.INBOUND, ObjectKind.OUTBOUND):
            renamed = Renaming(
                outbound=after.kind is ObjectKind.OUTBOUND,
                organization=after.organization,
                before=before.name,
                now=after.name,
            )
            with suppress(SpoolUnavailable):
                await call.desk.spool.connector_renamed(renamed)


async def hours(call: Call, *, organization: str | None = None) -> Answer:
    """The last 24 hours, oldest first, the last of them still under way.

    Accepted are messages; delivered, deferred and failed are results for recipients, a deferral at each attempt;
    refused is whatever was refused.
    """
    last = int(call.desk.clock() // _HOUR)
    first = last - _HOURS + 1
    found = await call.desk.spool.traffic(since=float(first * _HOUR), organization=whose(call, organization))
    counted = {int(it.at // _HOUR): asdict(it) for it in found}
    rows = [
        {"hour": moment(float(hour * _HOUR)), **{what: counted.get(hour, {}).get(what, 0) for what in _WHAT}}
        for hour in range(first, last + 1)
    ]
    return Answer(value={"hours": rows, "totals": {what: sum(row[what] for row in rows) for what in _WHAT}})
