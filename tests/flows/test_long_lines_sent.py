"""Lines over 998 octets on their way to hosts with and without CHUNKING, small and large, signed and not."""

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from house import House, by_address, domain, house
from sink import DEFAULT_OFFER

pytestmark = pytest.mark.flow
HEAD = b"From: a@contoso.com\r\nDate: x\r\nMessage-ID: <1@a>\r\n"
LONG = b"0123456789 " * 300 + b"\r\n"
LARGE = LONG * 300  # a body that is kept in a file


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("long_lines")
    with house(folder, domain(), by_address()) as made:
        yield made


def sent(relay: House, content: bytes, *offer: str) -> tuple[bytes, dict[str, Any]]:
    """What the host got, and the attempt in the trace."""
    relay.sink.deliveries.clear()
    relay.sink.commands.clear()
    relay.sink.offer = (*DEFAULT_OFFER, *offer)
    with relay.connect() as device:
        device.say("EHLO device")
        id_ = device.deliver(content)
    [arrived] = relay.mail()
    attempt = relay.delivered_story(id_)["events"][-1]
    return arrived.content, attempt


def body_of(content: bytes) -> bytes:
    payload = message_from_bytes(content).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


@pytest.mark.parametrize("body", [LONG, LARGE], ids=["small", "large"])
def test_a_host_without_chunks_gets_text_that_it_can_take(relay: House, body: bytes) -> None:
    content, attempt = sent(relay, HEAD + b"\r\n" + body)
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert body_of(content) == body
    assert attempt["changes"] == [
        "Parts with lines over 998 octets were encoded anew for this host, which takes no chunks."
    ]


@pytest.mark.parametrize("body", [LONG, LARGE], ids=["small", "large"])
def test_a_signed_message_goes_as_it_is(relay: House, body: bytes) -> None:
    content, attempt = sent(relay, HEAD + b"DKIM-Signature: v=1\r\n\r\n" + body)
    assert content.endswith(b"\r\n\r\n" + body)
    assert attempt["changes"] == ["Lines over 998 octets were sent as they are, because the message is signed."]


def test_ordinary_mail_is_not_touched_however_large(relay: House) -> None:
    body = b"an ordinary line\r\n" * 20_000
    content, attempt = sent(relay, HEAD + b"\r\n" + body)
    assert content.endswith(b"\r\n\r\n" + body)
    assert "changes" not in attempt


def test_nothing_is_left_beside_the_bodies(relay: House) -> None:
    sent(relay, HEAD + b"\r\n" + LARGE)
    left = [it.name for it in (relay.relay.desk.settings.data_dir / "bodies").iterdir()]
    assert [name for name in left if name.endswith(".partial")] == []


@pytest.mark.parametrize("body", [LONG, LARGE], ids=["small", "large"])
def test_a_host_with_chunks_gets_the_octets_as_they_are(tmp_path: Path, body: bytes) -> None:
    with house(tmp_path, domain(), by_address()) as relay:
        content, attempt = sent(relay, HEAD + b"\r\n" + body, "CHUNKING")
        assert content.endswith(b"\r\n\r\n" + body)
        assert any(line.startswith("BDAT ") for line in relay.sink.commands)
        assert "changes" not in attempt
