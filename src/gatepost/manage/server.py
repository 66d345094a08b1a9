"""The server itself: its start-up settings, and the certificates it shows. Only for those who manage all of it."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gatepost.config import SETTINGS, Setting, utc

from .desk import Answer, Call


async def settings(call: Call) -> Answer:
    """Every setting with its value, whether that is the default, and what it is for; secrets only as set or not."""
    known = call.desk.settings
    rows = [_row(it, getattr(known, it.key)) for it in SETTINGS if it.section == ""]
    for number, listener in enumerate(known.listeners, start=1):
        rows += [_row(it, getattr(listener, it.key), place=number) for it in _of("listener")]
    for section in dict.fromkeys(it.section for it in SETTINGS if it.section not in ("", "listener")):
        rows += [_row(it, getattr(getattr(known, section), it.key)) for it in _of(section)]
    source = None if known.source is None else str(known.source.absolute())
    return Answer(value={"source": source, "settings": rows})


async def certificates(call: Call) -> Answer:
    """The certificate of each listener: usable or why not, and until when it is good (ISO 8601)."""
    inbound, now = call.desk.inbound, call.desk.clock()
    shown = [
        {
            "listener": it.name,
            "usable": it.usable,
            "problem": it.problem,
            "expires": None if it.expires_at is None else utc(it.expires_at),
            "warning": it.expires_soon(now),
        }
        for it in (() if inbound is None else inbound.certificates)
    ]
    return Answer(value=shown)


def _of(section: str) -> Iterable[Setting]:
    return (it for it in SETTINGS if it.section == section)


def _row(setting: Setting, value: Any, *, place: int | None = None) -> dict[str, Any]:
    """`listener` counts the listeners from 1."""
    if setting.hidden:
        value = tuple(map(shortened, value))
    return {
        "name": setting.name,
        "listener": place,
        "value": ("(set)" if value else None) if setting.secret else _plain(value),
        "default": setting.default is not None and _plain(value) == _plain(setting.default),
        "help": setting.sentence,
    }


def shortened(url: str) -> str:
    """A webhook without its path and query, which are often its password.

    >>> shortened("https://hooks.contoso.com?token=secret")
    'https://hooks.contoso.com/…'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…"


def _plain(value: Any) -> Any:
    """A setting's value as JSON knows it."""
    if isinstance(value, tuple | list):
        return [_plain(it) for it in value]
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value):
        return ":".join(str(getattr(value, it.name)) for it in fields(value))
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
