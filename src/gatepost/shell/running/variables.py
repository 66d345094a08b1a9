"""The variables of a session: one scope, for scripts have no functions here. Names need no case."""

from collections.abc import Iterator
from typing import Any

from gatepost.mail import visible

from ..failures import failed
from ..values.kinds import NOTHING, HashEntries

_CONSTANTS = {"true": True, "false": False, "null": None}
_OURS = frozenset({"?", "error", "psversiontable"})  # read by scripts, written by the shell


class Variables:
    """`get` knows every name: one that was never set is `$null`."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, Any]] = {}
        self.restore()

    def restore(self) -> None:
        """The variables that are there from the start."""
        for name, value in {
            "ErrorActionPreference": "Continue",
            "WarningPreference": "Continue",
            "VerbosePreference": "SilentlyContinue",
            "InformationPreference": "SilentlyContinue",
            "ProgressPreference": "Continue",
            "ConfirmPreference": "High",
            "WhatIfPreference": False,
            "FormatEnumerationLimit": 4,
            "OFS": " ",
            "args": [],
            "Error": [],
            "?": True,
            "PSVersionTable": HashEntries({"PSVersion": "7.4", "PSEdition": "Core", "Platform": "Gatepost"}),
        }.items():
            self.put(name, value)

    def raw(self, name: str) -> Any:
        """The value as it was stored: NOTHING for the output of a command that put nothing out."""
        folded = name.casefold()
        if folded in _CONSTANTS:
            return _CONSTANTS[folded]
        return self._held.get("_" if folded == "psitem" else folded, ("", None))[1]

    def get(self, name: str) -> Any:
        value = self.raw(name)
        return None if value is NOTHING else value

    def set(self, name: str, value: Any) -> None:
        """What an assignment does: constants and the shell's own variables refuse."""
        folded = name.casefold()
        if folded in _CONSTANTS or folded in _OURS:
            raise failed(
                f"Cannot overwrite variable {visible(name)} because it is read-only or constant. "
                "Remedy: use another name.",
                error_id="VariableNotWritable",
            )
        self.put(name, value)

    def put(self, name: str, value: Any) -> None:
        """What the shell itself does."""
        folded = name.casefold()
        self._held["_" if folded == "psitem" else folded] = (name, value)

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._held or name.casefold() in _CONSTANTS

    def __iter__(self) -> Iterator[str]:
        """The names, as they were first written."""
        return iter([name for name, _ in self._held.values()] + list(_CONSTANTS))
