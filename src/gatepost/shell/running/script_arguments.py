"""A script's own `param( … )`: what stood behind its name on the command line becomes its variables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..failures import BindingRefused, CommandFailed, Ends
from ..parameters import Parameter, Takes
from ..tree import Script, ScriptParameter
from ..values.convert import CASTS, cast, known_type
from ..values.kinds import plain
from .binding import Argument, bind
from .evaluate import evaluate

if TYPE_CHECKING:
    from .session import Shell

_WORDS = {"$true": True, "$false": False, "$null": None}
_TAKES = {"switch": Takes.SWITCH, "bool": Takes.BOOLEAN, "string": Takes.TEXT, "string[]": Takes.TEXTS}
_NEVER_NULL = ("string", "int", "long", "double", "bool", "switch")  # what has a value of its own for nothing


def script_variables(script: Script, arguments: Sequence[str], shell: "Shell") -> None:
    """Sets the variables of `param( … )`; a mandatory one that is missing is asked for.

    A script without parameters has the arguments in `$args`.
    """
    shell.variables.put("args", [] if script.parameters else list(arguments))
    if not script.parameters:
        return
    known = [_parameter(one, position) for position, one in enumerate(script.parameters)]
    try:
        given = bind("The script", known, _from_command_line(arguments, known)).given
    except BindingRefused as refused:
        raise CommandFailed("ParameterBindingException", " ".join(refused.problems), ends=Ends.SCRIPT) from None
    for one in script.parameters:
        if one.name in given:
            value = given[one.name]
        elif one.mandatory:
            value = shell.host.ask(f"{one.name}: ")
        elif one.default is not None:
            value = plain(evaluate(one.default, shell))
        else:
            value = False if known_type(one.type_name or "") == "switch" else None
        shell.variables.set(one.name, _checked(one, value, shell))


def _parameter(one: ScriptParameter, position: int) -> Parameter:
    takes = _TAKES.get(known_type(one.type_name or "object"), Takes.ANY)
    return Parameter(
        name=one.name,
        takes=takes,
        position=None if takes is Takes.SWITCH else position,
        choices=one.choices if takes in (Takes.TEXT, Takes.TEXTS) else (),
    )


def _from_command_line(arguments: Sequence[str], known: Sequence[Parameter]) -> Iterator[Argument]:
    """Words of a command line: `-Name value`, `-Flag`, `-Flag:$false`, `value`."""
    for word in arguments:
        if word.startswith("-") and word[1:2].isalpha():
            name, colon, text = word[1:].partition(":")
            yield Argument(name=name, value=_WORDS.get(text.lower(), text), has_value=bool(colon))
        else:
            yield Argument(value=_WORDS.get(word.lower(), word))


def _checked(one: ScriptParameter, value: Any, shell: "Shell") -> Any:
    """The value as the parameter's type, and allowed by what stands before its name."""
    if one.filled and value in (None, "", []):
        raise CommandFailed(
            "ParameterBindingException",
            f"Cannot validate argument on parameter '{one.name}'. The argument is null or empty. "
            f"Remedy: give -{one.name} a value.",
            ends=Ends.SCRIPT,
        )
    kind = known_type(one.type_name or "")
    if one.type_name is None or (value is None and kind not in _NEVER_NULL):
        return value
    net = shell.net_type(one.type_name)
    if kind not in CASTS and net is not None:
        return net.new([value], shell)
    return plain(cast(one.type_name, value))
