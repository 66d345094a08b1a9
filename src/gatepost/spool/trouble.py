"""Disk and database trouble, told apart: full, broken, or the fault of one record."""

import errno
import sqlite3

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Reply
from gatepost.mail import reply as say


class SpoolFull(SpoolUnavailable):
    """The message cannot be stored now: the disk is full."""


class Spoiled(Exception):
    """Bodies on damaged pages stand in the way of a transaction; it can be tried again without touching them."""

    def __init__(self, numbers: set[int]) -> None:
        self.numbers = numbers
        super().__init__(f"The bodies of {len(numbers)} messages lie on damaged pages of the queue database.")


# Primary result codes after which the connection itself is suspect and is opened anew.
_DISK_CODES = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOMEM,
    }
)
_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def primary_code(error: BaseException) -> int:
    """SQLite's primary result code; 0 when the error is not SQLite's own."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else 0


def is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL_ERRNOS
    return isinstance(error, SpoolFull) or primary_code(error) == sqlite3.SQLITE_FULL


def is_damage(error: BaseException) -> bool:
    """Whether the database file itself is damaged, or no database at all."""
    return primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_disk(error: BaseException) -> bool:
    """Whether the disk or the database file is at fault, and not what was to be written."""
    if isinstance(error, OSError) or is_full(error):
        return True
    return isinstance(error, sqlite3.Error) and (
        primary_code(error) in _DISK_CODES or primary_code(error) == sqlite3.SQLITE_BUSY
    )


def unavailable(error: BaseException) -> SpoolUnavailable:
    """The same trouble as an error of the room, in words for the log."""
    if isinstance(error, SpoolUnavailable):
        return error
    words = f"{type(error).__name__}: {error}"
    if is_damage(error):
        words = (
            f"The queue database is damaged: {error}. Remedy: stop Gatepost, keep a copy of queue.db, and rebuild it "
            "with the .recover command of the sqlite3 program, or put back a backup of the whole data directory."
        )
    return SpoolFull(words) if is_full(error) else SpoolUnavailable(words)


def reply_to(error: SpoolUnavailable) -> Reply:
    """What to tell the client: 452 when there is no room, 451 for everything else."""
    return say.NO_SPACE if isinstance(error, SpoolFull) else say.CANNOT_STORE
