"""Shell: the part of PowerShell that scripts which manage mail are written in.

Owns    the language (tokens, syntax tree, evaluation), the rules by which arguments find their parameters, and the
        commands that shape objects and text.
Never   knows mail, opens a file or a socket, or runs a program: what it may touch of the world is its Host.
Read    tree.py, parameters.py; then tokens.py and parser.py; then values.py, operators.py, evaluate.py, statements.py,
        invoking.py, binding.py; session.py holds them together, builtins/ are the commands.

Where it differs from PowerShell on purpose: a run ends with status 1 when any error was printed; every command, type
and static member must exist before anything runs; what a script may do is counted (limits.py).
"""

from .binding import COMMON, Argument, bind, bind_named, each_bound
from .builtins import BUILTINS
from .completion import Candidate
from .convert import to_bool, to_list, to_text, to_whole
from .failures import BindingRefused, CommandFailed, Ends, failed, printable, visible
from .limits import Limits
from .parameters import Bound, Parameter, Takes
from .parser import parse
from .places import ScriptUnfinished, caret
from .reporting import Confirmation
from .session import Shell
from .tree import Script
from .values import NOTHING, Block, Credential, HashEntries, PSObject, SecureString
from .world import Host, NetObject, NetType, Runnable, StaticType

__all__ = [
    "BUILTINS",
    "COMMON",
    "NOTHING",
    "Argument",
    "BindingRefused",
    "Block",
    "Bound",
    "Candidate",
    "CommandFailed",
    "Confirmation",
    "Credential",
    "Ends",
    "HashEntries",
    "Host",
    "Limits",
    "NetObject",
    "NetType",
    "PSObject",
    "Parameter",
    "Runnable",
    "Script",
    "ScriptUnfinished",
    "SecureString",
    "Shell",
    "StaticType",
    "Takes",
    "bind",
    "bind_named",
    "caret",
    "each_bound",
    "failed",
    "parse",
    "printable",
    "to_bool",
    "to_list",
    "to_text",
    "to_whole",
    "visible",
]
