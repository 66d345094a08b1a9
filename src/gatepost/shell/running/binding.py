"""How arguments find their parameters (about_Parameters, about_Parameter_Sets, about_CommonParameters).

Names may be cut short as long as they are unambiguous; values without a name fill the positions in their order.
All problems of an invocation are told at once.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatepost.mail import visible

from ..failures import BINDING, BindingRefused, CommandFailed
from ..parameters import Bound, Parameter, Takes
from ..values.convert import to_text
from ..values.fitting import Unfit, Written, fit, fits_as_it_is
from ..values.kinds import HashEntries, plain
from ..values.members import get_property, has_property

_ACTIONS = ("Continue", "SilentlyContinue", "Stop", "Ignore", "Inquire")
COMMON = (
    Parameter(name="WhatIf", takes=Takes.SWITCH, aliases=("wi",), help="Says what would happen, and does nothing."),
    Parameter(name="Confirm", takes=Takes.SWITCH, aliases=("cf",), help="Asks before anything is changed."),
    Parameter(name="Verbose", takes=Takes.SWITCH, aliases=("vb",), help="Tells more."),
    Parameter(name="Debug", takes=Takes.SWITCH, aliases=("db",), help="Accepted; there is nothing more to tell."),
    Parameter(name="ErrorAction", aliases=("ea",), choices=_ACTIONS, help="What to do about an error."),
    Parameter(name="ErrorVariable", aliases=("ev",), help="A variable that receives the errors."),
    Parameter(name="WarningAction", aliases=("wa",), choices=_ACTIONS, help="What to do about a warning."),
    Parameter(name="WarningVariable", aliases=("wv",), help="A variable that receives the warnings."),
    Parameter(name="InformationAction", aliases=("infa",), choices=_ACTIONS, help="What to do about information."),
    Parameter(name="OutVariable", aliases=("ov",), help="A variable that receives the output, too."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument, evaluated: a value, a `-Name`, or a `-Name:value`. Its value may belong to the argument after it.

    `written`: a number letter by letter, for a parameter that takes text; of a list, one for each item.
    """

    name: str | None = None
    value: Any = None
    has_value: bool = True
    written: Written = None


def bind(command: str, parameters: Sequence[Parameter], arguments: Iterable[Argument], *, piped: bool = False) -> Bound:
    """Arguments under the full names of their parameters. `piped`: a required one may yet come from the pipeline."""
    binder = _Binder(command, (*parameters, *_common_for(parameters)))
    binder.take(list(arguments))
    return binder.bound(piped=piped)


def bind_named(command: str, parameters: Sequence[Parameter], given: Mapping[str, Any]) -> Bound:
    """The same for names and JSON values: every name has its value, and nothing has a position."""
    binder = _Binder(command, (*parameters, *_common_for(parameters)))
    for name, value in given.items():
        binder.named(str(name), _from_json(value), cut_short=False)
    return binder.bound(piped=False)


def _common_for(parameters: Sequence[Parameter]) -> list[Parameter]:
    own = {parameter.name.casefold() for parameter in parameters}
    return [parameter for parameter in COMMON if parameter.name.casefold() not in own]


def _from_json(value: Any) -> Any:
    """A JSON value as the language's; the type marks of Exchange's REST (`@odata.type`) are left out."""
    if isinstance(value, Mapping):
        kept = ((str(key), held) for key, held in value.items() if not str(key).endswith("@odata.type"))
        return HashEntries((key, _from_json(held)) for key, held in kept)
    if isinstance(value, list | tuple):
        return [_from_json(item) for item in value]
    return value


class _Binder:
    """Collects what one invocation was given, and every problem with it."""

    def __init__(self, command: str, parameters: Sequence[Parameter]) -> None:
        self._command = command
        self._parameters = parameters
        self._by_name = {
            name.casefold(): parameter for parameter in parameters for name in (parameter.name, *parameter.aliases)
        }
        self._given: dict[str, Any] = {}
        self._problems: list[str] = []
        self._warnings: list[str] = []
        self._loose: list[Argument] = []

    def take(self, arguments: list[Argument]) -> None:
        """Named arguments first, wherever they stand; then the others by position."""
        at = 0
        while at < len(arguments):
            argument = arguments[at]
            at += 1
            if argument.name is None:
                self._loose.append(argument)
                continue
            if argument.has_value:
                self.named(argument.name, argument.value, written=argument.written)
                continue
            parameter = self._find(argument.name)
            if parameter is None:
                if at < len(arguments) and arguments[at].name is None:
                    at += 1  # most likely its value; it shall not cause a second complaint
                continue
            if parameter.takes is Takes.SWITCH:
                self._keep(parameter, True)
            elif at < len(arguments) and arguments[at].name is None:
                self._keep(parameter, arguments[at].value, arguments[at].written)
                at += 1
            else:
                self._problems.append(
                    f"Missing an argument for parameter '{parameter.name}'. "
                    f"Remedy: write a value behind it: -{parameter.name} {_example(parameter)}."
                )
        self._by_position()

    def named(self, name: str, value: Any, *, written: Written = None, cut_short: bool = True) -> None:
        """One parameter by its name."""
        parameter = self._find(name, cut_short=cut_short)
        if parameter is not None:
            self._keep(parameter, value, written)

    def _find(self, name: str, *, cut_short: bool = True) -> Parameter | None:
        wanted = name.casefold()
        if wanted in self._by_name:
            return self._by_name[wanted]
        if cut_short and wanted:
            longer = [known for known in self._parameters if known.name.casefold().startswith(wanted)]
            own = [known for known in longer if known not in COMMON]
            if len(longer) == 1 or len(own) == 1:  # a command's own parameter goes before a common one
                return own[0] if own else longer[0]
            if longer:
                names = ", ".join(f"-{known.name}" for known in longer)
                self._problems.append(
                    f"Parameter cannot be processed because the parameter name '{visible(name)}' is ambiguous. "
                    f"Possible matches include: {names}. Remedy: write more letters of the one you mean."
                )
                return None
        near = difflib.get_close_matches(wanted[:100], self._by_name, n=1)
        remedy = (
            f"did you mean -{self._by_name[near[0]].name}?"
            if near
            else f"Get-Help {self._command} lists its parameters."
        )
        self._problems.append(
            f"A parameter cannot be found that matches parameter name '{visible(name)}'. Remedy: {remedy}"
        )
        return None

    def _keep(self, parameter: Parameter, value: Any, written: Written = None) -> None:
        if parameter.name in self._given:
            self._problems.append(
                f"Cannot bind parameter because parameter '{parameter.name}' is specified more than once. "
                "Remedy: give it once; several values are separated by commas."
            )
            return
        self._given[parameter.name] = None
        try:
            self._given[parameter.name] = fit(parameter, plain(value), written)
        except Unfit as unfit:
            self._problems.append(str(unfit))
        if parameter.ignored:
            self._warnings.append(
                f"The parameter '{parameter.name}' of {self._command} is accepted for scripts written for Exchange, "
                "and has no effect here."
            )

    # --- positions ---

    def _by_position(self) -> None:
        for number, argument in enumerate(self._loose):
            open_ones = self._open_positions()
            taker = self._taker(open_ones, argument)
            if taker is None:
                rest = [visible(to_text(other.value)) for other in self._loose[number:]]
                self._problems.append(
                    f"A positional parameter cannot be found that accepts argument '{rest[0]}'. Remedy: write the "
                    f"name of its parameter before it; Get-Help {self._command} lists them."
                )
                return
            if taker.remaining:
                values = [plain(other.value) for other in self._loose[number:]]
                self._keep(taker, values[0] if len(values) == 1 else values, argument.written)
                return
            self._keep(taker, argument.value, argument.written)

    def _open_positions(self) -> list[Parameter]:
        """The parameters at the lowest position that is still free, in the sets that are still possible."""
        free = [
            known
            for known in self._parameters
            if known.position is not None and known.name not in self._given and self._possible(known)
        ]
        lowest = min((known.position or 0 for known in free), default=0)
        return [known for known in free if known.position == lowest]

    def _taker(self, candidates: Sequence[Parameter], argument: Argument) -> Parameter | None:
        """Who takes a value among several at one position: whoever needs no conversion, else the first."""
        value = plain(argument.value)
        return next(
            (known for known in candidates if fits_as_it_is(known, value)), candidates[0] if candidates else None
        )

    # --- parameter sets ---

    def _sets(self) -> frozenset[str] | None:
        """The parameter sets that what was given leaves possible; None while every set is."""
        left: frozenset[str] | None = None
        for known in self._parameters:
            if known.name in self._given and known.sets:
                left = known.sets if left is None else left & known.sets
        return left

    def _possible(self, parameter: Parameter) -> bool:
        left = self._sets()
        return left is None or not parameter.sets or bool(parameter.sets & left)

    def bound(self, *, piped: bool) -> Bound:
        """What came of it; BindingRefused with every problem."""
        sets = self._sets()
        if sets is not None and not sets:
            names = ", ".join(
                f"-{known.name}" for known in self._parameters if known.name in self._given and known.sets
            )
            self._problems.append(
                f"Parameter set cannot be resolved: {names} do not go together. "
                f"Remedy: leave one of them out; Get-Help {self._command} shows which belong to one another."
            )
        elif not self._problems:
            for known in self._parameters:
                if known.required and known.name not in self._given and self._needed(known, sets):
                    if piped and (known.pipeline or known.by_property):
                        continue
                    self._problems.append(missing(known))
        if self._problems:
            raise BindingRefused(self._problems, command=self._command)
        chosen = next(iter(sorted(sets))) if sets else None
        return Bound(given=self._given, parameter_set=chosen, warnings=tuple(self._warnings))

    def _needed(self, parameter: Parameter, sets: frozenset[str] | None) -> bool:
        return not parameter.sets or (sets is not None and sets <= parameter.sets)


def missing(parameter: Parameter) -> str:
    """The sentence for a required parameter that was not given."""
    return (
        f"Cannot process command because of one or more missing mandatory parameters: {parameter.name}. "
        f"Remedy: add -{parameter.name} {_example(parameter)}."
    )


def _example(parameter: Parameter) -> str:
    if parameter.choices:
        return parameter.choices[0]
    match parameter.takes:
        case Takes.BOOLEAN | Takes.SWITCH:
            return "$true"
        case Takes.INTEGER:
            return "10"
        case Takes.MOMENT:
            return "'2026-01-31 17:00'"
        case Takes.TABLE:
            return "@{ Name = 'value' }"
        case Takes.BLOCK:
            return "{ $_.Name }"
        case _:
            return "'value'"


# --- what the pipeline brings --------------------------------------------------------------------------------


def each_bound(bound: Bound, parameters: Sequence[Parameter], pipe: Iterable[Any] | None) -> Iterator[Bound]:
    """One Bound for each piped object, or the one there is when nothing was piped in.

    An object that fits no parameter raises CommandFailed.
    """
    if pipe is None:
        yield bound
        return
    takers = [known for known in parameters if (known.pipeline or known.by_property) and known.name not in bound]
    for item in pipe:
        yield _with_item(bound, parameters, takers, item)


def _with_item(bound: Bound, parameters: Sequence[Parameter], takers: Sequence[Parameter], item: Any) -> Bound:
    given = dict(bound.given)
    problems: list[str] = []
    for known in takers:
        value, found = _from_item(known, plain(item))
        if not found:
            continue
        try:
            given[known.name] = fit(known, value)
        except Unfit as unfit:
            problems.append(str(unfit))
    lacking = [known for known in parameters if known.required and known.name not in given and known in takers]
    if len(given) == len(bound.given) or lacking or problems:
        raise CommandFailed(
            BINDING,
            " ".join(problems)
            or "The input object cannot be bound to any parameters for the command, because it has none of their "
            f"properties ({', '.join(known.name for known in takers) or 'it takes no input'}). "
            "Remedy: pass objects that have them, or name the value as a parameter.",
            target=item,
            error_id="InputObjectNotBound",
        )
    return Bound(given=given, parameter_set=bound.parameter_set, warnings=())


def _from_item(parameter: Parameter, item: Any) -> tuple[Any, bool]:
    """What a parameter takes from an object: itself if it fits, else its property of that name."""
    if parameter.pipeline and fits_as_it_is(parameter, item):
        return item, True
    for name in (parameter.name, *parameter.aliases):
        if has_property(item, name):
            return get_property(item, name), True
    return item, parameter.pipeline and isinstance(item, str | int | float | list)
