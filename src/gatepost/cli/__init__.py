"""The command line: a translator without decisions.

Owns    the tree of commands, the flags made from the table of properties, tables for people and JSON for
scripts, and the client of the admin socket.
Never   opens the server's database, decides anything, or lets a stranger's text act upon the terminal.
Read    tree.py, asking.py; connector.py as the example of a command; flags.py, render.py, remote.py.

Exit status: 0 done, 1 refused or failed, 2 usage, 75 try later (no server), 78 bad configuration.
"""

from .ending import run
from .tree import below, build

__all__ = ["below", "build", "run"]
