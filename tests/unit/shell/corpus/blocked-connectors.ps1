Get-BlockedConnector | ForEach-Object {
    Remove-BlockedConnector -ConnectorId $_.ConnectorId -Reason 'cleaned' -WhatIf
}
