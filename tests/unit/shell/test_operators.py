"""The operators, against what PowerShell 7 prints and against simple oracles."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.errors import ScriptRefused
from gatepost.shell import CommandFailed, Limits
from gatepost.shell.limits import Meter
from gatepost.shell.values.operators import apply_binary, apply_unary
from gatepost.shell.values.patterns import wildcard

from .stage import shell_on, value

METER = Meter(Limits())
SMALL = st.integers(-(2**31), 2**31 - 1)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("-7 % 3", -1),
        ("'5' + 3", "53"),
        ("5 + '3'", 8),
        ("5 * '2'", 10),
        ("'ab' * 2", "abab"),
        ("$null + 1", 1),
        ("2147483647 + 1", 2147483648),
        ("9223372036854775807 + 1", 9.223372036854775807e18),
        ("(1, 2 + 3) -join ','", "1,2,3"),
        ("(@(1) * 3) -join ','", "1,1,1"),
        ("(@{a=1} + @{b=2}).Count", 2),
        ("(1..3 + 5..4) -join ''", "12354"),
        ("'a' -eq 'A'", True),
        ("'a' -ceq 'A'", False),
        ("'a' -ieq 'A'", True),
        ("1 -eq '1'", True),
        ("'1' -eq 1.0", True),
        ("1 -eq 'x'", False),
        ("$null -eq ''", False),
        ("'' -eq $null", False),
        ("$null -eq $null", True),
        ("$true -eq 'x'", True),
        ("'abc' -gt 'ABB'", True),
        ("'10' -lt '9'", True),
        ("10 -lt '9'", False),
        ("((1, 2, 3) -eq 2).Count", 1),
        ("((1, 2, 3) -ne 2) -join ','", "1,3"),
        ("('a', 'b', 'ab') -like 'a*' -join ','", "a,ab"),
        ("1, 2 -contains 2", True),
        ("'A' -in 'a', 'b'", True),
        ("'A' -cin 'a', 'b'", False),
        ("3 -notin 1, 2", True),
        ("'contoso.com' -like '*.com'", True),
        ("'contoso.com' -like 'c[n-p]nt?so*'", True),
        ("'a*b' -like 'a`*b'", True),
        ("'abc' -notmatch '^b'", True),
        ("'a b' -replace '(\\w) (\\w)', '$2-$1'", "b-a"),
        ("'aXbx' -replace 'x'", "ab"),
        ("'aXbx' -creplace 'x', '$$'", "aXb$"),
        ("('a1', 'b2' -replace '\\d', '') -join ''", "ab"),
        ("('a,b;c' -split '[,;]') -join ' '", "a b c"),
        ("('a,b,c' -split ',', 2) -join ' '", "a b,c"),
        ("(-split ' a  b ') -join ','", "a,b"),
        ("-join ('a', 'b')", "ab"),
        ("'{0,-4}|{1,6:N1}|{{}}' -f 'ab', 1234.5", "ab  |1,234.5|{}"),
        ("'{0:yyyy}' -f [datetime]'2026-01-02'", "2026"),
        ("'{0}' -f $null", ""),
        ("5 -is [int]", True),
        ("5 -isnot [string]", True),
        ("-not 0", True),
        ("!'x'", False),
        ("-'5'", -5),
        ("$true -xor $true", False),
        ("$false -and (1/0)", False),
        ("$true -or (1/0)", True),
        ("([datetime]'2026-02-01' - [datetime]'2026-01-01').Days", 31),
        ("[datetime]'2026-01-02' -gt '2026-01-01'", True),
        ("'jan@contoso.com' -match '(?<who>\\w+)@(.+)' -and $Matches.who + '/' + $Matches[1]", True),
    ],
)  # fmt: skip
def test_an_expression_has_the_value_that_powershell_gives_it(text: str, result: Any) -> None:
    found = value(text)
    assert found == result
    assert isinstance(found, type(result))


def test_a_match_leaves_its_groups() -> None:
    shell = shell_on()
    shell.invoke("$null = 'jan@contoso.com' -match '(?<who>\\w+)@(.+)'")
    assert value('"$($Matches.who) $($Matches[0]) $($Matches[1])"', shell) == "jan jan@contoso.com contoso.com"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 / 0", "divide by zero"),
        ("1 % 0", "divide by zero"),
        ("'a' - 1", "not in a correct format"),
        ("@{} - 1", "no operation '-'"),
        ("@{a=1} + @{a=2}", "already been added"),
        ("'a' -match '('", "not valid"),
        ("'{1}' -f 1", "asks for {1}"),
        ("'{' -f 1", "double a brace"),
        ("'{0:Q}' -f 1", "no format for"),
        ("'a' -replace 1, 2, 3", "not 3 values"),
        ("'a' * -1", "negative"),
        ("@{} -gt 1", "Cannot compare"),
    ],
)
def test_what_has_no_value_says_why_and_what_to_do(text: str, words: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        value(f"$ErrorActionPreference = 'Stop'; $x = {text}")
    assert words in caught.value.message
    assert "Remedy: " in caught.value.message


@pytest.mark.parametrize("text", ["'a' * 100000000", "1..100000000", "@(1) * 100000000", "'{0,99999}' -f 1 * 900"])
def test_nothing_grows_without_bound(text: str) -> None:
    with pytest.raises(ScriptRefused, match="at most"):
        value(f"$x = {text}")


@given(SMALL, SMALL)
def test_arithmetic_is_that_of_whole_numbers(a: int, b: int) -> None:
    assert apply_binary("+", a, b, METER) == a + b
    assert apply_binary("-", a, b, METER) == a - b
    if b:
        rest = apply_binary("%", a, b, METER)
        assert abs(rest) < abs(b)
        assert (a - rest) % b == 0
        assert rest == 0 or (rest < 0) == (a < 0)


@given(SMALL, SMALL)
def test_comparisons_are_those_of_numbers(a: int, b: int) -> None:
    expected = {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}
    for operator, truth in expected.items():
        assert apply_binary(operator, a, b, METER) is truth
        assert apply_binary(operator, a, str(b), METER) is truth


@given(st.lists(SMALL), SMALL)
def test_a_comparison_of_an_array_filters_it(items: list[int], wanted: int) -> None:
    assert apply_binary("-eq", items, wanted, METER) == [item for item in items if item == wanted]
    assert apply_binary("-contains", items, wanted, METER) == (wanted in items)


@given(st.lists(st.text(alphabet="ab1 ", max_size=5)))
def test_joining_and_splitting_are_inverse(parts: list[str]) -> None:
    joined = apply_binary("-join", parts, ",", METER)
    assert apply_binary("-split", joined, ",", METER) == (parts or [""])


@given(st.text(max_size=20))
def test_a_pattern_of_a_star_likes_everything_and_a_text_likes_itself(text: str) -> None:
    assert apply_binary("-like", text, "*", METER)
    escaped = "".join(f"`{sign}" if sign in "*?[]`" else sign for sign in text)
    assert apply_binary("-clike", text, escaped, METER)


@given(st.text(max_size=20))
def test_no_wildcard_pattern_breaks(pattern: str) -> None:
    try:
        wildcard(pattern).fullmatch("contoso.com")
    except CommandFailed as failed:
        assert "not valid" in failed.message


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.sampled_from(["+", "-", "*", "/", "%", "-eq", "-lt", "-like", "-match", "-contains", "-in", "-f", "-join",
                        "-split", "-replace", "-is", "-xor", ".."]), VALUES, VALUES)  # fmt: skip
def test_two_values_of_any_kind_give_a_value_or_a_sentence(operator: str, left: Any, right: Any) -> None:
    meter = Meter(Limits(items=1000, string=1000))
    try:
        apply_binary(operator, left, right, meter)
    except (CommandFailed, ScriptRefused) as error:
        assert str(error)


@given(st.sampled_from(["-not", "-", "+", "-join", "-split"]), VALUES)
def test_one_value_of_any_kind_gives_a_value_or_a_sentence(operator: str, operand: Any) -> None:
    try:
        apply_unary(operator, operand, METER)
    except CommandFailed as error:
        assert error.message
