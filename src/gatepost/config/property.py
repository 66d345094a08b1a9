"""What a property is, and the kinds of objects that have them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from . import kinds
from .kind import Kind


class ObjectKind(StrEnum):
    """What the store keeps; the value is the word in sentences."""

    ORGANIZATION = "organization"
    DOMAIN = "accepted domain"
    INBOUND = "inbound connector"
    OUTBOUND = "outbound connector"
    USER = "user"
    TOKEN = "token"  # noqa: S105  the word, not one of them
    DEVICE = "device"
    SIGNING = "DKIM signing configuration"
    RULE = "transport rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property. `field` is the model's name; `fixed` cannot change after creation.

    `on_disk` names a file or folder of the server, which is not for those who manage one organization alone.
    """

    name: str
    field: str
    kind: Kind
    default: Any
    help: str
    applies: str = "both"
    ours: bool = False
    fixed: bool = False
    on_disk: bool = False

    @property
    def flag(self) -> str:
        """The flag of the CLI; a secret is given by a file, never on the command line."""
        bare = self.field.removesuffix("_secret").rstrip("_").replace("_", "-")
        return f"--{bare}{'-file' if self.kind.secret else ''}"


def row(name: str, field: str, kind: Kind, default: Any, sentence: str, **more: Any) -> Property:
    return Property(name=name, field=field, kind=kind, default=default, help=sentence, **more)


ENABLED = row("Enabled", "enabled", kinds.BOOLEAN, True, "Whether it counts.")
