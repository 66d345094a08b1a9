"""What will change, shown before it is stored: the sessions of the last week that would be judged differently."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What `connector.foresee` says of a change; `agreed` comes back with the form of somebody who has seen it."""

    foreseen: Mapping[str, Any]
    agreed: str


async def to_agree(view: View, edit: Mapping[str, Any]) -> Outlook | None:
    """What somebody should see before this edit (as `connector.foresee` takes it) is stored.

    None where no session would be judged differently, and where it has been seen for this very edit. Raises what
    storing it would raise.
    """
    if not view.may_change:
        return None  # to be refused by the verb that stores it
    agreed = hashlib.sha256(orjson.dumps(edit, option=orjson.OPT_SORT_KEYS)).hexdigest()
    if view.form.text("agreed") == agreed:
        return None
    foreseen = (await view.call("connector.foresee", edits=[dict(edit)])).value
    return Outlook(foreseen=foreseen, agreed=agreed) if foreseen["accepted"] or foreseen["refused"] else None
