# Send through the relay, presenting the certificate of a PFX file.
$smtp = [System.Net.Mail.SmtpClient]::new('contoso-com.mail.protection.outlook.com', 25)
$smtp.EnableSsl = $true
$cert = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new('C:\certs\relay.pfx', 'secret')
[void]$smtp.ClientCertificates.Add($cert)
$m = [System.Net.Mail.MailMessage]::new(); $m.From = 'scanner@contoso.com'; $m.To.Add('adam@contoso.com'); $m.To.Add('somebody@fabrikam.com')
$m.Subject = 'TLS relay test'; $m.Body = 'Sent with a client certificate.'; $smtp.Send($m)
