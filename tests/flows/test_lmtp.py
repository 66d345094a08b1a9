"""Delivery by LMTP (RFC 2033) beyond the transcripts of tests/dialogs/lmtp: each server has a lane of its own."""

import ssl
from pathlib import Path

import pytest
from papers import ROOT, issue
from relaying import played, relaying, smart_host, table_of
from sink import Sink, running

from gatepost.mail import Notify

pytestmark = pytest.mark.flow
ANNA, BOB = "anna@contoso.com", "bob@contoso.com"
ELSEWHERE = "guest@fabrikam.com"


@played
async def test_a_connection_lost_before_any_last_word_defers_all(tmp_path: Path) -> None:
    async with running(Sink(lmtp=True, cut_after=0)) as sink:
        table = table_of({}, {"contoso.com": f"lmtp:127.0.0.1:{sink.port}"})
        async with relaying(tmp_path, table) as relay:
            id_ = await relay.accept(ANNA, BOB)
            deferred = await relay.facts.wait_for("deferred", 2)
            assert await relay.states(id_) == {ANNA: "waiting", BOB: "waiting"}
    assert all("it may have been accepted" in one["reason"] for one in deferred)


@played
async def test_a_socket_of_this_machine_is_a_server_too_and_its_connection_is_used_again(tmp_path: Path) -> None:
    socket = tmp_path / "lmtp"
    table = table_of({}, {"contoso.com": f"lmtp:unix:{socket}"})
    async with running(Sink(lmtp=True), path=socket) as sink, relaying(tmp_path / "relay", table) as relay:
        for count in range(1, 4):
            await relay.accept(ANNA, BOB)
            await relay.facts.wait_for("delivered", 2 * count)
    assert (len(sink.deliveries), sink.connections) == (3, 1)


@played
async def test_domains_of_one_server_share_its_connection(tmp_path: Path) -> None:
    async with running(Sink(lmtp=True)) as sink:
        server = f"lmtp:127.0.0.1:{sink.port}"
        async with relaying(tmp_path, table_of({}, {"contoso.com": server, "fabrikam.com": server})) as relay:
            await relay.accept(ANNA)
            await relay.facts.wait_for("delivered")
            await relay.accept(ELSEWHERE)
            await relay.facts.wait_for("delivered", 2)
    assert sink.connections == 1


@played
async def test_a_server_that_is_gone_holds_up_its_own_mail_only(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        mailboxes = {"contoso.com": f"lmtp:unix:{tmp_path / 'nobody'}"}
        table = table_of({"fabrikam.com": smart_host("Up", sink.port)}, mailboxes)
        async with relaying(tmp_path / "relay", table) as relay:
            await relay.accept(ANNA)
            (deferred,) = await relay.facts.wait_for("deferred")
            await relay.accept(ELSEWHERE)
            await relay.facts.wait_for("delivered")
            assert list(relay.outbound.resting()) == [f"lmtp:unix:{tmp_path / 'nobody'}"]
    assert "cannot connect to the socket" in deferred["reason"] and "No such file" in deferred["reason"]


@pytest.mark.parametrize(("offer", "action"), [(("PIPELINING",), b"delivered"), (("DSN",), None)])
@played
async def test_success_is_reported_by_whoever_knows_of_it(
    tmp_path: Path, offer: tuple[str, ...], action: bytes | None
) -> None:
    async with running(Sink(lmtp=True, offer=offer)) as sink, running(Sink()) as back:
        ways = {"fabrikam.com": smart_host("Back", back.port)}
        table = table_of(ways, {"contoso.com": f"lmtp:127.0.0.1:{sink.port}"})
        async with relaying(tmp_path, table) as relay:
            await relay.accept(ANNA, sender=ELSEWHERE, notify=(Notify.SUCCESS,))
            await relay.facts.wait_for("delivered", 1 if action is None else 2)
            assert len(relay.facts.all("reported")) == (0 if action is None else 1)
    assert ("NOTIFY=SUCCESS" in sink.deliveries[0].rcpt[0]) is (action is None)
    if action is not None:
        assert b"Action: " + action in back.deliveries[0].content


@played
async def test_over_a_network_tls_is_used_where_it_is_offered(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = issue("mailboxes.example", by=ROOT).files(tmp_path)
    context.load_cert_chain(files["certificate"], files["key"])
    async with running(Sink(lmtp=True, tls=context)) as sink:
        table = table_of({}, {"contoso.com": f"lmtp:0.0.0.0:{sink.port}"})  # leads here, and does not look like it
        async with relaying(tmp_path / "relay", table) as relay:
            await relay.accept(ANNA)
            await relay.facts.wait_for("delivered")
    assert sink.deliveries[0].tls
