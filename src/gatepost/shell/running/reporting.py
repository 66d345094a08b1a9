"""Where messages go: errors by -ErrorAction, warnings by -WarningAction, all through the host."""

from collections.abc import Callable
from typing import Any

from gatepost.mail import printable

from ..failures import CommandFailed, Ends
from ..parameters import Bound
from ..values.convert import to_bool, to_list, to_text
from ..world import Host
from .printing import Printer
from .records import error_record
from .variables import Variables

_REMEMBERED = 256  # errors in $Error, as many as PowerShell keeps


class Reports:
    """The streams of one session beside its output, and the errors it remembers.

    `failures` counts errors of every kind, `printed` those that a person saw. `muted` names silent streams.
    """

    def __init__(self, host: Host, variables: Variables, printer: Printer, line: Callable[[int], str]) -> None:
        self._host, self._variables, self._printer, self._line = host, variables, printer, line
        self.failures = 0
        self.printed = 0
        self.muted: frozenset[str] = frozenset()

    def write(self, stream: str, text: str) -> None:
        """Text for a person, behind whatever output is still waiting for its table to be complete."""
        if stream in self.muted:
            return
        self._printer.flush()
        self._host.write(stream, text)

    # --- errors ---

    def report(self, failed: CommandFailed, bound: Bound | None = None) -> None:
        """An error after which the command goes on, unless -ErrorAction or its preference says Stop: then it is raised.

        A command calls this for one of several objects; an error that it raises comes here by itself.
        """
        action = self._action(bound, "ErrorAction", "ErrorActionPreference")
        if action == "stop":
            failed.ends = Ends.SCRIPT
            raise failed
        self.failures += 1
        if action == "ignore":
            return
        self.remember(failed)
        if bound and "ErrorVariable" in bound:
            self.open_variable(f"+{to_text(bound.get('ErrorVariable')).lstrip('+')}").append(self._record(failed))
        if action != "silentlycontinue":
            self.show(failed)

    def remember(self, failed: CommandFailed) -> None:
        """Puts an error at the head of $Error, once."""
        if not failed.remembered:
            errors = self._variables.get("Error")
            errors.insert(0, self._record(failed))
            del errors[_REMEMBERED:]
            failed.remembered = True

    def _record(self, failed: CommandFailed) -> Any:
        return error_record(failed, self._line(failed.line))

    def show(self, failed: CommandFailed) -> None:
        """Writes an error for a person: who, what, and where when the script has more than one line."""
        if "error" in self.muted:
            return
        self.printed += 1
        origin = f"{failed.command}: " if failed.command else ""
        text = f"{origin}{printable(failed.message)}\n"
        if failed.line and self._line(2):  # the line itself is not shown: passwords stand in such lines
            text += f"  line {failed.line}, column {failed.column}\n"
        self.write("error", text)

    # --- the other streams ---

    def warn(self, text: str, bound: Bound | None = None) -> None:
        """A warning, unless it is silenced; Stop makes it an error."""
        action = self._action(bound, "WarningAction", "WarningPreference")
        if bound and "WarningVariable" in bound:
            self.open_variable(f"+{to_text(bound.get('WarningVariable')).lstrip('+')}").append(text)
        if action == "stop":
            raise CommandFailed(
                "System.Management.Automation.ActionPreferenceStopException",
                f"The running command stopped because WarningAction is set to Stop: {text}",
                ends=Ends.SCRIPT,
            )
        if action not in ("silentlycontinue", "ignore"):
            self.write("warning", f"WARNING: {printable(text)}\n")

    def verbose(self, text: str, bound: Bound | None = None) -> None:
        """A remark, where -Verbose asks for it."""
        given = bound.get("Verbose") if bound else None
        preference = to_text(self._variables.get("VerbosePreference")).lower()
        if given if given is not None else preference in ("continue", "stop", "inquire"):
            self.write("verbose", f"VERBOSE: {printable(text)}\n")

    def _action(self, bound: Bound | None, parameter: str, preference: str) -> str:
        given = bound.get(parameter) if bound else None
        return to_text(given if given is not None else self._variables.get(preference)).lower()

    # --- changes ---

    def what_if(self, bound: Bound) -> bool:
        """Is this only to say what it would do?"""
        given = bound.get("WhatIf")
        return bool(given) if given is not None else to_bool(self._variables.get("WhatIfPreference"))

    def say_what_if(self, operation: str, target: str) -> None:
        """The line that a command prints instead of doing it."""
        self.write("host", f'What if: Performing the operation "{operation}" on target "{printable(target)}".\n')

    def open_variable(self, name: str) -> list[Any]:
        """The list behind -OutVariable and the like; a name with a plus is added to, any other begins anew."""
        own = name.removeprefix("+").removeprefix("$")
        held = list(to_list(self._variables.get(own))) if name.startswith("+") else []
        self._variables.set(own, held)
        return held


class Confirmation:
    """Asks before each change of one invocation; "Yes to All" and "No to All" are remembered for the rest of it."""

    def __init__(self, reports: Reports, host: Host, variables: Variables) -> None:
        self._reports, self._host, self._variables = reports, host, variables
        self._always: bool | None = None

    def allows(self, operation: str, target: str, bound: Bound, *, asks: bool) -> bool:
        """May the change be made? `asks`: the command asks of its own accord unless -Confirm:$false is given.

        On a host without a person, Host.ask refuses with a sentence.
        """
        given = bound.get("Confirm")
        preference = to_text(self._variables.get("ConfirmPreference")).lower()
        wanted = (
            bool(given) if given is not None else (asks and preference != "none") or preference in ("low", "medium")
        )
        if not wanted:
            return True
        if self._always is not None:
            return self._always
        self._reports.write(
            "host",
            "\nConfirm\nAre you sure you want to perform this action?\n"
            f'Performing the operation "{operation}" on target "{printable(target)}".\n',
        )
        while True:
            answer = self._host.ask('[Y] Yes  [A] Yes to All  [N] No  [L] No to All  (default is "Y"): ')
            match answer.strip().lower():
                case "" | "y" | "yes":
                    return True
                case "a" | "yes to all":
                    self._always = True
                    return True
                case "n" | "no":
                    return False
                case "l" | "no to all":
                    self._always = False
                    return False
