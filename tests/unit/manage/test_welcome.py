"""The first administrator: a link that is good once, for a day, and only while nobody operates the server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotFound, TooManyAttempts
from gatepost.manage import Caller, Desk, Role

PASSWORD = "correct horse battery"
HERE = "192.0.2.7"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    with Config.open(tmp_path) as config:
        yield Desk(config=config, settings=load_settings(environ={}), clock=clock)


def key_of(desk: Desk) -> str:
    key = desk.new_welcome()
    assert key is not None
    assert len(key) == 43
    return key


def welcome(desk: Desk, key: str, name: str = "anna", password: str = PASSWORD) -> dict[str, Any]:
    return asyncio.run(desk.welcome(key, name, password, address=HERE))


def call(desk: Desk, verb: str, **arguments: Any) -> Any:
    return asyncio.run(desk.call(verb, arguments, caller=Caller.owner("root"))).value


def test_the_link_makes_an_administrator_of_everything_who_submits_no_mail(desk: Desk) -> None:
    key = key_of(desk)
    desk.check_welcome(key, address=HERE)
    made = welcome(desk, key, " anna ")
    assert (made["Name"], made["RoleGroups"], made["AllOrganizations"], made["SmtpClientAuthenticationDisabled"]) == (
        "anna", ["Organization Management"], True, True,
    )  # fmt: skip
    signed_in = asyncio.run(desk.sign_in("anna", PASSWORD, address=HERE))
    assert (signed_in.caller.role, signed_in.caller.organization) == (Role.ORGANIZATION_MANAGEMENT, None)
    user = desk.config.current().directory.user("anna")
    assert user is not None
    assert not user.may_submit
    entry = call(desk, "audit.list", limit=1)[0]
    assert (entry["who"], entry["origin"], entry["address"], entry["object"]) == ("anna", "web", HERE, "anna")
    assert PASSWORD not in repr(made) + repr(entry)


def test_the_link_is_good_once(desk: Desk) -> None:
    key = key_of(desk)
    welcome(desk, key)
    for use in (lambda: welcome(desk, key, "eve"), lambda: desk.check_welcome(key, address=HERE)):
        with pytest.raises(NotFound, match="This welcome link is not good, or no longer"):
            use()
    assert desk.new_welcome() is None


def test_two_at_once_cannot_both_have_it(desk: Desk) -> None:
    key = key_of(desk)

    async def race() -> list[Any]:
        names = (desk.welcome(key, name, PASSWORD, address=HERE) for name in ("anna", "eve"))
        return list(await asyncio.gather(*names, return_exceptions=True))

    first, second = asyncio.run(race())
    assert first["Name"] == "anna"
    assert isinstance(second, NotFound)


def test_the_link_ends_after_a_day_and_with_the_next_start(desk: Desk, clock: Clock) -> None:
    first = key_of(desk)
    clock.now += 24 * 3600.0 - 1.0
    desk.check_welcome(first, address=HERE)
    clock.now += 1.0
    with pytest.raises(NotFound):
        welcome(desk, first)
    second = key_of(desk)
    desk.check_welcome(second, address=HERE)
    for wrong in (first, "", "x", "\ud800"):
        with pytest.raises(NotFound):
            welcome(desk, wrong)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("user.add", {"name": "bob", "password": PASSWORD, "properties": {"RoleGroups": "Organization Management"}}),
        ("token.add", {"name": "backup"}),
    ],
)
def test_the_link_ends_with_the_first_who_can_operate(desk: Desk, verb: str, arguments: dict[str, Any]) -> None:
    key = key_of(desk)
    call(desk, verb, **arguments)
    with pytest.raises(NotFound):
        welcome(desk, key)
    assert desk.new_welcome() is None


def test_a_user_who_submits_mail_does_not_end_it(desk: Desk) -> None:
    call(desk, "user.add", name="scanner", password="1234")
    welcome(desk, key_of(desk))


def test_a_form_with_mistakes_is_told_all_of_them_and_may_be_sent_again(desk: Desk) -> None:
    key = key_of(desk)
    with pytest.raises(ConfigRefused) as refused:
        welcome(desk, key, "an na", "short")
    assert [it.partition("Remedy")[0].strip() for it in refused.value.problems] == [
        "user 'an na': Password has 5 characters, and whoever has a role group needs 12.",
        "user 'an na': Name contains a space.",
    ]
    for name, password, words in (("", PASSWORD, "Name is missing"), ("anna", "", "Password is missing")):
        with pytest.raises(ConfigRefused, match=words) as refused:
            welcome(desk, key, name, password)
        assert len(refused.value.problems) == 1
    welcome(desk, key)


def test_guessing_links_has_to_wait_and_reading_the_right_one_does_not(desk: Desk) -> None:
    key = key_of(desk)
    for _ in range(20):
        desk.check_welcome(key, address=HERE)
    for _ in range(5):
        with pytest.raises(NotFound):
            desk.check_welcome("guess", address=HERE)
    with pytest.raises(TooManyAttempts) as told:
        desk.check_welcome(key, address=HERE)
    assert told.value.retry_after == 60.0
    desk.check_welcome(key, address="198.51.100.1")
