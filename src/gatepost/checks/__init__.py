"""What a relay needs, looked at: certificates, DNS, other hosts, this machine.

Owns    the checks and their findings, the DNS questions that only they ask, and the steps to a connector's far side.
Never   reads the configuration store or the queue: the site says what is configured.
Read    site.py, then table.py, which runs the checks side by side; lookups.py; cloud.py for Microsoft 365.
"""

from .cloud import CloudSite, check_cloud, of_microsoft
from .listeners import ELSEWHERE as CHECKED_RECIPIENT
from .lookups import OTHER, Lookups, MailHosts
from .renewal import still_matches
from .signing import key_findings, slot_key
from .site import Check, Finding, Level, Section, Site, finding_values, worst
from .table import AT_ONCE, CHECKS, DEADLINE, run_checks

__all__ = [
    "AT_ONCE",
    "CHECKED_RECIPIENT",
    "CHECKS",
    "DEADLINE",
    "OTHER",
    "Check",
    "CloudSite",
    "Finding",
    "Level",
    "Lookups",
    "MailHosts",
    "Section",
    "Site",
    "check_cloud",
    "finding_values",
    "key_findings",
    "of_microsoft",
    "run_checks",
    "slot_key",
    "still_matches",
    "worst",
]
