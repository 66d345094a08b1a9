"""Looking into a Maildir: new and read mail, and the folders beside the inbox, of which one may be for junk."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

from gatepost.mail import MAX_HEADER

from .pickup import Found, PickupFailed, bears

_CLOCKS_DIFFER = 3600.0  # seconds; the folder may be on another machine


class MaildirPlace:
    """One mailbox. Only mail that came since then is opened: seconds since 1970, None for when this was made."""

    def __init__(self, folder: Path, *, since: float | None = None) -> None:
        self.folder = folder
        self._since = (time.time() if since is None else since) - _CLOCKS_DIFFER
        self._opened: set[Path] = set()

    async def ready(self) -> None:
        """A mailbox is often made by its first message, so one that is not there yet is no failure."""

    async def look(self, token: str) -> Found | None:
        return await asyncio.to_thread(self._look, token)

    def missing(self) -> str:
        if not self.folder.is_dir():
            return f"in {self.folder}: there is no such folder"
        return f"in {self.folder}: no new message there is it"

    async def remove(self, found: Found) -> str:
        try:
            Path(found.key).unlink(missing_ok=True)
        except OSError as error:
            return f"{found.key} cannot be deleted: {error.strerror}."
        return ""

    async def close(self) -> None:
        """Nothing is open."""

    def _look(self, token: str) -> Found | None:
        try:
            for file in self._fresh():
                with file.open("rb") as stream:
                    content = stream.read(MAX_HEADER)
                if bears(content, token):
                    return Found(place=f"Maildir {file.parent.parent}", key=str(file), content=content)
                self._opened.add(file)
        except FileNotFoundError:
            return None  # a mail program has just moved it; the next look finds it where it is now
        except OSError as error:
            raise PickupFailed(
                f"{error.filename or self.folder} cannot be read: {error.strerror}. "
                "Remedy: run the command as a user that may read the mailbox."
            ) from None
        return None

    def _fresh(self) -> Iterator[Path]:
        """Files that have not been looked at, newer than this search."""
        for folder in (self.folder, *sorted(self.folder.glob(".[!.]*"))):
            for part in ("new", "cur"):
                if not (folder / part).is_dir():
                    continue
                with os.scandir(folder / part) as entries:
                    for entry in entries:
                        path = Path(entry.path)
                        if path not in self._opened and entry.is_file() and entry.stat().st_mtime >= self._since:
                            yield path
