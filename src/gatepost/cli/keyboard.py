"""`gatepost pwsh` at the keyboard: a prompt with history, completion, and lines that belong together.

The only file that needs prompt_toolkit, and imported only when somebody is there: scripts start faster without it.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output

PROMPT, MORE = "PS gatepost> ", ">> "
# What PSReadLine keeps out of its history, too: a line that looks as if it held a secret.
_SECRET = re.compile(r"password|pwd|asplaintext|token|apikey|secret|credential|\bpfx", re.IGNORECASE)

Candidates = Callable[[str, int], Iterable[tuple[str, int]]]


class _Remembered(FileHistory):
    """A history on the disk, for its owner's eyes, without lines that hold secrets."""

    def store_string(self, string: str) -> None:
        if not _SECRET.search(string):
            super().store_string(string)


class Offered(Completer):
    """What Tab offers, as prompt_toolkit asks for it."""

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for text, replaces in self._candidates(document.text, document.cursor_position):
            yield Completion(text, start_position=-replaces)


class Keyboard:
    """Reads commands. `complete` says whether a text is a whole one; `candidates` gives texts for the place of the
    cursor, each with the number of characters before it that it replaces."""

    def __init__(
        self,
        complete: Callable[[str], bool],
        candidates: Candidates,
        *,
        history: Path | None = None,
        source: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            history=_history(history),
            completer=Offered(candidates),
            complete_while_typing=False,
            multiline=True,
            prompt_continuation=MORE,
            key_bindings=_keys(complete),
            enable_open_in_editor=False,
            input=source,
            output=screen,
        )

    def read(self) -> str:
        """The next command. EOFError when there is none any more, KeyboardInterrupt when it was given up."""
        return self._session.prompt()


def state_folder() -> Path:
    """Where programs keep what they remember of their user (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_STATE_HOME", "")
    return Path(named) if named.startswith("/") else Path.home() / ".local" / "state"


def _history(file: Path | None) -> History:
    if file is None:
        return InMemoryHistory()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:  # no home, or a full disk: then nothing is remembered
        return InMemoryHistory()
    return _Remembered(str(file))


def _keys(complete: Callable[[str], bool]) -> KeyBindings:
    """Enter ends a whole command, and begins another line of one that is not; Alt-Enter always begins another."""
    keys = KeyBindings()

    @Condition
    def whole() -> bool:
        from prompt_toolkit.application import get_app

        return complete(get_app().current_buffer.text)

    @keys.add("enter", filter=whole)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys
