"""Replies: derived parts agree, every constant fits the wire, nothing internal can leak."""

import pytest

from gatepost.mail import Reply
from gatepost.mail import reply as replies

CONSTANTS = {name: value for name, value in vars(replies).items() if isinstance(value, Reply)}


@pytest.mark.parametrize("reply", CONSTANTS.values(), ids=CONSTANTS)
def test_every_reply_fits_the_wire(reply: Reply) -> None:
    for line in reply.wire().split(b"\r\n"):
        assert len(line) <= 510  # RFC 5321 §4.5.3.1.5
        assert line.isascii()


@pytest.mark.parametrize("reply", CONSTANTS.values(), ids=CONSTANTS)
def test_the_enhanced_class_is_the_codes_own(reply: Reply) -> None:
    if reply.enhanced is not None:
        assert reply.enhanced.startswith(f"{reply.code // 100}.")


def test_a_reply_of_several_lines_repeats_the_code() -> None:
    assert Reply(250, None, "a\nb\nc").wire() == b"250-a\r\n250-b\r\n250 c\r\n"


def test_only_closing_replies_say_421() -> None:
    assert all(reply.closes for reply in CONSTANTS.values() if reply.code in (421, 221))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("RELAY_DENIED", "550 5.7.64 TenantAttribution; Relay Access Denied"),
        ("PARTNER_RESTRICTED", "550 5.7.51 TenantInboundAttribution;"),
        ("DIRECT_SEND_DENIED", "550 5.7.68 TenantInboundAttribution; Direct Send not allowed"),
        ("CONNECTOR_BLOCKED", "550 5.7.711 Access denied, bad inbound connector"),
        ("ATTRIBUTION_TRY_LATER", "451 4.4.3 Temporary server error. Please try again later ATTR55.1"),
        ("TOO_BIG", "552 5.3.4"),
        ("TOO_MANY_RECIPIENTS", "452 4.5.3"),
        ("LOOP", "554 5.4.6 Hop count exceeded"),
    ],
)
def test_exchanges_codes_are_kept(name: str, start: str) -> None:
    assert str(CONSTANTS[name]).startswith(start)
