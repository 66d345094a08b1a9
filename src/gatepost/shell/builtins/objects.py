"""Commands that make and look at objects: New-Object, Get-Member, ConvertTo-SecureString."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from gatepost.mail import visible

from ..failures import CommandFailed, Ends, failed
from ..parameters import Bound, Parameter, Takes
from ..values.convert import known_type, to_text
from ..values.kinds import HashEntries, PSObject, SecureString, type_name_of
from ..values.members import properties_of, set_property
from ..values.methods import methods_of
from ..values.statics import METHODS
from .command import INPUT, builtin, inputs, switch

if TYPE_CHECKING:
    from ..running.session import Shell


@builtin(
    "New-Object",
    Parameter(name="TypeName", position=0, required=True, help="The .NET type, or PSObject."),
    Parameter(name="ArgumentList", takes=Takes.ANY, position=1, aliases=("Args",), help="What it is made from."),
    Parameter(name="Property", takes=Takes.ANY, help="A hashtable of properties to set."),
    synopsis="Makes an object of one of the types that are available here.",
    example="New-Object System.Net.Mail.SmtpClient -ArgumentList 'relay.contoso.com', 25",
)
def new_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    name = bound.get("TypeName")
    arguments = bound.get("ArgumentList")
    if arguments is None:
        given = [] if "ArgumentList" not in bound else [None]
    else:
        given = arguments if isinstance(arguments, list) else [arguments]
    made = _made(name, given, shell)
    properties = bound.get("Property")
    if isinstance(properties, HashEntries):
        for key, value in properties.items():
            if type(made) is PSObject:
                made.set(to_text(key), value)
            else:
                set_property(made, to_text(key), value)
    yield made


def _made(name: str, arguments: list[Any], shell: "Shell") -> Any:
    short = known_type(name)
    if short == "object":
        return PSObject()
    make = METHODS.get((short, "new"))
    net = shell.net_type(name)
    try:
        if make:
            return make(arguments, shell)
        if net:
            return net.new(arguments, shell)
    except CommandFailed as error:  # without an object the statement has no sense
        error.ends = max(error.ends, Ends.STATEMENT)
        raise
    raise failed(
        f"Cannot find type [{visible(name)}]. Remedy: use one that is available here: "
        f"{', '.join(['PSObject', 'PSCredential', *shell.type_names()])}.",
        error_id="TypeNotFound",
    )


@builtin(
    "Get-Member",
    Parameter(name="Name", takes=Takes.TEXTS, position=0, help="Only these."),
    Parameter(name="MemberType", help="Property or Method."),
    INPUT,
    aliases=("gm",),
    synopsis="The properties and methods of objects.",
    example="Get-InboundConnector | Get-Member",
)
def get_member(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    seen: set[str] = set()
    wanted = {name.casefold() for name in bound.get("Name") or ()}
    kind = (bound.get("MemberType") or "").lower()
    for item in inputs(bound, pipe):
        if item is None or type_name_of(item) in seen:
            continue
        seen.add(type_name_of(item))
        for name, member_type, definition in _members(item):
            if (not wanted or name.casefold() in wanted) and kind in ("", "all", member_type.lower(), "properties"):
                yield PSObject(
                    {"Name": name, "MemberType": member_type, "Definition": definition, "TypeName": type_name_of(item)},
                    type_name="Microsoft.PowerShell.Commands.MemberDefinition",
                    columns=("Name", "MemberType", "Definition"),
                )


def _members(item: Any) -> Iterator[tuple[str, str, str]]:
    for method in sorted(methods_of(item).values(), key=lambda method: method.name):
        yield method.name, "Method", f"{method.name}({', '.join(['…'] * method.least)})"
    for name, value in properties_of(item).items():
        yield name, "Property", f"{type_name_of(value).removeprefix('System.')} {name}"


@builtin(
    "Add-Member",
    Parameter(name="MemberType", position=0, choices=("NoteProperty",), help="Only properties can be added."),
    Parameter(name="Name", position=1, aliases=("NotePropertyName",), required=True, help="The new property."),
    Parameter(name="Value", takes=Takes.ANY, position=2, aliases=("NotePropertyValue",), help="Its value."),
    switch("PassThru", "Puts the object out."),
    switch("Force", "Replaces a property that is there."),
    INPUT,
    synopsis="Adds a property to an object.",
    example="$printer | Add-Member -NotePropertyName Site -NotePropertyValue 'Bern'",
)
def add_member(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    name = bound.get("Name")
    for item in inputs(bound, pipe):
        if not isinstance(item, PSObject):
            raise failed(
                f"A property cannot be added to [{type_name_of(item)}]. Remedy: make an object with "
                "[pscustomobject]@{ … }, or set a key of the hashtable."
            )
        if name in item and not bound.get("Force"):
            raise failed(
                f"Cannot add a member with the name '{visible(name)}' because a member with that name already exists. "
                "Remedy: add -Force to replace it."
            )
        item.set(name, bound.get("Value"))
        if bound.get("PassThru"):
            yield item


@builtin(
    "ConvertTo-SecureString",
    Parameter(name="String", takes=Takes.ANY, position=0, required=True, pipeline=True, help="The text."),
    switch("AsPlainText", "The text is the password itself."),
    switch("Force", "Accepted."),
    synopsis="A text as a SecureString.",
    example="$password = ConvertTo-SecureString 'secret' -AsPlainText -Force",
)
def convert_to_secure_string(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    if not bound.get("AsPlainText"):
        raise failed(
            "Encrypted standard strings are bound to a Windows account and cannot be read here. "
            "Remedy: use -AsPlainText -Force, or Read-Host -AsSecureString."
        )
    for item in pipe if pipe is not None and "String" not in bound else [bound.get("String")]:
        yield SecureString(to_text(item))


COMMANDS = (new_object, get_member, add_member, convert_to_secure_string)
