"""The trace: what became of a message, from the client's hello to the last host's reply or to our refusal."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from gatepost.errors import ConfigRefused
from gatepost.mail import Cause
from gatepost.spool import Search, State

from .asked import page, unknown, whose
from .desk import Answer, Call
from .shown import message_shown, moment

_LONGEST = 2_000  # characters of a pattern; no address and no Message-ID is longer, and SQLite has its limit, too
_MOST_HEADER = 256 * 1024  # octets
_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


async def find(
    call: Call,
    *,
    sender: str | None = None,
    recipient: str | None = None,
    message_id: str | None = None,
    subject: str | None = None,
    connector: str | None = None,
    status: str | list[str] | None = None,
    cause: str | None = None,
    since: str | float | None = None,
    until: str | float | None = None,
    client: str | None = None,
    host: str | None = None,
    limit: int = 100,
    after: str | None = None,
    organization: str | None = None,
) -> Answer:
    """Recipients of messages, and refusals (status `refused`), newest first; of several statuses, those of any.

    `cause`: why it failed or had to wait, of `mail.Cause`. `since` and `until`: seconds since 1970, ISO 8601, or an age
    such as `2h`. `client` and `host`: the IP addresses it
    came from and was sent to. `after` is the `cursor` of the last row seen.
    """
    statuses = _statuses(status)
    _patterns(sender=sender, recipient=recipient, message_id=message_id)
    client, host = _addresses(client=client, host=host)
    now = call.desk.clock()
    search = Search(
        sender=sender,
        recipient=recipient,
        message_id=message_id,
        subject=subject,
        connector=connector,
        cause=_cause(cause),
        since=asked_moment("since", since, now),
        until=asked_moment("until", until, now),
        client=client,
        host=host,
        limit=page(limit),
        after=after,
        organization=whose(call, organization),
    )
    rows = [row for one in statuses for row in await call.desk.spool.find(replace(search, status=one))]
    if len(statuses) > 1:
        rows = sorted(rows, key=lambda row: (-int(row.id, 16), row.cursor))[: page(limit)]
    value = [
        {
            "id": row.id,
            "received_at": moment(row.received_at),
            "sender": row.sender or "<>",
            "recipient": row.recipient,
            "status": str(row.status),
            "subject": row.subject,
            "message_id": row.message_id,
            "client": row.client,
            "organization": row.organization,
            "connector": row.connector,
            "octets": row.octets,
            "last_reply": row.last_reply,
            "cause": row.cause,
            "cursor": row.cursor,
        }
        for row in rows
    ]
    return Answer(value=value)


async def show(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """The whole story of one message, in order; of a refusal, why, and what would help."""
    story = await call.desk.spool.story(id, organization=whose(call, organization))
    if story is None:
        raise unknown(id)
    events = [{"at": moment(event.at), "kind": event.kind, **_readable(event.detail)} for event in story.events]
    return Answer(value={**message_shown(story.message), "events": events})


async def header(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """The header of a message that has not left, with the lines that this relay put in front; null once it has left."""
    spool = call.desk.spool
    if await spool.show(id, organization=whose(call, organization)) is None:
        raise unknown(id)
    octets = await spool.content(id, most=_MOST_HEADER)
    text = None if octets is None else octets.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return Answer(value={"id": id, "header": text})


def _statuses(status: str | list[str] | None) -> list[str | None]:
    """What to look for, one look each; [None] is whatever there is."""
    if status is None or status == []:
        return [None]
    statuses = [status] if isinstance(status, str) else list(dict.fromkeys(status))
    problems = [
        f"status '{it}' is not known. Remedy: use one of {', '.join(State)}."
        for it in statuses
        if it not in tuple(State)
    ]
    if problems:
        raise ConfigRefused(problems)
    return list(statuses)


def _cause(cause: str | None) -> str | None:
    if cause is not None and cause not in tuple(Cause):
        raise ConfigRefused([f"cause '{cause}' is not known. Remedy: use one of {', '.join(Cause)}."])
    return cause


def _patterns(**given: str | None) -> None:
    """Raises ConfigRefused where a pattern is longer than anything that it could match."""
    long = [name for name, text in given.items() if text is not None and len(text) > _LONGEST]
    if long:
        raise ConfigRefused([f"{name} is longer than {_LONGEST} characters. Remedy: shorten it." for name in long])


def _addresses(**given: str | None) -> list[str | None]:
    """IP addresses as the spool writes them."""
    found: list[str | None] = []
    problems = []
    for name, text in given.items():
        try:
            address = None if text is None else ip_address(text.strip().removeprefix("[").removesuffix("]"))
            found.append(None if address is None else str(getattr(address, "ipv4_mapped", None) or address))
        except ValueError:
            problems.append(f"{name} '{text}' is not an IP address. Remedy: write 203.0.113.9 or 2001:db8::1.")
    if problems:
        raise ConfigRefused(problems)
    return found


def _readable(detail: Any) -> Any:
    """An event's facts with its moments written as everywhere else."""
    if isinstance(detail, dict):
        return {
            key: moment(value) if key == "due" and isinstance(value, float) else _readable(value)
            for key, value in detail.items()
            if key not in ("at", "kind")
        }
    return [_readable(it) for it in detail] if isinstance(detail, list) else detail


_LATEST = 7_000_000_000.0  # the year 2191; the spool counts in 63 bits


def asked_moment(name: str, text: str | float | None, now: float) -> float | None:
    """Seconds since 1970, ISO 8601, or an age such as `2h`; `name` begins the sentence where it is none of these."""
    if text is None:
        return None
    if isinstance(text, str):
        seconds = _written(name, text.strip(), now)
    else:
        seconds = float(text)
    if seconds != seconds:
        raise ConfigRefused([f"{name} is not a number. Remedy: write seconds since 1970, or 2h."])
    return min(max(seconds, 0.0), _LATEST)


def _written(name: str, text: str, now: float) -> float:
    if found := _AGO.fullmatch(text):
        return now - int(found[1]) * _SECONDS[found[2]]
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigRefused(
            [f"{name} '{text}' is not a time. Remedy: write 2h, 7d, or 2026-07-23T22:55:13Z."]
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
