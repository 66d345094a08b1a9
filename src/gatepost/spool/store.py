"""Named SQL and the connections that run it. No statement is assembled from strings that came from anywhere
else."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from gatepost.errors import SpoolUnavailable

DATABASE = "queue.db"
PATIENCE_SECONDS = 5
PLACES = 4096  # ids between two messages
MOST_PLACES = PLACES - 1  # recipients that a message can have

# How many rows one INSERT takes: few sizes, so that each stays prepared. 20 rows are two statements, 16 and
# 4.
_SIZES = (32, 24, 16, 12, 8, 7, 6, 5, 4, 3, 2, 1)

Connection = sqlite3.Connection


class WritingConnection(sqlite3.Connection):
    """The one that writes. `spoiled`: messages whose bodies lie on damaged pages; those are left where they are."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.spoiled: set[int] = set()


def spoiled_in(connection: Connection) -> set[int]:
    return connection.spoiled if isinstance(connection, WritingConnection) else set()


# What brings the tables from one version to the next; each ends by writing its number down.
SCHEMAS = ("schema.sql", "schema_2.sql", "schema_3.sql", "schema_4.sql", "schema_5.sql", "schema_6.sql")
VERSION = len(SCHEMAS)


def load(text: str) -> dict[str, str]:
    """Split a .sql file at its `-- name: word` lines."""
    parts = re.split(r"^-- name: (\w+)\s*$", text, flags=re.M)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _text(name: str) -> str:
    return (resources.files(__package__) / "sql" / name).read_text("utf-8")


QUEUE = load(_text("queue.sql"))
HISTORY = load(_text("history.sql"))
CENSUS = load(_text("census.sql"))
NOTICES = load(_text("notices.sql"))

_ROWS = re.compile(r":rows(\([^)]*\)|\?)")


@cache
def _repeated(name: str, count: int) -> str:
    """The statement with its `:rows(?, ?)` written out `count` times."""
    return _ROWS.sub(lambda found: ", ".join([found.group(1)] * count), QUEUE[name])


def run_rows(connection: Connection, name: str, *, width: int, values: Sequence[Any], first: Any = None) -> None:
    """Run a `:rows` statement over a flat sequence of values, `width` to a row, in as few steps as possible.

    Every step lets go of the interpreter lock and has to win it back from a busy event loop, so one INSERT of
    twenty rows beats twenty of one (measured: 15 % less CPU, and a batch waits for the lock twice instead of
    twenty times). `first` is a value bound before the rows.
    """
    start, left = 0, len(values) // width
    head = () if first is None else (first,)
    for size in _SIZES:
        while left >= size:
            end = start + size * width
            connection.execute(_repeated(name, size), (*head, *values[start:end]))
            start, left = end, left - size


def json_ids(ids: Iterable[int]) -> str:
    """Ids as one JSON parameter."""
    return f"[{','.join(map(str, ids))}]"


def open_writer(folder: Path) -> WritingConnection:
    """The one connection that writes. Creates the tables; raises SpoolUnavailable for a file of a later
    version.

    synchronous=FULL: a commit returns when the log is on the disk. Checkpoints are the writer's own business.
    secure_delete off: what is freed is not overwritten first, which would write every body twice.
    """
    path = folder / DATABASE
    path.touch(mode=0o600)  # other people's mail; SQLite gives its log the same mode
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        cached_statements=256,
        check_same_thread=False,
        timeout=PATIENCE_SECONDS,
        factory=WritingConnection,
    )
    try:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 16000")  # the writer does it sooner, between batches
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA temp_store = MEMORY")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        _known(path, version)
        for schema in SCHEMAS[version:]:
            connection.executescript(f"BEGIN IMMEDIATE;\n{_text(schema)}\nCOMMIT;")
        connection.execute("PRAGMA busy_timeout = 0")  # the loop's thread must not wait for another program
    except BaseException:
        connection.close()
        raise
    return connection


def begin_patiently(connection: Connection) -> None:
    """Begin a transaction, waiting a while for another program that has the file. Not for the loop's thread."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        finally:
            connection.execute("PRAGMA busy_timeout = 0")


def _known(path: Path, version: int) -> None:
    if version > VERSION:
        raise SpoolUnavailable(
            f"{path} was written by a later Gatepost (queue version {version}, this one knows {VERSION}). "
            "Run that version, or empty its queue first."
        )


def open_reader(folder: Path) -> Connection:
    """A connection that can only look: no writes, no checkpoints."""
    uri = f"{(folder / DATABASE).absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -8192")
    return connection
