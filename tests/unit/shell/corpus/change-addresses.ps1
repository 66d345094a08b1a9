# Add one address, remove another, and show what is there now.
Set-InboundConnector -Identity "SMTP Relay (Non-TLS)" `
    -SenderIPAddresses @{Add = '203.0.113.10', '203.0.113.11'; Remove = '203.0.113.9'} `
    -Comment "changed on $(Get-Date -Format 'yyyy-MM-dd')"

(Get-InboundConnector "SMTP Relay (Non-TLS)").SenderIPAddresses
