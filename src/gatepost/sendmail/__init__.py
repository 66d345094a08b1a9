"""The sendmail command: what cron, PHP and a thousand scripts call, handing their mail to the relay over SMTP.

Owns    the command line of sendmail, the letter as programs write it (LF, `-t`, Bcc), and the one conversation.
Never   imports any other room or anything that is slow to load: it is started for every single message. It keeps no
        queue of its own; where the relay cannot be reached it says so (75), or leaves the letter in the pickup folder.
Read    program.py; command_line.py, preferences.py, letter.py, addresses.py; then conversation.py and drop.py.
"""

from .addresses import addresses_in
from .letter import Letter, part_letter, read_letter
from .program import main

__all__ = ["Letter", "addresses_in", "main", "part_letter", "read_letter"]
