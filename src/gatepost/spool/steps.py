"""The steps at which a crash would matter, by name, so that tests can die at each one.

With GATEPOST_CRASH_AT set to a step's name the process ends there as if it had been killed: no clean-up, no
flush.
"""

import os

STEPS = (
    "body written",
    "body synced",
    "renamed",
    "folder synced",
    "rows written",
    "committed",
    "before answer",
    "before settle",
    "settle written",
    "settle committed",
)

CRASH_AT = os.environ.get("GATEPOST_CRASH_AT")


def crash_at(step: str) -> None:
    """Die here if the environment asks for it."""
    if CRASH_AT is not None and step == CRASH_AT:
        os._exit(137)
