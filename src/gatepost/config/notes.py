"""What operators say of a device, whether or not it has ever connected."""

from dataclasses import dataclass

from gatepost.mail import Address, BadAddress, parse_mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNote:
    """A note. `name` is the device's address as `connectors.device_of` writes it; `retire_by_utc` is in seconds since
    1970."""

    name: str
    organization: str
    owner: str = ""
    note: str = ""
    retire_by_utc: float | None = None

    @property
    def told(self) -> Address | None:
        """The owner's mail address, where what was written is one: `a@contoso.com` or `Anna <a@contoso.com>`.

        >>> DeviceNote(name="192.0.2.9", organization="Default", owner="Facilities, room 4").told
        """
        text = self.owner.strip()
        if text.endswith(">"):
            text = text[:-1].rpartition("<")[2]
        try:
            return parse_mailbox(text)
        except BadAddress:
            return None
