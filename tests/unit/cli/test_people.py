"""gatepost user, token and audit: who may submit, who may operate, and what they did."""

from pathlib import Path

import pytest

from .asked import Gatepost, gatepost

__all__ = ["gatepost"]  # the fixture

MANAGER = ("--role-groups", "Organization Management")


@pytest.fixture
def password(tmp_path: Path) -> str:
    file = tmp_path / "password.txt"
    file.write_text("correct horse battery\n")
    return str(file)


def test_a_user_with_a_role_group_is_added_shown_changed_and_removed(gatepost: Gatepost, password: str) -> None:
    assert gatepost("user", "add", "anna", "--password-file", password, *MANAGER).status == 0
    shown = gatepost("user", "show", "anna", "--json").json
    assert (shown["RoleGroups"], shown["AllOrganizations"], shown["Password"]) == (
        ["Organization Management"], False, "(set)",
    )  # fmt: skip
    assert "Organization Management" in gatepost("user", "list").out
    changed = gatepost(
        "user", "set", "anna", "--all-organizations", "true", "--smtp-client-authentication-disabled", "true", "--json"
    )
    assert (changed.json["AllOrganizations"], changed.json["SmtpClientAuthenticationDisabled"]) == (True, True)
    emptied = gatepost("user", "set", "anna", "--remove-role-groups", "organization management", "--json")
    assert emptied.json["RoleGroups"] == []
    assert "AllOrganizations has no effect without RoleGroups" in emptied.err.replace("\n", " ")
    assert gatepost("user", "remove", "anna", "--organization", "Default").status == 0


def test_a_short_password_is_for_devices_alone(gatepost: Gatepost) -> None:
    assert gatepost("user", "add", "scanner", "--password-file", "-", stdin="1234\n").status == 0
    refused = gatepost("user", "add", "anna", "--password-file", "-", *MANAGER, stdin="1234\n")
    assert refused.status == 1
    assert "Password has 4 characters" in refused.err


def test_a_token_is_printed_once_on_a_line_of_its_own(gatepost: Gatepost) -> None:
    added = gatepost("token", "add", "backup", "--role", "organization management", "--expires", "2099-01-31")
    assert added.status == 0
    (token,) = added.out.splitlines()  # what a script takes; the words go to standard error
    assert token.startswith("gp_")
    assert "good until 2099-01-31T00:00:00.0000000Z. Keep it now: it is not shown again." in added.err
    listed = gatepost("token", "list").out
    assert "backup" in listed
    assert token not in listed + gatepost("token", "show", "backup").out + gatepost("audit", "--json").out


def test_tokens_are_listed_in_words_changed_and_removed(gatepost: Gatepost) -> None:
    assert "There are no access tokens yet." in gatepost("token", "list").out
    added = gatepost("token", "add", "ci", "--all-organizations", "--expires", "never")
    assert "never stops being good" in added.err
    assert "good for ever" in added.err
    shown = gatepost("token", "show", "ci").out
    for words in ("View-Only Organization Management", "(all)", "(never)", "(not since the start)"):
        assert words in shown
    assert gatepost("token", "set", "ci", "--expires", "90d", "--json").json["ExpiresUTC"] is not None
    assert gatepost("token", "set", "ci", "--enabled", "false", "--json").json["Enabled"] is False
    assert gatepost("token", "remove", "ci").out == "Removed token 'ci'.\n"
    assert gatepost("token", "remove", "ci").status == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["token", "add", "x", "--organization", "Default", "--all-organizations"], 2),
        (["token", "set", "x"], 2),
        (["token", "add", "x", "--expires", "soon"], 1),
        (["token", "add", "x", "--role", "Owner"], 1),
        (["token", "add", "x", "--organization", "Nowhere"], 1),
        (["user", "show", "nobody"], 1),
    ],
)
def test_what_makes_no_sense_is_refused(gatepost: Gatepost, words: list[str], status: int) -> None:
    assert gatepost(*words).status == status


def test_the_audit_tells_the_face_and_is_narrowed_to_an_organization(gatepost: Gatepost) -> None:
    gatepost("organization", "add", "Other")
    gatepost("token", "add", "ours", "--organization", "Other")
    gatepost("token", "add", "theirs", "--organization", "Default")
    assert "cli" in gatepost("audit").out
    told = gatepost("audit", "--organization", "other", "--json").json
    assert [it["object"] for it in told] == ["ours", "Other"]
    assert told[0]["address"] is None
