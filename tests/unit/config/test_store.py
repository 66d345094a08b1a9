"""config.db: what is kept, what the audit says, and that secrets never show."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.config import (
    NOBODY,
    Config,
    Edit,
    ObjectKind,
    hash_password,
    shown_properties,
    utc,
    verify_password,
    verify_token,
)
from gatepost.config.secrets import hash_token
from gatepost.errors import ConfigRefused, NotFound

IN, OUT, DOMAIN, USER = ObjectKind.INBOUND, ObjectKind.OUTBOUND, ObjectKind.DOMAIN, ObjectKind.USER
UPSTREAM: dict[str, Any] = {
    "RecipientDomains": "*",
    "SmartHosts": ["192.0.2.1:2525", "[2001:db8::1]"],
    "UserName": "relay",
    "Password": "geheim",
    "TlsSettings": "CertificateValidation",
}


def fill(config: Config) -> None:
    config.change(
        [
            Edit(action="add", kind=DOMAIN, name="contoso.com", properties={"Default": True}),
            Edit(
                action="add",
                kind=IN,
                name="Printers",
                properties={
                    "ConnectorType": "OnPremises",
                    "SenderDomains": ["*.contoso.com", "*"],
                    "SenderIPAddresses": ["192.0.2.0/24", "2001:db8::1"],
                    "MaxMessageSize": "10M",
                    "BareLineFeeds": "normalize",
                    "AssociatedAcceptedDomains": ["contoso.com"],
                },
            ),
            Edit(action="add", kind=OUT, name="Upstream", properties=UPSTREAM),
            Edit(action="add", kind=USER, name="anna", properties={"Password": "anna's"}),
        ],
        who="anna",
        origin="cli",
    )


def test_everything_is_there_again_after_opening(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        fill(config)
        before, snapshot = config.world, config.current()
    with Config.open(tmp_path) as config:
        assert config.world == before
        again = config.current()
        assert (again.inbound, again.outbound, again.accepted_domains, again.users) == (
            snapshot.inbound,
            snapshot.outbound,
            snapshot.accepted_domains,
            snapshot.users,
        )
        secret = config.current().outbound[0].password_secret
        assert secret is not None
        assert config.secret(secret) == "geheim"


def test_one_organization_exists_from_the_start_and_once(tmp_path: Path) -> None:
    for _ in range(2):
        with Config.open(tmp_path) as config:
            assert [it.name for it in config.current().organizations] == ["Default"]


def test_the_files_belong_to_their_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with Config.open(tmp_path / "new") as config:
            fill(config)
            modes = {it.name: stat.S_IMODE(it.stat().st_mode) for it in (tmp_path / "new").iterdir()}
    finally:
        os.umask(old)
    assert modes["config.db"] == 0o600
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_the_audit_tells_who_what_and_both_sides(tmp_path: Path) -> None:
    with Config.open(tmp_path, clock=lambda: 1_784_847_313.0) as config:
        fill(config)
        config.change(
            [Edit(action="set", kind=IN, name="Printers", properties={"Enabled": False})], who="bob", origin="rest"
        )
        config.change([Edit(action="remove", kind=IN, name="Printers")], who="bob", origin="rest")
        removed, changed, *rest = config.audit()
    assert (removed["action"], removed["after"], removed["before"]["Enabled"]) == ("remove", None, False)
    assert (changed["action"], changed["who"], changed["origin"], changed["object"]) == (
        "set", "bob", "rest", "Printers",
    )  # fmt: skip
    assert (changed["before"]["Enabled"], changed["after"]["Enabled"]) == (True, False)
    assert {it["who"] for it in rest} == {"anna", "gatepost"}
    assert changed["at"] == 1_784_847_313.0


def test_the_audit_tells_from_where_and_can_be_of_one_organization(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        edits = [Edit(action="add", kind=ObjectKind.ORGANIZATION, name=name) for name in ("Other", "Third")]
        config.change(edits, who="anna", origin="rest", address="192.0.2.7")
        add = Edit(action="add", kind=DOMAIN, name="contoso.com", organization="Other")
        config.change([add], who="anna", origin="rest", address="2001:db8::1")
        rows = config.audit(organization="other")
        assert [(it["object"], it["address"]) for it in rows] == [
            ("contoso.com", "2001:db8::1"),
            ("Other", "192.0.2.7"),
        ]
        assert [it["object"] for it in config.audit(organization="Third")] == ["Third"]
        assert config.audit(limit=1, organization="Other", before_id=rows[0]["id"]) == rows[1:]


def test_a_refused_change_leaves_no_audit(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        count = len(config.audit())
        with pytest.raises(ConfigRefused):
            config.change(
                [
                    Edit(action="add", kind=DOMAIN, name="contoso.com"),
                    Edit(action="add", kind=IN, name="X", properties={"SenderDomains": "*x"}),
                ],
                who="",
                origin="",
            )
        assert len(config.audit()) == count
        assert config.current().accepted_domains == ()


def test_secrets_are_neither_in_the_audit_nor_shown_nor_in_any_repr(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        fill(config)
        config.change(
            [Edit(action="set", kind=OUT, name="Upstream", properties={"Password": "neu"})], who="", origin=""
        )
        record = config.world.find(OUT, "Upstream")
        said = repr(config.audit()) + repr(config.current()) + repr(config.world.find(USER, "anna"))
        assert shown_properties(record)["Password"] == "(set)"
    said += repr(record)
    for secret in ("geheim", "neu", "anna's", "argon2"):
        assert secret not in said, secret


def test_a_changed_secret_is_audited_and_the_shown_form_means_unchanged(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        fill(config)
        name = config.current().outbound[0].password_secret or ""

        def give(value: Any) -> int:
            edit = Edit(action="set", kind=OUT, name="Upstream", properties={"Password": value})
            return len(config.change([edit], who="", origin="").pairs)

        assert give("(set)") == 0
        assert give("geheim") == 0
        assert give("neu") == 1
        assert config.secret(name) == "neu"
        config.change([Edit(action="remove", kind=OUT, name="Upstream")], who="", origin="")
        with pytest.raises(NotFound):
            config.secret(name)
    with sqlite3.connect(tmp_path / "config.db") as db:
        assert db.execute("SELECT count(*) FROM secret WHERE name LIKE 'outbound/%'").fetchone() == (0,)


def test_a_user_is_found_in_its_own_organization_alone(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        config.change([Edit(action="add", kind=ObjectKind.ORGANIZATION, name="Other")], who="", origin="")
        add = Edit(action="add", kind=USER, name="anna", organization="Default", properties={"Password": "x"})
        (pair,) = config.change([add], who="", origin="").pairs
        assert pair[1] is not None
        for name in ("anna", "ANNA", pair[1].guid):
            assert config.world.find(USER, name) == config.world.find(USER, name, "Default") == pair[1]
            with pytest.raises(NotFound, match="Remedy: add one first"):
                config.world.find(USER, name, "Other")


def test_an_object_cannot_stand_in_for_another_by_taking_its_guid_for_a_name(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        fill(config)
        real = config.world.find(IN, "Printers")
        config.change([Edit(action="add", kind=ObjectKind.ORGANIZATION, name="Other")], who="", origin="")
        rest = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "192.0.2.1"}
        add = Edit(action="add", kind=IN, name=real.guid, organization="Other", properties=rest)
        config.change([add], who="", origin="")
        assert config.world.find(IN, real.guid) == real


def test_an_organization_is_named_by_its_guid_as_well(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        fill(config)
        guid = config.world.find(ObjectKind.ORGANIZATION, "Default").guid
        assert config.world.organization(guid.upper()) == "Default"
        with pytest.raises(NotFound):
            config.world.organization(config.world.find(USER, "anna").guid)


def test_a_tokens_secret_is_checked_against_its_hash() -> None:
    hashed = hash_token("geheim")
    assert verify_token("geheim", hashed)
    assert not verify_token("Geheim", hashed)
    assert not verify_token("geheim", "")
    assert "geheim" not in hashed


def test_a_password_is_checked_against_its_hash() -> None:
    hashed = hash_password("geheim")
    assert verify_password("geheim", hashed)
    assert not verify_password("Geheim", hashed)
    assert hashed != hash_password("geheim")


def test_nobodys_hash_is_as_dear_as_anybodys_and_of_no_password() -> None:
    assert NOBODY.split("$")[:4] == hash_password("x").split("$")[:4]
    assert not verify_password("", NOBODY)


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "x",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$!$!",
        "$argon2id$v=19$m=x,t=2,p=1$AAAA$AAAA",
        "$argon2x$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$15$8$1$AAAA$AAAA",
    ],
)
def test_an_unreadable_hash_lets_nobody_in(hashed: str) -> None:
    assert not verify_password("geheim", hashed)


@given(hashed=st.text(), password=st.text(max_size=20))
def test_no_hash_raises(hashed: str, password: str) -> None:
    assert not verify_password(password, hashed)


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with Config.open(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "config.db") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigRefused, match="newer Gatepost"):
        Config.open(tmp_path)


def test_a_database_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigRefused, match="cannot be opened"):
        Config.open(tmp_path)


def test_a_disk_that_cannot_be_written_refuses_and_changes_nothing(tmp_path: Path) -> None:
    with Config.open(tmp_path) as config:
        blocker = sqlite3.connect(tmp_path / "config.db", isolation_level=None)
        config._store._db.execute("PRAGMA busy_timeout = 1")
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigRefused, match=r"config\.db cannot be written"):
            fill(config)
        assert config.current().inbound == ()
        blocker.execute("ROLLBACK")
        blocker.close()
        fill(config)
        assert len(config.current().inbound) == 1


def test_a_change_is_told_to_the_journal(tmp_path: Path) -> None:
    class Journal:
        def __init__(self) -> None:
            self.told: list[tuple[str, dict[str, Any]]] = []

        def fact(self, name: str, **facts: Any) -> None:
            self.told.append((name, facts))

    journal = Journal()
    with Config.open(tmp_path, journal) as config:
        fill(config)
    assert ("configuration_changed", {
        "action": "add", "object": "outbound connector 'Upstream'", "who": "anna", "origin": "cli",
    }) in journal.told  # fmt: skip
    assert "geheim" not in repr(journal.told)


def test_times_have_exchanges_form() -> None:
    assert utc(1_784_847_313.5) == "2026-07-23T22:55:13.5000000Z"
