$queues = Get-Queue | ? { $_.MessageCount -gt 0 -and $_.Status -eq 'Retry' }
$queues | % { Retry-Queue -Identity $_.Identity -Confirm:$false }
$total = ($queues | Measure-Object MessageCount -Sum).Sum
if ($total -ge 100) {
    Write-Warning ('There are {0:N0} messages waiting.' -f $total)
} elseif ($total -gt 0) {
    "Only $total"
} else {
    "Nothing waits."
}
Get-Message -Queue 'contoso.com' | Suspend-Message -Confirm:$false
