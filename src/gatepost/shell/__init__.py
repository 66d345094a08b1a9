"""Shell: the part of PowerShell that scripts which manage mail are written in.

Owns    the language (tokens, syntax tree, evaluation), the rules by which arguments find their parameters, and the
        commands that shape objects and text.
Never   knows mail, opens a file or a socket, or runs a program: what it may touch of the world is its Host.
Read    tree.py, parameters.py and world.py; then the folders in the order of a script's life: reading (text to tree),
        values, running (tree to output), builtins (the commands that belong to the language).
"""

from .builtins import BUILTINS
from .failures import BindingRefused, CommandFailed, Ends, failed
from .limits import Limits
from .parameters import Bound, Parameter, Takes
from .reading.parser import parse
from .reading.places import ScriptUnfinished, caret
from .running.binding import COMMON, Argument, bind, bind_named, each_bound
from .running.completion import Candidate
from .running.reporting import Confirmation
from .running.session import Shell
from .tree import Script
from .values.convert import to_bool, to_list, to_text, to_whole
from .values.kinds import NOTHING, Block, Credential, HashEntries, PSObject, SecureString
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
    "to_bool",
    "to_list",
    "to_text",
    "to_whole",
]
