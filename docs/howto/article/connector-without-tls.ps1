# An inbound connector that knows its clients by their public IP address.

$publicIp = '203.0.113.9'   # your public IP address

# The parameters, to be splatted.
$params = @{
    Name                         = 'SMTP Relay (Non-TLS)'   # the connector's name
    ConnectorType                = 'OnPremises'             # your own servers and devices
    SenderDomains                = '*'                      # all your accepted domains, or 'domain1.com','domain2.com'
    SenderIPAddresses            = $publicIp                # who may relay
    RestrictDomainsToIPAddresses = $true                    # only from these addresses
}

New-InboundConnector @params
