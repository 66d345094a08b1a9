"""Forms that arrived when their session had ended: kept for an hour, so that signing in again loses nothing.

What was typed comes back into the page it came from; nothing is done with it until somebody sends it again.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .forms import Form

_SECONDS, _MOST = 3600.0, 500
_SECRET = ("password", "secret", "seal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Where a form was going, and what it held, without secrets and files."""

    path: str
    form: Form
    until: float


class Interruptions:
    """Interrupted forms by a key that only the browser that sent them knows."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Interruption] = OrderedDict()

    def keep(self, path: str, form: Form) -> str:
        """The key under which it can be had again."""
        key = secrets.token_urlsafe(24)
        fields = {name: it for name, it in form.fields.items() if not any(word in name.lower() for word in _SECRET)}
        self._kept[key] = Interruption(path=path, form=Form(fields=fields), until=self._clock() + _SECONDS)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return key

    def path(self, key: str) -> str | None:
        found = self._kept.get(key)
        return found.path if found is not None and found.until > self._clock() else None

    def take(self, key: str, path: str) -> Form | None:
        """What was typed for this path, once."""
        if self.path(key) != path:
            return None
        return self._kept.pop(key).form
