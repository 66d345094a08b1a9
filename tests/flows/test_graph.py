"""Outbound connectors by Microsoft Graph, against a cloud that takes sendMail by its rules."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from cloud import CA_PEM, CLIENT, MAILBOX, SECRET, TENANT, Cloud, clouding
from relaying import Relay, played, relaying, smart_host, table_of
from sink import Sink, running

from gatepost.routing import MOST_FOR_GRAPH, Application, RouteTable, Way

pytestmark = pytest.mark.flow
BOB, EVE = "bob@fabrikam.com", "eve@fabrikam.com"
SECRETS = {"app": SECRET}
TO_BOB = b"From: scanner@contoso.com\r\nTo: Bob <BOB@fabrikam.com>\r\nSubject: scan\r\n\r\nHello\r\n.a dot\r\n"


def graph_way(cloud: Cloud, *, mailbox: str = MAILBOX) -> Way:
    return Way(
        connector="Graph",
        user_name=mailbox,
        certificate_authorities=(CA_PEM,),
        application=Application(
            tenant=TENANT,
            client_id=CLIENT,
            authority=cloud.authority,
            resource=cloud.graph,
            client_secret_secret="app",
        ),
        graph=cloud.graph,
    )


def by_graph(cloud: Cloud, *, mailbox: str = MAILBOX) -> RouteTable:
    return table_of({"*": graph_way(cloud, mailbox=mailbox)})


@asynccontextmanager
async def graphing(folder: Path) -> AsyncIterator[tuple[Cloud, Relay]]:
    async with clouding(Cloud()) as cloud, relaying(folder, by_graph(cloud), secrets=SECRETS) as relay:
        yield cloud, relay


async def fate(relay: Relay, name: str, *to: str, content: bytes = TO_BOB, **more: Any) -> str:
    """The reason of the first fact of that name."""
    await relay.accept(*(to or (BOB,)), content=content, **more)
    told = await relay.facts.wait_for(name)
    return str(told[0].get("reason"))


@played
async def test_a_message_goes_byte_for_byte_with_a_bcc_of_those_it_does_not_name(tmp_path: Path) -> None:
    async with graphing(tmp_path) as (cloud, relay):
        await relay.accept(BOB, content=TO_BOB)
        await relay.facts.wait_for("delivered")
        await relay.accept(BOB, EVE, content=TO_BOB)
        await relay.facts.wait_for("delivered", 3)
    assert cloud.sent[0] == (MAILBOX, TO_BOB)
    assert cloud.sent[1] == (MAILBOX, b"Bcc: eve@fabrikam.com\r\n" + TO_BOB)
    assert cloud.asked["token"] == 1


@played
async def test_a_large_message_is_sent_from_its_file(tmp_path: Path) -> None:
    content = TO_BOB + b"x" * 78 + b"\r\n"
    content += (b"y" * 78 + b"\r\n") * ((MOST_FOR_GRAPH - len(content)) // 80)
    async with graphing(tmp_path) as (cloud, relay):
        await relay.accept(BOB, content=content)
        await relay.facts.wait_for("delivered")
    assert cloud.sent == [(MAILBOX, content)]


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (
            TO_BOB.replace(b"To: ", b"Cc: carl@contoso.com\r\nTo: "),
            {},
            "names carl@contoso.com, who is not a recipient",
        ),
        (TO_BOB.replace(b"To: ", b"To: some one else\r\nCc: "), {}, "has a To that names something that is no address"),
        (TO_BOB + b"x" * MOST_FOR_GRAPH, {}, "octets, and with its encoding Graph takes 3145728"),
        (TO_BOB, {"sender": None}, "its sender is empty"),
    ],
)
@played
async def test_what_graph_would_send_otherwise_is_refused_without_asking_it(
    tmp_path: Path, content: bytes, more: dict[str, Any], words: str
) -> None:
    async with graphing(tmp_path) as (cloud, relay):
        reason = await fate(relay, "failed", content=content, **more)
    assert words in reason, reason
    assert cloud.asked == {}


@played
async def test_a_mailbox_gets_four_messages_at_once_and_no_more(tmp_path: Path) -> None:
    async with graphing(tmp_path) as (cloud, relay):
        cloud.graph_gate = asyncio.Event()
        for _ in range(12):
            await relay.accept(BOB, content=TO_BOB)
        async with asyncio.timeout(20):
            while cloud.at_once < 4:
                await asyncio.sleep(0)
        cloud.graph_gate.set()
        await relay.facts.wait_for("delivered", 12)
    assert cloud.most_at_once == 4
    assert not relay.facts.all("deferred")


@pytest.mark.parametrize("status", [429, 503])
@played
async def test_retry_after_is_honoured(tmp_path: Path, status: int) -> None:
    now = [1_800_000_000.0]
    async with clouding(Cloud()) as cloud:
        cloud.graph_says = [(status, "ApplicationThrottled", {"Retry-After": "300"})]
        table = by_graph(cloud)
        async with relaying(tmp_path, table, secrets=SECRETS, clock=lambda: now[0]) as relay:
            reason = await fate(relay, "deferred")
            assert f"Graph: {status} ApplicationThrottled" in reason
            assert relay.outbound.resting()["connector:Graph"].until == now[0] + 300
            now[0] += 301
            relay.outbound.wake(())
            await relay.facts.wait_for("delivered")
    assert cloud.asked["graph"] == 2


@pytest.mark.parametrize(
    ("status", "code", "name", "words"),
    [
        (400, "ErrorInvalidRecipients", "failed", "Graph: 400 ErrorInvalidRecipients"),
        (403, "ErrorSendAsDenied", "failed", "Graph: 403 ErrorSendAsDenied"),
        (413, "RequestEntityTooLarge", "failed", "Graph: 413"),
        (400, "ErrorQuotaExceeded", "deferred", "Graph: 400 ErrorQuotaExceeded"),
        (500, "InternalServerError", "deferred", "Graph: 500"),
        (302, "", "deferred", "Graph: 302"),
    ],
)
@played
async def test_an_answer_is_the_fate_of_the_message_or_of_the_way(
    tmp_path: Path, status: int, code: str, name: str, words: str
) -> None:
    async with clouding(Cloud()) as cloud:
        cloud.graph_says = [(status, code, {"Location": "https://elsewhere.example/"})]
        async with relaying(tmp_path, by_graph(cloud), secrets=SECRETS) as relay:
            reason = await fate(relay, name)
    assert words in reason


@played
async def test_a_right_or_a_mailbox_that_is_missing_is_waited_for(tmp_path: Path) -> None:
    cloud = Cloud(roles={"graph": []})
    async with clouding(cloud), relaying(tmp_path / "a", by_graph(cloud), secrets=SECRETS) as relay:
        assert "Remedy: grant the application Mail.Send" in await fate(relay, "deferred")
    cloud = Cloud()
    async with clouding(cloud):
        table = by_graph(cloud, mailbox="no@contoso.com")
        async with relaying(tmp_path / "b", table, secrets=SECRETS) as relay:
            assert "Remedy: check UserName" in await fate(relay, "deferred")
    async with clouding(cloud):
        cloud.secret = "another"
        async with relaying(tmp_path / "c", by_graph(cloud), secrets=SECRETS) as relay:
            assert "AADSTS7000215" in await fate(relay, "deferred")


@played
async def test_a_token_that_graph_refuses_is_replaced_once(tmp_path: Path) -> None:
    async with graphing(tmp_path) as (cloud, relay):
        await relay.accept(BOB, content=TO_BOB)
        await relay.facts.wait_for("delivered")
        cloud.revoke_all()
        await relay.accept(BOB, content=TO_BOB)
        await relay.facts.wait_for("delivered", 2)
    assert cloud.asked == {"token": 2, "graph": 3}


@played
async def test_a_graph_that_is_not_there_or_not_itself_is_waited_for(tmp_path: Path) -> None:
    async with clouding(Cloud()) as cloud:
        way = by_graph(cloud)
    async with relaying(tmp_path / "gone", way, secrets=SECRETS) as relay:
        assert "no connection can be made" in await fate(relay, "deferred")
    async with (
        clouding(Cloud(), trustme.CA()) as cloud,
        relaying(tmp_path / "other", by_graph(cloud), secrets=SECRETS) as relay,
    ):
        reason = await fate(relay, "deferred")
    assert "its certificate cannot be trusted" in reason


@played
async def test_a_message_that_graph_is_no_way_for_goes_by_the_next_way(tmp_path: Path) -> None:
    async with clouding(Cloud()) as cloud, running(Sink()) as sink:
        graph, smtp = graph_way(cloud), smart_host("By SMTP", sink.port)
        table = table_of({"*": graph}, further=(smtp,))
        async with relaying(tmp_path, table, secrets=SECRETS) as relay:
            await relay.accept(BOB, content=TO_BOB.replace(b"To: ", b"Cc: carl@contoso.com\r\nTo: "))
            await relay.facts.wait_for("delivered")
            await relay.accept(BOB, content=TO_BOB)  # and Graph is asked again
            await relay.facts.wait_for("delivered", 2)
    assert (len(sink.deliveries), len(cloud.sent)) == (1, 1)
    assert not relay.facts.all("way_opened")


@played
async def test_a_graph_that_asks_for_rest_is_passed_over_for_so_long(tmp_path: Path) -> None:
    async with clouding(Cloud()) as cloud, running(Sink()) as sink:
        cloud.graph_says = [(429, "ApplicationThrottled", {"Retry-After": "300"})]
        smtp = smart_host("By SMTP", sink.port)
        table = table_of({"*": graph_way(cloud)}, further=(smtp,))
        async with relaying(tmp_path, table, secrets=SECRETS) as relay:
            for count in (1, 2):
                await relay.accept(BOB, content=TO_BOB)
                await relay.facts.wait_for("delivered", count)
    assert len(sink.deliveries) == 2
    assert cloud.asked["graph"] == 1
