Set-StrictMode -Version 2.0

# Windows PowerShell 5.1 may still begin with TLS 1.0, which no server should take.
[System.Net.ServicePointManager]::SecurityProtocol =
    [System.Net.ServicePointManager]::SecurityProtocol -bor [System.Net.SecurityProtocolType]::Tls12

$script:Connection = $null

<#
.SYNOPSIS
Chooses the Gatepost server that the cmdlets of this module talk to, and who is asking.
.DESCRIPTION
The server answers on its admin listener. Use https, or a tunnel to the server's own address: the token is a secret.
.PARAMETER ConnectionUri
The admin listener, such as https://relay.contoso.com:8025.
.PARAMETER AccessToken
A token as gatepost token add prints it, as text or as a SecureString.
.PARAMETER Credential
Name and password of a user with a role group, instead of a token.
.PARAMETER Organization
The organization that is meant; needed only where there are several.
.PARAMETER ShowBanner
Accepted for Exchange's scripts.
.EXAMPLE
Connect-ExchangeOnline -ConnectionUri https://relay.contoso.com:8025 -Credential (Get-Credential)
#>
function Connect-ExchangeOnline {
    [CmdletBinding(DefaultParameterSetName = 'Token')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [uri] $ConnectionUri,
        [Parameter(Mandatory = $true, ParameterSetName = 'Token')]
        [object] $AccessToken,
        [Parameter(Mandatory = $true, ParameterSetName = 'Credential')]
        [pscredential] $Credential,
        [string] $Organization = 'default',
        [bool] $ShowBanner = $true
    )
    $base = $ConnectionUri.AbsoluteUri.TrimEnd('/')
    if ($ConnectionUri.Scheme -ne 'https' -and -not $ConnectionUri.IsLoopback) {
        throw "'$base' would carry the token in the clear. Remedy: use https, or a tunnel to this machine."
    }
    if ($PSCmdlet.ParameterSetName -eq 'Credential') {
        $secret = $Credential.GetNetworkCredential()
        $body = ConvertTo-Json @{ name = $Credential.UserName; password = $secret.Password }
        $reply = Send-GatepostRequest -Uri "$base/api/v1/sign-in" -Body $body -Headers @{}
        $token = $reply.value.token
    }
    else {
        $token = ConvertTo-GatepostText $AccessToken
    }
    $script:Connection = @{ Base = $base; Organization = $Organization; Token = $token }
}

<#
.SYNOPSIS
Forgets the server and the token.
.PARAMETER Confirm
Accepted for Exchange's scripts.
.EXAMPLE
Disconnect-ExchangeOnline
#>
function Disconnect-ExchangeOnline {
    [CmdletBinding()]
    param([bool] $Confirm = $false)
    $script:Connection = $null
}

function ConvertTo-GatepostText {
    # A SecureString keeps a secret out of transcripts; on the wire it is text inside TLS.
    param([object] $Value)
    if ($Value -is [System.Security.SecureString]) {
        return (New-Object System.Net.NetworkCredential('', $Value)).Password
    }
    return [string] $Value
}

function ConvertTo-GatepostValue {
    # One argument as JSON can carry it.
    param([object] $Value)
    if ($null -eq $Value) { return $null }
    if ($Value -is [System.Management.Automation.SwitchParameter]) { return [bool] $Value }
    if ($Value -is [System.Security.SecureString]) { return ConvertTo-GatepostText $Value }
    if ($Value -is [datetime]) { return $Value.ToUniversalTime().ToString('o') }
    if ($Value -is [System.Collections.IDictionary]) {
        $table = @{ '@odata.type' = '#Exchange.GenericHashTable' }
        foreach ($key in $Value.Keys) { $table[[string] $key] = @($Value[$key]) }
        return $table
    }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) {
        return , @($Value | ForEach-Object { ConvertTo-GatepostValue $_ })
    }
    return $Value
}

function Send-GatepostRequest {
    # Sends JSON as UTF-8: Windows PowerShell would send text as Latin-1.
    param([string] $Uri, [string] $Body, [hashtable] $Headers)
    $octets = [System.Text.Encoding]::UTF8.GetBytes($Body)
    Invoke-RestMethod -Method Post -Uri $Uri -Body $octets -Headers $Headers `
        -ContentType 'application/json; charset=utf-8' -UseBasicParsing -MaximumRedirection 0
}

function Invoke-GatepostCommand {
    # One cmdlet over InvokeCommand, page by page. Errors go to the caller's error stream under Exchange's type names.
    param(
        [string] $CmdletName,
        [System.Collections.IDictionary] $Bound,
        [string[]] $Sent,
        [string] $TypeName,
        [System.Management.Automation.PSCmdlet] $Caller,
        [switch] $OnlyTry
    )
    if ($null -eq $script:Connection) {
        throw 'No server is connected. Remedy: Connect-ExchangeOnline -ConnectionUri https://HOST:8025 -Credential (Get-Credential).'
    }
    $parameters = @{}
    foreach ($name in $Sent) {
        if ($Bound.ContainsKey($name)) { $parameters[$name] = ConvertTo-GatepostValue $Bound[$name] }
    }
    if ($OnlyTry) { $parameters['WhatIf'] = $true }
    $body = ConvertTo-Json -Depth 8 @{ CmdletInput = @{ CmdletName = $CmdletName; Parameters = $parameters } }
    $headers = @{ Authorization = "Bearer $($script:Connection.Token)" }
    $base = $script:Connection.Base
    $uri = "$base/adminapi/beta/$([uri]::EscapeDataString($script:Connection.Organization))/InvokeCommand"
    $said = @{}
    while ($uri) {
        try {
            $reply = Send-GatepostRequest -Uri $uri -Body $body -Headers $headers
        }
        catch {
            $Caller.WriteError((ConvertTo-GatepostError $_ $CmdletName))
            return
        }
        if ($reply.PSObject.Properties['@adminapi.warnings']) {
            foreach ($warning in $reply.'@adminapi.warnings') {
                if (-not $said.ContainsKey($warning)) { $said[$warning] = $true; $Caller.WriteWarning($warning) }
            }
        }
        foreach ($object in $reply.value) {
            foreach ($property in @($object.PSObject.Properties.Name -like '*@*')) {
                $object.PSObject.Properties.Remove($property)
            }
            if ($TypeName) { $object.PSObject.TypeNames.Insert(0, $TypeName) }
            $Caller.WriteObject($object)
        }
        $uri = $null
        if ($reply.PSObject.Properties['@odata.nextLink']) { $uri = $reply.'@odata.nextLink' }
        if ($uri -and -not $uri.StartsWith("$base/")) { throw "$base names a next page elsewhere; it was not asked." }
    }
}

function ConvertTo-GatepostError {
    # |Type|message inside the reply, as an error record; else whatever went wrong on the way.
    param([System.Management.Automation.ErrorRecord] $Trouble, [string] $CmdletName)
    $type = $Trouble.Exception.GetType().FullName
    $message = $Trouble.Exception.Message
    if ($Trouble.ErrorDetails -and $Trouble.ErrorDetails.Message) {
        try {
            $message = (ConvertFrom-Json $Trouble.ErrorDetails.Message).error.message
        }
        catch {
            $message = $Trouble.ErrorDetails.Message
        }
    }
    if ($message -match '^\|([^|]+)\|([\s\S]*)$') { $type = $Matches[1]; $message = $Matches[2] }
    New-Object System.Management.Automation.ErrorRecord(
        (New-Object System.InvalidOperationException($message)), "$type,$CmdletName", 'InvalidOperation', $CmdletName
    )
}
