"""What texts mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.shell.reading.parser import parse
from gatepost.shell.reading.precedence import SIGNS, UNARY_WORDS, WORDS
from gatepost.shell.tree import Place, ScriptParameter

from .stage import value
from .written import written

EXPRESSIONS = [
    # arithmetic and precedence
    ("1 + 2 * 3", "(1 + (2 * 3))"),
    ("1 * 2 + 3", "((1 * 2) + 3)"),
    ("10 - 4 - 3", "((10 - 4) - 3)"),
    ("5-3", "(5 - 3)"),
    ("5 -3", "(5 - 3)"),
    ("$a-$b", "($a - $b)"),
    ("-5 + -$x", "(-5 + (- $x))"),
    ("- 5", "(- 5)"),
    ("10 / 4 % 3", "((10 / 4) % 3)"),
    ("(1 + 2) * 3", "(group((1 + 2)) * 3)"),
    ("1 +\n 2", "(1 + 2)"),
    ("1MB * 2", "(1048576 * 2)"),
    # comparison and logic: -and and -or are equals, and work from the left
    ("$a -eq 1 -and $b -ne 2 -or $c", "((($a -eq 1) -and ($b -ne 2)) -or $c)"),
    ("$a -or $b -and $c", "(($a -or $b) -and $c)"),
    ("$a -xor $b", "($a -xor $b)"),
    ("1 + 2 -eq 3", "((1 + 2) -eq 3)"),
    ("-not $a -eq $b", "((-not $a) -eq $b)"),
    ("!$a", "(-not $a)"),
    ("!!$a", "(-not (-not $a))"),
    ("-NOT ($a)", "(-not group($a))"),
    ("$a -EQ 1", "($a -eq 1)"),
    ("$a -ieq 1", "($a -eq 1)"),
    ("$a -ceq 1", "($a -ceq 1)"),
    ("$a -cnotlike 'x*'", "($a -cnotlike 'x*')"),
    ("$a –eq 1", "($a -eq 1)"),  # a word processor's dash
    ("$a —notin 1,2", "($a -notin [1, 2])"),
    ("$a -is [string] -and $b", "(($a -is <string>) -and $b)"),
    ("$a -isnot [int]", "($a -isnot <int>)"),
    ("$a -like '*x*' -and\n    $b -match '^y'", "(($a -like '*x*') -and ($b -match '^y'))"),
    ("'a b' -replace 'a', 'b' -split ' '", "(('a b' -replace ['a', 'b']) -split ' ')"),
    ("$a -join ';'", "($a -join ';')"),
    ("-join $a", "(-join $a)"),
    ("-split 'a b', 'c'", "[(-split 'a b'), 'c']"),
    ("'{0}: {1}' -f $a, $b + 'x'", "(('{0}: {1}' -f [$a, $b]) + 'x')"),
    ("'{0}' -f 1 + 2", "(('{0}' -f 1) + 2)"),
    ("1..3 -contains 2", "((1 .. 3) -contains 2)"),
    ("1..$n", "(1 .. $n)"),
    ("-3..-1", "(-3 .. -1)"),
    ("$a..$b", "($a .. $b)"),
    ("1..2,3", "(1 .. [2, 3])"),
    # lists and brackets
    ("1, 2,3", "[1, 2, 3]"),
    ("1,\n2", "[1, 2]"),
    (",1", "[1]"),
    ("@()", "@()"),
    ("@(1, 2)", "@([1, 2])"),
    ("@(\n  'a'\n  'b'\n)", "@('a'; 'b')"),
    ("@('a',\n'b')", "@(['a', 'b'])"),
    ("(Get-X).Name", "group(Get-X).Name"),
    ("(\n Get-X |\n ft\n)", "group(Get-X | ft)"),
    ("$(Get-X; 1)", "$(Get-X; 1)"),
    ("($x = 5)", "group($x = 5)"),
    # what is reached through a value
    ("$a.B.C", "$a.B.C"),
    ("$a.'B C'", "$a.B C"),
    ('$a."b$c"', "$a.(text('b', $c))"),
    ("$a.$b", "$a.($b)"),
    ("$a.($b + 'x')", "$a.(group(($b + 'x')))"),
    ("$a[0]", "$a[0]"),
    ("$a[-1].B", "$a[-1].B"),
    ("$a['x y']", "$a['x y']"),
    ("$a[0..2]", "$a[(0 .. 2)]"),
    ("$a[0, 2]", "$a[[0, 2]]"),
    ("$a[\n0\n]", "$a[0]"),
    ("$a.B()", "$a.B()"),
    ("$a.B(1, 'x',$c)", "$a.B(1, 'x', $c)"),
    ("$a.B((1, 2), @{x = 1})", "$a.B(group([1, 2]), @{x = 1})"),
    ("$a.B(\n  1,\n  2\n)", "$a.B(1, 2)"),
    ("$a.B({ $_ })", "$a.B({$_})"),
    ("'a b'.Split(' ')[0].Length", "'a b'.Split(' ')[0].Length"),
    ("5.ToString()", "5.ToString()"),
    ("1.5.ToString()", "1.5.ToString()"),
    ("@(1).Count", "@(1).Count"),
    ("@{a = 1}.a", "@{a = 1}.a"),
    ("$x++", "($x ++)"),
    ("$x.Count--", "($x.Count --)"),
    ("++$x", "(++ $x)"),
    # types
    ("[int]'5'", "(<int> '5')"),
    ("[int] '5' + 1", "((<int> '5') + 1)"),
    ("[int[]](1, 2)", "(<int[]> group([1, 2]))"),
    ("[int][string]$x", "(<int> (<string> $x))"),
    ("[int]-5", "(<int> -5)"),
    ("[bool]-not $x", "(<bool> (-not $x))"),
    ("[string]$x, $y", "[(<string> $x), $y]"),
    ("[void]$x.Add(1)", "(<void> $x.Add(1))"),
    ("[ordered]@{ b = 1; a = 2 }", "(<ordered> @{b = 1; a = 2})"),
    ("[pscustomobject]@{}", "(<pscustomobject> @{})"),
    ("[Net.Mail.SmtpClient]::new('mx', 25)", "<Net.Mail.SmtpClient>::new('mx', 25)"),
    ("[Collections.Generic.List[string]]::new()", "<Collections.Generic.List[string]>::new()"),
    ("[Dictionary[string, List[int]]]::new()", "<Dictionary[string,List[int]]>::new()"),
    ("[datetime]::UtcNow.AddDays(-1)", "<datetime>::UtcNow.AddDays(-1)"),
    ("[Net.SecurityProtocolType]::Tls12", "<Net.SecurityProtocolType>::Tls12"),
    ("[ int ]5", "(<int> 5)"),
    # hashtables
    ("@{}", "@{}"),
    ("@{a = 1; B = 'x'}", "@{a = 1; B = 'x'}"),
    ("@{\n  a = 1\n\n  b = 2 ;\n}", "@{a = 1; b = 2}"),
    ("@{ 'a b' = 1; \"c\" = 2; 5 = 3 }", "@{'a b' = 1; 'c' = 2; 5 = 3}"),
    ("@{ $k = 4; (1 + 1) = 5 }", "@{$k = 4; group((1 + 1)) = 5}"),
    ("@{ if = 1; End = 2; 2nd = 3 }", "@{if = 1; End = 2; 2nd = 3}"),
    ("@{ a = 1, 2 }", "@{a = [1, 2]}"),
    ("@{ a = 'x',\n 'y'\n b = Get-X -A 1 | ft\n}", "@{a = ['x', 'y']; b = Get-X -A 1 | ft}"),
    ("@{ a = if ($x) { 1 } else { 2 } }", "@{a = if $x {1} else {2}}"),
    ("@{ a = # why\n 1 }", "@{a = 1}"),
    ("@{ Name = 'n'; Expression = { $_.X } }", "@{Name = 'n'; Expression = {$_.X}}"),
    ("{ Get-X; 1 }", "{Get-X; 1}"),
]  # fmt: skip

COMMANDS = [
    ("Get-X", "Get-X"),
    ("Get–X", "Get-X"),  # a dash from a web page
    ("Get-X a 'b c' \"d\"", "Get-X a 'b c' 'd'"),
    ("Get-X -A 1 -B:2 -C: 3 -D", "Get-X -A 1 -B:2 -C:3 -D"),
    ("Get-X –Name x", "Get-X -Name x"),
    ("Set-X -Confirm:$false", "Set-X -Confirm:$false"),
    ("Set-X -A:1,2 -B", "Set-X -A:[1, 2] -B"),
    ("Set-X @params -Name x @more", "Set-X @params -Name x @more"),
    ("New-X -SenderDomains contoso.com,*.fabrikam.com", "New-X -SenderDomains [contoso.com, *.fabrikam.com]"),
    ("Format-List Name, SmartHosts", "Format-List [Name, SmartHosts]"),
    ("Format-List Name,\n  SmartHosts", "Format-List [Name, SmartHosts]"),
    ("Get-X *", "Get-X *"),
    ("Get-X 1,2", "Get-X [1, 2]"),
    ("Get-X 007 1.50 5MB 0x10 -5 -.5", "Get-X 7(007) 1.5(1.50) 5242880(5MB) 16(0x10) -5 -0.5(-.5)"),
    ("Get-X 10.0.0.1 10.0.0.0/8,2001:db8::/32", "Get-X 10.0.0.1 [10.0.0.0/8, 2001:db8::/32]"),
    ("Get-X user@contoso.com a-b a=b smtp:*;1", "Get-X user@contoso.com a-b a=b smtp:*; 1"),
    ("Get-X C:\\Temp\\a.csv ./b ~/c %d", "Get-X C:\\Temp\\a.csv ./b ~/c %d"),
    ("Get-X a`,b a` b `$x", "Get-X a,b a b $x"),
    ("Get-X a'b c'd", "Get-X ab cd"),
    ('Get-X a"b $c"d', "Get-X text('ab ', $c, 'd')"),
    ('Get-X "a"b', "Get-X 'a' b"),
    ("Get-X $a $b.C $d[0].E (1).F 'g'.Length", "Get-X $a $b.C $d[0].E group(1).F 'g'.Length"),
    ("Get-X $a,$b.C", "Get-X [$a, $b.C]"),
    ("Get-X $dir\\$name.txt $a-$b x$a", "Get-X text($dir, '\\\\', $name, '.txt') text($a, '-', $b) text('x', $a)"),
    ("Get-X $a.B\\c", "Get-X $a.B \\c"),
    ("Get-X $($a.B)", "Get-X $($a.B)"),
    ("Get-X a$($b)c", "Get-X text('a', $($b), 'c')"),
    ("Get-X @(1, 2) @{a = 1} { $_ }", "Get-X @([1, 2]) @{a = 1} {$_}"),
    ("Get-X [int] [DateTime]::Now", "Get-X [int] [DateTime]::Now"),
    ("Get-X -- -a -b", "Get-X -a -b"),
    ("Get-X - a", "Get-X - a"),
    ("Get-X -a:$b.C -d", "Get-X -a:$b.C -d"),
    ("Get-X $true $null", "Get-X $true $null"),
    ("Get-X <# why #> a # because", "Get-X a"),
    ("Get-X `\n  -A 1 `\n  -B 2", "Get-X -A 1 -B 2"),
    ("Get-X(1, 2)", "Get-X group([1, 2])"),
    # pipelines
    ("Get-X | Format-List", "Get-X | Format-List"),
    ("Get-X|ft", "Get-X | ft"),
    ("Get-X |\n\n # why\n ft", "Get-X | ft"),
    ("Get-X\n  | ft\n  # why\n  | Out-Null", "Get-X | ft | Out-Null"),
    ("1..3 | % { $_ * 2 }", "(1 .. 3) | % {($_ * 2)}"),
    ("Get-X | ?{$_.A -eq 1} | %{ $_.B }", "Get-X | ? {($_.A -eq 1)} | % {$_.B}"),
    ("Get-X | where Name -like '*x*'", "Get-X | where Name -like '*x*'"),
    ("Get-X | foreach { $_ }", "Get-X | foreach {$_}"),
    ("'a', 'b' | Sort-Object", "['a', 'b'] | Sort-Object"),
    ("@{a=1} | ConvertTo-Json", "@{a = 1} | ConvertTo-Json"),
    (
        "Get-X | Select-Object Name, @{Name='n'; Expression={$_.N}}",
        "Get-X | Select-Object [Name, @{Name = 'n'; Expression = {$_.N}}]",
    ),
    # streams to $null
    ("Get-X 2>$null", "Get-X silent(error)"),
    ("Get-X a 3> $null 2>$NULL -B", "Get-X a -B silent(warning,error)"),
    ("Get-X > $null", "Get-X | Out-Null"),
    ("Get-X >$null 2>$null", "Get-X silent(error) | Out-Null"),
    ("Get-X *>$null", "Get-X silent(error,warning,verbose,host) | Out-Null"),
    ("Get-X 2>$null | ft", "Get-X silent(error) | ft"),
    ("$list.Add(1) > $null", "$list.Add(1) | Out-Null"),
]

STATEMENTS = [
    ("", ""),
    (" ;; \n # nothing", ""),
    ("$x = 5", "$x = 5"),
    ("$x=5", "$x = 5"),
    ("$x =\n  Get-X", "$x = Get-X"),
    ("$x = Get-X | ft", "$x = Get-X | ft"),
    ("$x = $y = 1", "$x = $y = 1"),
    ("$x += 1; $x -= 2; $x *= 3; $x /= 4; $x %= 5", "$x += 1; $x -= 2; $x *= 3; $x /= 4; $x %= 5"),
    ("$x –= 1", "$x -= 1"),
    ("$a.B.C = 1", "$a.B.C = 1"),
    ("$a[0] = 1", "$a[0] = 1"),
    ("[int]$x = '5'", "$x = (<int> group('5'))"),
    ("[string[]]$x = Get-X", "$x = (<string[]> group(Get-X))"),
    ("$x = if ($a) { 1 } else { 2 }", "$x = if $a {1} else {2}"),
    ("$x = foreach ($i in 1..3) { $i }", "$x = foreach $i in (1 .. 3) {$i}"),
    ("if ($a) { 1 }", "if $a {1}"),
    ("IF($a){1}ELSE{2}", "if $a {1} else {2}"),
    ("if ($a) {\n 1\n}\n# why\nelseif (Get-X) {\n}\n\nelse\n{\n 3\n}", "if $a {1} elseif Get-X {} else {3}"),
    ("if ($x = Get-X) { $x }", "if $x = Get-X {$x}"),
    ("if ($a) { 1 } if ($b) { 2 } Get-X", "if $a {1}; if $b {2}; Get-X"),
    ("foreach ($x in $y) { $x }", "foreach $x in $y {$x}"),
    ("foreach ($x in Get-X | ft) {}", "foreach $x in Get-X | ft {}"),
    ("foreach($x in @('a','b')){\n $x }", "foreach $x in @(['a', 'b']) {$x}"),
    ("while ($i -lt 3) { $i++ }", "while ($i -lt 3) {($i ++)}"),
    ("do { $i++ } while ($i -lt 3)", "do {($i ++)} while ($i -lt 3)"),
    ("do {\n $i++\n}\nuntil ($i)", "do {($i ++)} until $i"),
    ("for ($i = 0; $i -lt 3; $i++) { $i }", "for ($i = 0; ($i -lt 3); ($i ++)) {$i}"),
    ("for (;;) { break }", "for (; ; ) {break}"),
    ("for ($i = 0\n$i -lt 3\n$i++) {}", "for ($i = 0; ($i -lt 3); ($i ++)) {}"),
    ("try { Get-X } catch { $_ }", "try {Get-X} catch {$_}"),
    ("try {}\ncatch [A.B], [C] {}\ncatch {}\nfinally { 1 }", "try {} catch A.B,C {} catch {} finally {1}"),
    ("try { 1 } finally { 2 }", "try {1} finally {2}"),
    ("throw", "throw"),
    ("throw 'a'; throw $x.Y", "throw 'a'; throw $x.Y"),
    ("return; return 1, 2; exit; exit 3", "return; return [1, 2]; exit; exit 3"),
    ("while (1) { break }", "while 1 {break}"),
    ("while (1) { if ($x) { continue } }", "while 1 {if $x {continue}}"),
    ("if-x a", "if-x a"),
    ("format x", "format x"),
]


@pytest.mark.parametrize(("text", "tree"), EXPRESSIONS)
def test_expressions_are_read_by_powershells_precedence(text: str, tree: str) -> None:
    assert written(parse(text).body) == tree


@pytest.mark.parametrize(("text", "tree"), COMMANDS)
def test_commands_are_read_word_by_word(text: str, tree: str) -> None:
    assert written(parse(text).body) == tree


@pytest.mark.parametrize(("text", "tree"), STATEMENTS)
def test_statements_are_read(text: str, tree: str) -> None:
    assert written(parse(text).body) == tree


@pytest.mark.parametrize(("text", "tree"), [*EXPRESSIONS, *COMMANDS, *STATEMENTS])
def test_it_means_the_same_with_windows_line_ends_inside_a_block(text: str, tree: str) -> None:
    windows = text.replace("\n", "\r\n")
    assert written(parse(f"if (1) {{\r\n{windows}\r\n}}").body) == f"if 1 {{{tree}}}"


def parameter(name: str, **more: object) -> ScriptParameter:
    return ScriptParameter(place=Place(line=1, column=1), name=name, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("param()", []),
        ("param($A)", [parameter("A")]),
        ("# why\n[CmdletBinding()]\nparam (\n  [int] $A,\n  $B\n)", [parameter("A", type_name="int"), parameter("B")]),
        ("[CmdletBinding(SupportsShouldProcess = $true)] param([switch]$A)", [parameter("A", type_name="switch")]),
        ("param([Parameter(Mandatory)][string]$A)", [parameter("A", type_name="string", mandatory=True)]),
        ("param([Parameter(Mandatory = $true, Position = 0)]\n$A)", [parameter("A", mandatory=True)]),
        ("param([parameter(mandatory=$false, HelpMessage='x')]$A)", [parameter("A")]),
        ("param([ValidateSet('a', \"b\")]$A)", [parameter("A", choices=("a", "b"))]),
        ("param([ValidateNotNullOrEmpty()][string[]]$A)", [parameter("A", type_name="string[]", filled=True)]),
        ("PARAM ($A)\nGet-X", [parameter("A")]),
    ],
)  # fmt: skip
def test_the_head_of_a_script_is_read(text: str, expected: list[ScriptParameter]) -> None:
    found = parse(text).parameters
    assert [(one.name, one.type_name, one.mandatory, one.choices, one.filled) for one in found] == [
        (one.name, one.type_name, one.mandatory, one.choices, one.filled) for one in expected
    ]


def test_a_default_is_an_expression_of_its_own() -> None:
    script = parse("param($A = 5, [int]$B = 1 + 2)\n$A")
    assert [one.default is not None for one in script.parameters] == [True, True]
    assert written(script.body) == "$A"


SAFE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), max_size=30)


@given(SAFE)
def test_any_text_survives_in_single_quotes(text: str) -> None:
    quoted = "".join(sign * 2 if sign in "'‘’‚‛" else sign for sign in text)
    assert written(parse(f"'{quoted}'").body) == repr(text)


@given(SAFE)
def test_any_text_survives_escaped_in_double_quotes(text: str) -> None:
    quoted = "".join("`" + sign if sign in '"“”„`$' else sign for sign in text)
    assert written(parse(f'"{quoted}"').body) == repr(text)


@pytest.mark.parametrize("operator", [*SIGNS, *(f"-{word}" for word in WORDS)])
def test_every_operator_that_is_read_can_be_evaluated(operator: str) -> None:
    value(f"1 {operator} {'[int]' if operator in ('-is', '-isnot') else 1}")


@pytest.mark.parametrize("operator", ["+", "-", "!", ",", *(f"-{word}" for word in UNARY_WORDS)])
def test_every_operator_before_a_value_can_be_evaluated(operator: str) -> None:
    value(f"{operator} 1")
