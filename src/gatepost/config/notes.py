"""What operators say of a device, whether or not it has ever connected."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNote:
    """A note. `name` is the device's address as `connectors.device_of` writes it; `retire_by_utc` is in seconds since
    1970."""

    name: str
    organization: str
    owner: str = ""
    note: str = ""
    retire_by_utc: float | None = None
