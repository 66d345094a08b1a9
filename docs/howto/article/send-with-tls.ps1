# A test message through the connector with TLS, with a certificate of your choice.
# Send-MailMessage cannot show one (in PowerShell itself), so two .NET objects do it.

$pfxFile = 'relay.pfx'                                         # your certificate with its private key
$pfxPass = 'password'                                          # the password of the PFX file
$from = 'relay@contoso.com'                                    # an address in one of your accepted domains
$internal = 'someone@contoso.com'                              # a recipient inside
$external = 'someone@fabrikam.com'                             # a recipient outside
$smtpServer = 'contoso-com.mail.protection.outlook.com'        # your MX endpoint
$port = 25

# The server, with the certificate.
$smtp = [System.Net.Mail.SmtpClient]::new($smtpServer, $port)
$smtp.EnableSsl = $true
$cert = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($pfxFile, $pfxPass)
[void]$smtp.ClientCertificates.Add($cert)

# The message.
$m = [System.Net.Mail.MailMessage]::new()
$m.From = $from
$m.To.Add($internal)
$m.To.Add($external)
$m.Subject = 'SMTP Relay (TLS)'
$m.Body = 'This message came through the SMTP relay with TLS.'

$smtp.Send($m)
