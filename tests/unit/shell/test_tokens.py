"""The pieces of a script: numbers, texts, variables, and what lies between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.errors import ScriptRefused
from gatepost.shell.reading.numbers import read_number
from gatepost.shell.reading.parser import parse
from gatepost.shell.reading.places import ScriptUnfinished, Source, caret
from gatepost.shell.tree import Place

from .written import written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("25", 25),
        ("-5", -5),
        ("+5", 5),
        ("007", 7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5E-1", 0.15),
        ("0x19", 25),
        ("0XfF", 255),
        ("0xFFFFFFFF", -1),
        ("0x7FFFFFFF", 2147483647),
        ("0xFFFFFFFFFFFFFFFF", -1),
        ("0b101", 5),
        ("1KB", 1024),
        ("10mb", 10 * 1024**2),
        ("2gb", 2 * 1024**3),
        ("1tb", 1024**4),
        ("1pb", 1024**5),
        ("1.5kb", 1536.0),
        ("0x10kb", 16384),
        ("5l", 5),
        ("5L", 5),
        ("2.5l", 2),
        ("2.5d", 2.5),
        ("10d", 10),
        ("10lkb", 10240),
        ("9223372036854775807", 9223372036854775807),
        ("9" * 28, int("9" * 28)),
        ("1" + "0" * 40, 1e40),
    ],
)
def test_numbers_are_read_as_powershell_reads_them(text: str, value: float) -> None:
    assert read_number(text) == value
    assert type(read_number(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    ["", "-", "x", "1x", "5kbx", "10.0.0.1", "2001:db8::1", "1,5", "0x", "1e", "٣", "--5", " 5", "5 ", "9" * 400],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    assert read_number(text) is None


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_every_whole_number_is_itself(number: int) -> None:
    assert read_number(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_fraction_is_itself(number: float) -> None:
    assert read_number(repr(number)) == number


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        # single quotes
        ("'a'", "'a'"),
        ("''", "''"),
        ("'it''s'", '"it\'s"'),
        ("'$x `n'", "'$x `n'"),
        ("‘a’", "'a'"),
        ("'a’’b‛", "'a’b'"),
        ("'a\nb'", "'a\\nb'"),
        # double quotes
        ('"a"', "'a'"),
        ('""', "''"),
        ('"a""b"', "'a\"b'"),
        ("“a”", "'a'"),
        ('"it\'s"', '"it\'s"'),
        ('"`n`t`r`0`a`b`f`v`e"', "'\\n\\t\\r\\x00\\x07\\x08\\x0c\\x0b\\x1b'"),
        ('"`"`$`q`u{1F600}`u"', "'\"$q😀u'"),
        ('"a`\nb"', "'a\\nb'"),
        ('"$x"', "text($x)"),
        ('"a $x b"', "text('a ', $x, ' b')"),
        ('"$x.Name $y[0]"', "text($x, '.Name ', $y, '[0]')"),
        ('"$($x.Name)!"', "text($($x.Name), '!')"),
        ('"${a b}c"', "text($a b, 'c')"),
        ('"$_ $? $5 $x_y"', "text($_, ' ', $?, ' ', $5, ' ', $x_y)"),
        ('"100$ and $"', "'100$ and $'"),
        ('"$x::y"', "text($x, '::y')"),
        ('"$("a")"', "text($('a'))"),
        ('"$(")")"', "text($(')'))"),
        ('"$(if ($a) { "b $c" })"', "text($(if $a {text('b ', $c)}))"),
        ('"$()"', "text($())"),
        ('"#no <#comment#>"', "'#no <#comment#>'"),
        # here-strings
        ("@'\na\n'@", "'a'"),
        ("@'\n'@", "''"),
        ("@'\n\n'@", "''"),
        ("@'  \n a's \"$x\" `n\n\nb\n'@", "' a\\'s \"$x\" `n\\n\\nb'"),
        ("@'\na '@\n'@", '"a \'@"'),
        ('@"\na "q" $x\n$($y.Z)\n"@', "text('a \"q\" ', $x, '\\n', $($y.Z))"),
        ('@"\n"@', "''"),
        ('@"\na`tb\n"@', "'a\\tb'"),
        ('@"\r\na\r\nb\r\n"@', "'a\\r\\nb'"),
        ("@“\na\n”@", "'a'"),
        ("@'\na\n'@.Length", "'a'.Length"),
    ],
)
def test_texts_are_read_as_powershell_reads_them(text: str, tree: str) -> None:
    assert written(parse(text).body) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("$x", "$x"),
        ("$Ünïcode_1", "$Ünïcode_1"),
        ("$_", "$_"),
        ("$?", "$?"),
        ("$true", "$true"),
        ("${x}", "$x"),
        ("${a b-c}", "$a b-c"),
        ("${a`}b}", "$a}b"),
        ("${a?}", "$a?"),
        ("$script:x", "$x"),
        ("$Global:x + $local:y", "($x + $y)"),
        ("${script:a b}", "$a b"),
    ],
)
def test_variables_are_named_without_their_scope(text: str, tree: str) -> None:
    assert written(parse(text).body) == tree


@pytest.mark.parametrize(
    "gap",
    [
        " ",
        "\t \v\f",
        "\xa0\u3000\u2003",
        "`\n",
        "`\r\n  ",
        "<# a #>",
        "<# a\nb ' \" #> ",
        "<##>",
        " `\n `\n ",
    ],
)
def test_a_gap_between_arguments_is_whatever_powershell_takes_for_one(gap: str) -> None:
    assert written(parse(f"Get-X{' ' if gap.startswith('<') else ''}{gap}a").body) == "Get-X a"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ";", " ; ;\n", " # a comment\n", "\n# a\n#b\n", "\n\n\t\n"])
def test_statements_end_at_lines_and_semicolons(end: str) -> None:
    assert written(parse(f"Get-X{end}Get-Y{end}").body) == "Get-X; Get-Y"


def test_a_hash_sign_inside_a_word_begins_no_comment() -> None:
    assert written(parse("Get-X a#b c# #d").body) == "Get-X a#b c#"


def test_a_byte_order_mark_at_the_beginning_is_dropped() -> None:
    assert parse("\ufeff$x") == parse("$x")


def test_places_count_lines_by_any_of_the_three_ends() -> None:
    source = Source("a\nbc\r\nd\re\fg\u2028h")
    assert [source.place(offset) for offset in (0, 1, 2, 5, 6, 8, 10, 13)] == [
        Place(line=1, column=1),
        Place(line=1, column=2),
        Place(line=2, column=1),
        Place(line=2, column=4),
        Place(line=3, column=1),
        Place(line=4, column=1),
        Place(line=4, column=3),
        Place(line=4, column=6),
    ]
    assert [source.line(number) for number in (1, 2, 3, 4)] == ["a", "bc", "d", "e\fg\u2028h"]


def refusal(text: str) -> ScriptRefused:
    with pytest.raises(ScriptRefused) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a && b", ["a && b", "  ^"]),
        ("\n\n  $x == 5", ["  $x == 5", "     ^"]),
        ("\tif ($a == 1) {}", ["    if ($a == 1) {}", "           ^"]),
        ("'漢字' == 1", ["'漢字' == 1", "       ^"]),
        ("'e\u0301' == 1", ["'e\u0301' == 1", "    ^"]),
        ("'\x1b[31m' == 1", ["'␛[31m' == 1", "        ^"]),
    ],
)
def test_the_caret_stands_under_the_column(text: str, lines: list[str]) -> None:
    refused = refusal(text)
    shown = caret(refused).split("\n")
    assert shown[0] == f"line {refused.line}, column {refused.column}: {refused.detail}"
    assert shown[1:] == lines


def test_a_long_line_is_cut_around_the_caret() -> None:
    shown = caret(refusal("$a = '" + "x" * 5000 + "' && " + "y" * 5000)).split("\n")
    assert len(shown[1]) < 120
    assert shown[1].startswith("…") and shown[1].endswith("…")
    assert shown[1][shown[2].index("^")] == "&"


def test_an_error_without_a_place_is_shown_as_its_sentence() -> None:
    assert caret(ScriptRefused("It is too long.")) == "It is too long."


@pytest.mark.parametrize(
    "text",
    [
        "'a",
        '"a',
        '"a`',
        '"$(',
        '"$(a)',
        "@'\na",
        "@'",
        '@"\n',
        "${a",
        "<# a",
        "a `",
        "(",
        "(1",
        "$(",
        "@(",
        "@{",
        "@{ a",
        "@{ a =",
        "@{ a = 1",
        "@{ a = 1;",
        "{",
        "{ a",
        "a |",
        "a |\n\n",
        "a 1,",
        "a -b:",
        "1 +",
        "$x =",
        "-not",
        "[int]-",
        "$x[",
        "$x[0",
        "$x.",
        "$x.a(",
        "$x.a(1,",
        "if",
        "if (",
        "if ($a",
        "if ($a)",
        "if ($a) {",
        "if ($a) {} else",
        "foreach",
        "foreach (",
        "foreach ($x",
        "foreach ($x in",
        "foreach ($x in $y",
        "foreach ($x in $y)",
        "for (",
        "for ($i = 0",
        "for ($i = 0;",
        "for (;;",
        "while (1) {",
        "do {}",
        "try {",
        "try {}",
        "try {} catch",
        "try {} catch [A],",
        "param(",
        "param($x",
        "param($x,",
        "param($x =",
        "param([Parameter(",
        "param([Parameter()",
        "1,",
    ],
)
def test_a_text_that_more_text_could_complete_is_unfinished(text: str) -> None:
    refused = refusal(text)
    assert isinstance(refused, ScriptUnfinished)
    assert "Remedy: " in refused.detail


@pytest.mark.parametrize("text", ["a && b", "if ($a == 1", "1 + )", "@{ a = 1, b = 2", "}", "'a' 'b"])
def test_a_text_that_nothing_could_complete_is_not_called_unfinished(text: str) -> None:
    assert not isinstance(refusal(text), ScriptUnfinished)
