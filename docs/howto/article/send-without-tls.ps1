# A test message through the connector without TLS.
# Run it from a machine behind the public IP address that the connector names.

$from = 'relay@contoso.com'                                    # an address in one of your accepted domains
$to = 'someone@contoso.com', 'someone@fabrikam.com'            # one inside, one outside
$smtpServer = 'contoso-com.mail.protection.outlook.com'        # your MX endpoint
$port = 25

$params = @{
    From       = $from
    To         = $to
    Subject    = 'SMTP Relay (Non-TLS)'
    Body       = 'This message came through the SMTP relay without TLS.'
    SmtpServer = $smtpServer
    Port       = $port
}

Send-MailMessage @params
