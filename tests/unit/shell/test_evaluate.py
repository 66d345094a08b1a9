"""Statements, variables, members, errors and limits: whole scripts and what they put out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.errors import ScriptRefused
from gatepost.shell import Bound, CommandFailed, Limits, Parameter, PSObject, Shell, Takes, each_bound

from .stage import Stage, printed, shell_on, value


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("if (0) { 1 } elseif ('x') { 2 } else { 3 }", 2),
        ("foreach ($i in 1..3) { if ($i -eq 2) { continue }; $i }", [1, 3]),
        ("foreach ($i in 1..9) { if ($i -eq 3) { break }; $i }", [1, 2]),
        ("foreach ($i in $null) { 'never' }; 'end'", "end"),
        ("foreach ($i in 'one') { $i }", "one"),
        ("for ($i = 0; $i -lt 3; $i++) { $i }", [0, 1, 2]),
        ("$i = 3; while ($i) { $i; $i-- }", [3, 2, 1]),
        ("$i = 0; do { $i++ } until ($i -ge 3); $i", 3),
        ("$i = 0; do { $i += 2 } while ($i -lt 5); $i", 6),
        ("$x = if ($true) { 'yes' } else { 'no' }; $x", "yes"),
        ("$x = foreach ($q in 1..3) { $q * 2 }; $x -join ','", "2,4,6"),
        ("$a = $b = 5; $a + $b", 10),
        ("($x = 5) + 1", 6),
        ("$i = 1; $j = $i++; $k = ++$i; \"$i $j $k\"", "3 1 3"),
        ("$x = @(); $x += 1; $x += 2, 3; $x.Count", 3),
        ("$h = @{}; $h.a = 1; $h['b'] = 2; $h.a += 5; $h['b']++; $h.a + $h.b", 9),
        ("$a = 1, 2; $a[0] = 9; $a -join ','", "9,2"),
        ("$o = [pscustomobject]@{ A = 1 }; $o.A = 2; $o.A", 2),
        ("return 1; 2", 1),
        ("1; exit; 2", 1),
        ("[void](1 + 1); 2", 2),
        ("$h = @{}; $h.Add('a', 1); $h.Count", 1),
        ("@(1).Count; @().Count; (1..3).Length; $null.Count; 'abc'.Count", [1, 0, 3, 0, 1]),
        ("$p = 'A'; ([pscustomobject]@{ A = 1 }).$p", 1),
        ("([pscustomobject]@{ A = 1 }, [pscustomobject]@{ A = 2 }).A -join ','", "1,2"),
        ("(1..5)[1..2] -join ','", "2,3"),
        ("'abc'[0] + 'abc'[-1]", "ac"),
        ("(1, 2)[5] -eq $null", True),
        ("$x = 1; \"$x ${x} $($x + 1) `$x\"", "1 1 2 $x"),
        ("'it''s $x'", "it's $x"),
        ("\"$(1; 2)\"", "1 2"),
        ("$OFS = '-'; \"$(1, 2)\"", "1-2"),
        ("@{ a = 1; b = 2 }.Keys -join ','", "a,b"),
        ("$h = @{ a = 1 }; foreach ($e in $h.GetEnumerator()) { \"$($e.Key)=$($e.Value)\" }", "a=1"),
        ("foreach ($p in ([pscustomobject]@{ A = 1 }).PSObject.Properties) { \"$($p.Name)=$($p.Value)\" }", "A=1"),
        ("'a.b.c'.Split('.').Count", 3),
        ("'a,b,,c'.Split(',', [StringSplitOptions]::RemoveEmptyEntries).Count", 3),
        ("' x '.Trim() + 'abc'.PadLeft(5, '*') + 'abc'.Substring(1, 1)", "x**abcb"),
        ("'Hello'.Contains('ell'); 'Hello'.Contains('ELL')", [True, False]),
        ("'Hello'.StartsWith('he', [StringComparison]::OrdinalIgnoreCase)", True),
        ("('ab', 'cd').ToUpper() -join ''", "ABCD"),
        ("(1, 2, 3).Where({ $_ -gt 1 }) -join ','", "2,3"),
        ("[datetime]'2026-01-31' | ForEach-Object { $_.AddMonths(1).Day }", 28),
        ("([datetime]'2026-01-02').ToString('yyyy-MM')", "2026-01"),
        ("(5).ToString('D3') + (5).GetType().Name", "005Int32"),
        ("[string]::IsNullOrEmpty(''); [string]::Join('-', 1, 2); [math]::Round(2.567, 2)", [True, "1-2", 2.57]),
        ("[int]::MaxValue; [datetime]::UtcNow.Hour; [guid]::Empty.ToString()",
         [2147483647, 11, "00000000-0000-0000-0000-000000000000"]),
        ("(1 | ? { 0 }).Count; (1 | ? { 0 }) -eq $null; (1 | ? { 0 })", [0, True]),
        ("$true; $false; $null -eq $undefined", [True, False, True]),
    ],
)  # fmt: skip
def test_a_script_puts_out_what_powershell_would(script: str, result: Any) -> None:
    assert value(script) == result


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("$nothing.Foo()", "null-valued expression"),
        ("$nothing[0]", "Cannot index into a null array"),
        ("$nothing.A = 1", "give the variable a value first"),
        ("'a'.Fooo()", "does not contain a method named 'Fooo'"),
        ("'a'.ToUper()", "did you mean ToUpper?"),
        ("'a'.Substring(5)", "must refer to a location within the string"),
        ("'a'.Substring()", 'argument count: "0"'),
        ("(1, 2).Add(3)", "write $array += $item"),
        ("$a = 1, 2; $a[9] = 1", "outside the bounds"),
        ("$o = [pscustomobject]@{ Name = 1 }; $o.Nmae = 2", "did you mean Name?"),
        ("$true = 5", "read-only or constant"),
        ("$k = 'A'; @{ a = 1; $k = 2 }", "Duplicate keys 'A'"),
        ("@{ $nothing = 1 }", "null key"),
        ("[int]'x'", "Cannot convert value"),
        ("[pscredential]::new('u', 'p')", "ConvertTo-SecureString"),
        ("Get-Date @nothing", "has no value"),
    ],
)
def test_an_error_ends_its_statement_and_says_what_to_do(script: str, words: str) -> None:
    stage = Stage()
    assert shell_on(stage).run(f"{script}\n'next'") == 1
    assert words in stage.text("error")
    assert "Remedy: " in stage.text("error")
    assert stage.text("output") == "next\n"


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("try { 1; throw 'boom'; 2 } catch { \"$($_.Exception.Message)\" } finally { 'f' }", [1, "boom", "f"]),
        ("try { 1 / 0 } catch [System.DivideByZeroException] { 'd' } catch { 'other' }", "d"),
        ("try { throw 'x' } catch [System.DivideByZeroException] { 'd' } catch { 'other' }", "other"),
        ("try { Get-Content no -ErrorAction Stop } catch [System.IO.FileNotFoundException] { 'nf' }", "nf"),
        ("try { try { throw 'in' } finally { 'f' } } catch { \"out $_\" }", ["f", "out in"]),
        ("try { try { throw 'a' } catch { throw 'b' } } catch { \"$_\" }", "b"),
        ("try { try { throw 'a' } catch { throw } } catch { \"$_\" }", "a"),
        ("try { Write-Error 'x' -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }", "WriteError,Write-Error"),
        ("try { throw 'a' } catch { }; $Error[0].Exception.Message; $Error.Count", ["a", 1]),
        ("try { 1..3 | ForEach-Object { if ($_ -eq 2) { throw 'at 2' }; $_ } } catch { \"$_\" }", [1, "at 2"]),
        ("Write-Error 'x' -ErrorAction SilentlyContinue; $?; $?", [False, True]),
        ("Write-Error 'x' -ErrorAction SilentlyContinue -ErrorVariable e; $e.Count; $e[0].Exception.Message", [1, "x"]),
        ("Write-Error 'x' -ErrorAction Ignore; $Error.Count", 0),
        ("$ErrorActionPreference = 'SilentlyContinue'; 1 / 0; 'next'", "next"),
        ('foreach ($i in 1..3) { try { if ($i -eq 2) { continue }; $i } finally { "f$i" } }', [1, "f1", "f2", 3, "f3"]),
        ("try { 1 / 0 } catch { $_.InvocationInfo.ScriptLineNumber }", 1),
    ],
)
def test_errors_are_caught_as_in_powershell(script: str, result: Any) -> None:
    assert value(script) == result


def test_a_try_does_not_catch_what_a_command_only_reports() -> None:
    assert printed("try { Write-Error 'x'; 'goes on' } catch { 'never' }") == "Write-Error: x\ngoes on\n"


def test_a_try_upstream_does_not_catch_what_happens_downstream() -> None:
    text = printed("1..2 | ForEach-Object { try { $_ } catch { 'caught' } } | ForEach-Object { 1 / 0; $_ }")
    assert "caught" not in text
    assert text.count("divide by zero") == 2
    assert text.endswith("2\n")


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("'fine'", 0),
        ("exit 3", 3),
        ("1 / 0", 1),
        ("throw 'x'", 1),
        ("Write-Error 'x'", 1),
        ("Write-Error 'x' 2>$null", 0),
        ("Write-Error 'x' -ErrorAction SilentlyContinue", 0),
        ("try { throw 'x' } catch { }", 0),
    ],
)
def test_the_exit_status_says_whether_an_error_was_shown(script: str, status: int) -> None:
    assert shell_on().run(script) == status


def test_stop_ends_the_script_and_its_error_names_the_line() -> None:
    text = printed("$ErrorActionPreference = 'Stop'\nGet-Content no\n'never'")
    assert text.startswith("Get-Content: Cannot read the file 'no'")
    assert "  line 2, column 1\n" in text
    assert "never" not in text


def test_control_characters_in_an_error_are_shown_escaped() -> None:
    assert printed('Write-Error "a$([char]27)[31m"') == "Write-Error: a\\x1b[31m\n"


# --- before anything runs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("'a'\nGet-Contnt x", "'Get-Contnt' is not the name of a cmdlet, and programs are not run here."),
        ("'a'\nGet-Contnt x", "Remedy: did you mean Get-Content?"),
        ("rm -rf x", "programs are not run here"),
        ("[foo.bar]::new()", "The type [foo.bar] is not available here"),
        ("[datetme]'x'", "did you mean [datetime]?"),
        ("[math]::Foo()", "[math] has no static member 'Foo' here. Remedy: it has abs,"),
        ("[datetime]::Nou", "it has maxvalue"),
        ("New-Object System.Foo", "The type [System.Foo] is not available here"),
        ("New-Object -TypeName System.Foo", "The type [System.Foo] is not available here"),
        ("[Net.ServicePointManager]::SecurityProtocol = 1", "delete the line"),
        ("if ($false) { Foo-Bar }", "'Foo-Bar' is not the name"),
        ("@{ a = { Foo-Bar } }", "'Foo-Bar' is not the name"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused_before_anything_runs(script: str, words: str) -> None:
    stage = Stage()
    with pytest.raises(ScriptRefused) as caught:
        shell_on(stage).run(script)
    assert words in caught.value.detail
    assert caught.value.line
    assert stage.written == []


def test_every_problem_of_a_script_is_told_at_once() -> None:
    with pytest.raises(ScriptRefused) as caught:
        shell_on().check("Foo-Bar\n[zzz]'x'")
    assert caught.value.line == 1
    assert "Also: Line 2, column 1: The type [zzz]" in caught.value.detail


# --- limits --------------------------------------------------------------------------------------------------

TIGHT = Limits(steps=500, string=1000, items=100)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("while ($true) { }", "500 steps"),
        ("for (;;) { 1 }", "500 steps"),
        ("1..90 | ForEach-Object { 1..90 } | ForEach-Object { $_ }", "500 steps"),
        ("$x = 'a'; while ($true) { $x += $x }", "1,000 are allowed"),
        ("$x = @(1); while ($true) { $x += $x }", "100 are allowed"),
        ("1..101", "100 are allowed"),
        ("$f = { ForEach-Object $f -InputObject 1 }; ForEach-Object $f -InputObject 1", "call one another"),
    ],
)
def test_what_would_never_end_is_stopped_with_a_sentence(script: str, words: str) -> None:
    with pytest.raises(ScriptRefused) as caught:
        shell_on(limits=TIGHT).run(script)
    assert words in caught.value.detail
    assert "Remedy: " in caught.value.detail
    assert caught.value.line == 1


def test_a_script_cannot_catch_a_limit() -> None:
    with pytest.raises(ScriptRefused, match="steps"):
        shell_on(limits=TIGHT).run("try { while ($true) { } } catch { 'caught' }")


def test_a_long_chain_of_operators_is_no_trouble() -> None:
    assert value(" + ".join(["1"] * 100)) == 100


PIECES = ("$x", "1", "+", "(", ")", "'a'", "-eq", ",", "@{", "}", "=", ";", "| % {", "$_", "[int]", ".Count", "throw",
          "if", "foreach ($i in 1..3) {", "[0]", "-f", "try {", "catch {", "$x =")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12))
@settings(max_examples=200)
def test_no_script_raises_anything_but_its_own_errors(words: list[str]) -> None:
    try:
        shell_on(limits=TIGHT).run(" ".join(words))
    except ScriptRefused as refused:
        assert refused.detail


# --- param() -------------------------------------------------------------------------------------------------

WITH_PARAMETERS = "param([string]$Name = 'nobody', [int]$N, [switch]$Go, [string[]]$Rest); \"$Name|$N|$Go|$Rest\""


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ([], "nobody|0|False|"),
        (["Jan"], "Jan|0|False|"),
        (["-n", "5", "Jan"], "Jan|5|False|"),
        (["-Go", "Jan", "7", "x"], "Jan|7|True|x"),
        (["-Go:$false", "-Name", "Jan"], "Jan|0|False|"),
    ],
)
def test_a_script_takes_its_arguments(arguments: list[str], result: str) -> None:
    assert shell_on().invoke(WITH_PARAMETERS, arguments) == [result]


@pytest.mark.parametrize(
    ("arguments", "words"), [(["-Nmae", "x"], "did you mean -Name?"), (["-N", "x"], "'x' was not in a correct format")]
)
def test_a_script_refuses_wrong_arguments(arguments: list[str], words: str) -> None:
    stage = Stage()
    assert shell_on(stage).run(WITH_PARAMETERS, arguments) == 1
    assert words in stage.text("error")


def test_a_mandatory_parameter_is_asked_for() -> None:
    stage = Stage(answers=["Jan"])
    assert shell_on(stage).invoke("param([Parameter(Mandatory)][string]$Name); $Name") == ["Jan"]
    assert stage.asked == [("Name: ", False)]


def test_a_script_without_parameters_has_args() -> None:
    assert shell_on().invoke("$args -join '+'", ["a", "b"]) == ["a+b"]


# --- commands and types from outside -------------------------------------------------------------------------


class Setter:
    """A command as cmdlets are: one change for each piped object, confirmed, reported."""

    name, synopsis, aliases = "Set-Thing", "Sets a thing.", ()
    parameters = (
        Parameter(name="Identity", position=0, pipeline=True, required=True),
        Parameter(name="Enabled", takes=Takes.BOOLEAN),
    )

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: Shell) -> Iterable[Any]:
        confirmation = shell.confirmation()
        for one in each_bound(bound, self.parameters, pipe):
            name = one.get("Identity")
            if shell.what_if(one):
                shell.say_what_if(self.name, name)
            elif name == "missing":
                shell.report(CommandFailed("Some.NotFoundException", f"There is no '{name}'."), one)
            elif confirmation.allows(self.name, name, one, asks=True):
                self.done.append(name)
                yield PSObject({"Identity": name})


@pytest.mark.parametrize(
    ("script", "answers", "done"),
    [
        ("Set-Thing a -Confirm:$false", [], ["a"]),
        ("Set-Thing a", ["y"], ["a"]),
        ("Set-Thing a", ["n"], []),
        ("'a', 'b' | Set-Thing", ["A"], ["a", "b"]),
        ("'a', 'b' | Set-Thing", ["what?", "L"], []),
        ("'a', 'missing', 'b' | Set-Thing -Confirm:$false", [], ["a", "b"]),
        ("'a', 'missing', 'b' | Set-Thing -Confirm:$false -ErrorAction Stop", [], ["a"]),
        ("$ConfirmPreference = 'None'; Set-Thing a", [], ["a"]),
        ("Set-Thing a -WhatIf", [], []),
        ("$WhatIfPreference = $true; Set-Thing a", [], []),
        ("$p = @{ Identity = 'a'; Confirm = $false }; Set-Thing @p", [], ["a"]),
        ("$p = @('a'); Set-Thing @p -Confirm:$false", [], ["a"]),
    ],
)
def test_a_command_that_changes_something(script: str, answers: list[str], done: list[str]) -> None:
    setter = Setter()
    shell_on(Stage(answers=list(answers)), [setter]).run(script)
    assert setter.done == done


def test_what_if_says_what_would_happen() -> None:
    stage = Stage()
    shell_on(stage, [Setter()]).run("Set-Thing 'SMTP Relay (TLS)' -WhatIf")
    assert stage.text() == 'What if: Performing the operation "Set-Thing" on target "SMTP Relay (TLS)".\n'


def test_a_question_that_nobody_can_answer_refuses_with_its_place() -> None:
    with pytest.raises(ScriptRefused) as caught:
        shell_on(Stage(), [Setter()]).run("'a'\nSet-Thing a")
    assert caught.value.line == 2


class Crate:
    """A NetObject: a list with a label."""

    type_name = "System.Test.Crate"

    def __init__(self, label: Any) -> None:
        self.label = label
        self.items: list[Any] = []

    def names(self) -> Sequence[str]:
        return ("Label",)

    def get(self, name: str) -> Any:
        if name.lower() != "label":
            raise KeyError(name)
        return self.label

    def set(self, name: str, new: Any) -> None:
        if name.lower() != "label":
            raise KeyError(name)
        self.label = new

    def call(self, name: str, arguments: Sequence[Any], shell: Shell) -> Any:
        if name.lower() != "add":
            raise KeyError(name)
        self.items.extend(arguments)
        return None

    def __iter__(self) -> Any:
        return iter(self.items)


class CrateType:
    name = "System.Test.Crate"
    statics: Mapping[str, Any] = {"Largest": 9}

    def new(self, arguments: Sequence[Any], shell: Shell) -> Any:
        if len(arguments) > 1:
            raise CommandFailed("System.ArgumentException", "A crate has one label.")
        return Crate(arguments[0] if arguments else None)


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("$c = [System.Test.Crate]::new('x'); $c.Label", "x"),
        ("$c = New-Object Test.Crate -ArgumentList 'x'; $c.label = 'y'; $c.Label", "y"),
        ("$c = New-Object test.crate -Property @{ Label = 'z' }; $c.Label", "z"),
        ("$c = [Test.Crate]'x'; $c.Add(1); $c.Add(2); $c | ForEach-Object { $_ * 10 }", [10, 20]),
        ("[Test.Crate]::largest", 9),
        ("([Test.Crate]::new()).GetType().FullName", "System.Test.Crate"),
        ('try { [Test.Crate]::new(1, 2) } catch [System.ArgumentException] { "$_" }', "A crate has one label."),
        ('try { New-Object Test.Crate 1, 2 } catch { "$_" }', "A crate has one label."),
        ("([Test.Crate]::new('x') | Select-Object Label).Label", None),
    ],
)
def test_types_from_outside(script: str, result: Any) -> None:
    assert value(script, shell_on(types={"crate": CrateType()})) == result


@pytest.mark.parametrize(
    ("script", "words"), [("$c.Foo()", "no method"), ("$c.Foo = 1", "cannot be found on this object")]
)
def test_members_that_a_type_lacks(script: str, words: str) -> None:
    stage = Stage()
    shell_on(stage, types={"crate": CrateType()}).run(f"$c = [Test.Crate]::new(); {script}")
    assert words.replace("no method", "does not contain a method") in stage.text("error")


# --- a session -----------------------------------------------------------------------------------------------


def test_variables_stay_from_one_run_to_the_next() -> None:
    shell = shell_on()
    shell.run("$x = 5")
    assert shell.invoke("$x") == [5]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Sel", "Select-Object"),
        ("1 | Sel", "Select-Object"),
        ("$x = Get-D", "Get-Date"),
        ("Select-Object -Fi", "-First"),
        ("Write-Host x -Fore", "-ForegroundColor"),
        ("Write-Host x -ForegroundColor DarkB", "DarkBlue"),
        ("Get-Date -ErrorAction St", "Stop"),
        ("$ErrorA", "$ErrorActionPreference"),
        ("echo $tr", "$true"),
    ],
)
def test_completion_offers_what_could_stand_there(text: str, first: str) -> None:
    found = shell_on().complete(text, len(text))
    assert found
    assert found[0].text == first
    assert text[: len(text) - found[0].replaces] + found[0].text


@given(st.text(max_size=40), st.integers(0, 40))
def test_completion_never_fails(text: str, cursor: int) -> None:
    shell_on().complete(text, cursor)
