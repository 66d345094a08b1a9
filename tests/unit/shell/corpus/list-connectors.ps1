Get-InboundConnector | Format-List Name, Enabled, SenderDomains, SenderIPAddresses, TlsSenderCertificateName
Get-OutboundConnector | Format-Table Name, SmartHosts, RecipientDomains -AutoSize
Get-InboundConnector -Identity 'SMTP Relay (TLS)' | fl *
