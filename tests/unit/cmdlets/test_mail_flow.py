"""Queue and trace under Exchange's names, on a real spool."""

import time
from pathlib import Path
from typing import Any

import pytest

from gatepost.cmdlets import cmdlet_named, failure_of
from gatepost.errors import ConfigRefused, GatepostError, NotFound
from gatepost.manage import Desk
from gatepost.shell import BindingRefused, Bound
from gatepost.spool import Refusal, Spool

from .house import Invoke, play, store


def test_a_queue_is_a_destination_and_a_message_stands_in_each_of_its_queues(tmp_path: Path) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        number = await store(spool, "b@fabrikam.com", "c@fabrikam.com", "d@example.com")
        queues = (await invoke("Get-Queue")).objects
        assert [(it["Identity"], it["MessageCount"], it["Status"]) for it in queues] == [
            ("mx:example.com", 1, "Ready"),
            ("mx:fabrikam.com", 2, "Ready"),
        ]
        assert queues[0]["DeliveryType"] == "DnsConnectorDelivery"
        assert queues[0]["NextHopDomain"] == "example.com"
        (one,) = (await invoke("Get-Queue", Identity="mx:example.com")).objects
        assert one == queues[0]
        messages = (await invoke("Get-Message")).objects
        assert [(it["Identity"], it["Queue"], it["Recipients"]) for it in messages] == [
            (number, "mx:example.com", ["d@example.com"]),
            (number, "mx:fabrikam.com", ["b@fabrikam.com", "c@fabrikam.com"]),
        ]
        assert len((await invoke("Get-Message", Queue="mx:example.com")).objects) == 1
        assert len((await invoke("Get-Message", QueueIdentity="mx:example.com")).objects) == 1
        assert len((await invoke("Get-Message", Identity=f"SERVER\\3\\{number}")).objects) == 2
        assert len((await invoke("Get-Message", ResultSize=1)).objects) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("destination", "domain"),
    [("mx:fabrikam.com", "fabrikam.com"), ("mx:fabrikam.com/Upstream", "fabrikam.com"), ("connector:a/b", "a/b")],
)
def test_the_next_hop_is_a_domain_whatever_way_leads_there(destination: str, domain: str) -> None:
    cmdlet = cmdlet_named("Get-Queue")
    assert cmdlet is not None
    row = {"destination": destination, "waiting": 1, "sending": 0, "held": 0, "due": None, "last_reply": None}
    row |= {"left_alone_until": None, "left_alone_because": None, "left_alone_failures": 0}
    (shown,) = cmdlet.show([row], Bound(given={}))
    assert shown["NextHopDomain"] == domain


def test_messages_are_suspended_resumed_and_removed(tmp_path: Path) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        first, second = await store(spool, "b@fabrikam.com"), await store(spool, "c@fabrikam.com")
        assert (await invoke("Suspend-Message", Identity=[first])).objects == []
        assert [it["Status"] for it in (await invoke("Get-Message", Identity=first)).objects] == ["Suspended"]
        assert (await invoke("Get-Queue")).objects[0]["HeldCount"] == 1
        await invoke("Resume-Message", Identity=first)
        await invoke("Suspend-Message", Queue="mx:fabrikam.com")
        assert (await invoke("Get-Queue")).objects[0]["Status"] == "Suspended"
        said = await invoke("Suspend-Message", Identity=first)
        assert said.warnings == ("Nothing was changed: no recipient was in a state for it.",)
        await invoke("Remove-Message", Identity=[first, second], WithNDR=False)
        assert (await invoke("Get-Message")).objects == []
        assert (await invoke("Get-Queue")).objects == []

    play(tmp_path, scene)


def test_a_queue_is_tried_again(tmp_path: Path) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        await store(spool, "b@fabrikam.com")
        said = await invoke("Retry-Queue", Identity="mx:fabrikam.com", Resubmit=True)
        assert said.objects == []
        assert "'Resubmit'" in said.warnings[0]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Suspend-Message", {"Queue": "mx:fabrikam.com"}),
        ("Remove-Message", {"Queue": "mx:fabrikam.com"}),
        ("Retry-Queue", {"Identity": "mx:fabrikam.com"}),
        ("Suspend-Message", {}),
        ("Resume-Message", {}),
        ("Remove-Message", {}),
    ],
)
def test_what_if_moves_no_message(tmp_path: Path, name: str, given: dict[str, Any]) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        number = await store(spool, "b@fabrikam.com")
        before = (await invoke("Get-Message")).objects
        assert (await invoke(name, WhatIf=True, **(given or {"Identity": number}))).objects == []
        assert (await invoke("Get-Message")).objects == before

    play(tmp_path, scene)


def test_the_trace_lists_recipients_with_exchanges_statuses(tmp_path: Path) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        number = await store(spool, "b@fabrikam.com", "c@fabrikam.com")
        await store(spool, "d@example.com")
        await invoke("Suspend-Message", Queue="mx:example.com")
        refusal = Refusal(id=spool.new_id(), at=time.time(), client="198.51.100.7", reply="550 5.7.64 no",
                          sender="x@evil.example", recipient="b@fabrikam.com",
                          story={"reasons": ["No connector matches."], "remedies": ["Add one."]})  # fmt: skip
        spool.note(refusal)
        rows = (await invoke("Get-MessageTrace")).objects
        assert sorted((it["RecipientAddress"], it["Status"]) for it in rows) == [
            ("b@fabrikam.com", "Pending"),
            ("b@fabrikam.com", "Refused"),
            ("c@fabrikam.com", "Pending"),
            ("d@example.com", "Quarantined"),
        ]
        assert list(rows[0])[:7] == [
            "Organization", "MessageId", "Received", "SenderAddress", "RecipientAddress", "Subject", "Status",
        ]  # fmt: skip

        async def found(**given: Any) -> list[str]:
            return [it["RecipientAddress"] for it in (await invoke("Get-MessageTraceV2", **given)).objects]

        assert sorted(await found(Status="pending")) == ["b@fabrikam.com", "c@fabrikam.com"]
        assert len(await found(Status=["Pending", "Quarantined"])) == 3
        assert await found(RecipientAddress="d@*") == ["d@example.com"]
        assert await found(MessageTraceId=number, RecipientAddress="C@fabrikam.com") == ["c@fabrikam.com"]
        assert await found(SenderAddress="nobody@contoso.com") == []
        assert await found(EndDate="2020-01-01") == await found(EndDate="0001-01-01") == []
        assert await found(FromIP="198.51.100.7") == ["b@fabrikam.com"]
        assert await found(ToIP="198.51.100.7") == []
        assert len(await found(StartDate="2020-01-01", EndDate="2199-01-01")) == 4
        first, second = await found(PageSize=2, Page=1), await found(PageSize=2, Page=2)
        assert len(first) == len(second) == 2
        told = await invoke("Get-MessageTrace", ResultSize=3)
        assert len(told.objects) == 3
        assert told.warnings == ("There are more than these 3. Remedy: narrow StartDate and EndDate.",)
        assert (await invoke("Get-MessageTrace", ResultSize=4)).warnings == ()
        (story,) = (await invoke("Get-MessageTraceDetail", MessageTraceId=refusal.id)).objects
        assert (story["Event"], story["Detail"]) == ("Refuse", "550 5.7.64 no")
        assert '<MEP Name="Remedies" String="Add one."/>' in story["Data"]

    play(tmp_path, scene)


def test_the_story_of_a_message_is_told_event_by_event(tmp_path: Path) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        number = await store(spool, "b@fabrikam.com")
        await invoke("Suspend-Message", Identity=number)
        events = (await invoke("Get-MessageTraceDetailV2", MessageTraceId=number)).objects
        assert [it["Event"] for it in events] == ["Receive", "Hold"]
        assert events[0]["Data"].startswith(
            '<root><MEP Name="ConnectorId" String="Printers"/><MEP Name="ClientIP" String="192.0.2.9"/>'
        )
        assert events[0]["Detail"] == "Connector 'Printers' matched."
        assert events[1]["Detail"] == "By anna."
        again = await invoke("Get-MessageTraceDetail", MessageTraceId=number, RecipientAddress="b@fabrikam.com")
        assert len(again.objects) == 2

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("name", "given", "kind", "words"),
    [
        ("Get-Message", {"Identity": "0000"}, NotFound, "No message has the queue id '0000'"),
        ("Get-Message", {"Identity": ["1", "2"]}, BindingRefused, "names several messages"),
        ("Get-Queue", {"Identity": "mx:typo.com"}, NotFound, "No mail waits for 'mx:typo.com'"),
        ("Suspend-Message", {"Identity": "typo"}, NotFound, "No message has the queue id 'typo'"),
        ("Suspend-Message", {}, ConfigRefused, "Nothing, or too much, is named"),
        ("Suspend-Message", {"Identity": "1", "Queue": "mx:a.com"}, ConfigRefused, "Nothing, or too much, is named"),
        ("Remove-Message", {}, ConfigRefused, "Nothing, or too much, is named"),
        ("Remove-Message", {"Identity": "1", "WithNDR": True}, BindingRefused, "no report is sent"),
        ("Get-MessageTrace", {"Status": "Lost"}, BindingRefused, "Delivered"),
        ("Get-MessageTrace", {"StartDate": "yesterday-ish"}, BindingRefused, "StartDate"),
        (
            "Get-MessageTrace",
            {"FromIP": "a", "ToIP": "b"},
            BindingRefused,
            "Remedy: write 203.0.113.9 or 2001:db8::1. ToIP",
        ),
        ("Get-MessageTrace", {"Page": 0}, BindingRefused, "Page must be 1 or more"),
        ("Get-MessageTraceDetail", {"MessageTraceId": "typo"}, NotFound, "No message has the queue id 'typo'"),
    ],
)
def test_wrong_orders_are_refused_in_a_sentence(
    tmp_path: Path, name: str, given: dict[str, Any], kind: type[GatepostError], words: str
) -> None:
    async def scene(invoke: Invoke, spool: Spool, desk: Desk) -> None:
        await store(spool, "b@fabrikam.com")
        with pytest.raises(kind) as refused:
            await invoke(name, **given)
        message = failure_of(refused.value)[1]
        assert words in message
        assert "Remedy:" in message

    play(tmp_path, scene)
