# The connector that is recognised by the certificate of the local relay.
$params = @{
    Name                     = 'SMTP Relay (TLS)'
    ConnectorType            = 'OnPremises'
    SenderDomains            = '*'
    RequireTls               = $true
    TlsSenderCertificateName = 'relay.contoso.com'
}
New-InboundConnector @params
