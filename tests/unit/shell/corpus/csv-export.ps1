Get-InboundConnector |
    Select-Object Name, Enabled, @{Name = 'Addresses'; Expression = { $_.SenderIPAddresses -join ';' }}, WhenChangedUTC |
    Sort-Object Name |
    Export-Csv -Path .\connectors.csv -NoTypeInformation -Encoding UTF8
