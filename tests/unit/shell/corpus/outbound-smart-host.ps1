New-OutboundConnector -Name 'To smart host' -ConnectorType OnPremises -UseMXRecord $false `
    -SmartHosts 192.0.2.25, mail.contoso.com -RecipientDomains '*' -TlsSettings EncryptionOnly
Validate-OutboundConnector -Identity 'To smart host' -Recipients admin@contoso.com
