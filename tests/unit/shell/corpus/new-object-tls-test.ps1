$SmtpServer = 'relay.contoso.com'
$Password = ConvertTo-SecureString -String 'secret' -AsPlainText -Force
$Cert = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2('relay.pfx', $Password)

$Message = New-Object System.Net.Mail.MailMessage
$Message.From = 'scanner@contoso.com'
$Message.To.Add('adam@contoso.com')
$Message.Subject = "Test from $SmtpServer"
$Message.Body = @"
Hello,

this was sent at $(Get-Date) through $SmtpServer.
It costs `$0.
"@

$Client = New-Object System.Net.Mail.SmtpClient -ArgumentList $SmtpServer, 25
$Client.EnableSsl = $true
$Client.ClientCertificates.Add($Cert) | Out-Null
try {
    $Client.Send($Message)
    Write-Host "Sent." -ForegroundColor Green
}
catch {
    Write-Warning "Not sent: $($_.Exception.Message)"
}
finally {
    $Client.Dispose()
}
