"""What can be known to be wrong before anything of a script has run: commands, types and static members.

Nothing is looked up while a script runs that was not looked up here, so no script stops half-way over a spelling.
"""

import difflib
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from gatepost.errors import ScriptRefused
from gatepost.mail import visible

from ..reading.places import Source
from ..tree import Call, Cast, Command, Literal, Member, Named, Node, Place, Script, ScriptParameter, TypeName
from ..values.convert import CASTS, known_type
from ..values.statics import METHODS, TYPES, VALUES

if TYPE_CHECKING:
    from .session import Shell

_MOST = 10  # problems that one refusal tells
_SPECIAL_REMEDIES = {
    "net.servicepointmanager": "delete the line; TLS 1.2 and 1.3 are used without it.",
    "net.securityprotocoltype": "delete the line; TLS 1.2 and 1.3 are used without it.",
    "collections.arraylist": "write $list = @() and $list += $item.",
    "collections.generic.list[object]": "write $list = @() and $list += $item.",
    "collections.generic.list[string]": "write $list = @() and $list += $item.",
    "io.file": "use Get-Content, Import-Csv or Export-Csv.",
    "environment": "pass the value as an argument of the script.",
}


def check(script: Script, shell: "Shell") -> None:
    """ScriptRefused at the first problem; its sentence also tells where the others are."""
    problems = sorted(_problems(script, shell), key=lambda found: (found[0].line, found[0].column))
    if not problems:
        return
    (place, first), *others = problems
    more = [f"Line {at.line}, column {at.column}: {text}" for at, text in others[: _MOST - 1]]
    if len(problems) > _MOST:
        more.append(f"There are {len(problems) - _MOST} more.")
    detail = " ".join([first, *(["Also:", *more] if more else [])])
    refused: ScriptRefused = Source(script.text).refused_at(place, detail)
    raise refused


def _problems(script: Script, shell: "Shell") -> Iterator[tuple[Place, str]]:
    for node in nodes(script):
        match node:
            case Command():
                if not shell.knows_command(node.name):
                    yield node.place, _unknown_command(node.name, shell)
                elif shell.command(node.name).name == "New-Object":
                    yield from _unknown_new(node, shell)
            case Cast() if not _casts(node.type_name, shell):
                yield node.place, _unknown_type(node.type_name, shell)
            case ScriptParameter() if node.type_name and not _casts(node.type_name, shell):
                yield node.place, _unknown_type(node.type_name, shell)
            case Member() | Call() if node.static and isinstance(node.target, TypeName):
                yield from _unknown_static(node, node.target, shell)
            case TypeName() if not _known(node.name, shell):
                yield node.place, _unknown_type(node.name, shell)
            case _:
                pass


def nodes(root: Node) -> Iterator[Node]:
    """Every node below, in no particular order; without recursion, for a tree may be deep."""
    waiting: list[Any] = [root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(one)
        elif isinstance(one, Node):
            yield one
            waiting.extend(getattr(one, field.name) for field in fields(one) if field.name != "place")


def _casts(name: str, shell: "Shell") -> bool:
    return known_type(name) in CASTS or shell.net_type(name) is not None


def _known(name: str, shell: "Shell") -> bool:
    return _casts(name, shell) or known_type(name) in TYPES


def _unknown_command(name: str, shell: "Shell") -> str:
    near = difflib.get_close_matches(name[:100].casefold(), [one.casefold() for one in shell.command_names()], n=1)
    meant = shell.command(near[0]).name if near else ""
    remedy = f"did you mean {meant}?" if meant else "Get-Command lists the cmdlets there are."
    return f"'{visible(name)}' is not the name of a cmdlet, and programs are not run here. Remedy: {remedy}"


def _unknown_type(name: str, shell: "Shell") -> str:
    known = sorted({*CASTS, *(one.removeprefix("System.") for one in shell.type_names())})
    near = difflib.get_close_matches(known_type(name)[:100], [one.lower() for one in known], n=1)
    meant = next((one for one in known if near and one.lower() == near[0]), "")
    remedy = _SPECIAL_REMEDIES.get(known_type(name)) or (
        f"did you mean [{meant}]?" if meant else "use a cmdlet; Get-Command lists them."
    )
    return f"The type [{visible(name)}] is not available here. Remedy: {remedy}"


def _unknown_static(node: Member | Call, target: TypeName, shell: "Shell") -> Iterator[tuple[Place, str]]:
    if not isinstance(node.name, str) or not _known(target.name, shell):
        return  # an unknown type is reported for its own node
    key = (known_type(target.name), node.name.lower())
    net, static = shell.net_type(target.name), shell.static_type(target.name)
    if isinstance(node, Call):
        if key in METHODS or (net and key[1] == "new"):
            return
        members = [member for kind, member in METHODS if kind == key[0]] + (["new"] if net else [])
    else:
        members = [member for kind, member in VALUES if kind == key[0]] + (list(static.statics) if static else [])
        if key[1] in (member.lower() for member in members):
            return
    has = f"it has {', '.join(sorted(members))}." if members else "use a cmdlet instead."
    yield (
        node.place,
        f"[{visible(target.name)}] has no static member '{visible(node.name)}' here. Remedy: {has}",
    )


def _unknown_new(node: Command, shell: "Shell") -> Iterator[tuple[Place, str]]:
    """The type that New-Object is asked for, where it is written out."""
    named = False
    for argument in node.arguments:
        if isinstance(argument, Named):
            named = argument.value is None and "typename".startswith(argument.name.lower())
            if argument.value is None and not named:
                return  # a value of another parameter follows: the command itself will look
            continue
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            name = argument.value
            if known_type(name) not in ("object", "pscustomobject", "pscredential") and not shell.net_type(name):
                yield argument.place, _unknown_type(name, shell)
        return
