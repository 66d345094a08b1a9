"""`gatepost headers` beside a running relay: what arrived is read, and joined to the trace of that relay."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import GUEST, House, by_address, domain, house
from process import gatepost

pytestmark = pytest.mark.flow
SCAN = b"Subject: scan\r\nMessage-ID: <scan@contoso.com>\r\n\r\nx\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("headers")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[House]:
    with house(folder, domain(), by_address("Devices")) as made:
        yield made


@pytest.fixture
def arrived(relay: House) -> tuple[str, str]:
    """The queue id of a message that went through the relay, and what the sink has of it."""
    count = len(relay.sink.deliveries)
    with relay.connect() as device:
        device.say("EHLO device.contoso.com")
        queue_id = device.deliver(SCAN)
    content = relay.mail(count + 1)[count].content.decode()
    relay.delivered_story(queue_id)
    return queue_id, content


def read(folder: Path, content: str) -> dict[str, Any]:
    done = gatepost(folder, "headers", "--json", "-", stdin=content)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_message_of_ours_is_joined_to_its_trace_by_its_queue_id(
    relay: House, folder: Path, arrived: tuple[str, str]
) -> None:
    queue_id, content = arrived
    told = read(folder, content)
    assert (told["verdict_code"], told["certain"]) == ("through_connector", True)
    assert (told["relay"], told["connector"], told["queue_id"]) == ("relay.contoso.com", "Devices", queue_id)
    assert told["trace"] == json.loads(json.dumps(relay.trace(queue_id)))
    assert [it["address"] for it in told["trace"]["recipients"]] == [GUEST]


def test_later_hops_of_others_do_not_hide_it(folder: Path, arrived: tuple[str, str]) -> None:
    queue_id, content = arrived
    later = (
        "Received: from relay.contoso.com (relay.contoso.com [203.0.113.9])\r\n"
        "\tby mx.fabrikam.com (Postfix) with ESMTPS id 4XYZ1; Tue, 01 Jan 2030 00:00:00 +0000\r\n"
    )
    told = read(folder, later + content)
    assert len(told["hops"]) == 2 and told["trace"]["id"] == queue_id


def test_a_reader_is_shown_where_it_stands_and_how_to_see_more(folder: Path, arrived: tuple[str, str]) -> None:
    queue_id, content = arrived
    done = gatepost(folder, "headers", stdin=content)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"Trace of this server: {GUEST} \w+; gatepost trace show {queue_id}", done.stdout)


@pytest.mark.parametrize("forged", ["0" * 16, "../../etc/passwd", "%", "' or 1=1 --"])
def test_an_id_that_this_relay_never_gave_finds_nothing(folder: Path, arrived: tuple[str, str], forged: str) -> None:
    queue_id, content = arrived
    told = read(folder, content.replace(queue_id, forged))
    assert told["trace"] is None


def test_a_copy_that_lost_its_mark_has_no_trace_but_names_the_relay(folder: Path, arrived: tuple[str, str]) -> None:
    _, content = arrived
    told = read(folder, re.sub(r"X-Gatepost-Trace:.*\r?\n(?:[ \t].*\r?\n)*", "", content))
    assert (told["verdict_code"], told["relay"], told["trace"]) == ("through_unsigned", "relay.contoso.com", None)


def test_without_a_server_the_header_is_read_all_the_same(tmp_path: Path, arrived: tuple[str, str]) -> None:
    queue_id, content = arrived
    (tmp_path / "gatepost.toml").write_text('hostname = "relay.contoso.com"\ndata_dir = "data"\n')
    told = read(tmp_path, content)
    assert (told["queue_id"], told["trace"]) == (queue_id, None)
