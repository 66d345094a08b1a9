"""An error as a script sees it: `$_` in a catch, `$Error[0]`. And which `catch` takes it."""

from collections.abc import Sequence
from typing import Any

from ..failures import CommandFailed
from ..values.kinds import PSObject

_EVERY = frozenset({"exception", "systemexception", "runtimeexception"})


def error_record(failed: CommandFailed, line: str = "") -> PSObject:
    """The ErrorRecord of a failure; `line` is the line of the script it came from."""
    exception = PSObject(
        {"Message": failed.message, "InnerException": None},
        type_name=failed.type_name,
        text=f"{failed.type_name}: {failed.message}",
    )
    place = PSObject(
        {
            "MyCommand": failed.command or None,
            "ScriptLineNumber": failed.line,
            "OffsetInLine": failed.column,
            "Line": line,
        },
        type_name="System.Management.Automation.InvocationInfo",
    )
    origin = f",{failed.command}" if failed.command else ""
    return PSObject(
        {
            "Exception": exception,
            "TargetObject": failed.thrown if failed.thrown is not None else failed.target,
            "CategoryInfo": f"{failed.category}: ({failed.command or 'script'}) [], {failed.type_name}",
            "FullyQualifiedErrorId": f"{failed.error_id}{origin}",
            "ErrorDetails": None,
            "InvocationInfo": place,
            "ScriptStackTrace": f"at line {failed.line}" if failed.line else "",
        },
        type_name="System.Management.Automation.ErrorRecord",
        columns=("Exception",),
        text=failed.message,
    )


def catches(types: Sequence[str], failed: CommandFailed) -> bool:
    """Does a `catch` with these types take the error? Without types it takes every one."""
    return not types or any(_is_a(name, wanted) for name in (failed.type_name, *failed.bases) for wanted in types)


def _is_a(type_name: str, wanted: str) -> bool:
    short = wanted.lower().rpartition(".")[2]
    return short in _EVERY or short == type_name.lower().rpartition(".")[2]


def thrown(value: Any) -> tuple[str, str]:
    """The type name and the message of what `throw` was given."""
    if isinstance(value, PSObject) and value.type_name.endswith("ErrorRecord"):
        exception = value.get("Exception")
        return exception.type_name, exception.get("Message")
    if isinstance(value, PSObject) and "Message" in value:
        return value.type_name, str(value.get("Message"))
    return "System.Management.Automation.RuntimeException", ""
