$ErrorActionPreference = 'Stop'
try {
    try {
        Remove-InboundConnector -Identity 'Old relay' -Confirm:$false -ErrorAction Stop
    }
    finally {
        Write-Verbose 'Tried.' -Verbose
    }
}
catch [System.Management.Automation.RuntimeException], [System.Exception] {
    $message = $_.Exception.Message
    if ($message -match "'(?<name>[^']+)'") {
        "Not found: $($Matches['name'])"
    }
    else {
        throw
    }
}
return
