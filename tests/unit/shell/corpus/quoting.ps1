$single = 'It''s $not expanded, `n neither'
$double = "Tab:`t""quoted"" `$5 and $single and ${single}s"
$nested = "Outer $("inner $($single.Length) end") done"
$path = "C:\Temp\$(Get-Date -Format yyyyMMdd).csv"
$here = @'
Nothing $here is "expanded".
  'Quotes' stay.
'@
$expanded = @"
Dear $($double.Substring(0, 3)),
"quoted" text
"@
Write-Host $single $double $nested $path
Write-Host "Length: $($here.Length + $expanded.Length)" -ForegroundColor Yellow
