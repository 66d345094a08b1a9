$start = (Get-Date).AddHours(-48)
$end   = Get-Date
$trace = Get-MessageTraceV2 -StartDate $start -EndDate $end -SenderAddress scanner@contoso.com
$trace | Where-Object Status -ne 'Delivered' | Sort-Object Received -Descending | ft Received, RecipientAddress, Status
$trace | Group-Object Status | Select-Object Count, Name
foreach ($one in ($trace | Select-Object -First 5)) {
    Get-MessageTraceDetailV2 -MessageTraceId $one.MessageTraceId -RecipientAddress $one.RecipientAddress |
        Format-List Date, Event, Detail
}
