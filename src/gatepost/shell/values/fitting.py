"""Does a value fit a parameter's type, and if not as it is, then converted to what?"""

import difflib
from datetime import datetime
from typing import Any, assert_never

from gatepost.mail import visible

from ..failures import CommandFailed
from ..parameters import Parameter, Takes
from .convert import instant, to_list, to_moment, to_text, to_whole
from .kinds import Block, Credential, HashEntries, PSObject, SecureString, plain, type_name_of

# How numbers were spelled: one text, or one for each item of a list.
Written = str | tuple[str | None, ...] | None

_TRUTHS = {"$true": True, "$false": False}


class Unfit(ValueError):
    """A value that a parameter does not take; the text is the whole sentence."""


def fits_as_it_is(parameter: Parameter, value: Any) -> bool:
    """No conversion is needed."""
    match parameter.takes:
        case Takes.TEXT:
            return isinstance(value, str)
        case Takes.TEXTS | Takes.MULTI:
            return isinstance(value, str | list)
        case Takes.BOOLEAN | Takes.SWITCH:
            return isinstance(value, bool)
        case Takes.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Takes.MOMENT:
            return isinstance(value, datetime)
        case Takes.TABLE:
            return isinstance(value, HashEntries)
        case Takes.BLOCK:
            blocks = value if isinstance(value, list) and value else [value]
            return all(isinstance(one, Block) for one in blocks)
        case Takes.SECURE:
            return isinstance(value, SecureString)
        case Takes.ANY:
            return not isinstance(value, Block)
        case _:
            assert_never(parameter.takes)


def fit(parameter: Parameter, value: Any, written: Written = None) -> Any:
    """The value as the parameter takes it, in Python's own types; Unfit with a sentence.

    `written` is how a number was spelled, for parameters that take text. `$null` stays None.
    """
    if value is None and parameter.takes not in (Takes.SWITCH, Takes.BOOLEAN, Takes.INTEGER):
        return None
    try:
        return _fitted(parameter, value, written)
    except CommandFailed as failed:
        raise _unfit(parameter, failed.message.partition(" Remedy:")[0]) from None  # the parameter knows a better one


def _fitted(parameter: Parameter, value: Any, written: Written) -> Any:
    match parameter.takes:
        case Takes.TEXT:
            return _choice(parameter, _text(parameter, value, written))
        case Takes.TEXTS:
            return _texts(parameter, value, written)
        case Takes.MULTI:
            return _changes(parameter, value) if isinstance(value, HashEntries) else _texts(parameter, value, written)
        case Takes.BOOLEAN | Takes.SWITCH:
            return _truth(parameter, value)
        case Takes.INTEGER:
            if value is None or isinstance(value, bool) or (isinstance(value, str) and not value.strip()):
                shown = "null" if value is None else visible(to_text(value))
                raise _unfit(parameter, f'Cannot convert value "{shown}" to type "System.Int32".')
            return to_whole(value)
        case Takes.MOMENT:
            return instant(to_moment(value))
        case Takes.TABLE:
            return _table(parameter, value)
        case Takes.BLOCK:
            if not fits_as_it_is(parameter, value):
                raise _unfit(parameter, f"It takes a script block, not {type_name_of(value)}.", "write it in { … }.")
            return value
        case Takes.SECURE:
            return _secure(parameter, value)
        case Takes.ANY:
            return value
        case _:
            assert_never(parameter.takes)


def _unfit(parameter: Parameter, why: str, remedy: str = "") -> Unfit:
    advice = remedy or _ADVICE[parameter.takes]
    return Unfit(f"Cannot bind parameter '{parameter.name}'. {why} Remedy: {advice}")


_ADVICE = {
    Takes.TEXT: "give one text.",
    Takes.TEXTS: "give a text, or several separated by commas.",
    Takes.MULTI: "give a list, or @{Add='…'; Remove='…'} to change the list that is there.",
    Takes.BOOLEAN: "write $true or $false.",
    Takes.SWITCH: "write the switch alone, or with :$true or :$false.",
    Takes.INTEGER: "give a whole number between -2147483648 and 2147483647.",
    Takes.MOMENT: "write the date as '2026-01-31 17:00' or '2026-01-31T17:00:00Z'.",
    Takes.TABLE: "give a hashtable: @{ Name = 'value' }.",
    Takes.BLOCK: "write it in braces: { $_.Name }.",
    Takes.SECURE: "use ConvertTo-SecureString 'text' -AsPlainText -Force, or Read-Host -AsSecureString.",
    Takes.ANY: "give another value.",
}


def _text(parameter: Parameter, value: Any, written: Written = None) -> str:
    if isinstance(written, str):
        return written
    if isinstance(value, list) and len(value) == 1:
        value = plain(value[0])
    if isinstance(value, PSObject) and value.text is not None:
        return value.text
    if isinstance(value, list | HashEntries | Block | SecureString | Credential):
        raise _unfit(parameter, f"Cannot convert value of type '{type_name_of(value)}' to type 'System.String'.")
    return to_text(value)


def _texts(parameter: Parameter, value: Any, written: Written = None) -> list[str]:
    items = to_list(value)
    spelled = written if isinstance(written, tuple) else [written] * len(items)
    pairs = zip(items, spelled, strict=True)
    return [_choice(parameter, _text(parameter, item, text)) for item, text in pairs if item is not None]


def _choice(parameter: Parameter, text: str) -> str:
    """A value of an enumeration as it is written in the table; it may be cut short, as in .NET's enumerations."""
    if not parameter.choices:
        return text
    wanted = text.strip().casefold()
    exact = [choice for choice in parameter.choices if choice.casefold() == wanted]
    begun = [choice for choice in parameter.choices if wanted and choice.casefold().startswith(wanted)]
    if exact or len(begun) == 1:
        return (exact or begun)[0]
    near = difflib.get_close_matches(wanted[:100], [choice.casefold() for choice in parameter.choices], n=1)
    meant = next((choice for choice in parameter.choices if near and choice.casefold() == near[0]), "")
    raise _unfit(
        parameter,
        f"Unable to match the identifier name '{visible(text)}' to a valid enumerator name. "
        f"Specify one of the following enumerator names and try again: {', '.join(parameter.choices)}.",
        f"did you mean {meant}?" if meant else "write one of them.",
    )


def _truth(parameter: Parameter, value: Any) -> bool:
    if isinstance(value, HashEntries) and "IsPresent" in value:  # how a switch looks in JSON
        value = value["IsPresent"]
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    if isinstance(value, str) and value.strip().lower() in _TRUTHS:  # from a command line, where nothing has a type
        return _TRUTHS[value.strip().lower()]
    raise _unfit(
        parameter,
        f'Cannot convert value "{type_name_of(value)}" to type "System.Boolean". Boolean parameters accept only '
        "Boolean values and numbers, such as $True, $False, 1 or 0.",
    )


def _changes(parameter: Parameter, value: HashEntries) -> dict[str, list[str]]:
    """`@{Add = …; Remove = …}`."""
    found: dict[str, list[str]] = {}
    for key, held in value.items():
        name = {"add": "Add", "remove": "Remove"}.get(to_text(key).lower())
        if name is None:
            raise _unfit(
                parameter, f"A change of a list has only the keys Add and Remove, not '{visible(to_text(key))}'."
            )
        found[name] = _texts(parameter, held)
    if not found:
        raise _unfit(parameter, "The hashtable is empty: it says neither what to add nor what to remove.")
    return found


def _table(parameter: Parameter, value: Any) -> dict[str, Any]:
    if not isinstance(value, HashEntries):
        raise _unfit(parameter, f"Cannot convert value of type '{type_name_of(value)}' to type 'Hashtable'.")
    return {to_text(key): held for key, held in value.items()}


def _secure(parameter: Parameter, value: Any) -> SecureString:
    if not isinstance(value, SecureString):
        raise _unfit(parameter, "It takes a SecureString, so that no password stands in plain text.")
    return value
