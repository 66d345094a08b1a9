@{
    RootModule           = 'Gatepost.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '5b0c6a51-6f0e-4f0a-9a55-2f6d7c0d8e11'
    Author               = 'The Gatepost developers'
    Description          = 'Exchange-style cmdlets for the Gatepost SMTP relay.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @(
        'Connect-ExchangeOnline',
        'Disconnect-ExchangeOnline',
        'New-InboundConnector',
        'Get-InboundConnector',
        'Set-InboundConnector',
        'Remove-InboundConnector',
        'Test-InboundConnector',
        'New-OutboundConnector',
        'Get-OutboundConnector',
        'Set-OutboundConnector',
        'Remove-OutboundConnector',
        'Validate-OutboundConnector',
        'Test-OutboundRoute',
        'Get-OutboundRoute',
        'Get-BlockedConnector',
        'Remove-BlockedConnector',
        'New-AcceptedDomain',
        'Get-AcceptedDomain',
        'Set-AcceptedDomain',
        'Remove-AcceptedDomain',
        'Get-OrganizationConfig',
        'Set-OrganizationConfig',
        'New-Organization',
        'Remove-Organization',
        'Get-Recipient',
        'New-Mailbox',
        'Remove-Mailbox',
        'New-DistributionGroup',
        'Remove-DistributionGroup',
        'New-DkimSigningConfig',
        'Get-DkimSigningConfig',
        'Set-DkimSigningConfig',
        'Remove-DkimSigningConfig',
        'Rotate-DkimSigningConfig',
        'New-TransportRule',
        'Get-TransportRule',
        'Set-TransportRule',
        'Enable-TransportRule',
        'Disable-TransportRule',
        'Remove-TransportRule',
        'Test-TransportRule',
        'Get-MessageTrace',
        'Get-MessageTraceDetail',
        'Get-Queue',
        'Get-Message',
        'Retry-Queue',
        'Suspend-Message',
        'Resume-Message',
        'Remove-Message',
        'Search-AdminAuditLog'
    )
    AliasesToExport      = @('Get-MessageTraceV2', 'Get-MessageTraceDetailV2')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{ PSData = @{ Tags = @('SMTP', 'Relay', 'Exchange') } }
}
