"""The letter that tells an administrator of an alert, in the language that the organization's reports have."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gatepost.connectors import expand
from gatepost.mail import (
    Address,
    BodyKind,
    Envelope,
    Language,
    Notify,
    Recipient,
    alert_words,
    report_words,
    write_alert,
)
from gatepost.routing import choose
from gatepost.spool import Arrival, Content

from .desk import Desk


def place_of(desk: Desk, alert: Mapping[str, Any]) -> str:
    """Where it is: this relay, and whose part of it where there are several."""
    owner, hostname = alert.get("organization"), desk.settings.hostname
    return f"{hostname} ({owner})" if owner and len(desk.config.current().organizations) > 1 else hostname


def letter_of(desk: Desk, event: str, alert: Mapping[str, Any], to: Address) -> Arrival:
    """The letter that tells an address of an alert, in the language of the organization that it is about, else of the
    first one, and in English below."""
    snapshot, now, id_ = desk.config.current(), desk.clock(), desk.spool.new_id()
    owners = {it.name: it for it in snapshot.organizations}
    first = next(iter(owners), None)
    organization = alert.get("organization") if alert.get("organization") in owners else first
    language = Language.ENGLISH if organization is None else owners[organization].notification_language
    readers = expand(to, snapshot.directory)  # it may be an alias of ours
    message_id = f"<{id_}.alert@{desk.settings.hostname}>"
    octets = write_alert(
        lambda one: _lines(desk, event, alert, one),
        to=to,
        hostname=desk.settings.hostname,
        now=datetime.fromtimestamp(now, UTC),
        message_id=message_id,
        language=language,
    )
    return Arrival(
        id=id_,
        envelope=Envelope(
            sender=None,
            recipients=tuple(Recipient(address=it, notify=(Notify.NEVER,)) for it in readers),
            body=BodyKind.SEVEN_BIT if octets.isascii() else BodyKind.EIGHT_BIT,
            smtputf8=not all(it.is_ascii for it in (to, *readers)),
        ),
        content=Content(octets=len(octets), inline=octets),
        destinations=tuple(choose(it, first, snapshot.routes).destination for it in readers),
        received_at=now,
        client="",
        organization=first,
        subject="alert",
        message_id=message_id,
        story={"report": "alert"},
    )


def _lines(desk: Desk, event: str, alert: Mapping[str, Any], language: Language) -> list[str]:
    """What is wrong, what to do unless it is over, and where more is told. Without words of ours it stays English."""
    name, places = alert.get("words"), alert.get("places") or {}
    sentence, remedy = str(alert["sentence"]), str(alert.get("remedy") or "")
    if name is not None:
        sentence = alert_words(name, language, **places)
        remedy = alert_words(f"{alert['kind']}_remedy", language, **places) if remedy else ""
    head = "told_test" if event == "test" else event
    lines = [alert_words(head, language, host=place_of(desk, alert), sentence=sentence)]
    if remedy and event != "resolved":
        lines.append(report_words("next", language, advice=remedy))
    return [*lines, "", alert_words("more", language, host=desk.settings.hostname)]
