"""How arguments find their parameters."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.shell import (
    Argument,
    BindingRefused,
    Block,
    Bound,
    CommandFailed,
    HashEntries,
    Parameter,
    PSObject,
    SecureString,
    Takes,
    bind,
    bind_named,
    each_bound,
)

PARAMETERS = (
    Parameter(name="Name", position=0, required=True, by_property=True, aliases=("Identity",), pipeline=True),
    Parameter(name="SenderDomains", takes=Takes.MULTI, position=1),
    Parameter(name="SenderIPAddresses", takes=Takes.MULTI),
    Parameter(name="ConnectorType", choices=("Partner", "OnPremises")),
    Parameter(name="Enabled", takes=Takes.BOOLEAN, by_property=True),
    Parameter(name="Force", takes=Takes.SWITCH),
    Parameter(name="ResultSize", takes=Takes.INTEGER),
    Parameter(name="StartDate", takes=Takes.MOMENT),
    Parameter(name="Options", takes=Takes.TABLE),
    Parameter(name="Password", takes=Takes.SECURE),
    Parameter(name="Filter", takes=Takes.BLOCK),
    Parameter(name="ScanAndDropRecipients", takes=Takes.TEXTS, ignored=True),
)


def arguments(*written: Any) -> list[Argument]:
    """`-Name` is a name, `-Name:` takes what follows it in any case, all else is a value."""
    found: list[Argument] = []
    for one in written:
        if found and isinstance(found[-1].value, str) and found[-1].value == ":":
            found[-1] = Argument(name=found[-1].name, value=one)
        elif isinstance(one, str) and one.startswith("-") and one[1:2].isalpha():
            name, colon, _ = one[1:].partition(":")
            found.append(Argument(name=name, has_value=bool(colon), value=":" if colon else None))
        else:
            found.append(Argument(value=one))
    return found


@pytest.mark.parametrize(
    ("written", "given_"),
    [
        (["a"], {"Name": "a"}),
        (["a", "b.com"], {"Name": "a", "SenderDomains": ["b.com"]}),
        (["-Name", "a"], {"Name": "a"}),
        (["-NAME", "a", "-e", False], {"Name": "a", "Enabled": False}),
        (["-Identity", "a"], {"Name": "a"}),
        (["b.com", "-Name", "a"], {"Name": "a", "SenderDomains": ["b.com"]}),
        (["a", "-SenderD", ["x", "y"]], {"Name": "a", "SenderDomains": ["x", "y"]}),
        (["a", "-Force"], {"Name": "a", "Force": True}),
        (["-Force", "a"], {"Name": "a", "Force": True}),
        (["a", "-Force:", False], {"Name": "a", "Force": False}),
        (["a", "-Confirm:", False], {"Name": "a", "Confirm": False}),
        (["a", "-whatif"], {"Name": "a", "WhatIf": True}),
        (["a", "-ea", "stop"], {"Name": "a", "ErrorAction": "Stop"}),
        (["a", "-ConnectorType", "onpremises"], {"Name": "a", "ConnectorType": "OnPremises"}),
        (["a", "-ConnectorType", "On"], {"Name": "a", "ConnectorType": "OnPremises"}),
        (["a", "-Enabled", 1], {"Name": "a", "Enabled": True}),
        (["a", "-ResultSize", "12"], {"Name": "a", "ResultSize": 12}),
        (["a", "-StartDate", "2026-01-02"], {"Name": "a", "StartDate": datetime(2026, 1, 2, tzinfo=UTC)}),
        (["a", "-SenderIPA", HashEntries({"add": "x", "Remove": ["y", "z"]})],
         {"Name": "a", "SenderIPAddresses": {"Add": ["x"], "Remove": ["y", "z"]}}),
        (["a", "-SenderDomains", None], {"Name": "a", "SenderDomains": None}),
        (["a", "-Options", HashEntries({"k": 1})], {"Name": "a", "Options": {"k": 1}}),
        ([7], {"Name": "7"}),
    ],
)  # fmt: skip
def test_arguments_find_their_parameters(written: list[Any], given_: dict[str, Any]) -> None:
    assert dict(bind("New-Thing", PARAMETERS, arguments(*written)).given) == given_


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([], "missing mandatory parameters: Name"),
        (["a", "b", "c"], "positional parameter cannot be found that accepts argument 'c'"),
        (["a", "-Sender", "x"], "Possible matches include: -SenderDomains, -SenderIPAddresses"),
        (["a", "-Enabeld", True], "did you mean -Enabled?"),
        (["a", "-Qqq", 1], "Get-Help New-Thing"),
        (["a", "-Name", "b", "-name", "c"], "specified more than once"),
        (["a", "-Enabled"], "Missing an argument for parameter 'Enabled'"),
        (["a", "-Enabled", "yes"], "accept only Boolean values and numbers"),
        (["a", "-Enabled", None], "accept only Boolean values and numbers"),
        (["a", "-ResultSize", "many"], "not in a correct format"),
        (["a", "-ResultSize", True], "System.Int32"),
        (["a", "-ResultSize", 2**31], "too large"),
        (["a", "-ConnectorType", "Partnr"], "did you mean Partner?"),
        (
            ["a", "-ConnectorType", "x"],
            "Specify one of the following enumerator names and try again: Partner, OnPremises",
        ),
        (["a", "-StartDate", "soon"], "not recognized as a valid DateTime"),
        (["a", "-SenderDomains", HashEntries({"Ad": "x"})], "only the keys Add and Remove, not 'Ad'"),
        (["a", "-SenderDomains", HashEntries()], "neither what to add nor what to remove"),
        (["a", "-Name:", ["x", "y"]], "'System.Object[]' to type 'System.String'"),
        (["a", "-Options", "x"], "Hashtable"),
        (["a", "-Password", "geheim"], "takes a SecureString"),
        (["a", "-Filter", "x"], "takes a script block"),
        (["a", "-\x1b", 1], "Remedy"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(written: list[Any], words: str) -> None:
    with pytest.raises(BindingRefused) as caught:
        bind("New-Thing", PARAMETERS, arguments(*written))
    text = " ".join(caught.value.problems)
    assert words in text
    assert "Remedy: " in text
    assert "geheim" not in text
    assert "\x1b" not in text


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BindingRefused) as caught:
        bind("New-Thing", PARAMETERS, arguments("-Nmae", "a", "-Enabled", "yes", "-ResultSize", "x"))
    assert len(caught.value.problems) == 3


def test_an_ignored_parameter_warns() -> None:
    bound = bind("New-Thing", PARAMETERS, arguments("a", "-ScanAndDropRecipients", "x"))
    assert bound.warnings == (
        "The parameter 'ScanAndDropRecipients' of New-Thing is accepted for scripts written for Exchange, and has no "
        "effect here.",
    )


def test_a_number_that_is_to_be_a_text_keeps_its_spelling() -> None:
    bound = bind("New-Thing", PARAMETERS, [Argument(value=7, written="007")])
    assert bound.get("Name") == "007"


SETS = (
    Parameter(name="Filter", takes=Takes.BLOCK, position=0, sets=frozenset({"Block"})),
    Parameter(name="Property", position=0, sets=frozenset({"Property"}), required=True),
    Parameter(name="Value", takes=Takes.ANY, position=1, sets=frozenset({"Property"})),
    Parameter(name="EQ", takes=Takes.SWITCH, sets=frozenset({"Property"})),
)


def test_the_kind_of_a_value_chooses_the_parameter_set() -> None:
    block = Block(())
    assert bind("Where", SETS, arguments(block)).parameter_set == "Block"
    bound = bind("Where", SETS, arguments("Enabled", "-eq", True))
    assert (bound.parameter_set, dict(bound.given)) == ("Property", {"Property": "Enabled", "EQ": True, "Value": True})


def test_parameters_of_different_sets_do_not_go_together() -> None:
    with pytest.raises(BindingRefused, match="do not go together"):
        bind("Where", SETS, arguments("-Filter", Block(()), "-Property", "x"))


# --- names and JSON values -----------------------------------------------------------------------------------


def test_json_values_are_bound_by_their_names() -> None:
    bound = bind_named(
        "New-Thing",
        PARAMETERS,
        {
            "name": "a",
            "SenderIPAddresses": {"@odata.type": "#Exchange.GenericHashTable", "Add": ["x"]},
            "Enabled": False,
            "Force": {"IsPresent": True},
            "WhatIf": True,
        },
    )
    assert dict(bound.given) == {
        "Name": "a",
        "SenderIPAddresses": {"Add": ["x"]},
        "Enabled": False,
        "Force": True,
        "WhatIf": True,
    }


def test_names_in_json_are_not_cut_short() -> None:
    with pytest.raises(BindingRefused, match="did you mean -Enabled"):
        bind_named("New-Thing", PARAMETERS, {"Name": "a", "Enable": True})


# --- the pipeline --------------------------------------------------------------------------------------------


def test_each_piped_object_gives_a_bound() -> None:
    bound = bind("Set-Thing", PARAMETERS, arguments("-ResultSize", 1), piped=True)
    found = list(each_bound(bound, PARAMETERS, ["a", PSObject({"Identity": "b", "Enabled": False})]))
    assert [dict(one.given) for one in found] == [
        {"ResultSize": 1, "Name": "a"},
        {"ResultSize": 1, "Name": "b", "Enabled": False},
    ]


def test_without_a_pipe_there_is_one() -> None:
    bound = bind("Set-Thing", PARAMETERS, arguments("a"))
    assert list(each_bound(bound, PARAMETERS, None)) == [bound]


@pytest.mark.parametrize("item", [PSObject({"Other": 1}), HashEntries(), None])
def test_an_object_that_fits_nothing_is_an_error_with_a_remedy(item: Any) -> None:
    bound = bind("Set-Thing", PARAMETERS, [], piped=True)
    with pytest.raises(CommandFailed, match=r"cannot be bound.*Remedy"):
        list(each_bound(bound, PARAMETERS, [item]))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(SecureString("x")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3).map(HashEntries)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from([known.name for known in PARAMETERS]) | st.text(max_size=12)
ARGUMENTS = st.builds(Argument, name=st.none() | NAMES, value=VALUES, has_value=st.booleans())


@given(st.lists(ARGUMENTS, max_size=6))
def test_binding_raises_nothing_but_its_refusal(given_: list[Argument]) -> None:
    try:
        assert isinstance(bind("New-Thing", PARAMETERS, given_), Bound)
    except BindingRefused as refused:
        assert all("Remedy: " in problem for problem in refused.problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, JSON, max_size=5))
def test_binding_json_raises_nothing_but_its_refusal(given_: dict[str, Any]) -> None:
    try:
        bind_named("New-Thing", PARAMETERS, given_)
    except BindingRefused as refused:
        assert all("Remedy: " in problem for problem in refused.problems)


@given(VALUES)
def test_any_piped_object_is_bound_or_refused(item: Any) -> None:
    bound = bind("Set-Thing", PARAMETERS, [], piped=True)
    try:
        assert len(list(each_bound(bound, PARAMETERS, [item]))) == 1
    except CommandFailed as failed:
        assert "Remedy: " in failed.message
