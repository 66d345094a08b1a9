"""What the shell language may touch of the world: this program's streams, clock and keyboard, and text files."""

import getpass
import shutil
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TextIO

from rich.text import Text

from gatepost.errors import ScriptRefused
from gatepost.mail import printable

from .render import console

MAX_TEXT = 16_000_000  # octets of a file; the language holds no longer text
_UNWATCHED = 200  # columns where nobody watches, so that a pipe gets whole lines
_COLOURS = {"error": "red", "warning": "yellow", "verbose": "cyan"}


class Terminal:
    """A shell.Host. Output goes to standard output, whatever is said about it to standard error.

    `asks`: whether somebody sits at the keyboard. Where a script comes from standard input, nobody can answer there.
    """

    def __init__(self, *, asks: bool) -> None:
        self._asks = asks

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def write(self, stream: str, text: str) -> None:
        if stream in ("output", "host"):
            sys.stdout.write(_fit(text, sys.stdout))
            if sys.stdout.isatty():
                sys.stdout.flush()
            return
        sys.stdout.flush()  # else what was said about an object could overtake it
        console(error=True).print(Text(_fit(text, sys.stderr), style=_COLOURS.get(stream, "")), end="", soft_wrap=True)

    def ask(self, prompt: str, *, secret: bool = False) -> str:
        if not self._asks:
            raise ScriptRefused(
                f"It asks for '{printable(prompt).strip()}', and nobody is there to answer. Remedy: give the value as "
                "a parameter (-Confirm:$false where it asks whether you are sure), or run the script from a terminal."
            )
        sys.stdout.flush()
        try:
            return getpass.getpass(prompt) if secret else input(prompt)
        except EOFError:
            raise ScriptRefused("It asked, and the input ended. Remedy: run it again and answer.") from None

    def sleep(self, seconds: float) -> None:
        sys.stdout.flush()
        time.sleep(seconds)

    def read_text(self, path: str) -> str:
        try:
            with Path(path).open("rb") as file:
                content = file.read(MAX_TEXT + 1)
        except (OSError, ValueError) as trouble:
            raise OSError(_sentence(path, "read", trouble)) from None
        return _text(content, f"The file '{printable(path)}'")

    def read_input(self) -> str:
        """All of standard input; OSError with a sentence."""
        return _text(sys.stdin.buffer.read(MAX_TEXT + 1), "Standard input")

    def write_text(self, path: str, text: str) -> None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="")
        except (OSError, ValueError) as trouble:
            raise OSError(_sentence(path, "written", trouble)) from None

    def width(self) -> int:
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNWATCHED


def _fit(text: str, stream: TextIO) -> str:
    """Text that cannot act upon a terminal, in signs that the stream's encoding has; the others as escapes."""
    shown = printable(text)
    if shown.isascii():
        return shown
    encoding = stream.encoding or "utf-8"
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def _text(content: bytes, what: str) -> str:
    if len(content) > MAX_TEXT:
        raise OSError(f"{what} is larger than 16 MB. Remedy: divide it.")
    try:
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")  # as Windows PowerShell's `-Encoding Unicode` writes
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise OSError(f"{what} is not UTF-8 text. Remedy: save it as UTF-8.") from None


def _sentence(path: str, done: str, trouble: Exception) -> str:
    why = getattr(trouble, "strerror", None) or "this is no file name"
    return (
        f"The file '{printable(path)}' cannot be {done}: {why}. Remedy: check the path, which is looked up from the "
        "folder that gatepost was started in."
    )
