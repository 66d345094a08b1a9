# An inbound connector that knows its clients by the name in their certificate.

$certificateName = 'relay.contoso.com'   # the subject of your certificate, or *.contoso.com

# The parameters, to be splatted.
$params = @{
    Name                     = 'SMTP Relay (TLS)'   # the connector's name
    ConnectorType            = 'OnPremises'         # your own servers and devices
    SenderDomains            = '*'                  # all your accepted domains
    RequireTls               = $true                # nothing comes in without TLS
    TlsSenderCertificateName = $certificateName     # who may relay
}

New-InboundConnector @params
