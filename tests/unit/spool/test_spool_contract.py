"""What every spool promises, played on the disk and on the fake in memory."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from spool_scenes import (
    ACCEPTED,
    ELSEWHERE,
    LATER,
    NEVER,
    NOON,
    THERE,
    AnySpool,
    Clock,
    Porter,
    arrival,
    deferred,
    delivered,
    refusal,
    settlement,
)

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Address, BodyKind, Envelope, Notify, Recipient, TlsWish
from gatepost.spool import (
    INLINE_OCTETS,
    Arrival,
    Choice,
    Content,
    Hold,
    MemorySpool,
    Search,
    Settled,
    Settlement,
    Spool,
    State,
)

Play = Callable[[AnySpool], Awaitable[None]]


class SpoolContract:
    def open(self, folder: Path, clock: Clock) -> AbstractAsyncContextManager[AnySpool]:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self.clock = Clock()

    def play(self, scene: Play) -> None:
        async def run() -> None:
            async with self.open(self.folder, self.clock) as spool:
                await scene(spool)

        asyncio.run(run())

    # --- in and out

    def test_accepted_mail_is_due_at_once_as_it_came(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool, "b@there.example", "c@there.example")
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=10)
            assert (claim.id, claim.envelope, claim.destination) == (came.id, came.envelope, THERE)
            assert claim.content == came.content
            assert (claim.organization, claim.connector, claim.received_at) == ("contoso", "printers", NOON)
            assert [one.attempts for one in claim.waiting] == [1, 1]
            assert await spool.due(THERE, now=NOON, room=10) == []

        self.play(scene)

    def test_what_a_rule_holds_waits_for_nobody_but_an_operator(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.courier = porter = Porter(THERE)
            came = arrival(spool, "b@there.example", "c@there.example", "d@there.example")
            await spool.accept(replace(came, holds=(Hold(rule="Guests"), None, Hold(rule="Box", sandbox=True))))
            (claim,) = porter.claims
            assert [str(one.recipient.address) for one in claim.waiting] == ["c@there.example"]
            counts = await spool.counts()
            assert (counts.waiting, counts.sending, counts.held) == (0, 1, 2)
            groups = await spool.held_by(organization="contoso")
            assert {(it.rule, it.sandbox, it.recipients) for it in groups} == {("Guests", False, 1), ("Box", True, 1)}
            (row,) = await spool.queue(state=State.HELD, rule="Guests")
            assert (row.recipient, row.rule, row.sandbox) == ("b@there.example", "Guests", False)
            assert (row.last_reply, row.attempts, row.due) == ("Held by rule 'Guests'.", 0, None)
            assert len(await spool.queue(state=State.HELD, sandbox=True)) == 1
            assert await spool.release(Choice(held=True, rule="Box"), by="anna") == 0  # it is in the sandbox
            assert await spool.release(Choice(held=True), by="anna") == 1
            shown = await spool.show(came.id)
            assert shown is not None
            assert [(it.state, it.rule, it.sandbox) for it in shown.recipients] == [
                (State.WAITING, None, False),
                (State.SENDING, None, False),
                (State.HELD, "Box", True),
            ]

        self.play(scene)

    def test_the_sandbox_is_sent_back_by_nobody_and_dropped_when_it_is_old(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(replace(came, holds=(Hold(sandbox=True),)))
            assert [claims async for claims in spool.recall([came.id]) if claims] == []
            in_time = Choice(held=True, sandbox=True, before=NOON - 1)
            assert await spool.drop(in_time, by="the sandbox") == 0
            assert await spool.drop(replace(in_time, before=NOON + 1), by="the sandbox", organization="else") == 0
            assert await spool.drop(replace(in_time, before=NOON + 1), by="the sandbox", organization="contoso") == 1
            story = await spool.story(came.id)
            assert story is not None and story.message.finished_at is not None
            assert story.message.recipients[0].last_reply == "Dropped by the sandbox."
            assert [event.kind for event in story.events] == ["accepted", "drop"]

        self.play(scene)

    def test_every_part_of_the_envelope_comes_back(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            envelope = Envelope(
                sender=None,
                recipients=(
                    Recipient(
                        address=Address('"odd one"', "there.example"),
                        notify=(Notify.SUCCESS, Notify.DELAY),
                        orcpt="rfc822;b+2B@x",
                    ),
                    Recipient(address=Address("jürgen", "[192.0.2.4]"), notify=(Notify.NEVER,)),
                ),
                body=BodyKind.BINARY,
                smtputf8=True,
                ret="HDRS",
                envid="QQ+2D1",
                tls=TlsWish.REQUIRED,
            )
            await spool.accept(
                Arrival(
                    id=came.id,
                    envelope=envelope,
                    content=came.content,
                    destinations=(THERE, THERE),
                    received_at=NOON,
                    client="2001:db8::1",
                )
            )
            (claim,) = await spool.due(THERE, now=NOON, room=10)
            assert claim.envelope == envelope

        self.play(scene)

    def test_the_courier_gets_the_first_attempt_of_what_it_takes_after_the_commit(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.courier = porter = Porter(THERE)
            came = arrival(
                spool,
                "b@there.example",
                "x@else.example",
                "c@there.example",
                destinations=(THERE, ELSEWHERE, THERE),
            )
            await spool.accept(came)
            (claim,) = porter.claims
            assert [str(one.recipient.address) for one in claim.waiting] == [
                "b@there.example",
                "c@there.example",
            ]
            assert claim.envelope.recipients == tuple(one.recipient for one in claim.waiting)
            assert [one.attempts for one in claim.waiting] == [1, 1]
            counts = await spool.counts()
            assert (counts.waiting, counts.sending, counts.by_destination) == (1, 2, {ELSEWHERE: 1})
            assert spool.changed.is_set()
            assert await spool.due(THERE, now=NOON, room=10) == []

        self.play(scene)

    def test_mail_a_courier_took_leaves_the_event_alone(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.courier = Porter(THERE)
            spool.changed.clear()
            await spool.accept(arrival(spool))
            assert not spool.changed.is_set()

        self.play(scene)

    def test_accept_soon_answers_later_and_once(self) -> None:
        async def scene(spool: AnySpool) -> None:
            answers: list[SpoolUnavailable | None] = []
            there = asyncio.Event()

            def done(error: SpoolUnavailable | None) -> None:
                answers.append(error)
                there.set()

            spool.accept_soon(arrival(spool), done)
            assert answers == []
            await there.wait()
            assert answers == [None]

        self.play(scene)

    def test_due_gives_the_oldest_first_and_no_more_than_there_is_room_for(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = [arrival(spool, at=NOON + n) for n in (3, 1, 2)]
            for one in came:
                await spool.accept(one)
            first = await spool.due(THERE, now=NOON + 9, room=2)
            assert [claim.id for claim in first] == [came[1].id, came[2].id]
            assert [claim.id for claim in await spool.due(THERE, now=NOON + 9, room=2)] == [came[0].id]
            assert await spool.due(THERE, now=NOON + 9, room=0) == []

        self.play(scene)

    def test_what_is_not_due_or_not_for_the_destination_stays(self) -> None:
        async def scene(spool: AnySpool) -> None:
            await spool.accept(arrival(spool, at=NOON + 60))
            assert await spool.due(THERE, now=NOON + 59, room=5) == []
            assert await spool.due(ELSEWHERE, now=NOON + 60, room=5) == []
            assert len(await spool.due(THERE, now=NOON + 60, room=5)) == 1

        self.play(scene)

    def test_destinations_count_the_waiting_and_name_the_earliest(self) -> None:
        async def scene(spool: AnySpool) -> None:
            await spool.accept(arrival(spool, "b@x.example", "c@x.example", at=NOON + 5))
            await spool.accept(arrival(spool, at=NOON + 2, destinations=(ELSEWHERE,)))
            states = await spool.destinations(NOON)
            assert [(s.destination, s.waiting, s.earliest) for s in states] == [
                (ELSEWHERE, 1, NOON + 2),
                (THERE, 2, NOON + 5),
            ]
            await spool.due(ELSEWHERE, now=NOON + 5, room=1)
            assert [s.destination for s in await spool.destinations(NOON)] == [THERE]

        self.play(scene)

    def test_the_oldest_that_waits_is_known_for_each_destination(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for at in (NOON + 3, NOON + 5, NOON + 9):
                await spool.accept(arrival(spool, at=at))
            await spool.accept(arrival(spool, at=NOON + 2, destinations=(ELSEWHERE,)))
            assert await spool.oldest([THERE, ELSEWHERE, "mx:nowhere.example"]) == {
                THERE: NOON + 3,
                ELSEWHERE: NOON + 2,
            }
            assert await spool.oldest([THERE], organization="nobody") == {}

        self.play(scene)

    # --- settling

    def test_delivered_mail_is_gone_with_its_body_and_remembered_in_the_trace(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(came)
            assert await spool.content(came.id) == came.content.inline
            assert await spool.content(came.id, most=4) == (came.content.inline or b"")[:4]
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            await spool.settle(delivered(claim))
            counts = await spool.counts()
            assert (counts.waiting, counts.sending, counts.held) == (0, 0, 0)
            assert await spool.content(came.id) is None
            assert await spool.queue() == []
            message = await spool.show(came.id)
            assert message is not None
            assert message.finished_at == NOON + 1
            assert [one.state for one in message.recipients] == [State.DELIVERED]

        self.play(scene)

    def test_each_recipient_has_its_own_fate(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool, "b@x.example", "c@x.example", "d@x.example", "e@x.example")
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=9)
            b, c, d, e = (one.row for one in claim.waiting)
            await spool.settle(
                settlement(
                    claim,
                    Settled(row=b, outcome=ACCEPTED),
                    Settled(row=c, outcome=NEVER),
                    Settled(row=d, outcome=LATER, due=NOON + 60, warned=True),
                    Settled(row=e, outcome=LATER, due=NOON + 90, destination=ELSEWHERE),
                )
            )
            message = await spool.show(came.id)
            assert message is not None and message.finished_at is None
            assert [(one.state, one.due, one.destination) for one in message.recipients] == [
                (State.DELIVERED, None, THERE),
                (State.FAILED, None, THERE),
                (State.WAITING, NOON + 60, THERE),
                (State.WAITING, NOON + 90, ELSEWHERE),
            ]
            assert message.recipients[1].last_reply == "550 5.1.1 No such user"
            assert spool.changed.is_set()
            (again,) = await spool.due(THERE, now=NOON + 60, room=9)
            assert [(one.row, one.attempts, one.warned) for one in again.waiting] == [(d, 2, True)]
            await spool.settle(delivered(again))
            assert await spool.content(came.id) is not None  # e still needs it
            (last,) = await spool.due(ELSEWHERE, now=NOON + 90, room=9)
            await spool.settle(delivered(last))
            assert await spool.content(came.id) is None

        self.play(scene)

    def test_reports_come_in_with_the_settlement_and_are_offered_too(self) -> None:
        async def scene(spool: AnySpool) -> None:
            await spool.accept(arrival(spool))
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            spool.courier = porter = Porter(ELSEWHERE)
            bounce = arrival(spool, "a@here.example", destinations=(ELSEWHERE,), sender=None)
            failed = Settled(row=claim.waiting[0].row, outcome=NEVER)
            await spool.settle(settlement(claim, failed, reports=(bounce,)))
            assert [one.id for one in porter.claims] == [bounce.id]
            assert porter.claims[0].envelope.sender is None
            assert (await spool.counts()).sending == 1

        self.play(scene)

    def test_a_claim_given_back_untried_is_not_counted(self) -> None:
        async def scene(spool: AnySpool) -> None:
            await spool.accept(arrival(spool))
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            spool.changed.clear()
            await spool.release_claim(claim, NOON + 5)
            assert spool.changed.is_set()
            assert await spool.due(THERE, now=NOON + 4, room=1) == []
            (again,) = await spool.due(THERE, now=NOON + 5, room=1)
            assert again.waiting[0].attempts == 1

        self.play(scene)

    @pytest.mark.parametrize("blocks", [1, INLINE_OCTETS // 1024 + 5])
    def test_lines_are_put_into_a_finished_body_and_the_old_one_is_gone(self, blocks: int) -> None:
        async def scene(spool: AnySpool) -> None:
            draft = spool.draft()
            draft.write(b"Received: x\r\n")
            for _ in range(blocks):
                draft.write(b"y" * 1022 + b"\r\n")
            before = await draft.finish()
            after = await spool.with_lines(before, b"Found: z\r\n", at=13)
            assert (after.octets, after.file is None) == (before.octets + 10, before.file is None)
            with after.open() as source:
                assert source.read() == b"Received: x\r\nFound: z\r\n" + (b"y" * 1022 + b"\r\n") * blocks
            assert before.file is None or not before.file.exists()

        self.play(scene)

    def test_a_large_draft_goes_through_a_file_and_is_removed_when_it_has_left(self) -> None:
        async def scene(spool: AnySpool) -> None:
            draft = spool.draft()
            piece = b"x" * 1022 + b"\r\n"
            for _ in range(INLINE_OCTETS // 1024 + 5):
                draft.write(piece)
            assert draft.finish_inline() is None
            content = await draft.finish()
            assert content.file is not None and content.inline is None
            plain = arrival(spool)
            await spool.accept(
                Arrival(
                    id=plain.id,
                    envelope=plain.envelope,
                    content=content,
                    destinations=(THERE,),
                    received_at=NOON,
                    client="192.0.2.1",
                )
            )
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            assert claim.content == content
            octets = await spool.content(plain.id)
            assert octets is not None and len(octets) == content.octets == draft.octets
            await spool.settle(delivered(claim))
            assert await spool.content(plain.id) is None

        self.play(scene)

    def test_a_small_draft_stays_in_memory_and_a_discarded_one_leaves_nothing(self) -> None:
        async def scene(spool: AnySpool) -> None:
            draft = spool.draft()
            for _ in range(200):
                draft.write(b"ab")
            assert draft.finish_inline() == Content(octets=400, inline=b"ab" * 200)
            lost = spool.draft()
            lost.write(b"x" * (INLINE_OCTETS + 1))
            lost.discard()
            lost.write(b"more")
            with pytest.raises(SpoolUnavailable):
                await lost.finish()
            assert not [path for path in self.folder.rglob("*") if "partial" in path.name]

        self.play(scene)

    @pytest.mark.parametrize("flaw", ["no recipients", "bad id", "no content", "uneven"])
    def test_an_impossible_arrival_is_refused_and_harms_nobody(self, flaw: str) -> None:
        async def scene(spool: AnySpool) -> None:
            good = arrival(spool)
            bad = Arrival(
                id="nonsense" if flaw == "bad id" else spool.new_id(),
                envelope=Envelope(sender=None, recipients=()) if flaw == "no recipients" else good.envelope,
                content=Content(octets=3) if flaw == "no content" else good.content,
                destinations=() if flaw in ("no recipients", "uneven") else (THERE,),
                received_at=NOON,
                client="192.0.2.1",
            )
            with pytest.raises(SpoolUnavailable):
                await spool.accept(bad)
            await spool.accept(good)
            assert (await spool.counts()).waiting == 1

        self.play(scene)

    def test_an_id_is_never_stored_twice(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(came)
            with pytest.raises(SpoolUnavailable):
                await spool.accept(came)
            assert (await spool.counts()).waiting == 1

        self.play(scene)

    def test_ids_are_sixteen_hex_digits_and_grow_even_when_the_clock_steps_back(self) -> None:
        async def scene(spool: AnySpool) -> None:
            ids = [spool.new_id() for _ in range(50)]
            self.clock.now -= 86400
            ids += [spool.new_id() for _ in range(50)]
            assert ids == sorted(set(ids))
            assert all(len(one) == 16 and int(one, 16) > 0 for one in ids)

        self.play(scene)

    # --- operators

    def test_hold_release_retry_and_drop_leave_their_marks(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(came)
            assert await spool.hold([came.id], by="erika") == 1
            assert await spool.hold([came.id], by="erika") == 0
            assert await spool.due(THERE, now=NOON + 999, room=1) == []
            assert [row.state for row in await spool.queue(state="held")] == [State.HELD]
            assert await spool.release([came.id], by="erika") == 1
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            assert await spool.drop([came.id], by="erika") == 0  # it is being sent
            await spool.settle(deferred(claim, NOON + 3600))
            spool.changed.clear()
            assert await spool.retry([came.id], by="hans") == 1
            assert spool.changed.is_set()
            assert [row.due for row in await spool.queue()] == [NOON]
            assert await spool.drop([came.id], by="hans") == 1
            assert await spool.content(came.id) is None
            story = await spool.story(came.id)
            assert story is not None
            assert [event.kind for event in story.events] == [
                "accepted",
                "hold",
                "release",
                "attempt",
                "retry",
                "drop",
            ]
            assert story.events[1].detail["by"] == "erika"
            assert story.message.recipients[0].state is State.FAILED

        self.play(scene)

    def test_a_choice_means_one_destination_or_what_is_held_and_never_all(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for lane in (THERE, THERE, ELSEWHERE):
                await spool.accept(arrival(spool, destinations=(lane,)))
            assert await spool.drop(Choice(), by="x") == 0
            assert await spool.hold(Choice(destination=THERE), by="x") == 2
            assert await spool.release(Choice(held=True), by="x") == 2
            assert await spool.drop(Choice(destination=ELSEWHERE), by="x") == 1
            assert (await spool.counts()).by_destination == {THERE: 2}

        self.play(scene)

    def test_retry_counts_everybody_it_asks_for_and_leaves_the_overdue_in_their_order(self) -> None:
        async def scene(spool: AnySpool) -> None:
            later, overdue = arrival(spool), arrival(spool, at=NOON - 60)
            for one in (later, overdue):
                await spool.accept(one)
            for claim in await spool.due(THERE, now=NOON, room=9):
                await spool.settle(deferred(claim, NOON - 30 if claim.id == overdue.id else NOON + 3600))
            assert await spool.retry(Choice(destination=THERE), by="erika") == 2
            assert [(row.id, row.due) for row in await spool.queue()] == [(overdue.id, NOON - 30), (later.id, NOON)]
            for one in (later, overdue):
                story = await spool.story(one.id)
                assert story is not None and story.events[-1].kind == "retry"
            assert await spool.retry(Choice(destination=ELSEWHERE), by="erika") == 0

        self.play(scene)

    # --- organizations

    def test_one_organization_neither_sees_nor_counts_what_is_anothers(self) -> None:
        async def scene(spool: AnySpool) -> None:
            ours, theirs, nobodys = (
                arrival(spool, "b@there.example", "c@there.example", destinations=(THERE, ELSEWHERE)),
                arrival(spool, organization="fabrikam", destinations=(THERE,)),
                arrival(spool, organization=None),
            )
            refused = refusal(spool, organization="fabrikam")
            strangers = refusal(spool, client="198.51.100.8")
            for one in (ours, theirs, nobodys):
                await spool.accept(one)
            for note in (refused, strangers):
                spool.note(note)
            assert {row.id for row in await spool.queue(organization="contoso")} == {ours.id}
            assert [row.id for row in await spool.queue(organization="fabrikam", destination=THERE)] == [theirs.id]
            assert await spool.queue(organization="fabrikam", destination=ELSEWHERE) == []
            counts = await spool.counts(organization="contoso")
            assert (counts.waiting, counts.by_destination) == (2, {THERE: 1, ELSEWHERE: 1})
            assert (await spool.counts()).by_destination == {THERE: 3, ELSEWHERE: 1}
            found = {row.id for row in await spool.find(Search(organization="fabrikam"))}
            assert found == {theirs.id, refused.id}
            assert await spool.find(Search(organization="contoso", status="refused")) == []
            assert await spool.find(Search(organization="Contoso")) == []
            for id_ in (theirs.id, nobodys.id, refused.id, strangers.id):
                assert await spool.show(id_, organization="contoso") is None
                assert await spool.story(id_, organization="contoso") is None
            for id_ in (theirs.id, refused.id):
                assert await spool.story(id_, organization="fabrikam") is not None

        self.play(scene)

    def test_an_organizations_orders_reach_its_own_messages_only(self) -> None:
        async def scene(spool: AnySpool) -> None:
            ours, theirs = arrival(spool), arrival(spool, organization="fabrikam")
            for one in (ours, theirs):
                await spool.accept(one)
            both, lane, held = [ours.id, theirs.id], Choice(destination=THERE), Choice(held=True)

            async def standing() -> dict[str, State]:
                return {row.id: row.state for row in await spool.queue()}

            assert await spool.hold(both, by="x", organization="contoso") == 1
            assert await standing() == {ours.id: State.HELD, theirs.id: State.WAITING}
            assert await spool.hold(lane, by="x") == 1
            assert (await spool.counts(organization="fabrikam")).held == 1
            assert await spool.release(held, by="x", organization="contoso") == 1
            assert await standing() == {ours.id: State.WAITING, theirs.id: State.HELD}
            assert await spool.release(held, by="x", organization="fabrikam") == 1
            assert await spool.retry(lane, by="x", organization="fabrikam") == 1
            assert await spool.drop(lane, by="x", organization="fabrikam") == 1
            assert await spool.drop(both, by="x", organization="fabrikam") == 0
            assert await standing() == {ours.id: State.WAITING}

        self.play(scene)

    def test_the_queue_of_one_organization_is_paged_without_gaps_or_repeats(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for n in range(12):
                whose, lane = ("contoso", "fabrikam")[n % 2], (THERE, ELSEWHERE)[n % 4 // 2]
                await spool.accept(arrival(spool, at=NOON + n % 3, destinations=(lane,), organization=whose))
            (sending,) = await spool.due(THERE, now=NOON, room=1)
            assert sending.organization == "contoso"
            seen: list[str] = []
            after = None
            while page := await spool.queue(limit=2, after=after, organization="contoso"):
                seen += [row.id for row in page]
                assert {row.organization for row in page} == {"contoso"}
                after = page[-1].cursor
            assert len(seen) == len(set(seen)) == 6
            assert seen[0] == sending.id
            assert (await spool.counts(organization="contoso")).sending == 1

        self.play(scene)

    def test_an_unknown_message_is_nobody(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for odd in ("", "xyz", "0" * 16, "F" * 16, "1" * 40, "'; DROP TABLE message"):
                assert await spool.show(odd) is None
                assert await spool.story(odd) is None
                assert await spool.content(odd) is None
                assert await spool.hold([odd], by="x") == 0

        self.play(scene)

    def test_the_queue_is_paged_without_gaps_or_repeats(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for n in range(7):
                await spool.accept(arrival(spool, at=NOON + n % 3, destinations=((THERE, ELSEWHERE)[n % 2],)))
            held = arrival(spool)
            await spool.accept(held)
            await spool.hold([held.id], by="x")
            await spool.due(THERE, now=NOON, room=1)
            seen = []
            after = None
            while page := await spool.queue(limit=2, after=after):
                seen += [(row.id, row.state) for row in page]
                after = page[-1].cursor
            assert len(seen) == len(set(seen)) == 8
            assert [state for _, state in seen] == [State.SENDING, State.HELD] + [State.WAITING] * 6
            only = await spool.queue(destination=ELSEWHERE)
            assert [row.destination for row in only] == [ELSEWHERE] * 3

        self.play(scene)

    # --- the trace

    def test_the_trace_is_found_by_each_of_its_words(self) -> None:
        async def scene(spool: AnySpool) -> None:
            one = arrival(spool, "b@there.example", "c@there.example", subject="Scan [1]", at=NOON)
            self.clock.now += 10
            two = arrival(spool, "B@There.example", sender=None, message_id="<2@here.example>", at=NOON + 10)
            await spool.accept(one)
            await spool.accept(two)

            async def ids(**asked: str | float | int) -> list[str]:
                return [row.id for row in await spool.find(Search(**asked))]  # type: ignore[arg-type]

            for _ in range(2):  # before and after the look-ups are filled
                assert await ids() == [two.id, one.id, one.id]
                assert await ids(limit=1) == [two.id]
                assert await ids(recipient="b@there.example") == [two.id, one.id]
                assert await ids(recipient="*@there.example", sender="a@here.example") == [one.id, one.id]
                assert await ids(sender="<>") == [two.id]
                assert await ids(sender="A@HERE.example", recipient="c@there.example") == [one.id]
                assert await ids(message_id="<2@here.example>") == [two.id]
                assert await ids(subject="scan [") == [one.id, one.id]
                assert await ids(subject="100%") == []
                assert await ids(since=NOON + 5) == [two.id]
                assert await ids(until=NOON + 5) == [one.id, one.id]
                assert await ids(status="waiting", connector="printers", limit=9) == [two.id, one.id, one.id]
                assert await ids(connector="others") == []
                assert await ids(sender="a?here.example") == []
                await spool.sweep(NOON + 5000, 30)

        self.play(scene)

    def test_retention_forgets_finished_messages_and_only_those(self) -> None:
        async def scene(spool: AnySpool) -> None:
            gone, stays = arrival(spool), arrival(spool, destinations=(ELSEWHERE,))
            await spool.accept(gone)
            await spool.accept(stays)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            await spool.settle(delivered(claim))
            await spool.sweep(NOON + 86400, 30)
            assert await spool.story(gone.id) is not None
            assert (await spool.sweep(NOON + 31 * 86400, 30)).messages == 1
            assert await spool.story(gone.id) is None
            assert await spool.find(Search(recipient="b@there.example", status="delivered")) == []
            assert await spool.content(stays.id) is not None

        self.play(scene)

    # --- refusals

    def test_a_refusal_is_in_the_trace_with_its_reasons_and_remedies(self) -> None:
        async def scene(spool: AnySpool) -> None:
            turned_away = refusal(spool)
            spool.note(turned_away)
            (row,) = await spool.find(Search())
            assert (row.id, row.status, row.recipient) == (turned_away.id, State.REFUSED, "b@there.example")
            assert row.last_reply == turned_away.reply
            story = await spool.story(turned_away.id.upper())
            assert story is not None
            (event,) = story.events
            assert (event.kind, event.at) == ("refused", NOON)
            assert event.detail["reasons"] == ["No connector lists 198.51.100.7."]
            assert event.detail["remedies"] == ["List it."]
            assert (event.detail["hello"], event.detail["tls"]) == (turned_away.hello, turned_away.tls)
            (asked_for,) = story.message.recipients
            assert (story.message.client, asked_for.state) == ("198.51.100.7", State.REFUSED)
            assert await spool.content(turned_away.id) is None
            assert await spool.queue() == []

        self.play(scene)

    def test_refusals_and_messages_are_listed_together_newest_first(self) -> None:
        async def scene(spool: AnySpool) -> None:
            ids = []
            for n in range(6):
                self.clock.now += 1
                if n % 2:
                    turned_away = refusal(spool, at=self.clock.now)
                    spool.note(turned_away)
                    ids.append(turned_away.id)
                else:
                    came = arrival(spool, "b@there.example", "c@there.example", at=self.clock.now)
                    await spool.accept(came)
                    ids += [came.id, came.id]
            assert [row.id for row in await spool.find(Search())] == ids[::-1]
            assert [row.id for row in await spool.find(Search(limit=4))] == ids[:-5:-1]
            assert [row.recipient[0] for row in await spool.find(Search())] == list("bbcbbcbbc")
            assert {row.status for row in await spool.find(Search(status="refused"))} == {State.REFUSED}
            assert len(await spool.find(Search(status="waiting"))) == 6

        self.play(scene)

    def test_the_trace_is_paged_without_a_gap_or_a_double_while_mail_comes_and_goes(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for n in range(6):
                self.clock.now += 1
                if n % 2:
                    spool.note(refusal(spool, at=self.clock.now))
                else:
                    came = arrival(spool, "b@there.example", "c@there.example", "d@there.example", at=self.clock.now)
                    await spool.accept(came)
            whole = [(row.id, row.recipient) for row in await spool.find(Search())]
            for room in (1, 2, 5):
                seen: list[tuple[str, str]] = []
                after = None
                while page := await spool.find(Search(limit=room, after=after)):
                    seen += [(row.id, row.recipient) for row in page]
                    after = page[-1].cursor
                    self.clock.now += 1
                    spool.note(refusal(spool, "late@there.example", at=self.clock.now))
                assert [row for row in seen if row[1] != "late@there.example"] == whole
                assert len(seen) == len(set(seen))
            # What has changed its state is passed by, not met again.
            (first,) = await spool.find(Search(status="waiting", limit=1))
            await spool.drop([first.id], by="x")
            rest = await spool.find(Search(status="waiting", after=first.cursor))
            assert [row.id for row in rest] == [row.id for row in await spool.find(Search(status="waiting"))]
            for odd in ("", "x", "-1", "f" * 16, "0" * 17):
                assert len(await spool.find(Search(after=odd))) == len(await spool.find(Search())), odd

        self.play(scene)

    def test_the_trace_is_found_by_where_mail_came_from_and_where_it_went(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool, "b@there.example", "x@else.example", destinations=(THERE, ELSEWHERE))
            await spool.accept(came)
            spool.note(refusal(spool))
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            await spool.settle(
                Settlement(
                    claim=claim,
                    at=NOON + 1,
                    results=tuple(Settled(row=one.row, outcome=ACCEPTED) for one in claim.waiting),
                    story={"host": "relay.example", "address": "203.0.113.25"},
                )
            )
            assert [row.recipient[0] for row in await spool.find(Search(client="192.0.2.1"))] == ["b", "x"]
            assert [row.status for row in await spool.find(Search(client="198.51.100.7"))] == [State.REFUSED]
            assert [row.recipient[0] for row in await spool.find(Search(host="203.0.113.25"))] == ["b"]
            assert (
                await spool.find(Search(host="203.0.113.26")) == await spool.find(Search(client="203.0.113.25")) == []
            )
            await spool.sweep(NOON + 5000, 30)
            assert len(await spool.find(Search(host="203.0.113.25", sender="a@here.example"))) == 1

        self.play(scene)

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"sender": "X@stranger.example"}, "a"),
            ({"sender": "<>"}, "b"),
            ({"recipient": "*@there.example"}, "ab"),
            ({"recipient": "b@there.example"}, "b"),
            ({"connector": "printers"}, "b"),
            ({"since": NOON + 1}, "b"),
            ({"until": NOON + 1}, "a"),
            ({"message_id": "*"}, ""),
            ({"subject": ""}, ""),
            ({"status": "delivered"}, ""),
        ],
    )
    def test_refusals_are_found_by_what_they_have(self, asked: dict[str, object], expected: str) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.note(refusal(spool, "a@there.example"))
            self.clock.now += 2
            spool.note(refusal(spool, sender="", connector="printers", at=self.clock.now))
            found = await spool.find(Search(**asked))  # type: ignore[arg-type]
            assert sorted(row.recipient[0] for row in found) == list(expected)

        self.play(scene)

    def test_a_flood_of_refusals_is_bounded_and_counted_and_others_still_get_through(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for _ in range(500):
                spool.note(refusal(spool))
            spool.note(refusal(spool, "other@there.example", client="203.0.113.9"))
            kept = await spool.find(Search(status="refused", limit=1000))
            assert 50 <= len(kept) <= 60
            assert kept[0].recipient == "other@there.example"
            assert spool.refusals_dropped == 501 - len(kept)
            for n in range(1000):
                spool.note(refusal(spool, client=f"2001:db8::{n:x}"))
            assert len(await spool.find(Search(status="refused", limit=2000))) <= 250

        self.play(scene)

    def test_what_strangers_say_is_bounded_and_readable_in_a_refusal(self) -> None:
        async def scene(spool: AnySpool) -> None:
            odd = replace(
                refusal(spool),
                hello="\udcff" + "h" * 5000,
                sender="s\x00\ud800" * 1000,
                story={"reasons": ["r" * 5000] * 500, "deep": [[[[[["x"]]]]]]},
            )
            spool.note(odd)
            story = await spool.story(odd.id)
            assert story is not None
            assert len(repr(story)) < 60_000
            str(story).encode("utf-8")
            (row,) = await spool.find(Search())
            assert row.sender.startswith("s") and len(row.sender) <= 998

        self.play(scene)

    def test_refusals_are_forgotten_when_their_days_are_over(self) -> None:
        async def scene(spool: AnySpool) -> None:
            old = refusal(spool)
            spool.note(old)
            self.clock.now += 86400
            young = refusal(spool, at=self.clock.now)
            spool.note(young)
            assert [row.id for row in await spool.find(Search())] == [young.id, old.id]
            swept = await spool.sweep(NOON + 86400 * 30.5, keep_days=30)
            assert swept.refusals == 1
            assert [row.id for row in await spool.find(Search())] == [young.id]
            assert await spool.story(old.id) is None

        self.play(scene)

    def test_a_refusal_changes_neither_queue_nor_counts_and_no_order_reaches_it(self) -> None:
        async def scene(spool: AnySpool) -> None:
            before = await spool.counts()
            turned_away = refusal(spool)
            spool.note(turned_away)
            assert await spool.story(turned_away.id) is not None
            assert await spool.counts() == before
            assert await spool.retry([turned_away.id], by="erika") == 0
            assert await spool.drop([turned_away.id], by="erika") == 0

        self.play(scene)

    def test_queue_ids_are_lower_case_and_either_case_is_understood(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(came)
            assert re.fullmatch(r"[0-9a-f]{16}", came.id)
            message = await spool.show(came.id.upper())
            assert message is not None and message.id == came.id
            assert await spool.hold([came.id.upper()], by="erika") == 1

        self.play(scene)

    def test_mail_is_found_by_the_cause_that_keeps_it(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            await spool.settle(deferred(claim, NOON + 60))
            spool.note(refusal(spool))
            assert [(row.id, row.cause) for row in await spool.find(Search(cause="rate-limit"))] == [
                (came.id, "rate-limit")
            ]
            assert await spool.find(Search(cause="tls")) == []
            message = await spool.show(came.id)
            assert message is not None and message.recipients[0].cause == "rate-limit"

        self.play(scene)

    def test_an_attempt_tells_its_story(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool)
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            await spool.settle(deferred(claim, NOON + 60))
            story = await spool.story(came.id)
            assert story is not None
            accepted, attempt = story.events
            assert (accepted.kind, accepted.at, accepted.detail) == (
                "accepted",
                NOON,
                {"why": "matches 192.0.2.0/24"},
            )
            assert (attempt.kind, attempt.at) == ("attempt", NOON + 1)
            assert attempt.detail == {
                "destination": THERE,
                "host": "relay.example",
                "results": [
                    {
                        "recipient": "b@there.example",
                        "host": "relay.example",
                        "reply": "451 4.3.0 Busy",
                        "outcome": "deferred",
                        "reason": "The host is busy.",
                        "due": NOON + 60,
                        "destination": THERE,
                        "cause": "rate-limit",
                    }
                ],
            }

        self.play(scene)

    def test_what_an_operator_recalls_is_claimed_whether_it_waits_or_is_held(self) -> None:
        async def scene(spool: AnySpool) -> None:
            came = arrival(spool, "b@there.example", "c@else.example", destinations=(THERE, ELSEWHERE))
            await spool.accept(came)
            await spool.hold(Choice(destination=ELSEWHERE), by="erika")
            assert [page async for page in spool.recall([came.id], organization="fabrikam") if page] == []
            (claims,) = [page async for page in spool.recall([came.id], organization="contoso") if page]
            assert [(it.destination, it.envelope.recipients, it.content) for it in claims] == [
                (lane, (recipient,), came.content)
                for lane, recipient in zip((THERE, ELSEWHERE), came.envelope.recipients, strict=True)
            ]
            assert [one.attempts for claim in claims for one in claim.waiting] == [0, 0]
            counts = await spool.counts()
            assert (counts.waiting, counts.sending, counts.held) == (0, 2, 0)
            assert [page async for page in spool.recall([came.id]) if page] == []  # it is being sent
            for claim in claims:
                fates = [Settled(row=one.row, outcome=NEVER) for one in claim.waiting]
                await spool.settle(replace(settlement(claim, *fates), kind="bounce"))
            story = await spool.story(came.id)
            assert story is not None and story.message.finished_at == NOON + 1
            assert [it.kind for it in story.events] == ["accepted", "hold", "bounce", "bounce"]
            assert (await spool.counts()).sending == 0

        self.play(scene)

    def test_a_recall_of_a_destination_leaves_alone_what_comes_meanwhile(self) -> None:
        async def scene(spool: AnySpool) -> None:
            many = [arrival(spool) for _ in range(120)]
            for came in many:
                await spool.accept(came)
            recalled = []
            async for claims in spool.recall(Choice(destination=THERE)):
                recalled += [claim.id for claim in claims]
                for claim in claims:
                    report = arrival(spool, sender=None)
                    fates = [Settled(row=one.row, outcome=NEVER) for one in claim.waiting]
                    await spool.settle(settlement(claim, *fates, reports=(report,)))
            assert sorted(recalled) == sorted(came.id for came in many)
            assert (await spool.counts()).by_destination == {THERE: 120}

        self.play(scene)

    def test_a_full_queue_is_said_in_advance(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.max_waiting = 1
            await spool.accept(arrival(spool))
            refusal = spool.has_room()
            assert refusal is not None and refusal.code == 452

        self.play(scene)


class TestMemorySpool(SpoolContract):
    def open(self, folder: Path, clock: Clock) -> AbstractAsyncContextManager[AnySpool]:
        return MemorySpool.open(folder, clock=clock)


class TestDiskSpool(SpoolContract):
    def open(self, folder: Path, clock: Clock) -> AbstractAsyncContextManager[AnySpool]:
        return Spool.open(folder, clock=clock)
