"""Who may operate: Exchange's two role groups, and tokens for programs.

A token's organization is "" where it holds in every organization of the server.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class RoleGroup(StrEnum):
    """What somebody may do in an organization; the value is Exchange's name of the role group."""

    ORGANIZATION_MANAGEMENT = "Organization Management"
    VIEW_ONLY = "View-Only Organization Management"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A program's way in. `secret_hash` is of `config.secrets`; `expires_utc` is in seconds since 1970."""

    name: str
    organization: str
    secret_hash: str = field(repr=False)
    role_group: RoleGroup = RoleGroup.VIEW_ONLY
    expires_utc: float | None = None
    enabled: bool = True

    def expired(self, now: float) -> bool:
        return self.expires_utc is not None and self.expires_utc <= now
