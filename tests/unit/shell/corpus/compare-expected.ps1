$expected = [ordered]@{
    'SMTP Relay (TLS)'     = 'relay.contoso.com'
    'SMTP Relay (Non-TLS)' = $null
}
$wrong = @()
foreach ($name in $expected.Keys) {
    $connector = Get-InboundConnector -Identity $name 2>$null
    if (!$connector) { $wrong += "$name is missing"; continue }
    if ($connector.TlsSenderCertificateName -ne $expected[$name]) {
        $wrong += "$name has the certificate name $($connector.TlsSenderCertificateName)"
    }
}
if ($wrong.Count) {
    $wrong | ForEach-Object { Write-Warning $_ }
    exit 1
}
exit 0
