"""Watching over the alerts: what begins is told once, by mail and webhook, and once more when it is over.

It looks where the checks page looks. What has begun stands in the spool, so a restart tells nothing twice; what cannot
be posted waits there, too, and never holds up mail.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from gatepost.config import AlertSettings, utc
from gatepost.errors import GatepostError
from gatepost.mail import alert_words
from gatepost.outbound import WebhookTerms, post_webhook
from gatepost.spool import Post

from .alert_letter import letter_of, place_of
from .alerts import found_alerts
from .desk import Answer, Call, Desk
from .roles import Caller
from .server import shortened

VERSION: Final = 1  # of the body that webhooks get
# The others only stand on the page.
RAISING: Final = frozenset({"server", "disk", "near", "destination", "way", "queue", "held"})
PAUSES: Final = (30.0, 120.0, 600.0, 1800.0, 3600.0)  # seconds between two attempts at a post; the last repeats
GIVE_UP: Final = 30  # attempts: more than a day

_TEST: Final = {
    "kind": "test",
    "level": "warning",
    "about": "",
    "sentence": alert_words("test"),
    "words": "test",
}
Poster = Callable[..., Awaitable[str | None]]


class Watch:
    """One look after another. `post` is `post_webhook`; tests have another clock, and so another desk."""

    def __init__(self, desk: Desk, *, post: Poster = post_webhook) -> None:
        self._desk = desk
        self._post = post
        self._settings = desk.settings.alerts
        self._absent: dict[str, float] = {}  # since when what has begun is not seen any more

    async def run(self) -> None:
        """Look, tell and post, until cancelled; does nothing where nobody is to be told."""
        if not (self._settings.mail or self._settings.webhooks):
            await asyncio.Event().wait()  # for ever
        while True:
            try:
                await self.look()
                await self.send()
            except GatepostError as trouble:
                if self._desk.journal is not None:
                    self._desk.journal.fact("trouble", where="alerts", reason=str(trouble))
            await asyncio.sleep(self._settings.look_seconds)

    async def look(self) -> None:
        """Compare what is now with what was told, and store the difference with all that is to be told of it."""
        now = self._desk.clock()
        found = await found_alerts(Call(desk=self._desk, caller=Caller.owner("gatepost", origin="start")))
        seen = {key_of(it): it for it in found if raises(it)}
        known = await self._desk.spool.alarms()
        begun = {key: {**it, "since": utc(now)} for key, it in seen.items() if key not in known}
        for key in seen:
            self._absent.pop(key, None)
        missing = [key for key in known if key not in seen]
        over = [key for key in missing if now - self._absent.setdefault(key, now) >= self._settings.quiet_minutes * 60]
        heard = [("raised", it) for it in begun.values()] + [("resolved", known[key]) for key in over]
        told = [
            told_of(event, key, it, desk=self._desk) for key, (event, it) in zip([*begun, *over], heard, strict=True)
        ]
        if not told:
            return
        bodies = [orjson.dumps(it).decode() for it in told]
        posts = [Post(url=url, body=body, due=now) for body in bodies for url in self._settings.webhooks]
        letters = [letter_of(self._desk, event, it, to) for event, it in heard for to in self._settings.mail]
        await self._desk.spool.alarm(begun=begun, over=over, posts=posts, letters=letters)
        for key in over:
            self._absent.pop(key, None)
        for it in told:
            if self._desk.journal is not None:
                fact = "alert_raised" if it["event"] == "raised" else "alert_resolved"
                self._desk.journal.fact(fact, key=it["key"], what=it["sentence"])

    async def send(self) -> None:
        """Post what is due; what is not taken waits longer each time."""
        now = self._desk.clock()
        due = [it for it in await self._desk.spool.posts() if it.due <= now]
        gone = [it.id for it in due if it.url not in self._settings.webhooks]
        due = [it for it in due if it.id not in gone]
        terms = terms_of(self._settings)
        said = await asyncio.gather(*(self._post(it.url, it.body.encode(), now=now, terms=terms) for it in due))
        done = gone
        for it, trouble in zip(due, said, strict=True):
            if trouble is None or it.attempts + 1 >= GIVE_UP:
                done.append(it.id)
            else:
                await self._desk.spool.postpone(it.id, now + PAUSES[min(it.attempts, len(PAUSES) - 1)])
            if trouble is not None and self._desk.journal is not None:
                self._desk.journal.fact("webhook_failed", reason=trouble, attempts=it.attempts + 1)
        if done:
            await self._desk.spool.posted(done)


async def test(call: Call, *, what_if: bool = False) -> Answer:
    """Send a test alert to every address and webhook now: what came of each. With `what_if` only who they are."""
    desk, settings = call.desk, call.desk.settings.alerts
    told = told_of("test", "test", _TEST, desk=desk)
    body, now, terms = orjson.dumps(told), desk.clock(), terms_of(settings)
    if what_if:
        targets = [*map(shortened, settings.webhooks), *map(str, settings.mail)]
        return Answer(value=[{"target": it, "sent": False, "trouble": None} for it in targets])
    said = await asyncio.gather(*(post_webhook(url, body, now=now, terms=terms) for url in settings.webhooks))
    rows = [
        {"target": shortened(url), "sent": trouble is None, "trouble": trouble}
        for url, trouble in zip(settings.webhooks, said, strict=True)
    ]
    for to in settings.mail:
        letter = letter_of(desk, "test", _TEST, to)
        await desk.spool.accept(letter)
        rows.append({"target": str(to), "sent": True, "trouble": None, "id": letter.id})
    warnings = () if rows else ("Nobody would be told. Remedy: set mail or webhooks under [alerts] in gatepost.toml.",)
    return Answer(value=rows, warnings=warnings)


def raises(alert: Mapping[str, Any]) -> bool:
    """Whether an alert is told. Of hosts those that operators have named: strangers choose the others."""
    strangers = alert["kind"] == "destination" and str(alert["about"]).startswith("mx:")
    return alert["kind"] in RAISING and not strangers


def key_of(alert: Mapping[str, Any]) -> str:
    """What an alert is about, the same while it lasts: without days and numbers that change.

    Only of the server there are several alerts about nothing but themselves. Of other kinds the one without a name
    counts: what operators hold, or how many more there are; told anew with each number it would never be over. What
    belongs to an organization has its name before it, since another may have a rule or connector of the same name.

    >>> key_of({"kind": "server", "about": "", "sentence": "The certificate of x:25 expires in 3 days, on 2026-11-27."})
    'server: The certificate of x:25'
    >>> key_of({"kind": "near", "about": "", "sentence": "There are 7 more like these."})
    'near: '
    >>> key_of({"kind": "held", "about": "Guests wait", "sentence": "…", "organization": "Contoso"})
    'held: Contoso/Guests wait'
    """
    about = f"{owner}/{alert['about']}" if (owner := alert.get("organization")) else alert["about"]
    if not about and alert["kind"] == "server":
        about = str(alert["sentence"]).partition(" expires ")[0]
    return f"{alert['kind']}: {about}"


def told_of(event: str, key: str, alert: Mapping[str, Any], *, desk: Desk) -> dict[str, Any]:
    """The body of a webhook. `text` is what chat programs show."""
    mark = {"raised": "Alert", "resolved": "Resolved", "test": "Test"}[event]
    where = place_of(desk, alert)
    remedy = alert.get("remedy") or ""
    advice = f" Remedy: {remedy}" if remedy and event != "resolved" else ""
    return {
        "version": VERSION,
        "event": event,
        "server": desk.settings.hostname,
        "at": utc(desk.clock()),
        "since": alert.get("since"),
        "key": key,
        "kind": alert["kind"],
        "level": alert["level"],
        "about": alert["about"],
        "organization": alert.get("organization"),
        "sentence": alert["sentence"],
        "remedy": remedy,
        "text": f"[{mark}] {where}: {alert['sentence']}{advice}",
    }


def terms_of(settings: AlertSettings) -> WebhookTerms:
    return WebhookTerms(
        secret=settings.webhook_secret,
        authorities=settings.webhook_authorities,
        allow_private=settings.allow_private_webhooks,
    )
