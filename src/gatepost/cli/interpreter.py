"""The shell language in this program's surroundings: its commands, the server they go to, and how a run ends."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509

from gatepost.cmdlets import NO_ANSWER, Line, OverSocket, Reached, commands, net_types
from gatepost.errors import (
    CertificateUnusable,
    ConfigRefused,
    GatepostError,
    NotAllowed,
    NotFound,
    ScriptRefused,
    SpoolUnavailable,
)
from gatepost.shell import Bound, CommandFailed, ScriptUnfinished, Shell, caret
from gatepost.tls import read_certificates

from . import remote
from .asking import DONE, REFUSED, TRY_LATER, end
from .terminal import Terminal

_WELCOME = "Get-Command lists the commands, Get-Help NAME explains one, exit leaves.\n"
_DEPTH = 10  # of JSON: no object of ours is deeper


class Interpreter:
    """One shell. `data_dir` is that of the server that its cmdlets go to unless a script connects to another.

    `trusted` are CAs beside the system's that may vouch for a mail server, `ca` the file that they came from.
    """

    def __init__(
        self, data_dir: Path, terminal: Terminal, *, trusted: Sequence[x509.Certificate] = (), ca: Path | None = None
    ) -> None:
        self._data_dir = data_dir
        self._terminal = terminal
        self._line = Line(self._here)
        self._shell = Shell(terminal, commands(self._line, trusted=trusted, ca=ca), net_types(trusted))

    def run(self, text: str, arguments: Sequence[str] = ()) -> int:
        """Run a whole script and print what it puts out; the exit status."""
        self._line.unanswered = False
        try:
            status = self._shell.run(text, arguments)
        except ScriptRefused as refused:
            self._terminal.write("error", f"{caret(refused)}\n")
            return REFUSED
        return self._ending(status)

    def run_as_json(self, text: str, arguments: Sequence[str] = ()) -> int:
        """The same, with the output as one JSON array, or the error that ended the script as one object."""
        try:
            objects = self._shell.invoke(text, arguments)
        except ScriptRefused as refused:
            end(REFUSED, "refused", (caret(refused),), as_json=True)
        except CommandFailed as failed:
            end(self._ending(REFUSED), "refused", (failed.message,), as_json=True)
        given = Bound(given={"AsArray": True, "Depth": _DEPTH})
        told = list(self._shell.command("ConvertTo-Json").run(given, objects, self._shell)) or ["[]"]
        self._terminal.write("output", "".join(f"{one}\n" for one in told))
        return self._ending(REFUSED if self._shell.reports.printed else DONE)

    def converse(self) -> int:
        """Commands from the keyboard until `exit` or Ctrl-D; the exit status."""
        from .keyboard import Keyboard, state_folder  # prompt_toolkit takes longer to load than most scripts to run

        keyboard = Keyboard(self.is_whole, self.candidates, history=state_folder() / "gatepost" / "pwsh_history")
        self._terminal.write("host", _WELCOME)
        while self._shell.exited is None:
            try:
                self.run(keyboard.read())
            except KeyboardInterrupt:
                self._terminal.write("host", "\n")  # what was typed, or was running, is given up; the session goes on
            except EOFError:
                return DONE
        return self._shell.exited

    def close(self) -> None:
        """End what a script has left open: a session at another server that it signed in to."""
        self._line.disconnect()

    def candidates(self, text: str, cursor: int) -> list[tuple[str, int]]:
        """What could stand at the cursor, each with the number of characters before it that it replaces."""
        return [(one.text, one.replaces) for one in self._shell.complete(text, cursor)]

    def is_whole(self, text: str) -> bool:
        """Whether a text can be run, or be refused, as it stands; else another line is wanted."""
        try:
            self._shell.check(text)
        except ScriptUnfinished:
            return False
        except ScriptRefused:
            return True
        return True

    def _ending(self, status: int) -> int:
        return TRY_LATER if status == REFUSED and self._line.unanswered else status

    # --- the server ---------------------------------------------------------------------------------------

    def _here(self, organization: str) -> Reached:
        """The server of `--config`. It need not run: not every script asks it something."""
        return Reached(
            connection=OverSocket(self._ask, organization=organization or None),
            place=str(self._data_dir / "admin.sock"),
            who=remote.asker(),
            organization=organization,
        )

    def _ask(self, verb: str, arguments: Mapping[str, Any]) -> tuple[Any, Sequence[str]]:
        try:
            told = remote.ask(self._data_dir, verb, arguments, origin="cmdlet")
        except remote.NotToday as trouble:
            raise CommandFailed(NO_ANSWER, str(trouble)) from None
        except remote.Declined as no:
            raise _error(no) from None
        return told.value, told.warnings


def _error(no: remote.Declined) -> GatepostError:
    """The error that the server had before its socket made words of it."""
    text = " ".join(no.problems)
    match no.kind:
        case "not_found":
            return NotFound(text)
        case "not_allowed":
            return NotAllowed(text)
        case "try_later":
            return SpoolUnavailable(text)
        case "refused" | "usage":
            return ConfigRefused(no.problems)
        case _:
            return GatepostError(text)


def trusted_in(ca: Path | None) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file, none without one; OSError with a sentence."""
    if ca is None:
        return ()
    try:
        return tuple(read_certificates(ca.read_bytes(), source=str(ca)))
    except OSError as trouble:
        raise OSError(f"{ca} cannot be read: {trouble.strerror}. Remedy: check the path.") from None
    except CertificateUnusable as unusable:
        raise OSError(f"{unusable.detail} Remedy: give a file of certificates in PEM.") from None
