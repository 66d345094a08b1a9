"""From a cmdlet's arguments to its one verb, and from the verb's answer to objects. Pure: whoever asks is elsewhere."""

from collections.abc import Sequence
from typing import Any

from gatepost.shell import Bound

from .cmdlet import Cmdlet, Outcome, Wish
from .sizes import cut


def wish_of(cmdlet: Cmdlet, bound: Bound) -> Wish:
    """The verb with its arguments; raises BindingRefused. With -WhatIf it only looks at what it would do."""
    wish = cmdlet.translate(bound)
    if cmdlet.changes and bound.get("WhatIf"):
        return Wish(verb=wish.verb, arguments={**wish.arguments, "what_if": True})
    return wish


def outcome_of(cmdlet: Cmdlet, bound: Bound, value: Any, warnings: Sequence[str]) -> Outcome:
    """The answer as objects, with what the verb and the cmdlet itself have to say.

    With -WhatIf there is nothing to show: no object was made.
    """
    if cmdlet.changes and bound.get("WhatIf"):
        return Outcome(objects=[], warnings=tuple(warnings))
    objects, left_out = cut(cmdlet, bound, cmdlet.show(value, bound))
    return Outcome(objects=objects, warnings=(*warnings, *cmdlet.remarks(value, bound), *left_out))
