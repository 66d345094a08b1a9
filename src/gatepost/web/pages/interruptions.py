"""Forms that arrived when their session had ended: kept for an hour, so that signing in again loses nothing.

What was typed comes back into the page it came from; nothing is done with it until the same person sends it again.
Whose it is shows the seal that it carries. What strangers send carries none of ours, and is not kept.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .forms import Form

LARGEST = 256 * 1024  # octets
_SECONDS, _MOST, _MOST_EACH, _MOST_SEALS = 3600.0, 200, 20, 10_000
_SECRET = ("password", "again", "secret", "seal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Where a form was going, whose it is, and what it held, without secrets and files."""

    path: str
    who: str
    form: Form
    until: float


class Interruptions:
    """Interrupted forms by a key that only the browser that sent them knows."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Interruption] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()  # whose forms carried a seal, of ended sessions as well

    def recognise(self, seal: str, who: str) -> None:
        """From now on a form with this seal is this person's."""
        self._owners[seal] = who
        self._owners.move_to_end(seal)
        while len(self._owners) > _MOST_SEALS:
            self._owners.popitem(last=False)

    def owner(self, seal: str) -> str | None:
        return self._owners.get(seal)

    def keep(self, path: str, form: Form, seal: str) -> str | None:
        """The key under which it can be had again; None where it is nobody's, or large."""
        who = self.owner(seal)
        if who is None or sum(len(it) for values in form.fields.values() for it in values) > LARGEST:
            return None
        key = secrets.token_urlsafe(24)
        fields = {name: it for name, it in form.fields.items() if not any(word in name.lower() for word in _SECRET)}
        self._kept[key] = Interruption(path=path, who=who, form=Form(fields=fields), until=self._clock() + _SECONDS)
        mine = [key for key, it in self._kept.items() if it.who == who]
        for old in mine[:-_MOST_EACH]:
            del self._kept[old]
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return key

    def holds(self, key: str) -> bool:
        """Whether there is something to be had under this key."""
        found = self._kept.get(key)
        return found is not None and found.until > self._clock()

    def path(self, key: str, who: str) -> str | None:
        """Where this person was interrupted."""
        return self._kept[key].path if self.holds(key) and self._kept[key].who == who else None

    def take(self, key: str, path: str, who: str) -> Form | None:
        """What this person typed for this path, once."""
        return self._kept.pop(key).form if self.path(key, who) == path else None
