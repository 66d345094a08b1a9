$rows = Import-Csv -Path './domains.csv'
$created = 0
foreach ($row in $rows) {
    $name = $row.DomainName.Trim().ToLower()
    if (-not $name) { continue }
    try {
        New-AcceptedDomain -Name $name -DomainName $name -DomainType $row.Type -ErrorAction Stop
        $created++
    } catch [Microsoft.Exchange.Configuration.Tasks.ManagementObjectAlreadyExistsException] {
        Write-Warning "$name is there already"
    } catch {
        Write-Error "$($name): $($_.Exception.Message)"
        break
    }
}
Write-Host ("{0} of {1} domains created" -f $created, $rows.Count)
