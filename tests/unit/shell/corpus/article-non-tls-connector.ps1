$params = @{
    Name                         = 'SMTP Relay (Non-TLS)'
    ConnectorType                = 'OnPremises'
    SenderDomains                = '*'
    SenderIPAddresses            = '203.0.113.9'
    RestrictDomainsToIPAddresses = $true
}
New-InboundConnector @params
