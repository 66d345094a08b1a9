# Pester 5. Needs a running relay: GATEPOST_URI names its admin listener, GATEPOST_TOKEN a token that may change things.
BeforeAll {
    Import-Module "$PSScriptRoot/Gatepost.psd1" -Force
    Connect-ExchangeOnline -ConnectionUri $env:GATEPOST_URI -AccessToken $env:GATEPOST_TOKEN
    $script:name = 'Pester ' + [guid]::NewGuid().ToString('N').Substring(0, 8)
}

AfterAll {
    Get-InboundConnector | Where-Object { $_.Name -eq $script:name } | Remove-InboundConnector -Confirm:$false
    Disconnect-ExchangeOnline
}

Describe 'Inbound connectors' {
    It 'makes one from a splatted hashtable, as the article does' {
        $params = @{
            Name                         = $script:name
            ConnectorType                = 'OnPremises'
            SenderDomains                = '*'
            SenderIPAddresses            = '192.0.2.10'
            RestrictDomainsToIPAddresses = $true
        }
        $made = New-InboundConnector @params
        $made.Name | Should -Be $script:name
        $made.SenderIPAddresses | Should -Be '192.0.2.10'
    }

    It 'edits a list in place' {
        Set-InboundConnector $script:name -SenderIPAddresses @{ Add = '192.0.2.11' }
        (Get-InboundConnector $script:name).SenderIPAddresses | Should -Be '192.0.2.10', '192.0.2.11'
    }

    It 'changes nothing with -WhatIf' {
        Set-InboundConnector $script:name -Enabled $false -WhatIf
        (Get-InboundConnector $script:name).Enabled | Should -BeTrue
    }

    It 'refuses what the server refuses, in its words' {
        { Set-InboundConnector $script:name -SenderIPAddresses 'nonsense' -ErrorAction Stop } |
            Should -Throw '*SenderIPAddresses*'
    }

    It 'never takes an unknown name for all' {
        { Remove-InboundConnector 'nobody' -Confirm:$false -ErrorAction Stop } | Should -Throw '*nobody*'
    }
}
