"""The builtin commands, as scripts use them."""

from typing import Any

import pytest

from gatepost.errors import ScriptRefused
from gatepost.shell import BUILTINS, parse

from .stage import Stage, printed, shell_on, value

PRINTERS = (
    "$l = [pscustomobject]@{ Name = 'b'; N = 2; On = $true }, [pscustomobject]@{ Name = 'A'; N = 10; On = $false }, "
    "[pscustomobject]@{ Name = 'c'; N = 2; On = $true }; $l | "
)


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("Where-Object { $_.N -gt 2 } | ForEach-Object Name", "A"),
        ("Where-Object N -eq 2 | % Name", ["b", "c"]),
        ("? Name -like 'B*' | % { $_.Name }", "b"),
        ("where On | % Name", ["b", "c"]),
        ("where -Not On | % Name", "A"),
        ("where Name -in 'a', 'c' | % Name", ["A", "c"]),
        ("where Name -cin 'a', 'c' | % Name", "c"),
        ("Sort-Object N, Name -Descending | % Name", ["A", "c", "b"]),
        ("Sort-Object N | % Name", ["b", "c", "A"]),
        ("Sort-Object @{ Expression = 'N'; Descending = $true }, Name | % Name", ["A", "b", "c"]),
        ("Sort-Object { $_.Name.ToLower() } | % Name", ["A", "b", "c"]),
        ("Sort-Object N -Unique | % N", [2, 10]),
        ("Select-Object -First 2 | % Name", ["b", "A"]),
        ("Select-Object -Last 2 | % Name", ["A", "c"]),
        ("Select-Object -Skip 1 -First 1 | % Name", "A"),
        ("Select-Object -ExpandProperty Name", ["b", "A", "c"]),
        ("Select-Object n -Unique | % { \"$_\" }", ["@{N=2}", "@{N=10}"]),
        ("Select-Object * -ExcludeProperty N, O* -First 1 | % { \"$_\" }", "@{Name=b}"),
        ("Select-Object Name, @{ n = 'Twice'; e = { $_.N * 2 } } -First 1 | % { \"$_\" }", "@{Name=b; Twice=4}"),
        ("Select-Object Missing -First 1 | % { $_.Missing -eq $null }", True),
        ("Measure-Object | % Count", 3),
        ("Measure-Object N -Sum -Maximum -Minimum | % { \"$($_.Sum) $($_.Maximum) $($_.Minimum)\" }", "14 10 2"),
        ("Measure-Object N -AllStats | % { $_.Average -gt 4.6 -and $_.Average -lt 4.7 }", True),
        ("Group-Object N | % { \"$($_.Name):$($_.Count)\" }", ["10:1", "2:2"]),
        ("ForEach-Object -Begin { $s = 0 } -Process { $s += $_.N } -End { $s }", 14),
        ("% { $s = 0 } { $s += $_.N } { $s }", 14),
        ("% N | Out-Null", None),
        ("Get-Member -Name N | % Definition", "Int32 N"),
    ],
)  # fmt: skip
def test_objects_are_filtered_and_shaped(script: str, result: Any) -> None:
    assert value(PRINTERS + script) == result


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("'a', 'b' | ForEach-Object ToUpper", ["A", "B"]),
        ("'a', 'b' | ForEach-Object Replace 'a', 'x'", ["x", "b"]),
        ("1..9 | Select-Object -First 2", [1, 2]),
        ("1..3 | ForEach-Object { if ($_ -eq 2) { return }; $_ }", [1, 3]),
        ("$null | ForEach-Object { 'once' }", "once"),
        ("$x = 1 | Where-Object { $false }; $x | ForEach-Object { 'never' }", None),
        (", @(1, 2) | ForEach-Object { $_.Count }", 2),
        ("3, 1, 2 | sort", [1, 2, 3]),
        ("'b', 10, 'a', 9 | sort", [9, 10, "a", "b"]),
        ("'x', 'X', 'y' | select -Unique", ["x", "X", "y"]),
        ("Write-Output 1 2 3", [1, 2, 3]),
        ("echo (1, 2)", [1, 2]),
        ("Get-Date -Format 'yyyy-MM-dd HH:mm'", "2026-01-02 12:00"),
        ("(Get-Date -Year 2025 -Month 3).ToString('yyyy-MM')", "2025-03"),
        ("(Get-Date).ToUniversalTime().Hour", 11),
        ("(Get-Date -AsUTC).Hour", 11),
        ("(Get-Date '2026-03-04 05:06').DayOfWeek", "Wednesday"),
        ("(New-TimeSpan -Start '2026-01-01' -End '2026-01-03').TotalHours", 48),
        ("(New-TimeSpan -Minutes 90).Hours", 1),
        ("1..3 | Select-Object -OutVariable kept | Out-Null; $kept.Count", 3),
        ("Write-Warning 'w' -WarningAction SilentlyContinue -WarningVariable w; $w", "w"),
        ("(New-Object PSObject -Property @{ A = 1 }).A", 1),
        ("$o = [pscustomobject]@{ A = 1 }; $o | Add-Member -NotePropertyName B -NotePropertyValue 2; $o.B", 2),
        ("$s = ConvertTo-SecureString 'p' -AsPlainText; [pscredential]::new('u', $s).GetNetworkCredential().Password",
         "p"),
        ("(Get-Command Select-*).Name", "Select-Object"),
        ("(Get-Command -Verb Write -Noun Host).Name", "Write-Host"),
        ("(1 | Out-String).Trim()", "1"),
        ("'[1, 2]' | ConvertFrom-Json | ForEach-Object { $_ + 1 }", [2, 3]),
        ("('{\"a\": {\"b\": [1, null, true]}}' | ConvertFrom-Json).a.b.Count", 3),
        ("('{\"A\": 1}' | ConvertFrom-Json -AsHashtable).a", 1),
        ("@{ a = 1; b = @($true, $null, 'x') } | ConvertTo-Json -Compress", '{"a":1,"b":[true,null,"x"]}'),
        ("ConvertTo-Json @(1)", "[\n  1\n]"),
        ("(Get-Command 007, 1.10 -ErrorAction SilentlyContinue); $Error[0].TargetObject", "007, 1.10"),
        ("(Get-Command -Name:007 -ErrorAction SilentlyContinue); $Error[0].TargetObject", "007"),
        ("(1..2000 | sort -Descending)[0]; (1..3000 | select -Unique).Count", [2000, 3000]),
        ("1 | ConvertTo-Json; 1 | ConvertTo-Json -AsArray -Compress", ["1", "[1]"]),
        ("Get-Date | ConvertTo-Json", '"2026-01-02T12:00:00.0000000+01:00"'),
        ("[pscustomobject]@{ A = 1; B = 'x\"y'; C = $null; D = 1, 2 } | ConvertTo-Csv",
         ['"A","B","C","D"', '"1","x""y",,"1, 2"']),
        ("[pscustomobject]@{ A = 1; B = 'x y' } | ConvertTo-Csv -UseQuotes AsNeeded -Delimiter ' '",
         ["A B", '1 "x y"']),
        ("'a;b', '1;2' | ConvertFrom-Csv -Delimiter ';' | ForEach-Object { $_.a + $_.b }", "12"),
    ],
)  # fmt: skip
def test_commands_put_out_what_powershell_would(script: str, result: Any) -> None:
    assert value(script) == result


def test_files_are_read_and_written_through_the_host() -> None:
    stage = Stage(files={"p.csv": '\ufeffName,Address\r\nA,10.0.0.1\r\n"b, c",\r\n', "t.txt": "1\r\n2\n3\n"})
    shell = shell_on(stage)
    assert shell.invoke("(Import-Csv p.csv).Name") == ["A", "b, c"]
    assert shell.invoke("(Import-Csv p.csv)[1].Address") == [""]
    assert shell.invoke("Get-Content t.txt") == ["1", "2", "3"]
    assert shell.invoke("Get-Content t.txt -Tail 2") == ["2", "3"]
    assert shell.invoke("Get-Content t.txt -Head 1") == ["1"]
    assert shell.invoke("(Get-Content t.txt -Raw).Length") == [7]
    shell.run("Import-Csv p.csv | Export-Csv out.csv -NoTypeInformation")
    assert stage.files["out.csv"] == '"Name","Address"\n"A","10.0.0.1"\n"b, c",""\n'
    shell.run("[pscustomobject]@{ Address = 'x'; Name = 'D' } | Export-Csv out.csv -Append")
    assert stage.files["out.csv"].endswith('"D","x"\n')
    shell.run("1 | Select-Object @{ n = 'A'; e = { $_ } } | Export-Csv new.csv -Append")
    assert stage.files["new.csv"] == '"A"\n"1"\n'


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("Get-Content no", "Cannot read the file 'no': No such file or directory."),
        ("'{\"a\":' | ConvertFrom-Json", "Conversion from JSON failed"),
        ("'[NaN]' | ConvertFrom-Json", "NaN is no JSON"),
        ("('[' * 100000) | ConvertFrom-Json", "nested too deeply"),
        ("1 | ConvertTo-Json -Depth 101", "from 0 to 100"),
        ("Where-Object", "has no condition"),
        ("1 | Select-Object -ExpandProperty Foo", 'Property "Foo" cannot be found'),
        ("1 | Select-Object -First -1", "negative"),
        ("1 | Select-Object @{ x = 1 }", "not known in a calculated property"),
        ("$t = 'Foo.Bar'; New-Object $t", "Cannot find type [Foo.Bar]"),
        ("ConvertTo-SecureString 'x'", "-AsPlainText"),
        ("Start-Sleep -5", "from 0 to"),
        ("Get-Date -Month 13", "no such date"),
        ("Get-Help Foo", "no command 'Foo'"),
        ("1 | ConvertTo-Csv -Delimiter 'ab'", "one character"),
    ],
)
def test_what_a_command_cannot_do_it_says_with_a_remedy(script: str, words: str) -> None:
    stage = Stage()
    assert shell_on(stage).run(script) == 1
    assert words in stage.text("error")
    assert "Remedy: " in stage.text("error")


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("Write-Host a b -ForegroundColor Red; Write-Host c -NoNewline; Write-Host", "a b\nc\n"),
        ("Write-Warning w; Write-Verbose v; Write-Verbose v -Verbose", "WARNING: w\nVERBOSE: v\n"),
        ("$VerbosePreference = 'Continue'; Write-Verbose v", "VERBOSE: v\n"),
        ("$WarningPreference = 'SilentlyContinue'; Write-Warning w", ""),
        ("Write-Information i; Write-Information i -InformationAction Continue", "i\n"),
        ("Write-Progress -Activity x -PercentComplete 5", ""),
        ("Write-Warning w 3>$null; Write-Error e 2>$null", ""),
        ("1, 2 | Write-Host", "1\n2\n"),
        ("\"a`r`nb\"", "a\nb\n"),
        ("ConvertTo-SecureString 'geheim' -AsPlainText -Force", "System.Security.SecureString\n"),
        ("@{ a = @{ b = @{ c = @{ d = 1 } } } } | ConvertTo-Json -Compress",
         "WARNING: Resulting JSON is truncated as serialization has exceeded the set depth of 2.\n"
         '{"a":{"b":{"c":"System.Collections.Hashtable"}}}\n'),
    ],
)  # fmt: skip
def test_what_is_said(script: str, text: str) -> None:
    assert printed(script) == text


def test_a_message_comes_at_its_time() -> None:
    text = printed('1..2 | ForEach-Object { "o$_"; Write-Host "h$_" }; [pscustomobject]@{ A = 1 }; Write-Host end')
    assert text == "o1\nh1\no2\nh2\n\nA\n-\n1\n\nend\n"


def test_the_first_objects_stop_what_stands_before() -> None:
    assert printed('1..9 | ForEach-Object { Write-Host "made $_"; $_ } | Select-Object -First 2') == (
        "made 1\n1\nmade 2\n2\n"
    )


def test_silence_belongs_to_one_stage() -> None:
    assert printed(
        "1 | ForEach-Object { Write-Error 'heard'; $_ } | ForEach-Object { Write-Error 'not'; $_ } 2>$null"
    ) == ("Write-Error: heard\n1\n")


def test_questions_are_asked_and_secrets_hidden() -> None:
    stage = Stage(answers=["Jan", "p1", "p2"])
    shell = shell_on(stage)
    assert shell.invoke("Read-Host 'Name'") == ["Jan"]
    assert shell.invoke("(Read-Host 'Password' -AsSecureString).Length") == [2]
    assert shell.invoke("(Get-Credential admin).UserName") == ["admin"]
    assert stage.asked == [("Name: ", False), ("Password: ", True), ("Password for user admin: ", True)]
    with pytest.raises(ScriptRefused):
        shell.run("Read-Host")


def test_waiting_is_the_hosts_affair() -> None:
    stage = Stage()
    shell_on(stage).run("Start-Sleep 2; sleep -Milliseconds 500")
    assert stage.slept == 2.5


def test_every_command_can_be_helped_with() -> None:
    shell = shell_on()
    for command in BUILTINS:
        text = "\n".join(shell.invoke(f"Get-Help {command.name}"))
        assert command.synopsis in text
        assert all(f"-{known.name}" in text for known in command.parameters)
        if command.example:
            parse(command.example)


def test_names_and_aliases_are_unique() -> None:
    names = [name.casefold() for command in BUILTINS for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))
