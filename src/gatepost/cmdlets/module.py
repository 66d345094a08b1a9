"""The PowerShell module, written from the table: the same names, parameters and help over InvokeCommand.

`connection.ps1` is the hand-written part: connecting, asking, errors. The rest is one thin function a cmdlet.
It runs on Windows PowerShell 5.1 and PowerShell 7; nothing in it needs more than 5.1 has.
"""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable

from gatepost.shell import Parameter, Takes

from .cmdlet import Cmdlet

_GUID = "5b0c6a51-6f0e-4f0a-9a55-2f6d7c0d8e11"  # a module is known by it: never change it
_OWN = ("Connect-ExchangeOnline", "Disconnect-ExchangeOnline")
_TYPES = {
    Takes.TEXT: "string",
    Takes.TEXTS: "string[]",
    Takes.MULTI: "object",  # a list, or @{Add = …; Remove = …}
    Takes.BOOLEAN: "bool",
    Takes.SWITCH: "switch",
    Takes.INTEGER: "int",
    Takes.MOMENT: "datetime",
    Takes.TABLE: "hashtable",
    Takes.BLOCK: "scriptblock",
    Takes.SECURE: "object",  # text or SecureString
    Takes.ANY: "object",
}


def module_files(table: Sequence[Cmdlet], version: str) -> dict[str, str]:
    """The files of the module's folder by name."""
    return {"Gatepost.psd1": _manifest(table, version), "Gatepost.psm1": _module(table)}


def _module(table: Sequence[Cmdlet]) -> str:
    written: Traversable = files("gatepost.cmdlets").joinpath("powershell", "connection.ps1")
    exported = "\n".join(f"    '{name}'" for name in _exported(table))
    parts = [
        "# Written by scripts/powershell-module from the table of cmdlets. Change the table, not this file.\n",
        written.read_text("utf-8"),
        *map(_function, table),
        *filter(None, map(_view, table)),
        f"Export-ModuleMember -Function @(\n{exported}\n) -Alias *\n",
    ]
    return "\n".join(parts)


def _exported(table: Iterable[Cmdlet]) -> list[str]:
    return [*_OWN, *(cmdlet.name for cmdlet in table)]


def _manifest(table: Sequence[Cmdlet], version: str) -> str:
    exported = ",\n".join(f"        '{name}'" for name in _exported(table))
    aliases = ", ".join(f"'{alias}'" for cmdlet in table for alias in cmdlet.aliases)
    return f"""\
@{{
    RootModule           = 'Gatepost.psm1'
    ModuleVersion        = '{version}'
    GUID                 = '{_GUID}'
    Author               = 'The Gatepost developers'
    Description          = 'Exchange-style cmdlets for the Gatepost SMTP relay.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @(
{exported}
    )
    AliasesToExport      = @({aliases})
    CmdletsToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{{ PSData = @{{ Tags = @('SMTP', 'Relay', 'Exchange') }} }}
}}
"""


def _function(cmdlet: Cmdlet) -> str:
    takes = [_declared(it) for it in cmdlet.parameters]
    sent = ", ".join(quote(it.name) for it in cmdlet.parameters if not it.ignored)
    asking = f"Invoke-GatepostCommand -CmdletName {quote(cmdlet.name)} -Bound $PSBoundParameters -Sent $sent"
    asking += f" -TypeName {quote(_type_name(cmdlet))} -Caller $PSCmdlet"
    lines = [f"        $sent = @({sent})"]
    lines += [
        f"        if ($PSBoundParameters.ContainsKey({quote(it.name)})) "
        f"{{ Write-Warning {quote(f'-{it.name} is accepted for Exchange and has no effect.')} }}"
        for it in cmdlet.parameters
        if it.ignored
    ]
    if cmdlet.changes:
        lines += [
            f"        if ($WhatIfPreference) {{ {asking} -OnlyTry }}  # the server checks it and stores nothing",
            f"        if ($PSCmdlet.ShouldProcess({_target(cmdlet)}, {quote(cmdlet.name)})) {{",
            f"            {asking}",
            "        }",
        ]
    else:
        lines.append(f"        {asking}")
    parts = [
        _help(cmdlet),
        f"function {cmdlet.name} {{",
        f"    [CmdletBinding({_binding(cmdlet)})]",
        f"    param(\n{_joined(takes)}\n    )" if takes else "    param()",
        "    process {",
        *lines,
        "    }",
        "}",
        *(f"Set-Alias -Name {alias} -Value {cmdlet.name}" for alias in cmdlet.aliases),
    ]
    return "\n".join(parts) + "\n"


def _binding(cmdlet: Cmdlet) -> str:
    if not cmdlet.changes:
        return ""
    # Exchange's Remove- cmdlets ask; the others do only when -Confirm says so.
    return f"SupportsShouldProcess = $true, ConfirmImpact = '{'High' if cmdlet.asks else 'Medium'}'"


def _target(cmdlet: Cmdlet) -> str:
    names = {it.name for it in cmdlet.parameters}
    first = next((it for it in ("Identity", "Name", "ConnectorId", "DomainName") if it in names), None)
    return f"[string] ${first}" if first else quote("the server")


def _declared(parameter: Parameter) -> str:
    said = []
    if parameter.required:
        said.append("Mandatory = $true")
    if parameter.position is not None:
        said.append(f"Position = {parameter.position}")
    if parameter.pipeline:
        said.append("ValueFromPipeline = $true")
    if parameter.by_property:
        said.append("ValueFromPipelineByPropertyName = $true")
    lines = [f"        [Parameter({', '.join(said)})]"] if said else []
    if parameter.aliases:
        lines.append(f"        [Alias({', '.join(map(quote, parameter.aliases))})]")
    if parameter.choices and not parameter.ignored:
        lines.append(f"        [ValidateSet({', '.join(map(quote, parameter.choices))})]")
    lines.append(f"        [{_TYPES[parameter.takes]}] ${parameter.name}")
    return "\n".join(lines)


def _joined(declared: Iterable[str]) -> str:
    return ",\n".join(declared)


def _help(cmdlet: Cmdlet) -> str:
    lines = ["<#", ".SYNOPSIS", cmdlet.synopsis]
    for parameter in cmdlet.parameters:
        lines += [f".PARAMETER {parameter.name}", parameter.help or "Accepted for Exchange."]
    if cmdlet.example:
        lines += [".EXAMPLE", cmdlet.example]
    return "\n".join([*(line.replace("#>", "# >") for line in lines), "#>"])


def _view(cmdlet: Cmdlet) -> str:
    """The default table: PowerShell draws one for up to four properties."""
    if not cmdlet.columns or not cmdlet.name.startswith("Get-"):
        return ""
    columns = ", ".join(map(quote, cmdlet.columns[:4]))
    return f"Update-TypeData -TypeName {quote(_type_name(cmdlet))} -DefaultDisplayPropertySet {columns} -Force\n"


def _type_name(cmdlet: Cmdlet) -> str:
    return f"Gatepost.{cmdlet.name.partition('-')[2]}"


def quote(text: str) -> str:
    """A single-quoted string of the module's own words, which have no other kind of quotation mark."""
    return "'" + text.replace("'", "''") + "'"
