"""Commands about commands: Get-Command and Get-Help, both told by the commands' own parameters."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from gatepost.mail import visible

from ..failures import CommandFailed
from ..parameters import Bound, Parameter, Takes
from ..running.binding import COMMON
from ..values.kinds import PSObject
from ..values.patterns import wildcard
from ..world import Runnable
from .command import builtin, switch

if TYPE_CHECKING:
    from ..running.session import Shell


@builtin(
    "Get-Command",
    Parameter(name="Name", takes=Takes.TEXTS, position=0, help="Names; wildcards are allowed."),
    Parameter(name="Verb", takes=Takes.TEXTS, help="Only these verbs, such as Get."),
    Parameter(name="Noun", takes=Takes.TEXTS, help="Only these nouns, such as InboundConnector."),
    aliases=("gcm",),
    synopsis="The commands there are.",
    example="Get-Command *Connector",
)
def get_command(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    wanted = bound.get("Name") or ["*"]
    found = False
    for name in shell.command_names():
        command = shell.command(name)
        verb, _, noun = name.partition("-")
        if not any(wildcard(one).fullmatch(known) for one in wanted for known in (name, *command.aliases)):
            continue
        if _matches(bound.get("Verb"), verb) and _matches(bound.get("Noun"), noun):
            found = True
            yield PSObject(
                {"Name": name, "Aliases": ", ".join(command.aliases), "Synopsis": command.synopsis},
                type_name="System.Management.Automation.CmdletInfo",
                text=name,
                columns=("Name", "Aliases", "Synopsis"),
            )
    if not found:
        raise _no_command(", ".join(wanted))


def _matches(patterns: list[str] | None, text: str) -> bool:
    return not patterns or any(wildcard(one).fullmatch(text) for one in patterns)


def _no_command(name: str) -> CommandFailed:
    return CommandFailed(
        "System.Management.Automation.CommandNotFoundException",
        f"There is no command '{visible(name)}'. Remedy: Get-Command lists all of them.",
        target=name,
        category="ObjectNotFound",
    )


@builtin(
    "Get-Help",
    Parameter(name="Name", position=0, help="The command."),
    switch("Full", "Accepted; the help is always full."),
    switch("Detailed", "Accepted; the help is always full."),
    switch("Examples", "Only the example."),
    Parameter(name="Parameter", help="Only this parameter; wildcards are allowed."),
    aliases=("help", "man"),
    synopsis="What a command does and takes.",
    example="Get-Help New-InboundConnector",
)
def get_help(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    name = bound.get("Name")
    if not name:
        yield "Get-Command lists the commands. Get-Help NAME tells what one of them does and takes."
        return
    if not shell.knows_command(name):
        raise _no_command(name)
    command = shell.command(name)
    if bound.get("Parameter"):
        pattern = wildcard(bound.get("Parameter"))
        for known in (*command.parameters, *COMMON):
            if pattern.fullmatch(known.name):
                yield from described(known)
        return
    if not bound.get("Examples"):
        yield from overview(command)
    example = getattr(command, "example", "")
    if example:
        yield from ("EXAMPLE", *(f"    {line}" for line in example.splitlines()), "")


def overview(command: Runnable) -> Iterator[str]:
    """Name, synopsis, syntax and parameters as text."""
    yield from ("", "NAME", f"    {command.name}", "", "SYNOPSIS", f"    {command.synopsis}", "")
    if command.aliases:
        yield from ("ALIASES", f"    {', '.join(command.aliases)}", "")
    yield from ("SYNTAX", f"    {syntax(command)}", "")
    own = [known for known in command.parameters if not known.ignored]
    if own:
        yield "PARAMETERS"
        for known in own:
            yield from (f"    {line}" if line else "" for line in described(known))
    ignored = [known.name for known in command.parameters if known.ignored]
    if ignored:
        yield from ("ACCEPTED FOR EXCHANGE'S SCRIPTS, WITHOUT EFFECT", f"    {', '.join(ignored)}", "")


def syntax(command: Runnable) -> str:
    """One line: `New-InboundConnector [-Name] <String> [-Enabled <Boolean>] [<CommonParameters>]`."""
    parts = [command.name]
    for known in command.parameters:
        if known.ignored:
            continue
        name = f"[-{known.name}]" if known.position is not None else f"-{known.name}"
        part = name if known.takes is Takes.SWITCH else f"{name} <{known.takes.value}>"
        parts.append(part if known.required else f"[{part}]")
    return " ".join([*parts, "[<CommonParameters>]"])


def described(known: Parameter) -> Iterator[str]:
    """One parameter in a few lines."""
    kind = "" if known.takes is Takes.SWITCH else f" <{known.takes.value}>"
    yield f"-{known.name}{kind}"
    if known.help:
        yield f"    {known.help}"
    if known.choices:
        yield f"    One of: {', '.join(known.choices)}"
    traits = [
        "required" if known.required else "",
        f"position {known.position + 1}" if known.position is not None else "",
        "from the pipeline" if known.pipeline or known.by_property else "",
        f"also -{', -'.join(known.aliases)}" if known.aliases else "",
    ]
    if any(traits):
        yield f"    ({', '.join(trait for trait in traits if trait)})"
    yield ""


COMMANDS = (get_command, get_help)
