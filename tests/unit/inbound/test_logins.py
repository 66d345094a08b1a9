"""Who guesses passwords waits; nobody else does."""

import asyncio
from ipaddress import ip_address

from gatepost.config import hash_password
from gatepost.inbound.logins import Logins

GUESSER, NEIGHBOUR = ip_address("2001:db8::1"), ip_address("2001:db8:0:0:ffff::2")
OTHER = ip_address("192.0.2.1")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_twenty_failures_a_minute_are_forgiven_and_the_next_costs_a_minute() -> None:
    clock = Clock()
    logins = Logins(clock)
    for _ in range(20):
        logins.failed(GUESSER)
        assert not logins.shuns(GUESSER)
    logins.failed(GUESSER)
    assert logins.shuns(GUESSER)
    assert logins.shuns(NEIGHBOUR)  # the same /64
    assert not logins.shuns(OTHER)
    clock.now += 61
    assert not logins.shuns(GUESSER)
    logins.close()


def test_a_password_is_checked_against_the_hash_or_against_nobody() -> None:
    async def checked() -> list[bool]:
        logins = Logins(Clock())
        kept = hash_password("secret")
        found = [
            await logins.check(password, one) for password, one in (("secret", kept), ("x", kept), ("secret", None))
        ]
        logins.close()
        return found

    assert asyncio.run(checked()) == [True, False, False]
