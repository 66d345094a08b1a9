# Typographic quotes and dashes, as word processors and web pages make them.
New-InboundConnector –Name “SMTP Relay” –ConnectorType OnPremises –SenderDomains ‘*’ –SenderIPAddresses 203.0.113.9
Get-InboundConnector | Where-Object {$_.Name –like “SMTP*”} | Select-Object –ExpandProperty Name
