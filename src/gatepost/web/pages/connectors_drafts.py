"""Runs of the wizard that are not finished: kept by the server under a key in the address, for whoever began them.

A draft outlives its session, so that signing in again goes on with it; it ends hours after it was last touched, and
with the process.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gatepost.errors import NotFound

from .connectors_scenarios import SCENARIOS, Fields, Scenario
from .forms import Form

_SECONDS, _MOST, _MOST_EACH = 4 * 3600.0, 500, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One run. `passed` are the steps that were right; `carried` the properties of a cloned connector.

    `validation` is the key of a validation, `validated` what it was of: another answer, and it tells nothing any more.

    No secret is in it: a client certificate is kept by the server before its file is named here.
    """

    key: str
    owner: str
    fields: Fields
    passed: frozenset[str] = frozenset({"mail-flow"})
    carried: Mapping[str, Any] = field(default_factory=dict)
    validation: str = ""
    validated: Mapping[str, Any] = field(default_factory=dict)
    until: float = 0.0

    @property
    def scenario(self) -> Scenario:
        return SCENARIOS[self.given.text("scenario")]

    @property
    def given(self) -> Form:
        return Form(fields=self.fields)

    @property
    def organization(self) -> str | None:
        return self.given.text("organization") or None

    def address(self, step: str) -> str:
        return f"/connectors/new/{self.key}/{step}"

    def beside(self, step: str, by: int) -> str:
        """The step before (-1) or after (+1); the ends lead to themselves."""
        steps = self.scenario.steps
        return steps[max(0, min(len(steps) - 1, steps.index(step) + by))]

    @property
    def first_open(self) -> str:
        """The first step that is not yet right."""
        return next(it for it in self.scenario.steps if it == "review" or it not in self.passed)


class Drafts:
    """Drafts by key; the oldest go when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Draft] = OrderedDict()

    def begin(self, owner: str, fields: Fields, *, carried: Mapping[str, Any] | None = None) -> Draft:
        """A new one; somebody's oldest goes where there are many of theirs."""
        mine = [it.key for it in self._kept.values() if it.owner == owner]
        for key in mine[: len(mine) - _MOST_EACH + 1]:
            del self._kept[key]
        draft = Draft(key=secrets.token_hex(16), owner=owner, fields=fields, carried=carried or {})
        while len(self._kept) >= _MOST:
            self._kept.popitem(last=False)
        return self.keep(draft)

    def keep(self, draft: Draft, **changes: Any) -> Draft:
        """Store it as it now is."""
        kept = replace(draft, until=self._clock() + _SECONDS, **changes)
        self._kept[draft.key] = kept
        self._kept.move_to_end(draft.key)
        return kept

    def find(self, key: str, owner: str) -> Draft:
        """The draft of that key; raises NotFound where there is none, or it is somebody else's."""
        found = self._kept.get(key)
        if found is None or found.owner != owner or found.until <= self._clock():
            raise NotFound("This run of the wizard has ended. Remedy: begin again with Add a connector.")
        return found

    def end(self, draft: Draft) -> None:
        self._kept.pop(draft.key, None)
