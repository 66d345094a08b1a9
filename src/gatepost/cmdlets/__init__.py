"""Cmdlets: one table that drives the shell language, InvokeCommand, the PowerShell module and the reference.

Owns    names, parameters, help and the call into manage of every cmdlet; how the shell reaches a server; and what
        scripts send mail with: Send-MailMessage and .NET's types.
Never   stores, decides or validates anything itself: a cmdlet is exactly one verb of manage, so one transaction.
Read    cmdlet.py, table.py, family.py, connectors.py; translate.py, invoke.py; then runnable.py, connections.py,
        connect.py; then posting.py, mail.py, net_types.py.
"""

from .cmdlet import Cmdlet, Outcome, Wish
from .commands import commands
from .connect import Line, Reached
from .connections import Connection, OverHttp, OverSocket
from .failures import NO_ANSWER, failure_of
from .invoke import invoke_command
from .net_types import net_types
from .runnable import ServerCmdlet, server_cmdlets
from .table import TABLE, cmdlet_named
from .translate import outcome_of, wish_of

__all__ = [
    "NO_ANSWER",
    "TABLE",
    "Cmdlet",
    "Connection",
    "Line",
    "Outcome",
    "OverHttp",
    "OverSocket",
    "Reached",
    "ServerCmdlet",
    "Wish",
    "cmdlet_named",
    "commands",
    "failure_of",
    "invoke_command",
    "net_types",
    "outcome_of",
    "server_cmdlets",
    "wish_of",
]
