New-InboundConnector -Name "Contoso partner" -ConnectorType Partner -SenderDomains contoso.com,*.fabrikam.com -RequireTls $true -RestrictDomainsToCertificate $true -TlsSenderCertificateName *.contoso.com
Set-InboundConnector "Contoso partner" -Comment 'Only over TLS' -Enabled:$true
