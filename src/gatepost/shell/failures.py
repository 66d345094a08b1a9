"""What goes wrong while a script runs, and how an error is told apart from an end.

PowerShell knows three strengths of an error (about_Try_Catch_Finally): one that a command reports before it goes on,
one that ends its statement, and one that ends the script. `try` catches the last two.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from gatepost.errors import GatepostError, Refused

RUNTIME = "System.Management.Automation.RuntimeException"
BINDING = "System.Management.Automation.ParameterBindingException"


class Ends(IntEnum):
    """What an error ends unless it is caught."""

    NOTHING = 0
    STATEMENT = 1
    SCRIPT = 2


class CommandFailed(GatepostError):
    """A command, or an expression, failed.

    `type_name` is the .NET name that `catch [Name]` and `|Name|message` speak of. `target` is what it was about,
    `bases` the names of the more general errors that it is one of.
    """

    def __init__(
        self,
        type_name: str,
        message: str,
        *,
        target: Any = None,
        error_id: str = "",
        category: str = "NotSpecified",
        ends: Ends = Ends.NOTHING,
        bases: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.args = (message,)  # the message is a sentence already: nothing goes before it
        self.type_name = type_name
        self.message = message
        self.target = target
        self.error_id = error_id or type_name.rpartition(".")[2].removesuffix("Exception")
        self.category = category
        self.ends = ends
        self.bases = bases
        self.command = ""  # who failed; the shell fills it in
        self.line = self.column = 0
        self.thrown: Any = None  # what `throw` was given, if it was not a text
        self.remembered = False  # it stands in $Error already


class BindingRefused(Refused):
    """The arguments do not fit the command's parameters."""

    def __init__(self, problems: Sequence[str], *, command: str = "") -> None:
        self.command = command
        super().__init__(problems)


def failed(message: str, *, type_name: str = RUNTIME, error_id: str = "", target: Any = None) -> CommandFailed:
    """An error of an expression: it ends its statement."""
    return CommandFailed(type_name, message, error_id=error_id, target=target, ends=Ends.STATEMENT)


def unconvertible(message: str) -> CommandFailed:
    """A value that cannot become what is needed."""
    return failed(message, type_name="System.Management.Automation.PSInvalidCastException", error_id="InvalidCast")
