"""One Gatepost a data directory: a lock that dies with the process."""

import contextlib
import fcntl
import os
from pathlib import Path

from gatepost.errors import SpoolInUse, SpoolUnavailable


class FolderLock:
    """An flock on `lock` in the folder, holding our process number for whoever comes second."""

    def __init__(self, folder: Path) -> None:
        path = folder / "lock"
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise SpoolUnavailable(f"{path}: {error.strerror}.") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise SpoolInUse(f"{folder} belongs to process {found or '(unknown)'}. Stop it first.") from None
        owner = f"{os.getpid()}\n".encode("ascii")
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same, only its owner has no name
            os.pwrite(self._file, owner, 0)
            os.ftruncate(self._file, len(owner))

    def release(self) -> None:
        os.close(self._file)
