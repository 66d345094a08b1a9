"""What is said about texts that mean nothing here: one sentence with its remedy, at the right place, in linear time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.errors import ScriptRefused
from gatepost.shell.limits import Limits
from gatepost.shell.reading.parser import parse
from gatepost.shell.reading.places import caret
from gatepost.shell.reading.tokens import NESTING

from .written import written

REFUSALS = [
    # text, line, column, words of the sentence
    ("function foo {}", 1, 1, "Functions cannot be defined"),
    ("\n  filter foo {}", 2, 3, "Functions cannot be defined"),
    ("switch ($x) { 1 {} }", 1, 1, "There is no switch"),
    ("class A {}", 1, 1, "Types cannot be defined"),
    ("enum A { b }", 1, 1, "Types cannot be defined"),
    ("trap { }", 1, 1, "use try"),
    ("using namespace System.Net", 1, 1, "Nothing is imported"),
    ("process { }", 1, 1, "'process' blocks"),
    ("Get-X | % { begin { } }", 1, 13, "'begin' blocks"),
    ("workflow x {}", 1, 1, "workflows"),
    ("else { }", 1, 1, "'else' has no if"),
    ("if ($a) {}; else {}", 1, 13, "'else' has no if"),
    ("catch { }", 1, 1, "'catch' has no try"),
    ("Get-X; param($x)", 1, 8, "only at the beginning"),
    ("{ param($x) $x }", 1, 3, "script blocks take no parameters"),
    ("& 'x.exe'", 1, 1, "'&' calls a program"),
    ("Get-X &", 1, 7, "'&' calls a program"),
    (". ./x.ps1", 1, 1, "run another script inside"),
    (". $x", 1, 1, "run another script inside"),
    ("Get-X && Get-Y", 1, 7, "'&&' chains"),
    ("Get-X || Get-Y", 1, 7, "'||' chains"),
    ("$a ?? 1", 1, 4, "'??'"),
    ("$a ??= 1", 1, 4, "'??='"),
    ("$a ? 1 : 2", 1, 4, "'?'"),
    ("if ($a == 1) {}", 1, 8, "write -eq"),
    ("if ($a != 1) {}", 1, 8, "write -ne"),
    ("if ($a > 1) {}", 1, 8, "write -gt"),
    ("if ($a >= 1) {}", 1, 8, "write -gt or -ge"),
    ("if ($a < 1) {}", 1, 8, "write -lt"),
    ("$a -foo 1", 1, 4, "'-foo' is not an operator"),
    ("$a -band 1", 1, 4, "bits"),
    ("-bnot 1", 1, 1, "bits"),
    ("$a -as [int]", 1, 4, "[int]$value"),
    ("$a -not $b", 1, 4, "stands before a value"),
    ("Get-X > out.txt", 1, 7, "Export-Csv"),
    ("Get-X 2>&1", 1, 7, "'2>&1'"),
    ("Get-X < in.txt", 1, 7, "'<' is not used"),
    ("$x 2>$null", 1, 4, "Only a command's errors"),
    ("Get-X --% a", 1, 7, "'--%'"),
    ("Get-X -A=1", 1, 9, "not joined by ="),
    ("Get-X -A, 1", 1, 9, "A comma stands here"),
    ("Get-X a,,b", 1, 9, "A comma stands here"),
    ("Get-X a,; b", 1, 9, "missing behind the last comma"),
    ("Get-X -A:; b", 1, 10, "missing behind -A:"),
    ("Get-X a, | ft", 1, 10, "missing behind the last comma"),
    ("| ft", 1, 1, "nothing before it"),
    ("Get-X | | ft", 1, 9, "nothing before it"),
    ("Get-X | 'a'", 1, 9, "Only the first part"),
    ("Get-X | $x", 1, 9, "Only the first part"),
    ("Get-X @", 1, 7, "single @"),
    ("Get-X @$x", 1, 7, "@name instead"),
    ("@params", 1, 1, "among a command's arguments"),
    ("$x = @params", 1, 6, "among a command's arguments"),
    ("$a, $b = 1, 2", 1, 8, "at once"),
    ("5 = 5", 1, 3, "can be given only to a variable"),
    ("name = 5", 1, 1, "write $name ="),
    ("name='x'", 1, 1, "write $name ="),
    ("@{ a = 1, b = 2 }", 1, 11, "separated by ; or a new line"),
    ("@{ a = 1; A = 2 }", 1, 11, "'A' stands in this hashtable twice"),
    ("@{ a }", 1, 4, "A = must follow"),
    ("@{ Content-Type = 1 }", 1, 4, "into quotes"),
    ("@{ a = }", 1, 8, "missing before this }"),
    ("@{ SenderIPAddresses = 10.0.0.1 }", 1, 24, "put it into quotes: '10.0.0.1'"),
    ("@{ a = 10.0.0.0/8 }", 1, 8, "'10.0.0.0/8'"),
    ("@{ a = 2001:db8::1 }", 1, 8, "'2001:db8::1'"),
    ("@{ a = 'x', 10.0.0.1 }", 1, 13, "'10.0.0.1'"),
    ("$x = 'a', b", 1, 11, "'b' cannot stand here without quotes"),
    ("'a' 'b'", 1, 5, "Something new begins"),
    ("$a$b", 1, 3, "Something new begins"),
    ("5 6", 1, 3, "Something new begins"),
    ("$a = 1 $b = 2", 1, 8, "Something new begins"),
    ("$a foo", 1, 4, "'foo' cannot stand here"),
    ("$x [0]", 1, 4, "without a space"),
    ("[foo bar]$x", 1, 1, "no type"),
    ("[]", 1, 1, "no type"),
    ("$x. Name", 1, 4, "The name of a property"),
    ("$x.$y()", 1, 4, "method's name"),
    ("$x::Y", 1, 3, "directly behind a type"),
    ("++5", 1, 1, "can change only a variable"),
    ("()", 1, 1, "Nothing stands in these parentheses"),
    ("(Get-X; 1)", 1, 7, "several statements"),
    ("(if ($a) { 1 })", 1, 2, "$( if"),
    ("return if ($a) { 1 }", 1, 8, "begins a statement"),
    ("(1 + )", 1, 6, "missing before this )"),
    ("@('a', 'b',\n)", 2, 1, "missing behind the last comma"),
    ("$x = (Get-X | where { $_.A )", 1, 28, "The bracket of line 1, column 21 is not closed before this )"),
    ("(1\n2)", 2, 1, "Something new begins"),
    ("else if", 1, 1, "'else' has no if"),
    ("if ($a) {} else if ($b) {}", 1, 19, "elseif in one word"),
    ("Get-X\n  -A 1", 2, 3, "end that line with a backtick"),
    ("$p = { Name = 'x' }", 1, 8, "a hashtable begins with @{"),
    ("1 + ; 2", 1, 5, "this one is not complete"),
    ("1 + }", 1, 5, "missing before this }"),
    ("Get-X )", 1, 7, "This ) closes nothing"),
    ("if ($a) { ) }", 1, 11, "column 9 is not closed before this )"),
    ("]", 1, 1, "This ] closes nothing"),
    ("$x[0", 1, 3, "never closed"),
    ("if ($a { 1 }", 1, 8, "The bracket of line 1, column 4 is not closed before this {"),
    ("if $a { 1 }", 1, 4, "A ( must follow if"),
    ("if ($a) 1", 1, 9, "A { must follow the condition"),
    ("while { }", 1, 7, "A ( must follow while"),
    ("foreach (x in $y) {}", 1, 10, "begins with the variable"),
    ("foreach ($x of $y) {}", 1, 13, "The word in"),
    ("foreach -parallel ($x in $y) {}", 1, 9, "A ( must follow foreach"),
    ("do { } 1", 1, 1, "A while or until must follow"),
    ("try { } 1", 1, 1, "A catch or finally must follow"),
    (":outer foreach ($x in $y) {}", 1, 1, "Loops cannot be named"),
    ("while (1) { break outer }", 1, 19, "Nothing can follow break"),
    ("$env:PATH", 1, 1, "environment cannot be read"),
    ("${env:PATH}", 1, 1, "environment cannot be read"),
    ("$using:x", 1, 1, "$using:"),
    ("$foo:bar", 1, 1, "${foo}:"),
    ('"$server:25"', 1, 2, "${server}:"),
    ('"$name: x"', 1, 2, "${name} and then the colon"),
    ("$", 1, 1, "A $ without a name"),
    ("$$", 1, 1, "'$$' stands for the line before"),
    ('"Remove $name? "', 1, 9, "Remedy: write ${name}"),
    ("$a?.b", 1, 1, "Remedy: write ${a}"),
    ("${}", 1, 1, "A variable without a name"),
    ("'a", 1, 1, "never closed"),
    ('\n "a\n\n', 2, 2, "never closed"),
    ("@' a\n'@", 1, 1, "same line"),
    ("@'\na\n  '@", 1, 1, "spaces stand before its '@"),
    ('@"\na', 1, 1, 'end it with "@'),
    ("<# a\n", 1, 1, "A comment begins here"),
    ("Get-X ` \n -A", 1, 7, "delete the spaces behind it"),
    ("Get-X `", 1, 7, "continues a line that does not come"),
    ('"`u{110000}"', 1, 3, "no character with the number"),
    ("Get-X \u200b-A", 1, 7, "invisible character (U+200B)"),
    ("Get-X a\u200bb", 1, 8, "invisible character (U+200B)"),
    ("$x\ufeff", 1, 3, "invisible character (U+FEFF)"),
    ("Get-X\0", 1, 6, "save the script as UTF-8"),
    ("\ud800", 1, 1, "save the script as UTF-8"),
    ("\x07", 1, 1, "'\\x07' means nothing"),
    ("9" * 400, 1, 1, "too large"),
    ("$x = 1e999", 1, 6, "too large"),
    ("$x/server", 1, 4, "'server' cannot stand here"),
    ("3com", 1, 1, "'3com' cannot stand here"),
    ("Get-$x", 1, 1, "cannot be put together"),
    ("param($A, $a)", 1, 11, "stands here twice"),
    ("param($A $B)", 1, 10, "commas between"),
    ("param(A)", 1, 7, "commas between"),
    ("param([Alias('x')]$A)", 1, 7, "[alias( … )]"),
    ("param([ValidateRange(1, 5)]$A)", 1, 7, "if and throw"),
    ("param([Parameter(ValueFromPipeline)]$A)", 1, 7, "[parameter( … )]"),
    ("param([Parameter(Position = 1)]$A)", 1, 7, "delete Position"),
    ("[Foo()] param()", 1, 1, "[foo( … )]"),
    ("1" + "+1" * 101, 1, 203, "More than 100 operators"),
    ("$x" + ".a" * 101, 1, 205, "properties and indexes"),
    ("!" * 65 + "$x", 1, 66, "operators stand before one value"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSALS)
def test_what_is_not_understood_gets_one_sentence_with_a_remedy(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(ScriptRefused) as caught:
        parse(text)
    refused = caught.value
    assert words in refused.detail
    assert (refused.line, refused.column) == (line, column)
    assert ". Remedy: " in refused.detail and refused.detail.endswith(".")
    assert refused.source in text


BRACKETS = [("(", ")"), ("$(", ")"), ("@(", ")"), ("{", "}"), ("@{a=", "}"), ('"$(', ')"'), ("if (1) {", "}"),
            ("a (", ")"), ("a -b:{", "}"), ("$x.a(", ")"), ("$x[", "]"), ("[int](", ")"), ("$x.(", ")"), ("$a=", ""),
            ('@"\n$(', ')\n"@'), ("try{", "}finally{}"), ("1,(", ")")]  # fmt: skip


@pytest.mark.parametrize(("opener", "closer"), BRACKETS)
def test_brackets_may_nest_only_so_deep(opener: str, closer: str) -> None:
    for depth in (NESTING + 1, 1000, 50_000):
        with pytest.raises(ScriptRefused, match="deep"):
            parse(opener * depth + "1" + closer * depth)


@pytest.mark.parametrize(("opener", "closer"), BRACKETS)
def test_brackets_may_nest_as_deep_as_anybody_writes_them(opener: str, closer: str) -> None:
    assert parse(opener * 30 + "1" + closer * 30).body


def test_a_script_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(ScriptRefused, match="101 characters long; at most 100 are read") as caught:
        parse("(" * 101, limits=Limits(text=100))
    assert caret(caught.value) == caught.value.detail


def test_long_lists_and_scripts_have_no_depth() -> None:
    assert parse(",".join(["1"] * 5000)).body
    assert len(parse("Get-X;" * 5000).body) == 5000
    assert parse("if (1) {}" + " elseif (1) {}" * 5000).body
    assert parse("Get-X" + " | ft" * 5000).body


PIECES = """
( ) { } [ ] @( $( @{ , ; . :: | & && = += == - -- -eq -not ! + ++ .. > 2> 2>$null ` # <# #> “ ’ – \u200b \x07 漢
$x $_ $env:x ${ @p 'a' ' " "a @' @" 1 1.5 10MB 10.0.0.1 a Get-X -A -A: -A:1 [int] [A.B]::new(
if else foreach in do while for try catch finally throw return break function param
"""
GAPS = ["\n", "\r\n", " ", "\t", "\n'@", '\n"@', "`\n", "@'\n", '@"\n']
FRAGMENTS = st.sampled_from([*PIECES.split(), *GAPS])


@given(st.lists(FRAGMENTS, max_size=40).map(" ".join) | st.lists(FRAGMENTS, max_size=40).map("".join) | st.text())
@settings(max_examples=400, deadline=None)
def test_every_text_is_understood_or_refused_at_a_place_inside_it(text: str) -> None:
    try:
        script = parse(text)
    except ScriptRefused as refused:
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= refused.line <= len(lines)
        assert refused.source == lines[refused.line - 1]
        assert 1 <= refused.column <= len(refused.source) + 2  # the end of a line is a place, too
        assert refused.detail.endswith(".") and ". Remedy: " in refused.detail
        shown = caret(refused).split("\n")
        assert len(shown) == 3 and len(shown[2]) <= 250
        assert all(sign.isprintable() or sign == "\xa0" or sign.isspace() for sign in shown[1])
    else:
        assert script.text == text.removeprefix("\ufeff")
        written(script.body)
