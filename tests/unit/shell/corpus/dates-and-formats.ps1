$since = [datetime]'2026-01-31'
$days = ((Get-Date) - $since).Days
"{0:yyyy-MM-dd} was {1} days ago" -f $since, $days
$stamp = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
Write-Output "Report of $stamp" | Out-Null
$text = 'a,b;c' -split '[,;]'
$text[0].ToUpper() + '-' + $text[-1].PadLeft(3)
1..3 | ForEach-Object { $_ * 2 } | Measure-Object -Sum -Average
