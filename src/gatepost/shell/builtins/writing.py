"""Commands that say something: Write-Host, Write-Output, Write-Warning, Write-Error, Write-Verbose and their kin."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..failures import CommandFailed
from ..parameters import Bound, Parameter, Takes
from ..running.records import thrown
from ..values.convert import to_text
from ..values.kinds import Credential, PSObject, SecureString, items_of
from ..values.members import get_property
from .command import builtin, switch

if TYPE_CHECKING:
    from ..running.session import Shell

_COLOURS = (
    "Black", "DarkBlue", "DarkGreen", "DarkCyan", "DarkRed", "DarkMagenta", "DarkYellow", "Gray",
    "DarkGray", "Blue", "Green", "Cyan", "Red", "Magenta", "Yellow", "White",
)  # fmt: skip
_MESSAGE = Parameter(name="Message", position=0, required=True, pipeline=True, aliases=("Msg",), help="The text.")


def _each(bound: Bound, name: str, pipe: Iterable[Any] | None) -> Iterable[Any]:
    return pipe if pipe is not None and name not in bound else [bound.get(name)]


@builtin(
    "Write-Host",
    Parameter(name="Object", takes=Takes.ANY, position=0, remaining=True, pipeline=True, help="What is written."),
    switch("NoNewline", "The line goes on."),
    Parameter(name="Separator", default=" ", help="What goes between several objects."),
    Parameter(name="ForegroundColor", choices=_COLOURS, help="Accepted; the host chooses its colours."),
    Parameter(name="BackgroundColor", choices=_COLOURS, help="Accepted; the host chooses its colours."),
    synopsis="Writes for the person who watches, past the pipeline.",
    example='Write-Host "Created $($connector.Name)"',
)
def write_host(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    end = "" if bound.get("NoNewline") else "\n"
    for item in _each(bound, "Object", pipe):
        text = to_text(item, between=bound.get("Separator", " "))
        shell.write("host", text + end)
    yield from ()


@builtin(
    "Write-Output",
    Parameter(name="InputObject", takes=Takes.ANY, position=0, remaining=True, pipeline=True, help="What is put out."),
    switch("NoEnumerate", "An array stays one object."),
    aliases=("echo", "write"),
    synopsis="Puts objects into the pipeline.",
    example="Write-Output 'contoso.com', 'fabrikam.com'",
)
def write_output(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    for item in _each(bound, "InputObject", pipe):
        yield from [item] if bound.get("NoEnumerate") else items_of(item)


@builtin("Write-Warning", _MESSAGE, synopsis="Warns.", example="Write-Warning 'The range is wide.'")
def write_warning(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    for item in _each(bound, "Message", pipe):
        shell.warn(to_text(item), bound)
    yield from ()


@builtin(
    "Write-Verbose",
    _MESSAGE,
    synopsis="Tells more, where -Verbose or $VerbosePreference asks for it.",
    example='Write-Verbose "Reading $path" -Verbose',
)
def write_verbose(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    for item in _each(bound, "Message", pipe):
        shell.verbose(to_text(item), bound)
    yield from ()


@builtin(
    "Write-Error",
    Parameter(name="Message", position=0, pipeline=True, aliases=("Msg",), help="The text."),
    Parameter(name="ErrorRecord", takes=Takes.ANY, help="An error that was caught."),
    Parameter(name="Exception", takes=Takes.ANY, help="The exception of an error that was caught."),
    Parameter(name="ErrorId", help="What FullyQualifiedErrorId says."),
    Parameter(name="Category", help="The kind of error."),
    Parameter(name="TargetObject", takes=Takes.ANY, help="What it is about."),
    synopsis="Reports an error; the script goes on unless -ErrorAction says otherwise.",
    example="Write-Error 'No connector has this name.'",
)
def write_error(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    again = bound.get("ErrorRecord", bound.get("Exception"))
    type_name, message = thrown(again) if again is not None else ("", "")
    for item in _each(bound, "Message", pipe):
        failed = CommandFailed(
            type_name or "Microsoft.PowerShell.Commands.WriteErrorException",
            to_text(item) or message,
            target=bound.get("TargetObject"),
            error_id=bound.get("ErrorId") or "",
            category=bound.get("Category") or "NotSpecified",
        )
        failed.command = "Write-Error"
        shell.report(failed, bound)
    yield from ()


@builtin(
    "Write-Information",
    Parameter(name="MessageData", takes=Takes.ANY, position=0, aliases=("Msg", "Message"), help="What is written."),
    Parameter(name="Tags", takes=Takes.TEXTS, position=1, help="Accepted."),
    synopsis="Informs, where -InformationAction or $InformationPreference says Continue.",
)
def write_information(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    action = bound.get("InformationAction") or to_text(shell.variables.get("InformationPreference"))
    if action.lower() == "continue":
        shell.write("host", f"{to_text(bound.get('MessageData'))}\n")
    yield from ()


@builtin(
    "Write-Progress",
    Parameter(name="Activity", position=0, help="Accepted."),
    Parameter(name="Status", position=1, help="Accepted."),
    Parameter(name="Id", takes=Takes.INTEGER, position=2, help="Accepted."),
    Parameter(name="PercentComplete", takes=Takes.ANY, help="Accepted."),
    Parameter(name="CurrentOperation", help="Accepted."),
    switch("Completed", "Accepted."),
    synopsis="Accepted for scripts that show their progress; nothing is shown here.",
)
def write_progress(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    yield from ()


# --- questions -----------------------------------------------------------------------------------------------


@builtin(
    "Read-Host",
    Parameter(name="Prompt", takes=Takes.ANY, position=0, remaining=True, help="The question."),
    switch("AsSecureString", "What is typed is not shown, and is kept as a SecureString."),
    switch("MaskInput", "What is typed is not shown."),
    synopsis="Asks the person at the keyboard.",
    example="$password = Read-Host 'Password' -AsSecureString",
)
def read_host(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    prompt = f"{to_text(bound.get('Prompt'))}: " if "Prompt" in bound else ""
    secure = bool(bound.get("AsSecureString"))
    answer = shell.host.ask(prompt, secret=secure or bool(bound.get("MaskInput")))
    yield SecureString(answer) if secure else answer


@builtin(
    "Get-Credential",
    Parameter(
        name="UserName", takes=Takes.ANY, position=0, aliases=("Credential",), help="Whose password is asked for."
    ),
    Parameter(name="Message", help="What is said before."),
    Parameter(name="Title", help="Accepted."),
    synopsis="Asks for a user name and a password.",
    example="$credential = Get-Credential admin",
)
def get_credential(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    given = bound.get("UserName")
    if isinstance(given, Credential):
        yield given
        return
    if bound.get("Message"):
        shell.write("host", f"{bound.get('Message')}\n")
    name = to_text(get_property(given, "UserName") if isinstance(given, PSObject) else given)
    name = name or shell.host.ask("User: ")
    yield Credential(name, SecureString(shell.host.ask(f"Password for user {name}: ", secret=True)))


COMMANDS = (
    write_host,
    write_output,
    write_warning,
    write_verbose,
    write_error,
    write_information,
    write_progress,
    read_host,
    get_credential,
)
