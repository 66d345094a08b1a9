"""What owners are still to be told: kept beside the mail, written with the settlement that causes it.

The digest that tells of notices is stored, and they are forgotten, in one transaction: a crash neither loses a notice
nor tells it twice.
"""

from typing import Final

from gatepost.errors import SpoolUnavailable
from gatepost.mail import MOST_LISTED

from .ids import number_of
from .message import Arrival, Notice
from .rows import Arriving, read_document
from .store import NOTICES, Connection
from .tables import insert
from .views import Owed, Owing
from .works import Works

REMEMBERED: Final = 7 * 86_400.0  # seconds for which it is known when an owner was last told


class Notices(Works):
    """The owners' part of the spool. `owed` is set whenever somebody may have to be told something."""

    async def owners(self) -> list[Owed]:
        """Everybody who is to be told something."""
        return await self._history.ask(_owners)

    async def owing(self, owed: Owed) -> Owing:
        """What one owner is to be told now: as many notices as a digest lists, and how many there are."""
        return await self._history.ask(lambda connection: _owing(connection, owed))

    async def tell(self, digest: Arrival, owed: Owed, *, mark: int, at: float) -> None:
        """Store the digest, forget what it tells, and remember when. Raises SpoolUnavailable."""
        number = number_of(digest.id)
        if number is None:
            raise SpoolUnavailable(f"{digest.id!r} is no queue id.")
        job = Arriving(digest, number, takes=None, done=None)
        asked = {"owner": owed.owner, "organization": owed.organization}

        def work(connection: Connection) -> None:
            insert(connection, [job])
            connection.execute(NOTICES["forget"], asked | {"mark": mark})
            connection.execute(NOTICES["remember"], asked | {"at": at})

        await self._begin(work, lambda _: self._arrived(job, None))


def _owners(connection: Connection) -> list[Owed]:
    return [
        Owed(owner=owner, organization=organization, count=count, told_at=told_at)
        for owner, organization, count, told_at in connection.execute(NOTICES["owners"])
    ]


def _owing(connection: Connection, owed: Owed) -> Owing:
    asked: dict[str, str | int] = {"owner": owed.owner, "organization": owed.organization, "limit": MOST_LISTED}
    failed, delayed, mark = connection.execute(NOTICES["owing"], asked).fetchone()
    listed = [
        Notice(
            row=row,
            kind=kind,
            owner=owed.owner,
            organization=owed.organization,
            at=at,
            detail=read_document(detail),
        )
        for row, kind, at, detail in connection.execute(NOTICES["notices"], asked | {"mark": mark})
    ]
    return Owing(listed=tuple(listed), failed=failed, delayed=delayed, mark=mark)


def forget_owners(connection: Connection, *, now: float) -> None:
    """Drop when those were last told who have not been told anything for long."""
    connection.execute(NOTICES["forget_owners"], {"before": now - REMEMBERED})
