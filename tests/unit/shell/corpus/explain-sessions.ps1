$sessions = @(
    @{ ClientIPAddress = '203.0.113.9'; Sender = 'scanner@contoso.com' }
    @{ ClientIPAddress = '198.51.100.7'; Sender = 'someone@fabrikam.com' }
)
foreach ($session in $sessions) {
    $answer = Test-InboundConnector @session -Recipient adam@contoso.com
    $color = if ($answer.Result -eq 'relay') { 'Green' } else { 'Red' }
    Write-Host "$($session.ClientIPAddress): $($answer.Result)" -ForegroundColor $color
    $answer.Reasons | ForEach-Object { "  - $_" }
}
