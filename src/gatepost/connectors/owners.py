"""Who answers for a device or a connector, and so is told when its mail does not arrive."""

from collections.abc import Iterable, Mapping

from gatepost.mail import Address

from .limits import device_of
from .model import InboundConnector


class Owners:
    """Mail addresses of owners, indexed once for a snapshot. A device's own owner goes before its connector's."""

    __slots__ = ("_connectors", "_devices")

    def __init__(
        self,
        connectors: Iterable[InboundConnector] = (),
        devices: Iterable[tuple[str, str, Address]] = (),
    ) -> None:
        """`devices` are (organization, address as `device_of` writes it, owner)."""
        self._connectors: Mapping[tuple[str, str], Address] = {
            (it.organization, it.name): it.owner for it in connectors if it.owner is not None
        }
        self._devices: Mapping[tuple[str, str], Address] = {
            (organization, device): owner for organization, device, owner in devices
        }

    def owner_of(self, *, organization: str | None, connector: str | None, client: str) -> Address | None:
        """Whom to tell of mail that came from this client through this connector; None where nobody is named.

        What this relay wrote itself has neither client nor connector, and so no owner.
        """
        if organization is None:
            return None
        if self._devices and client:
            try:
                device = self._devices.get((organization, device_of(client)))
            except ValueError:
                device = None
            if device is not None:
                return device
        return None if connector is None else self._connectors.get((organization, connector))
