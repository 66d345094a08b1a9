"""The operators' half of the spool: orders on what waits, the queue and the trace as they stand, and the sweep."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from .batches import Calling
from .bodies import remove
from .census import forget_census
from .ids import first_id_at, number_of
from .message import Claim, Refusal
from .notices import forget_owners
from .operators import Moved, operate_on_ids, operate_on_page
from .recall import Recalled, recall
from .refusals import Pad, forget_refusals, insert_refusals
from .retention import forget_some, index_some
from .search import Search
from .states import On, State
from .statistics import Statistics
from .store import Connection
from .views import Choice, Counts, HeldBy, QueueMessage, QueueRow, Story, Swept, TraceRow

PAGE = 1000  # recipients an operator's order moves in one transaction, so that mail gets in between
NOTE_SECONDS = 0.5  # a refusal waits so long for company; its commit is shared with whatever mail comes by


class Oversight(Statistics):
    """What operators see and order."""

    _pad: Pad
    _mark: int  # ids up to here may have been passed by the look-ups of the trace

    # Whatever takes an `organization` neither shows nor touches what belongs to another or to none.

    # --- orders -------------------------------------------------------------------------------------------------

    async def retry(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        """Make waiting recipients due now; returns how many."""
        return await self._operate(On.RETRY, which, by, organization)

    async def hold(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        """Keep waiting recipients back until released; returns how many."""
        return await self._operate(On.HOLD, which, by, organization)

    async def release(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        """Let held recipients go on, due now; returns how many."""
        return await self._operate(On.RELEASE, which, by, organization)

    async def drop(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        """Give up waiting or held recipients without a report; returns how many."""
        return await self._operate(On.DROP, which, by, organization)

    async def _operate(self, on: On, which: Sequence[str] | Choice, by: str, organization: str | None) -> int:
        total = 0
        now = self._clock()
        if isinstance(which, Choice):
            page = partial(operate_on_page, on=on, choice=which, organization=organization, by=by, now=now, room=PAGE)
            cursor: tuple[float, int] | None = (-1.0, -1)
            while cursor is not None:
                moved = await self._begin(partial(page, after=cursor), self._moved)
                total += moved.count
                cursor = moved.cursor
            return total
        numbers = [number for number in map(number_of, which) if number is not None]
        for start in range(0, len(numbers), 100):
            some = numbers[start : start + 100]
            order = partial(operate_on_ids, on=on, ids=some, organization=organization, by=by, now=now)
            total += (await self._begin(order, self._moved)).count
        return total

    async def recall(
        self, which: Sequence[str] | Choice, *, organization: str | None = None
    ) -> AsyncIterator[list[Claim]]:
        """Claim waiting and held recipients page by page, for an operator who sends them back; the caller settles each
        claim. What comes into the queue meanwhile, such as the reports that this causes, is left alone."""
        before = number_of(self.new_id())
        assert before is not None, "the spool makes its own ids"
        work = partial(recall, organization=organization, before=before, folder=self._bodies)
        if isinstance(which, Choice):
            cursor: tuple[float, int] | None = (-1.0, -1)
            while cursor is not None:
                recalled = await self._recall(partial(work, which=which, after=cursor))
                cursor = recalled.cursor
                yield recalled.claims
            return
        numbers = [number for number in map(number_of, which) if number is not None]
        for number in dict.fromkeys(numbers):
            yield (await self._recall(partial(work, which=[number], after=(-1.0, -1)))).claims

    async def _recall(self, work: Callable[[Connection], Recalled]) -> Recalled:
        def recalled(found: Recalled) -> None:
            for destination, count in found.waiting.items():
                self._waits(destination, -count)
            self._held -= found.held
            self._sending += found.waiting.total() + found.held

        return await self._begin(work, recalled)

    def _moved(self, moved: Moved) -> None:
        for destination, count in moved.waiting.items():
            self._waits(destination, count)
        self._held += moved.held
        if moved.files:
            self._loop.run_in_executor(None, remove, self._bodies, list(moved.files))
        if moved.count:
            self.changed.set()

    async def queue(
        self,
        *,
        destination: str | None = None,
        state: State | str | None = None,
        limit: int = 100,
        after: str | None = None,
        organization: str | None = None,
        rule: str | None = None,
        sandbox: bool | None = None,
    ) -> list[QueueRow]:
        """Recipients that have not left: sending, then held, then waiting by destination and due time.

        `rule` and `sandbox` ask for what is held so, of `state` held.
        """
        return await self._history.queue(
            destination=destination,
            state=state,
            limit=limit,
            after=after,
            organization=organization,
            rule=rule,
            sandbox=sandbox,
        )

    async def held_by(self, *, organization: str | None = None) -> list[HeldBy]:
        """What is held, by what holds it, most first."""
        return await self._history.held_by(organization)

    async def show(self, id: str, *, organization: str | None = None) -> QueueMessage | None:  # noqa: A002
        """A message with its recipients, also after it has left, while the trace remembers it."""
        return await self._history.show(id, organization=organization)

    async def oldest(self, destinations: Sequence[str], *, organization: str | None = None) -> dict[str, float]:
        """When the oldest message that waits for each of these came (since 1970), of the 1000 that are due first."""
        return await self._history.oldest(list(destinations), organization)

    async def content(self, id: str, *, most: int = -1) -> bytes | None:  # noqa: A002
        """The octets of a message that has not left, or the first `most` of them; None otherwise."""
        return await self._history.content(id, self._bodies, most=most)

    async def find(self, search: Search) -> list[TraceRow]:
        """Recipients in the trace, and refusals, newest first."""
        await self._refusals_written()
        return await self._history.find(search)

    async def story(self, id: str, *, organization: str | None = None) -> Story | None:  # noqa: A002
        """A message, or a refusal, with all its events in order."""
        await self._refusals_written()
        return await self._history.story(id, organization=organization)

    async def counts(self, *, organization: str | None = None) -> Counts:
        """The queue in numbers: all of it from memory, one organization's counted in the tables."""
        if organization is not None:
            return await self._history.counts(organization)
        return Counts(
            waiting=sum(self._waiting.values()),
            sending=self._sending,
            held=self._held,
            by_destination=dict(self._waiting),
        )

    async def sweep(self, now: float, keep_days: float) -> Swept:
        """Forget finished messages and refusals older than `keep_days`, and make newer ones quick to find.

        Call it every minute.
        """
        forgotten = indexed = refusals = 0
        while count := await self._call(partial(forget_some, before=now - keep_days * 86400)):
            forgotten += count
        while count := await self._call(partial(forget_refusals, before_id=first_id_at(now - keep_days * 86400))):
            refusals += count
        await self._call(partial(forget_census, now=now, keep_days=keep_days))
        await self._call(partial(forget_owners, now=now))
        self._mark = max(self._mark, first_id_at(now))
        while count := await self._call(partial(index_some, now=now)):
            indexed += count
        return Swept(messages=forgotten, indexed=indexed, refusals=refusals)

    # --- refusals -----------------------------------------------------------------------------------------------

    @property
    def refusals_dropped(self) -> int:
        """How many refusals the trace did not keep since the start: a flood of them, or trouble with the disk."""
        return self._pad.dropped

    def note(self, refusal: Refusal) -> None:
        """Write a refusal into the trace with the next commit, or drop and count it when there are too many.

        Costs the caller no wait and the disk no commit of its own under load.
        """
        pad = self._pad
        if self._closed or self._trouble is not None:
            pad.dropped += 1
        elif pad.admits(refusal, self._loop.time()) and pad.write(refusal):
            self._loop.call_later(NOTE_SECONDS, self._write_refusals)

    def _write_refusals(self) -> None:
        rows = self._pad.tear_off()
        if not rows:
            return
        if self._closed:
            self._pad.dropped += len(rows)
            return

        def written_down(_: Calling, error: Exception | None) -> None:
            if error is not None:
                self._pad.dropped += len(rows)

        self._turns.put(Calling(partial(insert_refusals, rows=rows), written_down))

    async def _refusals_written(self) -> None:
        """Who looks sees what was noted before: the pad is emptied, and its commit waited for."""
        if self._pad and not self._closed and self._trouble is None:
            self._write_refusals()
            await self._call(lambda _: None)
