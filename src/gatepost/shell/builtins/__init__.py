"""The builtin commands: what PowerShell brings along itself, by theme. `command.py` says what one is."""

from . import documents, files, filtering, guidance, layouts, objects, shaping, times, writing
from .command import Builtin

BUILTINS: tuple[Builtin, ...] = (
    *filtering.COMMANDS,
    *shaping.COMMANDS,
    *layouts.COMMANDS,
    *writing.COMMANDS,
    *documents.COMMANDS,
    *files.COMMANDS,
    *objects.COMMANDS,
    *times.COMMANDS,
    *guidance.COMMANDS,
)

__all__ = ["BUILTINS", "Builtin"]
