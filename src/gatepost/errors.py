"""The one tree of errors; the docstrings are the first half of the messages.

Errors are for operators and programmers. What the world does to a message (a refusal, a dead host)
is never an exception but an `Outcome` value.

    GatepostError
    ├── ConfigRefused      a change to the configuration store
    ├── SettingsRefused    gatepost.toml or the environment
    ├── NotFound           an object that an operator named
    ├── SpoolUnavailable   disk or database trouble: the client is told to try later
    ├── SpoolInUse         a second process on the same data directory
    ├── CertificateUnusable   a key pair, PFX or CA file
    │   └── PfxLocked         a PFX that does not open with the password that was given, or without one
    ├── NotSignedIn        a face was asked by nobody it knows
    ├── NotAllowed         somebody known, without the role for it
    ├── TooManyAttempts    signing in, too often and wrongly
    ├── ScriptRefused      a script that is not understood, or that failed; with its place
    └── IllegalMove        a state machine was asked for a move its table does not have
"""

from collections.abc import Sequence


class GatepostError(Exception):
    """Something in gatepost went wrong."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(f"{(self.__doc__ or '').strip()} {detail}".strip())


class Refused(GatepostError):
    """Several problems at once, each a sentence with its remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


class ConfigRefused(Refused):
    """The change was not stored."""


class SettingsRefused(Refused):
    """The settings cannot be used."""


class NotFound(GatepostError):
    """There is no such object."""


class SpoolUnavailable(GatepostError):
    """The message cannot be stored now."""


class SpoolInUse(GatepostError):
    """Another Gatepost is using this data directory."""


class CertificateUnusable(GatepostError):
    """The certificate cannot be used."""


class PfxLocked(CertificateUnusable):
    """The certificate cannot be used."""


class NotSignedIn(GatepostError):
    """Nobody is signed in."""


class NotAllowed(GatepostError):
    """The role does not allow it."""


class TooManyAttempts(GatepostError):
    """There were too many attempts to sign in."""

    def __init__(self, detail: str, *, retry_after: float) -> None:
        self.retry_after = retry_after  # seconds
        super().__init__(detail)


class ScriptRefused(GatepostError):
    """The script cannot be run."""

    def __init__(self, detail: str, *, line: int = 0, column: int = 0, source: str = "") -> None:
        self.line, self.column, self.source = line, column, source  # source: the line itself
        super().__init__(detail)


class IllegalMove(GatepostError):
    """A state machine was asked for a move that its table does not have."""
