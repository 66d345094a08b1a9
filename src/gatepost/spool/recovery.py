"""What a start puts right after a crash, and what an orderly end leaves for the next start. Nothing here
raises for damage it finds; it holds the message and counts it."""

from dataclasses import dataclass
from pathlib import Path

from .bodies import leftovers
from .claims import MOST_CRASHES, file_damage, quarantine
from .rows import document
from .store import QUEUE, Connection, begin_patiently
from .views import Swept


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was in the spool at the start. `waiting` counts recipients by destination."""

    swept: Swept
    waiting: dict[str, int]
    held: int
    last_id: int


def recover(connection: Connection, bodies: Path, *, now: float, hostname: str) -> Found:
    """Make the tables and the folder agree with each other, and with nobody sending anything."""
    begin_patiently(connection)
    suspects = [number for (number,) in connection.execute(QUEUE["suspects"], {"crashes": MOST_CRASHES})]
    why = f"It was being sent at {MOST_CRASHES} crashes in a row and may be their cause. Release it to retry."
    for number in suspects:
        quarantine(connection, number, why=why, now=now)
    connection.execute(QUEUE["tell_restarted"], {"now": now, "detail": document({"host": hostname})})
    restarted = connection.execute(QUEUE["reclaim_after_crash"], {"now": now, "crashed": 1}).rowcount
    live: set[str] = set()
    torn = 0
    for number, name, octets in connection.execute(QUEUE["live_files"]).fetchall():
        live.add(name)
        damage = file_damage(bodies / name, octets)
        if damage is not None and quarantine(connection, number, why=damage, now=now):
            torn += 1
    connection.execute("COMMIT")
    orphans, partials = leftovers(bodies, live)
    waiting = dict(connection.execute(QUEUE["count_waiting"]).fetchall())
    (held,) = connection.execute(QUEUE["count_held"]).fetchone()
    (last,) = connection.execute(QUEUE["last_id"]).fetchone()
    return Found(
        swept=Swept(restarted=restarted, quarantined=len(suspects) + torn, orphans=orphans, partials=partials),
        waiting=waiting,
        held=held,
        last_id=last or 0,
    )


def release_everything(connection: Connection, *, now: float) -> None:
    """An orderly end is no crash: whoever is still being sent waits again, and nobody is suspected."""
    connection.execute(QUEUE["reclaim_after_crash"], {"now": now, "crashed": 0})
