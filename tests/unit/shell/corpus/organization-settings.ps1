Set-OrganizationConfig -RejectDirectSend $true
if ((Get-OrganizationConfig).RejectDirectSend -eq $true) { 'Direct Send is rejected.' }
Get-AcceptedDomain | Where-Object { $_.DomainType -in 'Authoritative', 'InternalRelay' -and $_.DomainName -notlike '*.onmicrosoft.com' } | ft DomainName, DomainType, Default
Set-AcceptedDomain -Identity contoso.com -DomainType InternalRelay
