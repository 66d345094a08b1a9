"""Recipient lists in the store: checked whole, kept whole, told in one line of the audit."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gatepost.config import Config, Edit, ObjectKind, RecipientEdit
from gatepost.connectors import Standing, reach
from gatepost.errors import ConfigRefused
from gatepost.mail import parse_mailbox

DOMAIN = ObjectKind.DOMAIN
ANNA, INFO = "anna@contoso.com", "info@contoso.com"


def domain(name: str, **properties: object) -> Edit:
    return Edit(action="add", kind=DOMAIN, name=name, properties=properties)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with Config.open(tmp_path) as made:
        made.change([domain("contoso.com", AddressBookEnabled=True)], who="anna", origin="cli")
        yield made


def put(config: Config, whole: Sequence[str] = (), **entries: Sequence[str]) -> tuple[str, ...]:
    """List names at contoso.com; the warnings."""
    edit = RecipientEdit(put={f"{name}@contoso.com": to for name, to in entries.items()}, whole=whole)
    return config.change_recipients(edit, who="anna", origin="cli").warnings


def listed(config: Config) -> dict[str, list[str]]:
    entries = config.current().directory.address_book.of("contoso.com")
    return {key: [str(it) for it in targets] for key, targets in sorted(entries.items())}


def test_a_list_is_there_at_once_and_after_a_restart(config: Config, tmp_path: Path) -> None:
    put(config, Anna=(), info=[ANNA, "guest@fabrikam.com"])
    wanted = {ANNA: [], INFO: [ANNA, "guest@fabrikam.com"]}
    assert listed(config) == wanted
    config.close()
    with Config.open(tmp_path) as again:
        assert listed(again) == wanted
        assert reach(parse_mailbox("x@contoso.com"), again.current().directory).standing is Standing.UNKNOWN


def test_a_change_is_one_line_of_the_audit_that_names_what_changed(config: Config) -> None:
    put(config, anna=(), bob=())
    put(config, anna=["guest@fabrikam.com"])
    newest, before, *_ = config.audit()
    assert (before["kind"], before["object"]) == ("recipient", "contoso.com")
    assert before["after"] == {"Recipients": [ANNA, "bob@contoso.com"], "Count": 2}
    assert newest["before"]["Recipients"] == [ANNA]
    assert newest["after"]["Recipients"] == [f"{ANNA} → guest@fabrikam.com"]


def test_what_is_already_so_is_no_change(config: Config) -> None:
    put(config, anna=())
    generation, entries = config.current().generation, len(config.audit())
    put(config, ANNA=())
    assert (config.current().generation, len(config.audit())) == (generation, entries)


def test_a_whole_list_takes_out_what_it_does_not_name(config: Config) -> None:
    put(config, anna=(), bob=())
    put(config, whole=["contoso.com"], bob=(), carol=())
    assert list(listed(config)) == ["bob@contoso.com", "carol@contoso.com"]


def test_what_if_stores_nothing(config: Config) -> None:
    edit = RecipientEdit(put={ANNA: ()})
    assert config.change_recipients(edit, who="anna", origin="cli", what_if=True).changes[0].added == (ANNA,)
    assert listed(config) == {}


@pytest.mark.parametrize(
    ("address", "targets", "sentence"),
    [
        ("anna", (), "recipient 'anna': is not an address: local part is not followed by @domain. Remedy: write "
         "anna@contoso.com."),
        ("a@fabrikam.com", (), "recipient 'a@fabrikam.com': fabrikam.com is not an accepted domain. Remedy: accept it: "
         "gatepost domain add fabrikam.com."),
        ("anna+x@contoso.com", (), "recipient 'anna+x@contoso.com': what follows a + names no other mailbox while "
         "PlusAddressing of contoso.com is true. Remedy: list anna@contoso.com, or set PlusAddressing to false."),
        (ANNA, ("Anna@contoso.com",), "recipient 'anna@contoso.com': is an alias of itself alone. Remedy: leave the "
         "target out, and it is a mailbox."),
        (ANNA, ("b c",), "recipient 'anna@contoso.com': its target 'b c' is not an address: local part is not followed "
         "by @domain. Remedy: write anna@contoso.com."),
    ],
)  # fmt: skip
def test_what_cannot_be_listed_is_refused_with_a_remedy(
    config: Config, address: str, targets: tuple[str, ...], sentence: str
) -> None:
    edit = RecipientEdit(put={"bob@contoso.com": (), address: targets})
    with pytest.raises(ConfigRefused) as refused:
        config.change_recipients(edit, who="anna", origin="cli")
    assert refused.value.problems == (sentence,)
    assert listed(config) == {}


def test_who_is_in_no_list_cannot_be_taken_out_of_it(config: Config) -> None:
    with pytest.raises(ConfigRefused, match=r"'anna@contoso\.com': is not in the recipient list of"):
        config.change_recipients(RecipientEdit(drop=[ANNA]), who="anna", origin="cli")


def test_a_file_of_the_wrong_kind_is_told_in_twenty_lines(config: Config) -> None:
    edit = RecipientEdit(put={f"line {number}": () for number in range(1000)})
    with pytest.raises(ConfigRefused) as refused:
        config.change_recipients(edit, who="anna", origin="cli")
    assert len(refused.value.problems) == 21 and refused.value.problems[-1].startswith("980 more like these.")


def test_a_circle_is_refused_with_its_steps(config: Config) -> None:
    put(config, a=["b@contoso.com"])
    with pytest.raises(ConfigRefused, match=r"b@contoso\.com → a@contoso\.com → b@contoso\.com"):
        put(config, b=["a@contoso.com"])
    assert listed(config) == {"a@contoso.com": ["b@contoso.com"]}


def test_a_catch_all_that_leads_round_is_refused(config: Config) -> None:
    put(config, a=["b@contoso.com"])
    with pytest.raises(ConfigRefused, match="leads back to itself"):
        edit = Edit(action="set", kind=DOMAIN, name="contoso.com", properties={"CatchAll": "a@contoso.com"})
        config.change([edit], who="anna", origin="cli")


def test_an_alias_of_somebody_unknown_is_warned_of(config: Config) -> None:
    assert put(config, info=[ANNA]) == (
        "recipient 'info@contoso.com': leads to anna@contoso.com, who is in no recipient list. Remedy: list it as "
        "well: gatepost recipient add anna@contoso.com.",
    )


def test_an_empty_list_that_refuses_everybody_is_warned_of(config: Config) -> None:
    changed = config.change([domain("fabrikam.com", AddressBookEnabled=True)], who="anna", origin="cli")
    assert any("all but postmaster@fabrikam.com are refused" in it for it in changed.warnings)


def test_a_list_goes_with_its_domain_and_does_not_come_back_with_it(config: Config, tmp_path: Path) -> None:
    put(config, anna=())
    config.change([Edit(action="remove", kind=DOMAIN, name="contoso.com")], who="anna", origin="cli")
    config.change([domain("contoso.com")], who="anna", origin="cli")
    assert listed(config) == {}
    config.close()
    with Config.open(tmp_path) as again:
        assert listed(again) == {}


def test_another_organizations_list_is_not_reached(config: Config) -> None:
    config.change([Edit(action="add", kind=ObjectKind.ORGANIZATION, name="Fabrikam")], who="anna", origin="cli")
    with pytest.raises(ConfigRefused, match=r"contoso\.com is not an accepted domain"):
        edit = RecipientEdit(put={ANNA: ()}, organization="Fabrikam")
        config.change_recipients(edit, who="anna", origin="cli")


def test_a_store_of_the_first_layout_gets_its_table_of_recipients(tmp_path: Path) -> None:
    with Config.open(tmp_path) as old:
        old.change([domain("contoso.com")], who="anna", origin="cli")
    with sqlite3.connect(tmp_path / "config.db") as store:
        store.executescript("DROP TABLE recipient; PRAGMA user_version = 1")
    store.close()
    with Config.open(tmp_path) as config:
        put(config, anna=())
        assert listed(config) == {ANNA: []}


def test_a_hundred_thousand_recipients_are_a_change_like_any_other(config: Config) -> None:
    put(config, **{f"user{number}": () for number in range(100_000)})
    assert len(config.current().directory.address_book.of("contoso.com")) == 100_000
    put(config, anna=())
    assert reach(parse_mailbox(ANNA), config.current().directory).standing is Standing.MAILBOX
