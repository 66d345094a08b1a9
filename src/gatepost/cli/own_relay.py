"""The relay of this machine, as far as a test message needs it: its listeners, its mailboxes, and its trace."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gatepost.headers import NOBODY, Own
from gatepost.mail import Address
from gatepost.outbound import mailbox_folder
from gatepost.tools import Entry

from . import remote


class OwnRelay:
    """Asked once when made. `status` is None where no relay runs here, and then `trouble` says so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.trouble = ""
        self.status: Mapping[str, Any] | None = None
        self._domains: list[Mapping[str, Any]] = []
        try:
            self.status = remote.ask(folder, "status", {}).value
            self._domains = remote.ask(folder, "domain.list", {}).value
        except remote.NotToday as trouble:
            self.trouble = str(trouble)
        except remote.Declined as no:
            self.trouble = " ".join(no.problems)

    @property
    def listeners(self) -> list[str]:
        return [] if self.status is None else list(self.status.get("listeners", ()))

    @property
    def own(self) -> Own:
        """What the analyser may take for ours."""
        return NOBODY if self.status is None else Own(hosts=frozenset({str(self.status["hostname"]).lower()}))

    def mailbox(self, recipient: Address) -> Path | None:
        """The Maildir that this relay delivers to, None where it sends the recipient's mail on."""
        pattern = mailbox_pattern(self._domains, recipient.domain)
        return None if pattern is None else mailbox_folder(pattern, recipient)

    async def trace(self, message_id: str, recipient: str) -> Entry | None:
        """What became of a message here; None where it never came through, or the relay does not answer."""
        if self.status is None:
            return None
        try:
            asked = {"message_id": message_id, "recipient": recipient, "limit": 1}
            rows = (await asyncio.to_thread(remote.ask, self._folder, "trace.find", asked)).value
            if not rows:
                return None
            story = (await asyncio.to_thread(remote.ask, self._folder, "trace.show", {"id": rows[0]["id"]})).value
        except (remote.NotToday, remote.Declined):
            return None
        row = rows[0]
        return Entry(
            id=row["id"],
            status=row["status"],
            connector=row["connector"],
            last_reply=row["last_reply"] or "",
            story=story,
        )


def mailbox_pattern(domains: Iterable[Mapping[str, Any]], domain: str) -> str | None:
    """The Maildir pattern of the accepted domain that is nearest to this one: itself, else the longest above it."""
    nearest, pattern = -1, None
    for one in domains:
        name = str(one["DomainName"])
        above = name.removeprefix("*.")
        beneath = domain.endswith(f".{above}") and (name != above or one["MatchSubDomains"])
        if (domain == name or beneath) and len(above) > nearest:
            nearest, pattern = len(above), one["Maildir"]
    return pattern
