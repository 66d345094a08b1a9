"""InvokeCommand without its HTTP: a cmdlet's name and JSON parameters in, its outcome out."""

import difflib
from collections.abc import Mapping
from typing import Any

from gatepost.mail import visible
from gatepost.manage import Caller, Desk
from gatepost.shell import CommandFailed, SecureString, Takes, bind_named

from .cmdlet import Cmdlet, Outcome
from .failures import NO_SUCH_CMDLET
from .table import TABLE, cmdlet_named
from .translate import outcome_of, wish_of


async def invoke_command(desk: Desk, caller: Caller, name: str, given: Mapping[str, Any]) -> Outcome:
    """Bind, translate, and ask the desk: one verb, so one transaction.

    Raises what binding and the desk raise (BindingRefused, ConfigRefused, NotFound, NotAllowed, SpoolUnavailable), and
    CommandFailed for a cmdlet that is not there; `failure_of` names each for `|Type|message`.
    """
    cmdlet = cmdlet_named(name)
    if cmdlet is None:
        raise CommandFailed(NO_SUCH_CMDLET, _unknown(name))
    bound = bind_named(cmdlet.name, cmdlet.parameters, _with_secrets(cmdlet, given))
    wish = wish_of(cmdlet, bound)
    answer = await desk.call(wish.verb, wish.arguments, caller=caller)
    return outcome_of(cmdlet, bound, answer.value, (*bound.warnings, *answer.warnings))


def _with_secrets(cmdlet: Cmdlet, given: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no SecureString: the text of one is taken for it."""
    secret = {it.name.lower() for it in cmdlet.parameters if it.takes is Takes.SECURE}
    return {
        name: SecureString(value) if isinstance(value, str) and name.lower() in secret else value
        for name, value in given.items()
    }


def _unknown(name: str) -> str:
    names = {it.lower(): it for cmdlet in TABLE for it in (cmdlet.name, *cmdlet.aliases)}
    near = difflib.get_close_matches(name[:80].lower(), list(names), n=1)
    remedy = f"did you mean {names[near[0]]}?" if near else "Get-Command in gatepost pwsh lists them."
    return f"'{visible(name)}' is not a cmdlet of this server. Remedy: {remedy}"
