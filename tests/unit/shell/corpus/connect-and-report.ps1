[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string]$Organization,

    [ValidateSet('OnPremises', 'Partner')]
    [string]$ConnectorType = 'OnPremises',

    [switch]$Disabled
)

Connect-ExchangeOnline -Organization $Organization -ShowBanner:$false

$connectors = Get-InboundConnector | Where-Object { $_.ConnectorType -eq $ConnectorType }
if ($Disabled) {
    $connectors = $connectors | Where-Object { -not $_.Enabled }
}

foreach ($connector in $connectors) {
    $line = '{0,-30} {1}' -f $connector.Name, ($connector.SenderIPAddresses -join ', ')
    Write-Output $line
}

Disconnect-ExchangeOnline -Confirm:$false
