$name = 'SMTP Relay (TLS)'
$tries = 0
do {
    Start-Sleep -Seconds 1
    $found = Get-InboundConnector $name -ErrorAction SilentlyContinue
    $tries++
} until ($found -or $tries -ge 10)
if ($null -eq $found) { throw "There is no connector called '$name' after $tries tries." }
