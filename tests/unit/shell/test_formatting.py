"""What output looks like: tables, lists, and what stands by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.shell import PSObject
from gatepost.shell.reading.places import width_of
from gatepost.shell.running.formatting import Column, cell, table

from .stage import Stage, printed, shell_on


def shown(script: str, *, columns: int = 80) -> list[str]:
    return printed(script, columns=columns).split("\n")


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("'a', 1, 2.5, $true, $null", ["a", "1", "2.5", "True", ""]),
        ("[pscustomobject]@{ Name = 'a'; N = 1 }, [pscustomobject]@{ Name = 'bbb'; N = 22 }",
         ["", "Name  N", "----  -", "a     1", "bbb  22", "", ""]),
        ("@{ b = 1; a = 'x', 'y' }", ["", "Name Value", "---- -----", "b    1", "a    {x, y}", "", ""]),
        ("[pscustomobject]@{ A = 1; Long = 'x'; C = $null; D = $true; E = 1, 2 }",
         ["", "A    : 1", "Long : x", "C    :", "D    : True", "E    : {1, 2}", "", ""]),
        ("[pscustomobject]@{ A = 1 } | Format-List", ["", "A : 1", "", ""]),
        ("[pscustomobject]@{ A = 1; B = 2; C = 3; D = 4; E = 5 } | Format-Table",
         ["", "A B C D E", "- - - - -", "1 2 3 4 5", "", ""]),
        ("[pscustomobject]@{ A = 1; B = 2 } | ft b, @{ n = 'Sum'; e = { $_.A + $_.B }; FormatString = 'N2' }",
         ["", "B  Sum", "-  ---", "2 3.00", "", ""]),
        ("[pscustomobject]@{ A = 'x'; B = 2 } | ft -HideTableHeaders", ["", "x 2", "", ""]),
        ("[pscustomobject]@{ A = 1 }; 'x'; [pscustomobject]@{ B = 1 }",
         ["", "A", "-", "1", "", "x", "", "B", "-", "1", "", ""]),
        ("[pscustomobject]@{ L = 1, 2, 3, 4, 5 }", ["", "L", "-", "{1, 2, 3, 4…}", "", ""]),
        ("$FormatEnumerationLimit = -1; [pscustomobject]@{ L = 1, 2, 3, 4, 5 }",
         ["", "L", "-", "{1, 2, 3, 4, 5}", "", ""]),
        ("[pscustomobject]@{ D = Get-Date }", ["", "D", "-", "1/2/2026 12:00:00 PM", "", ""]),
        ("Get-Date", ["", "Friday, January 2, 2026 12:00:00 PM", "", ""]),
        ("[pscustomobject]@{ N = [pscustomobject]@{ A = 1 } }", ["", "N", "-", "@{A=1}", "", ""]),
        ("[pscustomobject]@{ A = \"1`n2\" }", ["", "A", "-", "1 2", "", ""]),
        ("[pscustomobject]@{ A = \"1`n2\" } | fl", ["", "A : 1", "    2", "", ""]),
        ("'x' | Format-Table", ["x", ""]),
        ("$e = 1, 2 | ForEach-Object { [pscustomobject]@{ G = $_; N = 1 } }; $e | ft N -GroupBy G",
         ["", "   G: 1", "", "N", "-", "1", "", "   G: 2", "", "N", "-", "1", "", ""]),
        ("[pscustomobject]@{ A = \"$([char]27)[31m\" }", ["", "A", "-", "\\x1b[31m", "", ""]),
    ],
)  # fmt: skip
def test_output_looks_as_in_powershell(script: str, lines: list[str]) -> None:
    found = shown(script)
    assert found == lines


def test_what_does_not_fit_is_cut_in_the_widest_column() -> None:
    lines = shown("[pscustomobject]@{ Name = 'x' * 50; Second = 'kept'; N = 7 }", columns=30)
    assert lines[3] == f"{'x' * 20}… kept   7"


def test_wrapping_keeps_every_word() -> None:
    lines = shown("[pscustomobject]@{ Name = 'one two three four five six seven'; N = 7 } | ft -Wrap", columns=20)
    assert " ".join(" ".join(lines[3:]).split()) == "one two three 7 four five six seven"


def test_a_list_goes_on_under_its_value() -> None:
    lines = shown("[pscustomobject]@{ Comment = 'one two three four five six seven' } | fl", columns=34)
    assert lines[1] == "Comment : one two three four five"
    assert lines[2] == "          six seven"


def test_chinese_characters_take_two_columns() -> None:
    assert width_of("連接器") == 6
    lines = table([Column(title="N"), Column(title="X")], [["連", "a"], ["abc", "b"]], width=80)
    assert lines[3:5] == ["連  a", "abc b"]


def test_an_object_with_its_own_columns_is_a_table() -> None:
    stage = Stage()
    shell = shell_on(stage)
    properties = {name: name.lower() for name in "ABCDEFG"}
    shell.variables.set("x", PSObject(properties, columns=("C", "A")))
    shell.run("$x; $x | Format-List C, A; $x | Format-Table")
    assert stage.text().count("C A\n- -\nc a") == 2
    assert "C : c\nA : a" in stage.text()


def test_out_string_is_what_would_be_printed() -> None:
    assert printed('[pscustomobject]@{ A = 1 } | Out-String -Stream | ForEach-Object { "<$_>" }') == (
        "<>\n<A>\n<->\n<1>\n<>\n"
    )


TEXTS = st.text(max_size=30) | st.none() | st.integers() | st.lists(st.text(max_size=5), max_size=6)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), st.integers(20, 100), st.booleans())
def test_no_table_is_wider_than_the_screen(rows: list[tuple[object, ...]], width: int, wrap: bool) -> None:
    columns = [Column(title=title) for title in ("Name", "Second", "Third")]
    for line in table(columns, rows, width=width, wrap=wrap):
        assert width_of(line) <= width


@given(TEXTS)
def test_nothing_in_a_cell_can_act_on_a_terminal(value: object) -> None:
    assert all(sign.isprintable() or sign in "\n\t" or sign.isspace() for sign in cell(value))
