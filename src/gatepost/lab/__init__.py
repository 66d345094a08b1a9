"""The lab: the whole path of a message on one machine, and the proof that it works.

Owns    a throwaway authority with its certificates, three relays (local, cloud, a pretend Internet), the table of
        trials, and the report.
Never   leaves 127.0.0.0/8, needs root, keeps a file, or does anything that the relays' own faces could not do.
Read    trials.py (what has to hold), houses.py, play.py; then authority.py, verdict.py, report.py and run.py.
"""

from .run import run
from .trials import TRIALS, Trial

__all__ = ["TRIALS", "Trial", "run"]
