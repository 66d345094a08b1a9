$json = Get-InboundConnector | ConvertTo-Json -Depth 5
$connectors = $json | ConvertFrom-Json
$report = foreach ($c in $connectors) {
    [pscustomobject]@{
        Name    = $c.Name
        Tls     = [bool]$c.RequireTls
        Domains = @($c.SenderDomains | ForEach-Object { ($_ -split ';')[0] -replace '^smtp:', '' })
    }
}
$report | Sort-Object Tls, Name | Format-Table -AutoSize -Wrap
