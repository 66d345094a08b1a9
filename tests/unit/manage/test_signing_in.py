"""Signing in by name and password and by token: what is told outside, what in the log, and when it ends."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, ObjectKind, load_settings, verify_password
from gatepost.errors import ConfigRefused, NotFound, NotSignedIn, TooManyAttempts
from gatepost.manage import Caller, Desk, Role, SignedIn, signing_in

PASSWORD = "correct horse battery"
HERE = "192.0.2.7"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Journal:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def fact(self, name: str, **facts: Any) -> None:
        self.told.append({"fact": name, **facts})


class Server:
    """A desk with its clock and its journal."""

    def __init__(self, config: Config) -> None:
        self.clock, self.journal = Clock(), Journal()
        settings = load_settings(environ={})
        self.desk = Desk(config=config, settings=settings, journal=self.journal, clock=self.clock)

    def call(self, verb: str, **arguments: Any) -> Any:
        return asyncio.run(self.desk.call(verb, arguments, caller=Caller.owner("root"))).value

    def sign_in(self, name: str = "anna", password: str = PASSWORD, address: str | None = HERE) -> SignedIn:
        return asyncio.run(self.desk.sign_in(name, password, address=address))

    def refused(self) -> str:
        """The reason in the log of the last refusal."""
        return str(self.journal.told[-1]["reason"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Config.open(tmp_path) as config:
        server = Server(config)
        server.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": "organization management"})
        server.call("user.add", name="scanner", password=PASSWORD)
        yield server


@pytest.mark.parametrize(
    ("properties", "role", "organization"),
    [
        ({"RoleGroups": "Organization Management"}, Role.ORGANIZATION_MANAGEMENT, "Default"),
        ({"RoleGroups": "View-Only Organization Management"}, Role.VIEW_ONLY, "Default"),
        ({"RoleGroups": [str(it) for it in list(Role)[1:]]}, Role.ORGANIZATION_MANAGEMENT, "Default"),
        ({"AllOrganizations": True}, Role.ORGANIZATION_MANAGEMENT, None),
    ],
)
def test_a_session_has_the_role_and_the_organization_of_its_user(
    server: Server, properties: dict[str, Any], role: Role, organization: str | None
) -> None:
    server.call("user.set", identity="anna", properties=properties)
    signed_in = server.sign_in("ANNA")
    assert signed_in.expires == "2027-01-15T16:00:00.0000000Z"  # eight hours
    expected = Caller(who="anna", origin="rest", role=role, organization=organization, address=HERE)
    assert signed_in.caller == expected
    assert server.desk.identify_token(signed_in.token, address=HERE) == expected
    assert server.desk.identify_token(signed_in.token, origin="web").origin == "web"
    assert server.journal.told[-1] == {
        "fact": "signed_in", "who": "anna", "origin": "rest", "address": HERE, "role": role,
    }  # fmt: skip
    assert signed_in.token not in repr(signed_in) + repr(server.journal.told)


def test_every_wrong_sign_in_is_told_the_same_and_the_log_tells_which(server: Server) -> None:
    server.call("user.add", name="bob", password=PASSWORD, properties={"RoleGroups": list(Role)[1:], "Enabled": False})
    reasons, said = [], set()
    for number, (name, password) in enumerate(
        [("anna", "wrong"), ("nobody", PASSWORD), ("scanner", PASSWORD), ("bob", PASSWORD), ("anna", "")]
    ):
        with pytest.raises(NotSignedIn) as refused:
            server.sign_in(name, password, address=f"198.51.100.{number}")
        said.add(str(refused.value))
        reasons.append(server.refused())
    assert len(said) == 1
    assert reasons == [
        "wrong password", "no such user", "the user has no role group", "the user is disabled", "wrong password",
    ]  # fmt: skip
    assert PASSWORD not in repr(server.journal.told)


@pytest.mark.parametrize("name", ["anna", "nobody", "scanner", "\0", "a" * 10_000, "🔑", "\ud800"])
def test_every_sign_in_costs_one_check(server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def check(password: str, hashed: str) -> bool:
        checked.append(hashed)
        return verify_password(password, hashed)

    monkeypatch.setattr(signing_in, "verify_password", check)
    with pytest.raises(NotSignedIn):
        server.sign_in(name, "wrong \ud800")
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_guessing_one_name_waits_wherever_it_comes_from(server: Server) -> None:
    for number in range(20):
        with pytest.raises(NotSignedIn):
            server.sign_in("anna", "wrong", address=f"198.51.100.{number}")
    with pytest.raises(TooManyAttempts, match="Remedy: wait 60 seconds") as told:
        server.sign_in("Anna")
    assert told.value.retry_after == 60.0
    server.clock.now += 60.0
    server.sign_in("anna")
    server.sign_in("anna")


def test_guessing_many_names_from_one_place_waits_and_others_do_not(server: Server) -> None:
    for number in range(30):
        with pytest.raises(NotSignedIn):
            server.sign_in(f"user{number}", "wrong")
    with pytest.raises(TooManyAttempts):
        server.sign_in("anna")
    server.sign_in("anna", address="198.51.100.1")
    for number in range(10):  # however long it goes on: a minute, for behind a proxy others come from there, too
        server.clock.now += 60.0
        with pytest.raises(NotSignedIn):
            server.sign_in(f"other{number}", "wrong")
    with pytest.raises(TooManyAttempts) as told:
        server.sign_in("anna")
    assert told.value.retry_after == 60.0
    server.clock.now += 60.0
    server.sign_in("anna")


def test_guessing_one_name_keeps_nobody_else_waiting_who_comes_from_the_same_place(server: Server) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            server.sign_in("somebody", "wrong")
    with pytest.raises(TooManyAttempts):
        server.sign_in("somebody")
    server.sign_in("anna")


def test_a_thousand_at_once_are_no_way_around_the_wait(server: Server) -> None:
    async def guess() -> list[BaseException | SignedIn]:
        attempts = (server.desk.sign_in("anna", f"guess {number}", address=HERE) for number in range(40))
        return await asyncio.gather(*attempts, return_exceptions=True)

    kinds = [type(it) for it in asyncio.run(guess())]
    assert (kinds.count(NotSignedIn), kinds.count(TooManyAttempts)) == (5, 35)


def test_too_many_checks_at_once_are_told_to_come_back(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "_MOST_WAITING", 3)

    async def rush() -> list[BaseException | SignedIn]:
        attempts = (server.desk.sign_in("anna", PASSWORD, address=f"198.51.100.{it}") for it in range(5))
        return await asyncio.gather(*attempts, return_exceptions=True)

    kinds = [type(it) for it in asyncio.run(rush())]
    assert kinds == [SignedIn, SignedIn, SignedIn, TooManyAttempts, TooManyAttempts]


@pytest.mark.parametrize(
    ("verb", "arguments", "reason"),
    [
        ("user.set", {"identity": "anna", "properties": {"Enabled": False}}, "the user is disabled"),
        ("user.set", {"identity": "anna", "properties": {"RoleGroups": []}}, "the user has no role group"),
        ("user.password", {"identity": "anna", "password": "another long password"}, "the password has changed since"),
        ("user.remove", {"identity": "anna"}, "no such user"),
    ],
)
def test_a_session_ends_with_what_it_stands_on(
    server: Server, verb: str, arguments: dict[str, Any], reason: str
) -> None:
    token = server.sign_in().token
    server.call(verb, **arguments)
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(token)
    assert server.refused() == reason


def test_a_session_ends_after_eight_hours_or_by_signing_out(server: Server) -> None:
    first, second = server.sign_in().token, server.sign_in().token
    server.desk.sign_out(first)
    server.desk.sign_out("gps_none")
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(first)
    server.clock.now += 8 * 3600.0 - 1.0
    assert server.desk.identify_token(second).who == "anna"
    server.clock.now += 1.0
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(second)
    assert server.refused() == "the session has ended"


def test_a_browser_that_nobody_uses_is_signed_out_after_an_hour(server: Server) -> None:
    found = asyncio.run(server.desk.sign_in("anna", PASSWORD, address=HERE, origin="web"))
    server.clock.now += 3599.0
    assert server.desk.identify_token(found.token, origin="web").who == "anna"
    server.clock.now += 1800.0
    assert server.desk.identify_token(found.token, origin="web", attended=False).who == "anna"
    server.clock.now += 1800.0  # what the page asked for by itself has not counted
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(found.token, origin="web")
    assert server.refused() == "the session has ended"


def test_sessions_are_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "_MOST_SESSIONS", 2)
    oldest, *rest = [server.sign_in().token for _ in range(3)]
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(oldest)
    assert [server.desk.identify_token(it).who for it in rest] == ["anna", "anna"]


# --- access tokens --------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_is_good_from_then_on(server: Server) -> None:
    made = server.call("token.add", name="backup", properties={"RoleGroup": "Organization Management"})
    token = made["Token"]
    assert token == f"gp_{made['Guid'].replace('-', '')}_{token[36:]}"
    assert (made["ExpiresUTC"], made["LastUsedUTC"]) == ("2027-04-15T08:00:00.0000000Z", None)  # 90 days
    caller = server.desk.identify_token(token, address=HERE)
    assert caller == Caller(
        who="token 'backup'", origin="rest", role=Role.ORGANIZATION_MANAGEMENT, organization="Default", address=HERE
    )
    (listed,) = server.call("token.list")
    assert listed["LastUsedUTC"] == "2027-01-15T08:00:00.0000000Z"
    secret = token[36:]
    said = repr(listed) + repr(server.call("token.show", identity="backup")) + repr(server.call("audit.list"))
    record = server.desk.config.world.find(ObjectKind.TOKEN, "backup")
    said += repr(record) + repr(server.journal.told) + repr(server.desk.config.current())
    assert secret not in said
    assert "sha256" not in said
    assert "Secret" not in listed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Enabled": False}, "it is disabled"),
        ({"ExpiresUTC": "2020-01-01"}, "it has expired"),
    ],
)
def test_a_token_that_does_not_count_is_told_as_one_that_is_not_there(
    server: Server, change: dict[str, Any], reason: str
) -> None:
    token = server.call("token.add", name="backup")["Token"]
    said = set()
    for wrong in ("", "gp_", "gp_x_y", token[:-1] + ("A" if token[-1] != "A" else "B"), "gp_" + "0" * 32 + token[35:]):
        with pytest.raises(NotSignedIn) as refused:
            server.desk.identify_token(wrong)
        said.add(str(refused.value))
    server.call("token.set", identity="backup", properties=change)
    with pytest.raises(NotSignedIn) as refused:
        server.desk.identify_token(token)
    assert said == {str(refused.value)}
    assert (server.refused(), server.journal.told[-1]["who"]) == (reason, "token 'backup'")


def test_a_removed_token_is_gone_at_once(server: Server) -> None:
    token = server.call("token.add", name="backup", all_organizations=True)["Token"]
    assert server.desk.identify_token(token).organization is None
    assert server.call("token.remove", identity="backup")["Organization"] is None
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(token)


def test_a_users_guid_is_no_token(server: Server) -> None:
    guid = server.call("user.show", identity="anna")["Guid"].replace("-", "")
    with pytest.raises(NotSignedIn):
        server.desk.identify_token(f"gp_{guid}_{'A' * 43}")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("12h", "2027-01-15T20:00:00.0000000Z"),
        (" 1 W ", "2027-01-22T08:00:00.0000000Z"),
        ("2027-06-30", "2027-06-30T00:00:00.0000000Z"),
        ("2027-06-30T12:00:00+02:00", "2027-06-30T10:00:00.0000000Z"),
        ("2027-06-30T10:00:00.1234567Z", "2027-06-30T10:00:00.1234560Z"),
        (None, None),
        ("", None),
    ],
)
def test_an_end_is_a_moment_or_a_time_from_now_or_never(server: Server, given: str | None, kept: str | None) -> None:
    assert server.call("token.add", name="x", properties={"expiresutc": given})["ExpiresUTC"] == kept
    assert server.call("token.set", identity="x", properties={"ExpiresUTC": kept})["ExpiresUTC"] == kept


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"ExpiresUTC": "soon"}, "ExpiresUTC value 'soon' is not a time. Remedy: write 2027-01-31"),
        ({"ExpiresUTC": "99999999d"}, "is not a time"),
        ({"RoleGroup": "Owner"}, "RoleGroup must be Organization Management or View-Only Organization Management"),
        ({"Secret": "x"}, "Secret is made by the server"),
        ({"Role": "x"}, "did you mean RoleGroup?"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_in_words(
    server: Server, properties: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigRefused) as refused:
        server.call("token.add", name="x", properties=properties)
    assert words in str(refused.value)


def test_a_token_without_an_end_is_worth_a_word(server: Server) -> None:
    work = server.desk.call("token.add", {"name": "x", "properties": {"ExpiresUTC": None}}, caller=Caller.owner("root"))
    assert "the token never stops being good" in asyncio.run(work).warnings[0]


def test_tokens_of_two_organizations_may_have_one_name_and_one_for_all_may_have_it_too(server: Server) -> None:
    server.call("organization.add", name="Other")
    for more in ({"organization": "Default"}, {"organization": "Other"}, {"all_organizations": True}):
        server.call("token.add", name="backup", **more)
    with pytest.raises(ConfigRefused, match="exists in several organizations: Default, Other, all of them"):
        server.call("token.show", identity="backup")
    for row in server.call("token.list"):
        assert server.call("token.remove", identity=row["Guid"])["removed"] == "backup"
    with pytest.raises(NotFound):
        server.call("token.show", identity="backup")


def test_tokens_are_there_again_after_a_restart(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        token = Server(config).call("token.add", name="backup", all_organizations=True)["Token"]
    with Config.open(tmp_path) as config:
        server = Server(config)
        assert server.desk.identify_token(token).role is Role.VIEW_ONLY
        assert server.call("token.list")[0]["Organization"] is None


def test_who_operates_needs_a_long_password(server: Server) -> None:
    server.call("user.password", identity="scanner", password="1234")  # a device
    with pytest.raises(ConfigRefused, match="Password has 4 characters, and whoever has a role group needs 12"):
        server.call("user.password", identity="anna", password="1234")
    with pytest.raises(ConfigRefused, match="needs 12"):
        server.call("user.add", name="x", password="1234", properties={"RoleGroups": "Organization Management"})
    server.sign_in()
