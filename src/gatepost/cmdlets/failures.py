"""Our errors under the names that Exchange's scripts catch; the message stays our sentence with its remedy.

Names and the text of the connector type are attested in Microsoft's documentation; where nothing is attested the name
is the nearest of Exchange's and .NET's own.
"""

import re
from collections.abc import Sequence
from typing import Final

from gatepost.errors import (
    GatepostError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    ScriptRefused,
    SpoolUnavailable,
    TooManyAttempts,
)
from gatepost.shell import BindingRefused, CommandFailed

NO_SUCH_OBJECT: Final = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
ALREADY_EXISTS: Final = "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException"
TYPE_CANNOT_CHANGE: Final = (
    "Microsoft.Exchange.Management.Tasks.ErrorInboundConnectorConnectorTypeCannotChangeException"
)
INVALID: Final = "Microsoft.Exchange.Data.DataValidationException"
TRY_LATER: Final = "Microsoft.Exchange.Data.TransientException"
BAD_PARAMETER: Final = "System.Management.Automation.ParameterBindingException"
NO_SUCH_CMDLET: Final = "System.Management.Automation.CommandNotFoundException"
BAD_SCRIPT: Final = "System.Management.Automation.ParseException"
NOT_ALLOWED: Final = "System.UnauthorizedAccessException"
NOT_SIGNED_IN: Final = "System.Security.Authentication.AuthenticationException"
NO_ANSWER: Final = "System.Net.Http.HttpRequestException"
TROUBLE: Final = "System.InvalidOperationException"

_TYPE_CHANGED = re.compile(r"inbound connector '(.*)': ConnectorType cannot be changed after creation")
_TAKEN = re.compile(r"the name is already taken|Name '.*' is already taken|is already accepted by organization")

_NAMES: tuple[tuple[type[GatepostError], str], ...] = (
    (BindingRefused, BAD_PARAMETER),
    (NotFound, NO_SUCH_OBJECT),
    (NotAllowed, NOT_ALLOWED),
    (NotSignedIn, NOT_SIGNED_IN),
    (TooManyAttempts, NOT_SIGNED_IN),
    (SpoolUnavailable, TRY_LATER),
    (ScriptRefused, BAD_SCRIPT),
)


def failure_of(error: GatepostError) -> tuple[str, str]:
    """The exception's name and its message, for `|Type|message` and for `catch`."""
    if isinstance(error, CommandFailed):
        return error.type_name, error.message
    for kind, name in _NAMES:
        if isinstance(error, kind):
            return name, " ".join(error.problems) if isinstance(error, Refused) else error.detail or str(error)
    if isinstance(error, Refused):
        return _refused(error.problems)
    return TROUBLE, str(error)


def _refused(problems: Sequence[str]) -> tuple[str, str]:
    message = " ".join(problems)
    for problem in problems:
        if found := _TYPE_CHANGED.match(problem):
            return TYPE_CANNOT_CHANGE, f"Cannot change the connector type of Inbound connector '{found[1]}'. {message}"
    if len(problems) == 1 and _TAKEN.search(problems[0]):
        return ALREADY_EXISTS, message
    return INVALID, message
