$mailParams = @{
    From       = 'scanner@contoso.com'
    To         = 'adam@contoso.com', 'somebody@fabrikam.com'
    Subject    = "SMTP Relay test $(Get-Date -Format g)"
    Body       = 'This email was sent through the relay.'
    SmtpServer = 'contoso-com.mail.protection.outlook.com'
}
Send-MailMessage @mailParams
