"""Alerts that have begun and are not over, and what is still to be posted of them: a restart repeats nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gatepost.errors import SpoolUnavailable

from .ids import number_of
from .message import Arrival
from .notices import Notices
from .rows import Arriving, document, read_document
from .store import NOTICES, Connection
from .tables import insert
from .views import Post


class Alarms(Notices):
    """The alerts' part of the spool."""

    async def alarms(self) -> dict[str, dict[str, Any]]:
        """What has begun and is not over, by key, as it was first told."""

        def question(connection: Connection) -> dict[str, dict[str, Any]]:
            return {key: read_document(body) for key, body in connection.execute(NOTICES["alarms"])}

        return await self._history.ask(question)

    async def alarm(
        self,
        *,
        begun: Mapping[str, Mapping[str, Any]],
        over: Sequence[str],
        posts: Sequence[Post],
        letters: Sequence[Arrival],
    ) -> None:
        """Remember what has begun and what is over, with all that is to be told of it. Raises SpoolUnavailable."""
        jobs = []
        for letter in letters:
            if (number := number_of(letter.id)) is None:
                raise SpoolUnavailable(f"{letter.id!r} is no queue id.")
            jobs.append(Arriving(letter, number, takes=None, done=None))

        def work(connection: Connection) -> None:
            connection.executemany(NOTICES["begin_alarm"], [(key, document(dict(it))) for key, it in begun.items()])
            connection.executemany(NOTICES["end_alarm"], [(key,) for key in over])
            connection.executemany(NOTICES["insert_post"], [(it.url, it.body, it.attempts, it.due) for it in posts])
            if jobs:
                insert(connection, jobs)

        def stored(_: None) -> None:
            for job in jobs:
                self._arrived(job, None)

        await self._begin(work, stored)

    async def posts(self) -> list[Post]:
        """What is to be posted, the first due first."""

        def question(connection: Connection) -> list[Post]:
            return [
                Post(id=id_, url=url, body=body, attempts=attempts, due=due)
                for id_, url, body, attempts, due in connection.execute(NOTICES["posts"])
            ]

        return await self._history.ask(question)

    async def posted(self, ids: Sequence[int]) -> None:
        """Forget posts that were taken, or given up."""
        await self._call(lambda connection: connection.execute(NOTICES["forget_posts"], {"ids": json.dumps(list(ids))}))

    async def postpone(self, id_: int, due: float) -> None:
        """Post it again then."""
        await self._call(lambda connection: connection.execute(NOTICES["postpone"], {"id": id_, "due": due}))
