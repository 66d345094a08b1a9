$name = Read-Host -Prompt 'Name of the connector'
$answer = Read-Host "Really remove ${name}? (y/n)"
if ($answer -notmatch '^[yY]') { return }
$credential = Get-Credential
Send-MailMessage -From admin@contoso.com -To ops@contoso.com -Subject "Removed: $name" -SmtpServer relay.contoso.com -Port 587 -UseSsl -Credential $credential
Remove-InboundConnector $name -Confirm:$false
