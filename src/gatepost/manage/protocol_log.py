"""The protocol log, as operators ask for it: what was said about one message, and any session of the server's."""

import asyncio
import time
from functools import partial
from typing import Any

from gatepost.errors import NotFound
from gatepost.journal import LoggedSession, ProtocolLine, ProtocolLog, find, of_message

from .asked import page, unknown, whose
from .desk import Answer, Call
from .shown import moment
from .trace import asked_moment

_EARLIER = 86_400.0  # a session may have begun the day before its message
_MOST_LINES = 2_000  # of one session that are shown


async def message(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """What was said when a message came and went: one session each, cut down to what concerns it; [] where none was
    logged."""
    story = await call.desk.spool.story(id, organization=whose(call, organization))
    if story is None:
        raise unknown(id)
    received = story.message.received_at
    log = await _written(call)
    if log is None:
        return Answer(value=[])
    look = partial(of_message, log.files, id, since=received - _EARLIER, until=call.desk.clock())
    return Answer(value=[_session(it) for it in await asyncio.to_thread(look)])


async def find_sessions(
    call: Call,
    *,
    connector: str | None = None,
    host: str | None = None,
    text: str | None = None,
    since: str | float | None = "1d",
    until: str | float | None = None,
    limit: int = 100,
) -> Answer:
    """Sessions with a line that fits all that is asked for, newest first, without their lines.

    `host` is the other side's IP address, `text` stands somewhere in the line.
    """
    log = await _written(call)
    if log is None:
        return Answer(value=[])
    now = time.time()
    first, last = asked_moment("since", since, now), asked_moment("until", until, now)

    def wanted(line: ProtocolLine) -> bool:
        return (
            (connector is None or line.connector.lower() == connector.lower())
            and (host is None or host in line.remote)
            and (text is None or text.lower() in f"{line.data} {line.context} {line.session}".lower())
        )

    look = partial(
        find,
        log.files,
        words=[text or "", host or "", connector or ""],
        wanted=wanted,
        since=first or 0.0,
        until=now if last is None else last,
        limit=page(limit),
    )
    rows = [_session(it) for it in await asyncio.to_thread(look)]
    return Answer(value=[{key: value for key, value in row.items() if key != "lines"} for row in rows])


async def show(call: Call, *, session: str) -> Answer:
    """All that was said in one session."""
    log = await _written(call)
    name = session.strip().upper()
    found = []
    if log is not None:
        look = partial(
            find,
            log.files,
            words=[name],
            wanted=lambda line: line.session == name,
            since=0.0,
            until=time.time(),
            limit=1,
        )
        found = await asyncio.to_thread(look)
    if not found:
        raise NotFound(
            f"The protocol log has no session '{session}'. Remedy: look it up with gatepost protocol-log find; set "
            "ProtocolLoggingLevel of a connector to Verbose to have its sessions logged from then on."
        )
    return Answer(value=_session(found[0]))


async def _written(call: Call) -> ProtocolLog | None:
    """The log, with everything in its files that was said until now."""
    log = call.desk.protocol_log
    if log is not None:
        await log.flush()
    return log


def _session(it: LoggedSession) -> dict[str, Any]:
    first, last = it.lines[0], it.lines[-1]
    return {
        "session": it.session,
        "direction": it.direction.value,
        "connector": it.connector or None,
        "local": last.local,
        "remote": last.remote,
        "began": moment(first.at),
        "ended": moment(last.at),
        "lines": [
            {"at": moment(line.at), "event": line.event.value, "data": line.data, "context": line.context}
            for line in it.lines[:_MOST_LINES]
        ],
    }
