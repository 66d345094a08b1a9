"""Config: what operators decided, checked on the way in.

Owns    gatepost.toml and its environment variables, the table of properties, and config.db: objects, secrets,
        audit.
Never   listens, sends, or judges a session; a change is stored whole or not at all.
Read    settings.py, load.py; property.py, properties.py, kind.py, kinds.py, hosts.py, rules.py, validate.py;
        recipients.py; access.py, secrets.py; then store.py, snapshot.py and config.py, which ties them together.

Secrets are write-only: `Config.secret` gives one to the hand that dials, everything else shows "(set)".
"""

from .access import AccessToken, RoleGroup
from .admin_socket import ADMIN_SOCKET, socket_address
from .config import Changed, Config, RecipientsChanged
from .kind import Kind, Wrong
from .kinds import utc
from .load import load_settings, made_certificate
from .notes import DeviceNote
from .properties import PROPERTIES, property_named
from .property import ObjectKind, Property
from .recipients import ListChange, RecipientEdit
from .secrets import NOBODY, hash_password, verify_password, verify_token
from .settings import (
    SETTINGS,
    AdminSettings,
    AlertSettings,
    DeliverySettings,
    LimitSettings,
    ListenerSettings,
    Setting,
    Settings,
    TraceSettings,
)
from .snapshot import Snapshot
from .world import SET, Edit, Record, World, shown_properties

__all__ = [
    "ADMIN_SOCKET",
    "NOBODY",
    "PROPERTIES",
    "SET",
    "SETTINGS",
    "AccessToken",
    "AdminSettings",
    "AlertSettings",
    "Changed",
    "Config",
    "DeliverySettings",
    "DeviceNote",
    "Edit",
    "Kind",
    "LimitSettings",
    "ListChange",
    "ListenerSettings",
    "ObjectKind",
    "Property",
    "RecipientEdit",
    "RecipientsChanged",
    "Record",
    "RoleGroup",
    "Setting",
    "Settings",
    "Snapshot",
    "TraceSettings",
    "World",
    "Wrong",
    "hash_password",
    "load_settings",
    "made_certificate",
    "property_named",
    "shown_properties",
    "socket_address",
    "utc",
    "verify_password",
    "verify_token",
]
