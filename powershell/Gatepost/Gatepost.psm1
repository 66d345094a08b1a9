# Written by scripts/powershell-module from the table of cmdlets. Change the table, not this file.

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

<#
.SYNOPSIS
Adds an inbound connector; what is not given takes its default.
.PARAMETER Name
Its name.
.PARAMETER Enabled
Whether it counts.
.PARAMETER ConnectorType
OnPremises for your own senders, Partner for another organization's server.
.PARAMETER ConnectorSource
Who made it: Default, HybridWizard, Migrated or AdminUI.
.PARAMETER Comment
Free text (the admin centre's description).
.PARAMETER SenderIPAddresses
Addresses and networks (IPv4, IPv6) of the senders.
.PARAMETER SenderDomains
Sender domains: '*', 'contoso.com', '*.contoso.com'.
.PARAMETER TrustedOrganizations
Kept for Exchange; no effect.
.PARAMETER ClientHostNames
Kept for Exchange; no effect.
.PARAMETER AssociatedAcceptedDomains
Accepted domains to which the connector is narrowed.
.PARAMETER RequireTls
Whether mail must come over TLS. Default: false for OnPremises, true for Partner.
.PARAMETER RestrictDomainsToIPAddresses
Refuse mail from SenderDomains that comes from any other address. Partner only.
.PARAMETER RestrictDomainsToCertificate
Refuse mail from SenderDomains that comes without the certificate. Partner only.
.PARAMETER CloudServicesMailEnabled
Retain internal Exchange headers. OnPremises only.
.PARAMETER TreatMessagesAsInternal
Treat mail from own domains as internal: stored; nothing here depends on it yet. OnPremises only.
.PARAMETER TlsSenderCertificateName
Name on the sender's certificate: 'relay.contoso.com' or '*.contoso.com'.
.PARAMETER EFTestMode
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER ScanAndDropRecipients
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFSkipLastIP
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFSkipIPs
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFSkipMailGateway
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFUsers
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER AdminDisplayName
Free text, kept and shown.
.PARAMETER BareLineFeeds
Lines ended by a lone CR or LF: Reject, or Normalize for old devices. (Gatepost)
.PARAMETER MaxMessageSize
Largest message in octets. Default: the listener's limit. (Gatepost)
.PARAMETER InternalRecipientsOnly
Take mail for accepted domains only. (Gatepost)
.PARAMETER MaxMessagesPerMinute
Messages a minute; more are told to try later. Default: no limit. (Gatepost)
.PARAMETER RepairHeaders
Add Date, Message-ID and From where they are missing, and fold header lines over 998 octets. OnPremises only. (Gatepost)
.PARAMETER RewriteSenders
Senders that SenderRewriteAddress takes the place of, in MAIL FROM and From: None, NotAccepted (those of no accepted domain) or All. OnPremises only. (Gatepost)
.PARAMETER SenderRewriteAddress
Address, in an accepted domain, that RewriteSenders writes; who is replaced stands in Reply-To. OnPremises only. (Gatepost)
.PARAMETER MinimumTlsVersion
The oldest TLS that SenderIPAddresses may use: below TLSv1.2 old cipher suites, too. For devices that cannot do better, each listed by itself. OnPremises only. (Gatepost)
.PARAMETER MaxConnections
Sessions at once, counted from their first MAIL; more are told to come back. Default: no limit. (Gatepost)
.PARAMETER MaxRecipientsPerMessage
Recipients of one message; those beyond are told to be sent to in another. Default: the listener's limit. (Gatepost)
.PARAMETER ProtocolLoggingLevel
Verbose writes what is said in its sessions into the protocol log, without messages and passwords: for a while, to see what goes wrong. (Gatepost)
.PARAMETER Owner
Mail address of whoever answers for its devices: told, in digests, of their mail that failed or is late. (Gatepost)
.PARAMETER Blocked
Refuse everything with 5.7.711 until unblocked. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-InboundConnector -Name 'SMTP Relay (TLS)' -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -TlsSenderCertificateName relay.contoso.com
#>
function New-InboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Name,
        [bool] $Enabled,
        [ValidateSet('OnPremises', 'Partner')]
        [string] $ConnectorType,
        [ValidateSet('Default', 'HybridWizard', 'Migrated', 'AdminUI')]
        [string] $ConnectorSource,
        [string] $Comment,
        [object] $SenderIPAddresses,
        [Parameter(Mandatory = $true)]
        [object] $SenderDomains,
        [object] $TrustedOrganizations,
        [object] $ClientHostNames,
        [object] $AssociatedAcceptedDomains,
        [bool] $RequireTls,
        [bool] $RestrictDomainsToIPAddresses,
        [bool] $RestrictDomainsToCertificate,
        [bool] $CloudServicesMailEnabled,
        [bool] $TreatMessagesAsInternal,
        [string] $TlsSenderCertificateName,
        [bool] $EFTestMode,
        [object] $ScanAndDropRecipients,
        [bool] $EFSkipLastIP,
        [object] $EFSkipIPs,
        [object] $EFSkipMailGateway,
        [object] $EFUsers,
        [string] $AdminDisplayName,
        [ValidateSet('Reject', 'Normalize')]
        [string] $BareLineFeeds,
        [string] $MaxMessageSize,
        [bool] $InternalRecipientsOnly,
        [string] $MaxMessagesPerMinute,
        [bool] $RepairHeaders,
        [ValidateSet('None', 'NotAccepted', 'All')]
        [string] $RewriteSenders,
        [string] $SenderRewriteAddress,
        [ValidateSet('TLSv1.0', 'TLSv1.1', 'TLSv1.2')]
        [string] $MinimumTlsVersion,
        [string] $MaxConnections,
        [string] $MaxRecipientsPerMessage,
        [ValidateSet('None', 'Verbose')]
        [string] $ProtocolLoggingLevel,
        [string] $Owner,
        [bool] $Blocked,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Name', 'Enabled', 'ConnectorType', 'ConnectorSource', 'Comment', 'SenderIPAddresses', 'SenderDomains', 'TrustedOrganizations', 'ClientHostNames', 'AssociatedAcceptedDomains', 'RequireTls', 'RestrictDomainsToIPAddresses', 'RestrictDomainsToCertificate', 'CloudServicesMailEnabled', 'TreatMessagesAsInternal', 'TlsSenderCertificateName', 'EFTestMode', 'ScanAndDropRecipients', 'EFSkipLastIP', 'EFSkipIPs', 'EFSkipMailGateway', 'EFUsers', 'AdminDisplayName', 'BareLineFeeds', 'MaxMessageSize', 'InternalRecipientsOnly', 'MaxMessagesPerMinute', 'RepairHeaders', 'RewriteSenders', 'SenderRewriteAddress', 'MinimumTlsVersion', 'MaxConnections', 'MaxRecipientsPerMessage', 'ProtocolLoggingLevel', 'Owner', 'Blocked', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Name, 'New-InboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'New-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows one inbound connector, or all of them.
.PARAMETER Identity
Name or GUID. Without it: all of them.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-InboundConnector | Format-List Name, Enabled, SenderIPAddresses
#>
function Get-InboundConnector {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Changes the given properties of an inbound connector.
.PARAMETER Identity
Name or GUID.
.PARAMETER Name
A new name.
.PARAMETER Enabled
Whether it counts.
.PARAMETER ConnectorType
OnPremises for your own senders, Partner for another organization's server.
.PARAMETER ConnectorSource
Who made it: Default, HybridWizard, Migrated or AdminUI.
.PARAMETER Comment
Free text (the admin centre's description).
.PARAMETER SenderIPAddresses
Addresses and networks (IPv4, IPv6) of the senders.
.PARAMETER SenderDomains
Sender domains: '*', 'contoso.com', '*.contoso.com'.
.PARAMETER TrustedOrganizations
Kept for Exchange; no effect.
.PARAMETER ClientHostNames
Kept for Exchange; no effect.
.PARAMETER AssociatedAcceptedDomains
Accepted domains to which the connector is narrowed.
.PARAMETER RequireTls
Whether mail must come over TLS. Default: false for OnPremises, true for Partner.
.PARAMETER RestrictDomainsToIPAddresses
Refuse mail from SenderDomains that comes from any other address. Partner only.
.PARAMETER RestrictDomainsToCertificate
Refuse mail from SenderDomains that comes without the certificate. Partner only.
.PARAMETER CloudServicesMailEnabled
Retain internal Exchange headers. OnPremises only.
.PARAMETER TreatMessagesAsInternal
Treat mail from own domains as internal: stored; nothing here depends on it yet. OnPremises only.
.PARAMETER TlsSenderCertificateName
Name on the sender's certificate: 'relay.contoso.com' or '*.contoso.com'.
.PARAMETER EFTestMode
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER ScanAndDropRecipients
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFSkipLastIP
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFSkipIPs
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFSkipMailGateway
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER EFUsers
For Exchange's scripts: stored; nothing here depends on it yet.
.PARAMETER AdminDisplayName
Free text, kept and shown.
.PARAMETER BareLineFeeds
Lines ended by a lone CR or LF: Reject, or Normalize for old devices. (Gatepost)
.PARAMETER MaxMessageSize
Largest message in octets. Default: the listener's limit. (Gatepost)
.PARAMETER InternalRecipientsOnly
Take mail for accepted domains only. (Gatepost)
.PARAMETER MaxMessagesPerMinute
Messages a minute; more are told to try later. Default: no limit. (Gatepost)
.PARAMETER RepairHeaders
Add Date, Message-ID and From where they are missing, and fold header lines over 998 octets. OnPremises only. (Gatepost)
.PARAMETER RewriteSenders
Senders that SenderRewriteAddress takes the place of, in MAIL FROM and From: None, NotAccepted (those of no accepted domain) or All. OnPremises only. (Gatepost)
.PARAMETER SenderRewriteAddress
Address, in an accepted domain, that RewriteSenders writes; who is replaced stands in Reply-To. OnPremises only. (Gatepost)
.PARAMETER MinimumTlsVersion
The oldest TLS that SenderIPAddresses may use: below TLSv1.2 old cipher suites, too. For devices that cannot do better, each listed by itself. OnPremises only. (Gatepost)
.PARAMETER MaxConnections
Sessions at once, counted from their first MAIL; more are told to come back. Default: no limit. (Gatepost)
.PARAMETER MaxRecipientsPerMessage
Recipients of one message; those beyond are told to be sent to in another. Default: the listener's limit. (Gatepost)
.PARAMETER ProtocolLoggingLevel
Verbose writes what is said in its sessions into the protocol log, without messages and passwords: for a while, to see what goes wrong. (Gatepost)
.PARAMETER Owner
Mail address of whoever answers for its devices: told, in digests, of their mail that failed or is late. (Gatepost)
.PARAMETER Blocked
Refuse everything with 5.7.711 until unblocked. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Set-InboundConnector 'SMTP Relay (Non-TLS)' -SenderIPAddresses @{Add='192.0.2.11'}
#>
function Set-InboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $Name,
        [bool] $Enabled,
        [ValidateSet('OnPremises', 'Partner')]
        [string] $ConnectorType,
        [ValidateSet('Default', 'HybridWizard', 'Migrated', 'AdminUI')]
        [string] $ConnectorSource,
        [string] $Comment,
        [object] $SenderIPAddresses,
        [object] $SenderDomains,
        [object] $TrustedOrganizations,
        [object] $ClientHostNames,
        [object] $AssociatedAcceptedDomains,
        [bool] $RequireTls,
        [bool] $RestrictDomainsToIPAddresses,
        [bool] $RestrictDomainsToCertificate,
        [bool] $CloudServicesMailEnabled,
        [bool] $TreatMessagesAsInternal,
        [string] $TlsSenderCertificateName,
        [bool] $EFTestMode,
        [object] $ScanAndDropRecipients,
        [bool] $EFSkipLastIP,
        [object] $EFSkipIPs,
        [object] $EFSkipMailGateway,
        [object] $EFUsers,
        [string] $AdminDisplayName,
        [ValidateSet('Reject', 'Normalize')]
        [string] $BareLineFeeds,
        [string] $MaxMessageSize,
        [bool] $InternalRecipientsOnly,
        [string] $MaxMessagesPerMinute,
        [bool] $RepairHeaders,
        [ValidateSet('None', 'NotAccepted', 'All')]
        [string] $RewriteSenders,
        [string] $SenderRewriteAddress,
        [ValidateSet('TLSv1.0', 'TLSv1.1', 'TLSv1.2')]
        [string] $MinimumTlsVersion,
        [string] $MaxConnections,
        [string] $MaxRecipientsPerMessage,
        [ValidateSet('None', 'Verbose')]
        [string] $ProtocolLoggingLevel,
        [string] $Owner,
        [bool] $Blocked,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Name', 'Enabled', 'ConnectorType', 'ConnectorSource', 'Comment', 'SenderIPAddresses', 'SenderDomains', 'TrustedOrganizations', 'ClientHostNames', 'AssociatedAcceptedDomains', 'RequireTls', 'RestrictDomainsToIPAddresses', 'RestrictDomainsToCertificate', 'CloudServicesMailEnabled', 'TreatMessagesAsInternal', 'TlsSenderCertificateName', 'EFTestMode', 'ScanAndDropRecipients', 'EFSkipLastIP', 'EFSkipIPs', 'EFSkipMailGateway', 'EFUsers', 'AdminDisplayName', 'BareLineFeeds', 'MaxMessageSize', 'InternalRecipientsOnly', 'MaxMessagesPerMinute', 'RepairHeaders', 'RewriteSenders', 'SenderRewriteAddress', 'MinimumTlsVersion', 'MaxConnections', 'MaxRecipientsPerMessage', 'ProtocolLoggingLevel', 'Owner', 'Blocked', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Set-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Set-InboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'Set-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Removes exactly one inbound connector. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-InboundConnector 'SMTP Relay (Non-TLS)' -Confirm:$false
#>
function Remove-InboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-InboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'Remove-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Says what would become of a message that came like this, and why; nothing is sent.
.PARAMETER IP
The client's address.
.PARAMETER MailFrom
The sender; '<>' for none.
.PARAMETER Rcpt
The recipient.
.PARAMETER CertName
Names on a trusted client certificate.
.PARAMETER CertPem
The client certificate with its chain, as PEM text.
.PARAMETER Tls
The session uses TLS (implied by a certificate).
.PARAMETER TlsVersion
The newest TLS that the client knows: TLSv1.0 to TLSv1.3.
.PARAMETER Hello
The EHLO name.
.PARAMETER User
The user who has signed in with AUTH.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Test-InboundConnector -IP 203.0.113.9 -MailFrom a@contoso.com -Rcpt b@fabrikam.com
#>
function Test-InboundConnector {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [Alias('ClientIP')]
        [string] $IP,
        [Parameter(Mandatory = $true)]
        [Alias('SenderAddress')]
        [string] $MailFrom,
        [Parameter(Mandatory = $true)]
        [Alias('RecipientAddress')]
        [string] $Rcpt,
        [string[]] $CertName,
        [string] $CertPem,
        [switch] $Tls,
        [string] $TlsVersion,
        [string] $Hello,
        [string] $User,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('IP', 'MailFrom', 'Rcpt', 'CertName', 'CertPem', 'Tls', 'TlsVersion', 'Hello', 'User', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Test-InboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.InboundConnector' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Adds an outbound connector; what is not given takes its default.
.PARAMETER Name
Its name.
.PARAMETER Enabled
Whether it counts.
.PARAMETER UseMXRecord
Deliver by the recipient domain's MX. Default: true, or false where SmartHosts are given.
.PARAMETER Comment
Free text (the admin centre's description).
.PARAMETER ConnectorType
OnPremises for your own servers, Partner for others.
.PARAMETER ConnectorSource
Who made it: Default, HybridWizard, Migrated or AdminUI.
.PARAMETER RecipientDomains
Recipient domains: '*', 'contoso.com', '*.contoso.com'.
.PARAMETER SmartHosts
Hosts to deliver to: name, address, host:port, [v6]:port.
.PARAMETER TlsDomain
Name that the host's certificate must carry; with TlsSettings DomainValidation.
.PARAMETER TlsSettings
None, Opportunistic, EncryptionOnly, CertificateValidation or DomainValidation.
.PARAMETER IsTransportRuleScoped
Only used by transport rules; never chosen for a domain.
.PARAMETER RouteAllMessagesViaOnPremises
Kept for Exchange; no effect. OnPremises only.
.PARAMETER CloudServicesMailEnabled
Kept for Exchange; no effect. OnPremises only.
.PARAMETER AllAcceptedDomains
Use it for every accepted domain of the organization.
.PARAMETER SenderRewritingEnabled
Kept for Exchange; no effect. OnPremises only.
.PARAMETER MtaStsMode
MTA-STS policies of recipient domains: Opportunistic holds to them, None does not.
.PARAMETER SmtpDaneMode
DANE: Opportunistic holds to TLSA records where there are any, Mandatory sends nothing without, None does not look.
.PARAMETER TestMode
Only used by validation; never chosen for mail.
.PARAMETER ValidationRecipients
Recipients of the last validation.
.PARAMETER IsValidated
Whether the last validation succeeded.
.PARAMETER LastValidationTimestamp
When it was validated.
.PARAMETER AdminDisplayName
Free text, kept and shown.
.PARAMETER ClientCertificatePfx
PFX file on the server whose certificate is presented to the host. (Gatepost)
.PARAMETER ClientCertificatePassword
Password of the PFX file; write-only. (Gatepost)
.PARAMETER UserName
User for AUTH at the host, over verified TLS only; with OAuth the mailbox that sends. (Gatepost)
.PARAMETER Password
Password for AUTH at the host; write-only. (Gatepost)
.PARAMETER CertificateAuthorities
CAs (PEM) trusted for the host besides the system's. (Gatepost)
.PARAMETER Transport
By what mail is handed over: Smtp, or MicrosoftGraph (sendMail, as the mailbox in UserName). (Gatepost)
.PARAMETER AuthenticationMethod
How to sign in at the host: Password, or XOAUTH2 with a token of the application. (Gatepost)
.PARAMETER OAuthTenant
Microsoft Entra tenant: its GUID or a domain of it. (Gatepost)
.PARAMETER OAuthClientId
Application (client) ID of the app registration. (Gatepost)
.PARAMETER OAuthClientSecret
Client secret of the application; write-only. (Gatepost)
.PARAMETER OAuthCertificatePfx
PFX file on the server with which the application signs in instead of a client secret. (Gatepost)
.PARAMETER OAuthCertificatePassword
Password of that PFX file; write-only. (Gatepost)
.PARAMETER OAuthAuthority
Where tokens come from; national clouds have their own. (Gatepost)
.PARAMETER GraphEndpoint
Where Microsoft Graph is; national clouds have their own. (Gatepost)
.PARAMETER FallbackConnectors
Outbound connectors to use instead, in this order, while this one cannot be used. (Gatepost)
.PARAMETER SenderDomains
Sender domains that it is for: '*', 'contoso.com', '*.contoso.com'. Default: every sender. (Gatepost)
.PARAMETER InboundConnectors
Inbound connectors whose mail it is for. Default: however mail came in. (Gatepost)
.PARAMETER SmartHostOrder
InOrder: the first smart host while it answers. Shuffled: they share the load. (Gatepost)
.PARAMETER SourceIPAddress
Address of this server from which the host is connected to. Default: the system's choice. (Gatepost)
.PARAMETER LimitPreset
Whose limits to keep: None, Microsoft365, Google, AmazonSES or Generic. (Gatepost)
.PARAMETER MaxMessagesPerMinute
Messages sent within a minute; more wait. Default: the preset's. (Gatepost)
.PARAMETER MaxConnections
Connections open at once. Default: the preset's. (Gatepost)
.PARAMETER MaxSessionMinutes
Minutes for which a connection is used. Default: the preset's. (Gatepost)
.PARAMETER MaxRecipientsPerDay
Recipients within 24 hours; more wait. Default: the preset's. (Gatepost)
.PARAMETER WhenLimited
Mail beyond the limits: Wait, or NextWay to go by FallbackConnectors. (Gatepost)
.PARAMETER ProtocolLoggingLevel
Verbose writes what is said in its sessions into the protocol log, without messages and passwords: for a while, to see what goes wrong. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-OutboundConnector -Name Upstream -RecipientDomains '*' -UseMXRecord $false -SmartHosts contoso-com.mail.protection.outlook.com -TlsSettings CertificateValidation
#>
function New-OutboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Name,
        [bool] $Enabled,
        [bool] $UseMXRecord,
        [string] $Comment,
        [ValidateSet('OnPremises', 'Partner')]
        [string] $ConnectorType,
        [ValidateSet('Default', 'HybridWizard', 'Migrated', 'AdminUI')]
        [string] $ConnectorSource,
        [object] $RecipientDomains,
        [object] $SmartHosts,
        [string] $TlsDomain,
        [ValidateSet('None', 'Opportunistic', 'EncryptionOnly', 'CertificateValidation', 'DomainValidation')]
        [string] $TlsSettings,
        [bool] $IsTransportRuleScoped,
        [bool] $RouteAllMessagesViaOnPremises,
        [bool] $CloudServicesMailEnabled,
        [bool] $AllAcceptedDomains,
        [bool] $SenderRewritingEnabled,
        [ValidateSet('Opportunistic', 'None')]
        [string] $MtaStsMode,
        [ValidateSet('Opportunistic', 'Mandatory', 'None')]
        [string] $SmtpDaneMode,
        [bool] $TestMode,
        [object] $ValidationRecipients,
        [bool] $IsValidated,
        [datetime] $LastValidationTimestamp,
        [string] $AdminDisplayName,
        [string] $ClientCertificatePfx,
        [object] $ClientCertificatePassword,
        [string] $UserName,
        [object] $Password,
        [object] $CertificateAuthorities,
        [ValidateSet('Smtp', 'MicrosoftGraph')]
        [string] $Transport,
        [ValidateSet('Password', 'XOAUTH2')]
        [string] $AuthenticationMethod,
        [string] $OAuthTenant,
        [string] $OAuthClientId,
        [object] $OAuthClientSecret,
        [string] $OAuthCertificatePfx,
        [object] $OAuthCertificatePassword,
        [string] $OAuthAuthority,
        [string] $GraphEndpoint,
        [object] $FallbackConnectors,
        [object] $SenderDomains,
        [object] $InboundConnectors,
        [ValidateSet('InOrder', 'Shuffled')]
        [string] $SmartHostOrder,
        [string] $SourceIPAddress,
        [ValidateSet('None', 'Microsoft365', 'Google', 'AmazonSES', 'Generic')]
        [string] $LimitPreset,
        [string] $MaxMessagesPerMinute,
        [string] $MaxConnections,
        [string] $MaxSessionMinutes,
        [string] $MaxRecipientsPerDay,
        [ValidateSet('Wait', 'NextWay')]
        [string] $WhenLimited,
        [ValidateSet('None', 'Verbose')]
        [string] $ProtocolLoggingLevel,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Name', 'Enabled', 'UseMXRecord', 'Comment', 'ConnectorType', 'ConnectorSource', 'RecipientDomains', 'SmartHosts', 'TlsDomain', 'TlsSettings', 'IsTransportRuleScoped', 'RouteAllMessagesViaOnPremises', 'CloudServicesMailEnabled', 'AllAcceptedDomains', 'SenderRewritingEnabled', 'MtaStsMode', 'SmtpDaneMode', 'TestMode', 'ValidationRecipients', 'IsValidated', 'LastValidationTimestamp', 'AdminDisplayName', 'ClientCertificatePfx', 'ClientCertificatePassword', 'UserName', 'Password', 'CertificateAuthorities', 'Transport', 'AuthenticationMethod', 'OAuthTenant', 'OAuthClientId', 'OAuthClientSecret', 'OAuthCertificatePfx', 'OAuthCertificatePassword', 'OAuthAuthority', 'GraphEndpoint', 'FallbackConnectors', 'SenderDomains', 'InboundConnectors', 'SmartHostOrder', 'SourceIPAddress', 'LimitPreset', 'MaxMessagesPerMinute', 'MaxConnections', 'MaxSessionMinutes', 'MaxRecipientsPerDay', 'WhenLimited', 'ProtocolLoggingLevel', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Name, 'New-OutboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'New-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows one outbound connector, or all of them.
.PARAMETER Identity
Name or GUID. Without it: all of them.
.PARAMETER IsTransportRuleScoped
Those that only transport rules use.
.PARAMETER IncludeTestModeConnectors
Those in test mode, too.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-OutboundConnector Upstream
#>
function Get-OutboundConnector {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [bool] $IsTransportRuleScoped,
        [bool] $IncludeTestModeConnectors,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'IsTransportRuleScoped', 'IncludeTestModeConnectors', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Changes the given properties of an outbound connector.
.PARAMETER Identity
Name or GUID.
.PARAMETER Name
A new name.
.PARAMETER Enabled
Whether it counts.
.PARAMETER UseMXRecord
Deliver by the recipient domain's MX. Default: true, or false where SmartHosts are given.
.PARAMETER Comment
Free text (the admin centre's description).
.PARAMETER ConnectorType
OnPremises for your own servers, Partner for others.
.PARAMETER ConnectorSource
Who made it: Default, HybridWizard, Migrated or AdminUI.
.PARAMETER RecipientDomains
Recipient domains: '*', 'contoso.com', '*.contoso.com'.
.PARAMETER SmartHosts
Hosts to deliver to: name, address, host:port, [v6]:port.
.PARAMETER TlsDomain
Name that the host's certificate must carry; with TlsSettings DomainValidation.
.PARAMETER TlsSettings
None, Opportunistic, EncryptionOnly, CertificateValidation or DomainValidation.
.PARAMETER IsTransportRuleScoped
Only used by transport rules; never chosen for a domain.
.PARAMETER RouteAllMessagesViaOnPremises
Kept for Exchange; no effect. OnPremises only.
.PARAMETER CloudServicesMailEnabled
Kept for Exchange; no effect. OnPremises only.
.PARAMETER AllAcceptedDomains
Use it for every accepted domain of the organization.
.PARAMETER SenderRewritingEnabled
Kept for Exchange; no effect. OnPremises only.
.PARAMETER MtaStsMode
MTA-STS policies of recipient domains: Opportunistic holds to them, None does not.
.PARAMETER SmtpDaneMode
DANE: Opportunistic holds to TLSA records where there are any, Mandatory sends nothing without, None does not look.
.PARAMETER TestMode
Only used by validation; never chosen for mail.
.PARAMETER ValidationRecipients
Recipients of the last validation.
.PARAMETER IsValidated
Whether the last validation succeeded.
.PARAMETER LastValidationTimestamp
When it was validated.
.PARAMETER AdminDisplayName
Free text, kept and shown.
.PARAMETER ClientCertificatePfx
PFX file on the server whose certificate is presented to the host. (Gatepost)
.PARAMETER ClientCertificatePassword
Password of the PFX file; write-only. (Gatepost)
.PARAMETER UserName
User for AUTH at the host, over verified TLS only; with OAuth the mailbox that sends. (Gatepost)
.PARAMETER Password
Password for AUTH at the host; write-only. (Gatepost)
.PARAMETER CertificateAuthorities
CAs (PEM) trusted for the host besides the system's. (Gatepost)
.PARAMETER Transport
By what mail is handed over: Smtp, or MicrosoftGraph (sendMail, as the mailbox in UserName). (Gatepost)
.PARAMETER AuthenticationMethod
How to sign in at the host: Password, or XOAUTH2 with a token of the application. (Gatepost)
.PARAMETER OAuthTenant
Microsoft Entra tenant: its GUID or a domain of it. (Gatepost)
.PARAMETER OAuthClientId
Application (client) ID of the app registration. (Gatepost)
.PARAMETER OAuthClientSecret
Client secret of the application; write-only. (Gatepost)
.PARAMETER OAuthCertificatePfx
PFX file on the server with which the application signs in instead of a client secret. (Gatepost)
.PARAMETER OAuthCertificatePassword
Password of that PFX file; write-only. (Gatepost)
.PARAMETER OAuthAuthority
Where tokens come from; national clouds have their own. (Gatepost)
.PARAMETER GraphEndpoint
Where Microsoft Graph is; national clouds have their own. (Gatepost)
.PARAMETER FallbackConnectors
Outbound connectors to use instead, in this order, while this one cannot be used. (Gatepost)
.PARAMETER SenderDomains
Sender domains that it is for: '*', 'contoso.com', '*.contoso.com'. Default: every sender. (Gatepost)
.PARAMETER InboundConnectors
Inbound connectors whose mail it is for. Default: however mail came in. (Gatepost)
.PARAMETER SmartHostOrder
InOrder: the first smart host while it answers. Shuffled: they share the load. (Gatepost)
.PARAMETER SourceIPAddress
Address of this server from which the host is connected to. Default: the system's choice. (Gatepost)
.PARAMETER LimitPreset
Whose limits to keep: None, Microsoft365, Google, AmazonSES or Generic. (Gatepost)
.PARAMETER MaxMessagesPerMinute
Messages sent within a minute; more wait. Default: the preset's. (Gatepost)
.PARAMETER MaxConnections
Connections open at once. Default: the preset's. (Gatepost)
.PARAMETER MaxSessionMinutes
Minutes for which a connection is used. Default: the preset's. (Gatepost)
.PARAMETER MaxRecipientsPerDay
Recipients within 24 hours; more wait. Default: the preset's. (Gatepost)
.PARAMETER WhenLimited
Mail beyond the limits: Wait, or NextWay to go by FallbackConnectors. (Gatepost)
.PARAMETER ProtocolLoggingLevel
Verbose writes what is said in its sessions into the protocol log, without messages and passwords: for a while, to see what goes wrong. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Set-OutboundConnector Upstream -SmartHosts relay1.contoso.com, relay2.contoso.com:2525
#>
function Set-OutboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $Name,
        [bool] $Enabled,
        [bool] $UseMXRecord,
        [string] $Comment,
        [ValidateSet('OnPremises', 'Partner')]
        [string] $ConnectorType,
        [ValidateSet('Default', 'HybridWizard', 'Migrated', 'AdminUI')]
        [string] $ConnectorSource,
        [object] $RecipientDomains,
        [object] $SmartHosts,
        [string] $TlsDomain,
        [ValidateSet('None', 'Opportunistic', 'EncryptionOnly', 'CertificateValidation', 'DomainValidation')]
        [string] $TlsSettings,
        [bool] $IsTransportRuleScoped,
        [bool] $RouteAllMessagesViaOnPremises,
        [bool] $CloudServicesMailEnabled,
        [bool] $AllAcceptedDomains,
        [bool] $SenderRewritingEnabled,
        [ValidateSet('Opportunistic', 'None')]
        [string] $MtaStsMode,
        [ValidateSet('Opportunistic', 'Mandatory', 'None')]
        [string] $SmtpDaneMode,
        [bool] $TestMode,
        [object] $ValidationRecipients,
        [bool] $IsValidated,
        [datetime] $LastValidationTimestamp,
        [string] $AdminDisplayName,
        [string] $ClientCertificatePfx,
        [object] $ClientCertificatePassword,
        [string] $UserName,
        [object] $Password,
        [object] $CertificateAuthorities,
        [ValidateSet('Smtp', 'MicrosoftGraph')]
        [string] $Transport,
        [ValidateSet('Password', 'XOAUTH2')]
        [string] $AuthenticationMethod,
        [string] $OAuthTenant,
        [string] $OAuthClientId,
        [object] $OAuthClientSecret,
        [string] $OAuthCertificatePfx,
        [object] $OAuthCertificatePassword,
        [string] $OAuthAuthority,
        [string] $GraphEndpoint,
        [object] $FallbackConnectors,
        [object] $SenderDomains,
        [object] $InboundConnectors,
        [ValidateSet('InOrder', 'Shuffled')]
        [string] $SmartHostOrder,
        [string] $SourceIPAddress,
        [ValidateSet('None', 'Microsoft365', 'Google', 'AmazonSES', 'Generic')]
        [string] $LimitPreset,
        [string] $MaxMessagesPerMinute,
        [string] $MaxConnections,
        [string] $MaxSessionMinutes,
        [string] $MaxRecipientsPerDay,
        [ValidateSet('Wait', 'NextWay')]
        [string] $WhenLimited,
        [ValidateSet('None', 'Verbose')]
        [string] $ProtocolLoggingLevel,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Name', 'Enabled', 'UseMXRecord', 'Comment', 'ConnectorType', 'ConnectorSource', 'RecipientDomains', 'SmartHosts', 'TlsDomain', 'TlsSettings', 'IsTransportRuleScoped', 'RouteAllMessagesViaOnPremises', 'CloudServicesMailEnabled', 'AllAcceptedDomains', 'SenderRewritingEnabled', 'MtaStsMode', 'SmtpDaneMode', 'TestMode', 'ValidationRecipients', 'IsValidated', 'LastValidationTimestamp', 'AdminDisplayName', 'ClientCertificatePfx', 'ClientCertificatePassword', 'UserName', 'Password', 'CertificateAuthorities', 'Transport', 'AuthenticationMethod', 'OAuthTenant', 'OAuthClientId', 'OAuthClientSecret', 'OAuthCertificatePfx', 'OAuthCertificatePassword', 'OAuthAuthority', 'GraphEndpoint', 'FallbackConnectors', 'SenderDomains', 'InboundConnectors', 'SmartHostOrder', 'SourceIPAddress', 'LimitPreset', 'MaxMessagesPerMinute', 'MaxConnections', 'MaxSessionMinutes', 'MaxRecipientsPerDay', 'WhenLimited', 'ProtocolLoggingLevel', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Set-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Set-OutboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'Set-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Removes exactly one outbound connector. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-OutboundConnector Upstream
#>
function Remove-OutboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-OutboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'Remove-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Looks at an outbound connector again and tries each of its smart hosts; one object for each task.
.PARAMETER Identity
Name or GUID.
.PARAMETER Recipients
Who gets a test message. None: none is sent.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Validate-OutboundConnector Upstream -Recipients b@fabrikam.com
#>
function Validate-OutboundConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string[]] $Recipients,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Recipients', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Validate-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Validate-OutboundConnector')) {
            Invoke-GatepostCommand -CmdletName 'Validate-OutboundConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Says by which outbound connectors a message would leave, in their order, and why not by the others.
.PARAMETER Rcpt
The recipient.
.PARAMETER MailFrom
The sender; '<>' for none.
.PARAMETER Connector
The inbound connector that took the message.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Test-OutboundRoute -Rcpt b@fabrikam.com -MailFrom scanner@contoso.com -Connector Devices
#>
function Test-OutboundRoute {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [Alias('RecipientAddress')]
        [string] $Rcpt,
        [Alias('SenderAddress')]
        [string] $MailFrom,
        [string] $Connector,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Rcpt', 'MailFrom', 'Connector', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Test-OutboundRoute' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundRoute' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Shows the outbound connectors as ways: closed is in use, open is left alone until it is asked again.
.PARAMETER Identity
GUID or name. Without it: all of them.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-OutboundRoute
#>
function Get-OutboundRoute {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-OutboundRoute' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OutboundRoute' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Shows the inbound connectors that refuse everything until they are unblocked.
.PARAMETER ConnectorId
GUID or name. Without it: all of them.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-BlockedConnector
#>
function Get-BlockedConnector {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName = $true)]
        [Alias('Identity')]
        [string] $ConnectorId,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('ConnectorId', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-BlockedConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.BlockedConnector' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Unblocks an inbound connector. It asks first, unless -Confirm:$false is given.
.PARAMETER ConnectorId
GUID or name.
.PARAMETER Reason
Accepted for Exchange.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-BlockedConnector | Remove-BlockedConnector
#>
function Remove-BlockedConnector {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Identity')]
        [string] $ConnectorId,
        [string] $Reason,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('ConnectorId', 'Organization')
        if ($PSBoundParameters.ContainsKey('Reason')) { Write-Warning '-Reason is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-BlockedConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.BlockedConnector' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $ConnectorId, 'Remove-BlockedConnector')) {
            Invoke-GatepostCommand -CmdletName 'Remove-BlockedConnector' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.BlockedConnector' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Adds an accepted domain; what is not given takes its default.
.PARAMETER Name
The domain, where DomainName does not name it.
.PARAMETER DomainName
The domain; may begin with '*.'.
.PARAMETER DomainType
Authoritative, InternalRelay or ExternalRelay.
.PARAMETER MatchSubDomains
Accept mail for subdomains, too.
.PARAMETER Default
The organization's default domain.
.PARAMETER AddressBookEnabled
Refuse recipients that are not in the domain's recipient list with 550 5.4.1; Authoritative only.
.PARAMETER Maildir
Folder pattern with {domain} and {local}; recipients are delivered there. (Gatepost)
.PARAMETER Lmtp
Mailbox server to deliver to by LMTP: host:port, or unix:/path of its socket. (Gatepost)
.PARAMETER PlusAddressing
Whether anna+anything@ is anna@. (Gatepost)
.PARAMETER CatchAll
Address that gets the mail of recipients who are not in the list; Authoritative only. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-AcceptedDomain -Name contoso.com -DomainType Authoritative
#>
function New-AcceptedDomain {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Position = 0)]
        [string] $Name,
        [string] $DomainName,
        [ValidateSet('Authoritative', 'InternalRelay', 'ExternalRelay')]
        [string] $DomainType,
        [bool] $MatchSubDomains,
        [Alias('MakeDefault')]
        [bool] $Default,
        [bool] $AddressBookEnabled,
        [string] $Maildir,
        [string] $Lmtp,
        [bool] $PlusAddressing,
        [string] $CatchAll,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Name', 'DomainName', 'DomainType', 'MatchSubDomains', 'Default', 'AddressBookEnabled', 'Maildir', 'Lmtp', 'PlusAddressing', 'CatchAll', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Name, 'New-AcceptedDomain')) {
            Invoke-GatepostCommand -CmdletName 'New-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows one accepted domain, or all of them.
.PARAMETER Identity
Name or GUID. Without it: all of them.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-AcceptedDomain
#>
function Get-AcceptedDomain {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Changes the given properties of an accepted domain.
.PARAMETER Identity
Name or GUID.
.PARAMETER DomainName
The domain; may begin with '*.'.
.PARAMETER DomainType
Authoritative, InternalRelay or ExternalRelay.
.PARAMETER MatchSubDomains
Accept mail for subdomains, too.
.PARAMETER Default
The organization's default domain.
.PARAMETER AddressBookEnabled
Refuse recipients that are not in the domain's recipient list with 550 5.4.1; Authoritative only.
.PARAMETER Maildir
Folder pattern with {domain} and {local}; recipients are delivered there. (Gatepost)
.PARAMETER Lmtp
Mailbox server to deliver to by LMTP: host:port, or unix:/path of its socket. (Gatepost)
.PARAMETER PlusAddressing
Whether anna+anything@ is anna@. (Gatepost)
.PARAMETER CatchAll
Address that gets the mail of recipients who are not in the list; Authoritative only. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Set-AcceptedDomain contoso.com -DomainType InternalRelay
#>
function Set-AcceptedDomain {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $DomainName,
        [ValidateSet('Authoritative', 'InternalRelay', 'ExternalRelay')]
        [string] $DomainType,
        [bool] $MatchSubDomains,
        [Alias('MakeDefault')]
        [bool] $Default,
        [bool] $AddressBookEnabled,
        [string] $Maildir,
        [string] $Lmtp,
        [bool] $PlusAddressing,
        [string] $CatchAll,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'DomainName', 'DomainType', 'MatchSubDomains', 'Default', 'AddressBookEnabled', 'Maildir', 'Lmtp', 'PlusAddressing', 'CatchAll', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Set-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Set-AcceptedDomain')) {
            Invoke-GatepostCommand -CmdletName 'Set-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Removes exactly one accepted domain. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-AcceptedDomain contoso.com
#>
function Remove-AcceptedDomain {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-AcceptedDomain')) {
            Invoke-GatepostCommand -CmdletName 'Remove-AcceptedDomain' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AcceptedDomain' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows the organizations' own settings.
.PARAMETER Identity
The organization; only needed where there are several.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-OrganizationConfig | Format-List RejectDirectSend
#>
function Get-OrganizationConfig {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-OrganizationConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OrganizationConfig' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Changes an organization's own settings.
.PARAMETER Identity
The organization; only needed where there are several.
.PARAMETER RejectDirectSend
Refuse mail that claims an own domain and comes through no connector.
.PARAMETER Postmaster
Sender of test messages, and in the From of delivery reports. Default: postmaster@ the relay's hostname. (Gatepost)
.PARAMETER NotificationLanguage
Language of reports to senders and digests to owners: en, zh-Hans or zh-Hant; English stands below. (Gatepost)
.PARAMETER CertificateAuthorities
CAs (PEM) trusted for this organization's inbound connectors besides the public ones. (Gatepost)
.PARAMETER BlockedIPAddresses
Addresses and networks from which nothing is taken, whatever connectors say. (Gatepost)
.PARAMETER AuthenticationResults
Check mail of strangers and partners (SPF, DKIM, DMARC, ARC), and write what came of it into its Authentication-Results field and the trace. Nothing is refused for it. (Gatepost)
.PARAMETER ArcSealingDomain
Accepted domain with whose DKIM key mail of strangers is sealed (ARC) when it is passed on; includes their check. Default: none is sealed. (Gatepost)
.PARAMETER TlsReports
Send a report on yesterday's TLS sessions to each recipient domain that asks for one (RFC 8460), from the Postmaster. (Gatepost)
.PARAMETER DeviceLearningSinceUTC
Since when unknown devices that are refused are listed as learned; set by device learning. (Gatepost)
.PARAMETER DeviceLearningUntilUTC
Until when they are. (Gatepost)
.PARAMETER Sandbox
Take mail and keep it; send nothing, not even reports. (Gatepost)
.PARAMETER SandboxDays
Days for which mail in the sandbox is kept. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Set-OrganizationConfig -RejectDirectSend $true
#>
function Set-OrganizationConfig {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [bool] $RejectDirectSend,
        [string] $Postmaster,
        [ValidateSet('en', 'zh-Hans', 'zh-Hant')]
        [string] $NotificationLanguage,
        [object] $CertificateAuthorities,
        [object] $BlockedIPAddresses,
        [bool] $AuthenticationResults,
        [string] $ArcSealingDomain,
        [bool] $TlsReports,
        [string] $DeviceLearningSinceUTC,
        [string] $DeviceLearningUntilUTC,
        [bool] $Sandbox,
        [string] $SandboxDays,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'RejectDirectSend', 'Postmaster', 'NotificationLanguage', 'CertificateAuthorities', 'BlockedIPAddresses', 'AuthenticationResults', 'ArcSealingDomain', 'TlsReports', 'DeviceLearningSinceUTC', 'DeviceLearningUntilUTC', 'Sandbox', 'SandboxDays', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Set-OrganizationConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OrganizationConfig' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Set-OrganizationConfig')) {
            Invoke-GatepostCommand -CmdletName 'Set-OrganizationConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.OrganizationConfig' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Adds an organization. It concerns the whole server.
.PARAMETER Name
Its name.
.PARAMETER RejectDirectSend
Refuse mail that claims an own domain and comes through no connector.
.PARAMETER Postmaster
Sender of test messages, and in the From of delivery reports. Default: postmaster@ the relay's hostname. (Gatepost)
.PARAMETER NotificationLanguage
Language of reports to senders and digests to owners: en, zh-Hans or zh-Hant; English stands below. (Gatepost)
.PARAMETER CertificateAuthorities
CAs (PEM) trusted for this organization's inbound connectors besides the public ones. (Gatepost)
.PARAMETER BlockedIPAddresses
Addresses and networks from which nothing is taken, whatever connectors say. (Gatepost)
.PARAMETER AuthenticationResults
Check mail of strangers and partners (SPF, DKIM, DMARC, ARC), and write what came of it into its Authentication-Results field and the trace. Nothing is refused for it. (Gatepost)
.PARAMETER ArcSealingDomain
Accepted domain with whose DKIM key mail of strangers is sealed (ARC) when it is passed on; includes their check. Default: none is sealed. (Gatepost)
.PARAMETER TlsReports
Send a report on yesterday's TLS sessions to each recipient domain that asks for one (RFC 8460), from the Postmaster. (Gatepost)
.PARAMETER DeviceLearningSinceUTC
Since when unknown devices that are refused are listed as learned; set by device learning. (Gatepost)
.PARAMETER DeviceLearningUntilUTC
Until when they are. (Gatepost)
.PARAMETER Sandbox
Take mail and keep it; send nothing, not even reports. (Gatepost)
.PARAMETER SandboxDays
Days for which mail in the sandbox is kept. (Gatepost)
.EXAMPLE
New-Organization -Name Fabrikam
#>
function New-Organization {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Name,
        [bool] $RejectDirectSend,
        [string] $Postmaster,
        [ValidateSet('en', 'zh-Hans', 'zh-Hant')]
        [string] $NotificationLanguage,
        [object] $CertificateAuthorities,
        [object] $BlockedIPAddresses,
        [bool] $AuthenticationResults,
        [string] $ArcSealingDomain,
        [bool] $TlsReports,
        [string] $DeviceLearningSinceUTC,
        [string] $DeviceLearningUntilUTC,
        [bool] $Sandbox,
        [string] $SandboxDays
    )
    process {
        $sent = @('Name', 'RejectDirectSend', 'Postmaster', 'NotificationLanguage', 'CertificateAuthorities', 'BlockedIPAddresses', 'AuthenticationResults', 'ArcSealingDomain', 'TlsReports', 'DeviceLearningSinceUTC', 'DeviceLearningUntilUTC', 'Sandbox', 'SandboxDays')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-Organization' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Organization' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Name, 'New-Organization')) {
            Invoke-GatepostCommand -CmdletName 'New-Organization' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Organization' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Removes an organization that holds nothing. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Name or GUID.
.EXAMPLE
Remove-Organization Fabrikam
#>
function Remove-Organization {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity
    )
    process {
        $sent = @('Identity')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-Organization' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Organization' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-Organization')) {
            Invoke-GatepostCommand -CmdletName 'Remove-Organization' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Organization' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows one recipient of the accepted domains' lists, or all of them.
.PARAMETER Identity
The address. Without it: all of them.
.PARAMETER Anr
Part of an address, or of one that an alias leads to.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-Recipient -Anr anna
#>
function Get-Recipient {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)]
        [string] $Identity,
        [string] $Anr,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Anr', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-Recipient' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Recipient' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Lists a mailbox of an accepted domain.
.PARAMETER PrimarySmtpAddress
The address.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-Mailbox -PrimarySmtpAddress anna@contoso.com
#>
function New-Mailbox {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [Alias('Name')]
        [string] $PrimarySmtpAddress,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('PrimarySmtpAddress', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-Mailbox' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Mailbox' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess('the server', 'New-Mailbox')) {
            Invoke-GatepostCommand -CmdletName 'New-Mailbox' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Mailbox' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Takes a mailbox out of the recipient list. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
The address.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-Mailbox info@contoso.com -Confirm:$false
#>
function Remove-Mailbox {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('PrimarySmtpAddress')]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-Mailbox' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Mailbox' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-Mailbox')) {
            Invoke-GatepostCommand -CmdletName 'Remove-Mailbox' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Mailbox' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Lists an alias of an accepted domain, with the addresses that it leads to.
.PARAMETER PrimarySmtpAddress
The address.
.PARAMETER Members
The addresses it leads to.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-DistributionGroup -PrimarySmtpAddress info@contoso.com -Members anna@contoso.com, bob@contoso.com
#>
function New-DistributionGroup {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [Alias('Name')]
        [string] $PrimarySmtpAddress,
        [Parameter(Mandatory = $true)]
        [object] $Members,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('PrimarySmtpAddress', 'Members', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-DistributionGroup' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DistributionGroup' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess('the server', 'New-DistributionGroup')) {
            Invoke-GatepostCommand -CmdletName 'New-DistributionGroup' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DistributionGroup' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Takes an alias out of the recipient list. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
The address.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-DistributionGroup info@contoso.com -Confirm:$false
#>
function Remove-DistributionGroup {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('PrimarySmtpAddress')]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-DistributionGroup' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DistributionGroup' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-DistributionGroup')) {
            Invoke-GatepostCommand -CmdletName 'Remove-DistributionGroup' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DistributionGroup' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Adds a DKIM signing configuration; what is not given takes its default.
.PARAMETER DomainName
The accepted domain.
.PARAMETER Enabled
Whether mail of the domain is signed.
.PARAMETER KeySize
Bits of the RSA keys that are made: 2048, 3072 or 4096.
.PARAMETER Algorithms
RsaSha256, Ed25519Sha256, or both; each has a record of its own. (Gatepost)
.PARAMETER Selector1
Name of the first selector. (Gatepost)
.PARAMETER Selector2
Name of the second selector. (Gatepost)
.PARAMETER WithoutKey
What becomes of mail while its key is missing: Defer, or SendUnsigned. (Gatepost)
.PARAMETER Selector1Key
RSA private key of the first selector, in PEM; write-only. (Gatepost)
.PARAMETER Selector2Key
RSA private key of the second selector, in PEM; write-only. (Gatepost)
.PARAMETER Selector1Ed25519Key
Ed25519 private key of the first selector, in PEM; write-only. (Gatepost)
.PARAMETER Selector2Ed25519Key
Ed25519 private key of the second selector, in PEM; write-only. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-DkimSigningConfig -DomainName contoso.com -Enabled $false
#>
function New-DkimSigningConfig {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $DomainName,
        [bool] $Enabled,
        [string] $KeySize,
        [object] $Algorithms,
        [string] $Selector1,
        [string] $Selector2,
        [ValidateSet('Defer', 'SendUnsigned')]
        [string] $WithoutKey,
        [object] $Selector1Key,
        [object] $Selector2Key,
        [object] $Selector1Ed25519Key,
        [object] $Selector2Ed25519Key,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('DomainName', 'Enabled', 'KeySize', 'Algorithms', 'Selector1', 'Selector2', 'WithoutKey', 'Selector1Key', 'Selector2Key', 'Selector1Ed25519Key', 'Selector2Ed25519Key', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $DomainName, 'New-DkimSigningConfig')) {
            Invoke-GatepostCommand -CmdletName 'New-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows one DKIM signing configuration, or all of them.
.PARAMETER Identity
Name or GUID. Without it: all of them.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-DkimSigningConfig contoso.com | Format-List Selector1PublicKey
#>
function Get-DkimSigningConfig {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Changes the given properties of a DKIM signing configuration.
.PARAMETER Identity
Name or GUID.
.PARAMETER Enabled
Whether mail of the domain is signed.
.PARAMETER KeySize
Bits of the RSA keys that are made: 2048, 3072 or 4096.
.PARAMETER Algorithms
RsaSha256, Ed25519Sha256, or both; each has a record of its own. (Gatepost)
.PARAMETER Selector1
Name of the first selector. (Gatepost)
.PARAMETER Selector2
Name of the second selector. (Gatepost)
.PARAMETER WithoutKey
What becomes of mail while its key is missing: Defer, or SendUnsigned. (Gatepost)
.PARAMETER Selector1Key
RSA private key of the first selector, in PEM; write-only. (Gatepost)
.PARAMETER Selector2Key
RSA private key of the second selector, in PEM; write-only. (Gatepost)
.PARAMETER Selector1Ed25519Key
Ed25519 private key of the first selector, in PEM; write-only. (Gatepost)
.PARAMETER Selector2Ed25519Key
Ed25519 private key of the second selector, in PEM; write-only. (Gatepost)
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Set-DkimSigningConfig contoso.com -Enabled $true
#>
function Set-DkimSigningConfig {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [bool] $Enabled,
        [string] $KeySize,
        [object] $Algorithms,
        [string] $Selector1,
        [string] $Selector2,
        [ValidateSet('Defer', 'SendUnsigned')]
        [string] $WithoutKey,
        [object] $Selector1Key,
        [object] $Selector2Key,
        [object] $Selector1Ed25519Key,
        [object] $Selector2Ed25519Key,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Enabled', 'KeySize', 'Algorithms', 'Selector1', 'Selector2', 'WithoutKey', 'Selector1Key', 'Selector2Key', 'Selector1Ed25519Key', 'Selector2Ed25519Key', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Set-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Set-DkimSigningConfig')) {
            Invoke-GatepostCommand -CmdletName 'Set-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Removes exactly one DKIM signing configuration. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-DkimSigningConfig contoso.com
#>
function Remove-DkimSigningConfig {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-DkimSigningConfig')) {
            Invoke-GatepostCommand -CmdletName 'Remove-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Makes a new key for the other selector; called again, once its record is published, signs with it.
.PARAMETER Identity
Name or GUID.
.PARAMETER KeySize
Bits of the new RSA key.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Rotate-DkimSigningConfig contoso.com -KeySize 2048
#>
function Rotate-DkimSigningConfig {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $KeySize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'KeySize', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Rotate-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Rotate-DkimSigningConfig')) {
            Invoke-GatepostCommand -CmdletName 'Rotate-DkimSigningConfig' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.DkimSigningConfig' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Adds a transport rule; what is not given takes its default.
.PARAMETER Name
Its name.
.PARAMETER Enabled
Whether it counts.
.PARAMETER Priority
Its place among the rules: 0 comes first.
.PARAMETER InboundConnectors
Inbound connectors whose mail it is for. Default: however mail came in. (Gatepost)
.PARAMETER SenderIpRanges
Addresses and networks of the devices whose mail it is for.
.PARAMETER From
Sender addresses (of the envelope) that it is for.
.PARAMETER SenderDomainIs
Sender domains that it is for: 'contoso.com', '*.contoso.com'.
.PARAMETER SentTo
Recipients that it is for.
.PARAMETER RecipientDomainIs
Recipient domains that it is for: 'contoso.com', '*.contoso.com'.
.PARAMETER SubjectContainsWords
Words or phrases of which the subject has one.
.PARAMETER SubjectMatchesPatterns
Text patterns of which one stands in the subject.
.PARAMETER HeaderContainsMessageHeader
The header field, such as X-Mailer, that has words of HeaderContainsWords.
.PARAMETER HeaderContainsWords
Words or phrases of which that header field has one.
.PARAMETER HeaderMatchesMessageHeader
The header field that HeaderMatchesPatterns is about.
.PARAMETER HeaderMatchesPatterns
Text patterns of which one stands in that header field.
.PARAMETER MessageSizeOver
Only messages that are larger than so many octets.
.PARAMETER ExceptIfInboundConnectors
The rule is not for mail that InboundConnectors would be for with this value. (Gatepost)
.PARAMETER ExceptIfSenderIpRanges
The rule is not for mail that SenderIpRanges would be for with this value.
.PARAMETER ExceptIfFrom
The rule is not for mail that From would be for with this value.
.PARAMETER ExceptIfSenderDomainIs
The rule is not for mail that SenderDomainIs would be for with this value.
.PARAMETER ExceptIfSentTo
The rule is not for mail that SentTo would be for with this value.
.PARAMETER ExceptIfRecipientDomainIs
The rule is not for mail that RecipientDomainIs would be for with this value.
.PARAMETER ExceptIfSubjectContainsWords
The rule is not for mail that SubjectContainsWords would be for with this value.
.PARAMETER ExceptIfSubjectMatchesPatterns
The rule is not for mail that SubjectMatchesPatterns would be for with this value.
.PARAMETER ExceptIfHeaderContainsMessageHeader
The rule is not for mail that HeaderContainsMessageHeader would be for with this value.
.PARAMETER ExceptIfHeaderContainsWords
The rule is not for mail that HeaderContainsWords would be for with this value.
.PARAMETER ExceptIfHeaderMatchesMessageHeader
The rule is not for mail that HeaderMatchesMessageHeader would be for with this value.
.PARAMETER ExceptIfHeaderMatchesPatterns
The rule is not for mail that HeaderMatchesPatterns would be for with this value.
.PARAMETER ExceptIfMessageSizeOver
The rule is not for mail that MessageSizeOver would be for with this value.
.PARAMETER Hold
Hold the mail in the queue until somebody decides. (Gatepost)
.PARAMETER Sandbox
Keep the mail to look at, and never send it by itself; after the organization's SandboxDays it is dropped. (Gatepost)
.PARAMETER RedirectMessageTo
Who gets the mail instead of its recipients.
.PARAMETER BlindCopyTo
Who gets the mail as well, untold.
.PARAMETER StopRuleProcessing
Ask no further rules about mail that this one is for.
.PARAMETER ExpiryDate
Until when the rule counts; not set: for good.
.PARAMETER Comments
Free text: why it is there, who wanted it.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
New-TransportRule -Name 'Test mail' -RecipientDomainIs contoso.com -Hold $true
#>
function New-TransportRule {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Name,
        [bool] $Enabled,
        [string] $Priority,
        [object] $InboundConnectors,
        [object] $SenderIpRanges,
        [object] $From,
        [object] $SenderDomainIs,
        [object] $SentTo,
        [object] $RecipientDomainIs,
        [object] $SubjectContainsWords,
        [object] $SubjectMatchesPatterns,
        [string] $HeaderContainsMessageHeader,
        [object] $HeaderContainsWords,
        [string] $HeaderMatchesMessageHeader,
        [object] $HeaderMatchesPatterns,
        [string] $MessageSizeOver,
        [object] $ExceptIfInboundConnectors,
        [object] $ExceptIfSenderIpRanges,
        [object] $ExceptIfFrom,
        [object] $ExceptIfSenderDomainIs,
        [object] $ExceptIfSentTo,
        [object] $ExceptIfRecipientDomainIs,
        [object] $ExceptIfSubjectContainsWords,
        [object] $ExceptIfSubjectMatchesPatterns,
        [string] $ExceptIfHeaderContainsMessageHeader,
        [object] $ExceptIfHeaderContainsWords,
        [string] $ExceptIfHeaderMatchesMessageHeader,
        [object] $ExceptIfHeaderMatchesPatterns,
        [string] $ExceptIfMessageSizeOver,
        [Alias('Quarantine')]
        [bool] $Hold,
        [bool] $Sandbox,
        [object] $RedirectMessageTo,
        [object] $BlindCopyTo,
        [bool] $StopRuleProcessing,
        [datetime] $ExpiryDate,
        [string] $Comments,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Name', 'Enabled', 'Priority', 'InboundConnectors', 'SenderIpRanges', 'From', 'SenderDomainIs', 'SentTo', 'RecipientDomainIs', 'SubjectContainsWords', 'SubjectMatchesPatterns', 'HeaderContainsMessageHeader', 'HeaderContainsWords', 'HeaderMatchesMessageHeader', 'HeaderMatchesPatterns', 'MessageSizeOver', 'ExceptIfInboundConnectors', 'ExceptIfSenderIpRanges', 'ExceptIfFrom', 'ExceptIfSenderDomainIs', 'ExceptIfSentTo', 'ExceptIfRecipientDomainIs', 'ExceptIfSubjectContainsWords', 'ExceptIfSubjectMatchesPatterns', 'ExceptIfHeaderContainsMessageHeader', 'ExceptIfHeaderContainsWords', 'ExceptIfHeaderMatchesMessageHeader', 'ExceptIfHeaderMatchesPatterns', 'ExceptIfMessageSizeOver', 'Hold', 'Sandbox', 'RedirectMessageTo', 'BlindCopyTo', 'StopRuleProcessing', 'ExpiryDate', 'Comments', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'New-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Name, 'New-TransportRule')) {
            Invoke-GatepostCommand -CmdletName 'New-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows one transport rule, or all of them.
.PARAMETER Identity
Name or GUID. Without it: all of them.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-TransportRule | Where-Object State -eq Enabled
#>
function Get-TransportRule {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Changes the given properties of a transport rule.
.PARAMETER Identity
Name or GUID.
.PARAMETER Name
A new name.
.PARAMETER Enabled
Whether it counts.
.PARAMETER Priority
Its place among the rules: 0 comes first.
.PARAMETER InboundConnectors
Inbound connectors whose mail it is for. Default: however mail came in. (Gatepost)
.PARAMETER SenderIpRanges
Addresses and networks of the devices whose mail it is for.
.PARAMETER From
Sender addresses (of the envelope) that it is for.
.PARAMETER SenderDomainIs
Sender domains that it is for: 'contoso.com', '*.contoso.com'.
.PARAMETER SentTo
Recipients that it is for.
.PARAMETER RecipientDomainIs
Recipient domains that it is for: 'contoso.com', '*.contoso.com'.
.PARAMETER SubjectContainsWords
Words or phrases of which the subject has one.
.PARAMETER SubjectMatchesPatterns
Text patterns of which one stands in the subject.
.PARAMETER HeaderContainsMessageHeader
The header field, such as X-Mailer, that has words of HeaderContainsWords.
.PARAMETER HeaderContainsWords
Words or phrases of which that header field has one.
.PARAMETER HeaderMatchesMessageHeader
The header field that HeaderMatchesPatterns is about.
.PARAMETER HeaderMatchesPatterns
Text patterns of which one stands in that header field.
.PARAMETER MessageSizeOver
Only messages that are larger than so many octets.
.PARAMETER ExceptIfInboundConnectors
The rule is not for mail that InboundConnectors would be for with this value. (Gatepost)
.PARAMETER ExceptIfSenderIpRanges
The rule is not for mail that SenderIpRanges would be for with this value.
.PARAMETER ExceptIfFrom
The rule is not for mail that From would be for with this value.
.PARAMETER ExceptIfSenderDomainIs
The rule is not for mail that SenderDomainIs would be for with this value.
.PARAMETER ExceptIfSentTo
The rule is not for mail that SentTo would be for with this value.
.PARAMETER ExceptIfRecipientDomainIs
The rule is not for mail that RecipientDomainIs would be for with this value.
.PARAMETER ExceptIfSubjectContainsWords
The rule is not for mail that SubjectContainsWords would be for with this value.
.PARAMETER ExceptIfSubjectMatchesPatterns
The rule is not for mail that SubjectMatchesPatterns would be for with this value.
.PARAMETER ExceptIfHeaderContainsMessageHeader
The rule is not for mail that HeaderContainsMessageHeader would be for with this value.
.PARAMETER ExceptIfHeaderContainsWords
The rule is not for mail that HeaderContainsWords would be for with this value.
.PARAMETER ExceptIfHeaderMatchesMessageHeader
The rule is not for mail that HeaderMatchesMessageHeader would be for with this value.
.PARAMETER ExceptIfHeaderMatchesPatterns
The rule is not for mail that HeaderMatchesPatterns would be for with this value.
.PARAMETER ExceptIfMessageSizeOver
The rule is not for mail that MessageSizeOver would be for with this value.
.PARAMETER Hold
Hold the mail in the queue until somebody decides. (Gatepost)
.PARAMETER Sandbox
Keep the mail to look at, and never send it by itself; after the organization's SandboxDays it is dropped. (Gatepost)
.PARAMETER RedirectMessageTo
Who gets the mail instead of its recipients.
.PARAMETER BlindCopyTo
Who gets the mail as well, untold.
.PARAMETER StopRuleProcessing
Ask no further rules about mail that this one is for.
.PARAMETER ExpiryDate
Until when the rule counts; not set: for good.
.PARAMETER Comments
Free text: why it is there, who wanted it.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Set-TransportRule 'Test mail' -SentTo anna@contoso.com
#>
function Set-TransportRule {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $Name,
        [bool] $Enabled,
        [string] $Priority,
        [object] $InboundConnectors,
        [object] $SenderIpRanges,
        [object] $From,
        [object] $SenderDomainIs,
        [object] $SentTo,
        [object] $RecipientDomainIs,
        [object] $SubjectContainsWords,
        [object] $SubjectMatchesPatterns,
        [string] $HeaderContainsMessageHeader,
        [object] $HeaderContainsWords,
        [string] $HeaderMatchesMessageHeader,
        [object] $HeaderMatchesPatterns,
        [string] $MessageSizeOver,
        [object] $ExceptIfInboundConnectors,
        [object] $ExceptIfSenderIpRanges,
        [object] $ExceptIfFrom,
        [object] $ExceptIfSenderDomainIs,
        [object] $ExceptIfSentTo,
        [object] $ExceptIfRecipientDomainIs,
        [object] $ExceptIfSubjectContainsWords,
        [object] $ExceptIfSubjectMatchesPatterns,
        [string] $ExceptIfHeaderContainsMessageHeader,
        [object] $ExceptIfHeaderContainsWords,
        [string] $ExceptIfHeaderMatchesMessageHeader,
        [object] $ExceptIfHeaderMatchesPatterns,
        [string] $ExceptIfMessageSizeOver,
        [Alias('Quarantine')]
        [bool] $Hold,
        [bool] $Sandbox,
        [object] $RedirectMessageTo,
        [object] $BlindCopyTo,
        [bool] $StopRuleProcessing,
        [datetime] $ExpiryDate,
        [string] $Comments,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Name', 'Enabled', 'Priority', 'InboundConnectors', 'SenderIpRanges', 'From', 'SenderDomainIs', 'SentTo', 'RecipientDomainIs', 'SubjectContainsWords', 'SubjectMatchesPatterns', 'HeaderContainsMessageHeader', 'HeaderContainsWords', 'HeaderMatchesMessageHeader', 'HeaderMatchesPatterns', 'MessageSizeOver', 'ExceptIfInboundConnectors', 'ExceptIfSenderIpRanges', 'ExceptIfFrom', 'ExceptIfSenderDomainIs', 'ExceptIfSentTo', 'ExceptIfRecipientDomainIs', 'ExceptIfSubjectContainsWords', 'ExceptIfSubjectMatchesPatterns', 'ExceptIfHeaderContainsMessageHeader', 'ExceptIfHeaderContainsWords', 'ExceptIfHeaderMatchesMessageHeader', 'ExceptIfHeaderMatchesPatterns', 'ExceptIfMessageSizeOver', 'Hold', 'Sandbox', 'RedirectMessageTo', 'BlindCopyTo', 'StopRuleProcessing', 'ExpiryDate', 'Comments', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Set-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Set-TransportRule')) {
            Invoke-GatepostCommand -CmdletName 'Set-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Lets a transport rule count again.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Enable-TransportRule 'Test mail'
#>
function Enable-TransportRule {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Enable-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Enable-TransportRule')) {
            Invoke-GatepostCommand -CmdletName 'Enable-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Keeps a transport rule and lets it count no longer.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Disable-TransportRule 'Test mail'
#>
function Disable-TransportRule {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Disable-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Disable-TransportRule')) {
            Invoke-GatepostCommand -CmdletName 'Disable-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Removes exactly one transport rule. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Name or GUID.
.PARAMETER Organization
The organization that is meant, where there are several.
.PARAMETER Force
Accepted for Exchange.
.EXAMPLE
Remove-TransportRule 'Test mail'
#>
function Remove-TransportRule {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization,
        [switch] $Force
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Force')) { Write-Warning '-Force is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-TransportRule')) {
            Invoke-GatepostCommand -CmdletName 'Remove-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Says what the transport rules would make of a message, and of each rule why it is not for it.
.PARAMETER Rcpt
The recipient.
.PARAMETER MailFrom
The sender; '<>' for none.
.PARAMETER Subject
The subject.
.PARAMETER Connector
The inbound connector that took the message.
.PARAMETER IP
The client's IP address.
.PARAMETER Size
The size in octets.
.PARAMETER Header
Lines of its header, 'X-Mailer: Scanner'.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Test-TransportRule -Rcpt b@fabrikam.com -MailFrom scanner@contoso.com -Subject 'Invoice 7'
#>
function Test-TransportRule {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [Alias('RecipientAddress')]
        [string] $Rcpt,
        [Alias('SenderAddress')]
        [string] $MailFrom,
        [string] $Subject,
        [string] $Connector,
        [string] $IP,
        [int] $Size,
        [string[]] $Header,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Rcpt', 'MailFrom', 'Subject', 'Connector', 'IP', 'Size', 'Header', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Test-TransportRule' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.TransportRule' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Finds messages and refusals, newest first: one object for each recipient.
.PARAMETER SenderAddress
The sender; `*` stands for anything, '<>' for no sender.
.PARAMETER RecipientAddress
A recipient; `*` stands for anything.
.PARAMETER MessageId
The Message-ID.
.PARAMETER MessageTraceId
The queue id: this message alone.
.PARAMETER Subject
Words of the subject.
.PARAMETER Status
What became of it.
.PARAMETER Connector
The inbound connector it came through. (Gatepost)
.PARAMETER FromIP
The IP address it came from.
.PARAMETER ToIP
An IP address it was sent to, or that was tried.
.PARAMETER StartDate
Not before. Default: 48 hours ago.
.PARAMETER EndDate
Not after. Default: now.
.PARAMETER PageSize
Rows of a page. Default: 1000.
.PARAMETER Page
The number of the page. Default: 1.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER SubjectFilterType
Accepted for Exchange.
.PARAMETER StartingRecipientAddress
Accepted for Exchange.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-MessageTrace -RecipientAddress b@fabrikam.com -Status Failed, Pending
#>
function Get-MessageTrace {
    [CmdletBinding()]
    param(
        [string] $SenderAddress,
        [string] $RecipientAddress,
        [string] $MessageId,
        [string] $MessageTraceId,
        [string] $Subject,
        [ValidateSet('Delivered', 'Failed', 'Pending', 'Quarantined', 'Refused')]
        [string[]] $Status,
        [string] $Connector,
        [string] $FromIP,
        [string] $ToIP,
        [datetime] $StartDate,
        [datetime] $EndDate,
        [int] $PageSize,
        [int] $Page,
        [string] $ResultSize,
        [string] $SubjectFilterType,
        [string] $StartingRecipientAddress,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('SenderAddress', 'RecipientAddress', 'MessageId', 'MessageTraceId', 'Subject', 'Status', 'Connector', 'FromIP', 'ToIP', 'StartDate', 'EndDate', 'PageSize', 'Page', 'ResultSize', 'Organization')
        if ($PSBoundParameters.ContainsKey('SubjectFilterType')) { Write-Warning '-SubjectFilterType is accepted for Exchange and has no effect.' }
        if ($PSBoundParameters.ContainsKey('StartingRecipientAddress')) { Write-Warning '-StartingRecipientAddress is accepted for Exchange and has no effect.' }
        Invoke-GatepostCommand -CmdletName 'Get-MessageTrace' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.MessageTrace' -Caller $PSCmdlet
    }
}
Set-Alias -Name Get-MessageTraceV2 -Value Get-MessageTrace

<#
.SYNOPSIS
Tells the story of one message, event by event; of a refusal, why.
.PARAMETER MessageTraceId
The queue id, as Get-MessageTrace shows it.
.PARAMETER RecipientAddress
Only what concerns this recipient.
.PARAMETER SenderAddress
Accepted for Exchange.
.PARAMETER StartDate
Accepted for Exchange.
.PARAMETER EndDate
Accepted for Exchange.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-MessageTrace -SenderAddress scanner@contoso.com | Get-MessageTraceDetail
#>
function Get-MessageTraceDetail {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [Alias('Identity')]
        [string] $MessageTraceId,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName = $true)]
        [string] $RecipientAddress,
        [string] $SenderAddress,
        [datetime] $StartDate,
        [datetime] $EndDate,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('MessageTraceId', 'RecipientAddress', 'Organization')
        if ($PSBoundParameters.ContainsKey('SenderAddress')) { Write-Warning '-SenderAddress is accepted for Exchange and has no effect.' }
        if ($PSBoundParameters.ContainsKey('StartDate')) { Write-Warning '-StartDate is accepted for Exchange and has no effect.' }
        if ($PSBoundParameters.ContainsKey('EndDate')) { Write-Warning '-EndDate is accepted for Exchange and has no effect.' }
        Invoke-GatepostCommand -CmdletName 'Get-MessageTraceDetail' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.MessageTraceDetail' -Caller $PSCmdlet
    }
}
Set-Alias -Name Get-MessageTraceDetailV2 -Value Get-MessageTraceDetail

<#
.SYNOPSIS
Shows where mail waits: one object for each destination.
.PARAMETER Identity
One destination, such as mx:fabrikam.com.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-Queue | Where-Object Status -eq Retry
#>
function Get-Queue {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-Queue' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Queue' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Shows messages that have not left.
.PARAMETER Identity
Queue ids, as Get-Message shows them.
.PARAMETER Queue
All messages of one queue, as Get-Queue names it.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-Message -Queue mx:fabrikam.com | Format-List Subject, LastError
#>
function Get-Message {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [string[]] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [Alias('QueueIdentity')]
        [string] $Queue,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Queue', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Get-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet
    }
}

<#
.SYNOPSIS
Tries the waiting mail of one destination now.
.PARAMETER Identity
The destination, as Get-Queue names it.
.PARAMETER Resubmit
Accepted for Exchange.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-Queue | Retry-Queue
#>
function Retry-Queue {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string] $Identity,
        [bool] $Resubmit,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($PSBoundParameters.ContainsKey('Resubmit')) { Write-Warning '-Resubmit is accepted for Exchange and has no effect.' }
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Retry-Queue' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Queue' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Retry-Queue')) {
            Invoke-GatepostCommand -CmdletName 'Retry-Queue' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Queue' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Holds waiting messages back until they are resumed.
.PARAMETER Identity
Queue ids, as Get-Message shows them.
.PARAMETER Queue
All messages of one queue, as Get-Queue names it.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Suspend-Message -Queue mx:fabrikam.com
#>
function Suspend-Message {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string[]] $Identity,
        [string] $Queue,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Queue', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Suspend-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Suspend-Message')) {
            Invoke-GatepostCommand -CmdletName 'Suspend-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Lets held messages go on.
.PARAMETER Identity
Queue ids, as Get-Message shows them.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Get-Message | Where-Object Status -eq Suspended | Resume-Message
#>
function Resume-Message {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string[]] $Identity,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Resume-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Resume-Message')) {
            Invoke-GatepostCommand -CmdletName 'Resume-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Gives messages up without telling their sender. It asks first, unless -Confirm:$false is given.
.PARAMETER Identity
Queue ids, as Get-Message shows them.
.PARAMETER Queue
All messages of one queue, as Get-Queue names it.
.PARAMETER WithNDR
Only $false: the sender is not told.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Remove-Message 0003f2a1b4c5d6e7 -Confirm:$false
#>
function Remove-Message {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [string[]] $Identity,
        [string] $Queue,
        [bool] $WithNDR,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Identity', 'Queue', 'WithNDR', 'Organization')
        if ($WhatIfPreference) { Invoke-GatepostCommand -CmdletName 'Remove-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet -OnlyTry }  # the server checks it and stores nothing
        if ($PSCmdlet.ShouldProcess([string] $Identity, 'Remove-Message')) {
            Invoke-GatepostCommand -CmdletName 'Remove-Message' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.Message' -Caller $PSCmdlet
        }
    }
}

<#
.SYNOPSIS
Shows who changed what, newest first, among the last 1000 changes.
.PARAMETER Cmdlets
Changes of these kinds, such as Set-InboundConnector.
.PARAMETER ObjectIds
Changes of these objects, by name.
.PARAMETER UserIds
Changes by these people.
.PARAMETER StartDate
Not before.
.PARAMETER EndDate
Not after.
.PARAMETER ResultSize
How many objects at most: a number, or Unlimited. Default: 1000.
.PARAMETER Organization
The organization that is meant, where there are several.
.EXAMPLE
Search-AdminAuditLog -Cmdlets New-InboundConnector, Set-InboundConnector
#>
function Search-AdminAuditLog {
    [CmdletBinding()]
    param(
        [string[]] $Cmdlets,
        [string[]] $ObjectIds,
        [string[]] $UserIds,
        [datetime] $StartDate,
        [datetime] $EndDate,
        [string] $ResultSize,
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [string] $Organization
    )
    process {
        $sent = @('Cmdlets', 'ObjectIds', 'UserIds', 'StartDate', 'EndDate', 'ResultSize', 'Organization')
        Invoke-GatepostCommand -CmdletName 'Search-AdminAuditLog' -Bound $PSBoundParameters -Sent $sent -TypeName 'Gatepost.AdminAuditLog' -Caller $PSCmdlet
    }
}

Update-TypeData -TypeName 'Gatepost.InboundConnector' -DefaultDisplayPropertySet 'Name', 'SenderDomains', 'SenderIPAddresses', 'Enabled' -Force

Update-TypeData -TypeName 'Gatepost.OutboundConnector' -DefaultDisplayPropertySet 'Name', 'RecipientDomains', 'SmartHosts', 'Enabled' -Force

Update-TypeData -TypeName 'Gatepost.OutboundRoute' -DefaultDisplayPropertySet 'Name', 'Standing', 'AskedAgainAt', 'FallbackConnectors' -Force

Update-TypeData -TypeName 'Gatepost.BlockedConnector' -DefaultDisplayPropertySet 'Name', 'ConnectorId', 'ConnectorType', 'WhenChangedUTC' -Force

Update-TypeData -TypeName 'Gatepost.AcceptedDomain' -DefaultDisplayPropertySet 'Name', 'DomainName', 'DomainType', 'Default' -Force

Update-TypeData -TypeName 'Gatepost.OrganizationConfig' -DefaultDisplayPropertySet 'Name', 'RejectDirectSend', 'Postmaster', 'WhenChangedUTC' -Force

Update-TypeData -TypeName 'Gatepost.Recipient' -DefaultDisplayPropertySet 'PrimarySmtpAddress', 'RecipientType', 'Members' -Force

Update-TypeData -TypeName 'Gatepost.DkimSigningConfig' -DefaultDisplayPropertySet 'Domain', 'Enabled', 'SigningSelector', 'RotatedUTC' -Force

Update-TypeData -TypeName 'Gatepost.TransportRule' -DefaultDisplayPropertySet 'Name', 'State', 'Priority', 'Comments' -Force

Update-TypeData -TypeName 'Gatepost.MessageTrace' -DefaultDisplayPropertySet 'Received', 'SenderAddress', 'RecipientAddress', 'Status' -Force

Update-TypeData -TypeName 'Gatepost.MessageTraceDetail' -DefaultDisplayPropertySet 'Date', 'Event', 'Detail', 'RecipientAddress' -Force

Update-TypeData -TypeName 'Gatepost.Queue' -DefaultDisplayPropertySet 'Identity', 'Status', 'MessageCount', 'LastError' -Force

Update-TypeData -TypeName 'Gatepost.Message' -DefaultDisplayPropertySet 'Identity', 'FromAddress', 'Status', 'Queue' -Force

Export-ModuleMember -Function @(
    'Connect-ExchangeOnline'
    'Disconnect-ExchangeOnline'
    'New-InboundConnector'
    'Get-InboundConnector'
    'Set-InboundConnector'
    'Remove-InboundConnector'
    'Test-InboundConnector'
    'New-OutboundConnector'
    'Get-OutboundConnector'
    'Set-OutboundConnector'
    'Remove-OutboundConnector'
    'Validate-OutboundConnector'
    'Test-OutboundRoute'
    'Get-OutboundRoute'
    'Get-BlockedConnector'
    'Remove-BlockedConnector'
    'New-AcceptedDomain'
    'Get-AcceptedDomain'
    'Set-AcceptedDomain'
    'Remove-AcceptedDomain'
    'Get-OrganizationConfig'
    'Set-OrganizationConfig'
    'New-Organization'
    'Remove-Organization'
    'Get-Recipient'
    'New-Mailbox'
    'Remove-Mailbox'
    'New-DistributionGroup'
    'Remove-DistributionGroup'
    'New-DkimSigningConfig'
    'Get-DkimSigningConfig'
    'Set-DkimSigningConfig'
    'Remove-DkimSigningConfig'
    'Rotate-DkimSigningConfig'
    'New-TransportRule'
    'Get-TransportRule'
    'Set-TransportRule'
    'Enable-TransportRule'
    'Disable-TransportRule'
    'Remove-TransportRule'
    'Test-TransportRule'
    'Get-MessageTrace'
    'Get-MessageTraceDetail'
    'Get-Queue'
    'Get-Message'
    'Retry-Queue'
    'Suspend-Message'
    'Resume-Message'
    'Remove-Message'
    'Search-AdminAuditLog'
) -Alias *
