"""The PowerShell that an administrator of a Microsoft 365 tenant runs, so that this relay may send there. Pure text.

For those who give a relay no rights of its own to set itself up: every step says in a comment what it does and why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .recreate import quoted


class Part(StrEnum):
    """What the script may set up; the value is the word of the command line."""

    CERTIFICATE = "certificate"
    ADDRESS = "address"
    XOAUTH2 = "xoauth2"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What stands in the script's parameters. What is not known is empty, and its user is told to fill it in."""

    parts: Sequence[Part]
    tenant: str = ""
    mailbox: str = ""
    application: str = "Gatepost relay"
    connector: str = "Gatepost relay"
    certificate_name: str = ""
    addresses: Sequence[str] = ()


def tenant_script(wanted: Wanted) -> str:
    """The whole script, ending with a newline. It holds no secret."""
    connectors = [it for it in wanted.parts if it in (Part.CERTIFICATE, Part.ADDRESS)]
    applications = [it for it in wanted.parts if it in (Part.XOAUTH2, Part.GRAPH)]
    sections = [_HEAD, _parameters(wanted), _EXCHANGE]
    if Part.CERTIFICATE in connectors:
        sections.append(_BY_CERTIFICATE)
    if Part.ADDRESS in connectors:
        sections.append(_BY_ADDRESS)
    if applications:
        sections.append(_APPLICATION)
    if Part.XOAUTH2 in applications:
        sections.append(_XOAUTH2)
    if Part.GRAPH in applications:
        sections.append(_GRAPH)
    if applications:
        sections.append(_ending(applications))
    return "\n".join(sections)


_HEAD = """\
# Lets a Gatepost relay send through this Microsoft 365 tenant. Written by: gatepost m365 script
#
# Read it before you run it. It changes only what its comments say, and can be run part by part.
# Who runs it: Exchange Administrator; for an app registration also Application Administrator, and for its consent
# Privileged Role Administrator.
# Modules: Install-Module ExchangeOnlineManagement; for an app registration also Install-Module Microsoft.Graph
"""


def _parameters(wanted: Wanted) -> str:
    lines = [f"    {text}" for text in _declared(wanted)]
    return "param(\n" + ",\n".join(lines) + "\n)\n$ErrorActionPreference = 'Stop'\n"


def _declared(wanted: Wanted) -> Iterator[str]:
    yield f"[string] $Tenant = {quoted(wanted.tenant)}"
    if Part.CERTIFICATE in wanted.parts or Part.ADDRESS in wanted.parts:
        yield f"[string] $ConnectorName = {quoted(wanted.connector)}"
    if Part.CERTIFICATE in wanted.parts:
        yield f"[string] $CertificateName = {quoted(wanted.certificate_name)}"
    if Part.ADDRESS in wanted.parts:
        yield f"[string[]] $RelayAddresses = @({', '.join(map(quoted, wanted.addresses))})"
    if Part.XOAUTH2 in wanted.parts or Part.GRAPH in wanted.parts:
        yield f"[string] $Mailbox = {quoted(wanted.mailbox)}"
        yield f"[string] $ApplicationName = {quoted(wanted.application)}"
        yield "[string] $CertificateFile = ''"
        yield "[int] $SecretMonths = 6"


_EXCHANGE = """\
if (-not $Tenant) { throw 'Give -Tenant: a domain of the tenant, such as contoso.onmicrosoft.com.' }

# Sign in at Exchange Online.
Connect-ExchangeOnline -ShowBanner:$false
"""


_BY_CERTIFICATE = """\
# --- Inbound connector by certificate ---------------------------------------------------------------------------
# Exchange Online takes mail on port 25 from whoever shows a certificate of a public CA with this name, and sends it on
# if the sender's domain, or the certificate's, is an accepted domain. This is all the right that the relay gets.
if (-not $CertificateName) { throw 'Give -CertificateName: the name on the certificate of the relay.' }
New-InboundConnector -Name "$ConnectorName (certificate)" -ConnectorType OnPremises -SenderDomains '*' `
    -RequireTls $true -TlsSenderCertificateName $CertificateName -CloudServicesMailEnabled $false
"""

_BY_ADDRESS = """\
# --- Inbound connector by address -------------------------------------------------------------------------------
# Exchange Online takes mail on port 25 from these public addresses. Everybody behind them may send: list no address
# that others share. Put them into the SPF record of your domains, too.
if (-not $RelayAddresses) { throw 'Give -RelayAddresses: the public addresses of the relay.' }
New-InboundConnector -Name "$ConnectorName (address)" -ConnectorType OnPremises -SenderDomains '*' `
    -RequireTls $false -SenderIPAddresses $RelayAddresses -CloudServicesMailEnabled $false
"""

_APPLICATION = """\
# --- App registration -------------------------------------------------------------------------------------------
# The application in whose name the relay gets its tokens. It has no rights until the next parts give it some.
if (-not $Mailbox) { throw 'Give -Mailbox: the address of the mailbox that sends.' }
Connect-MgGraph -TenantId $Tenant -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All' -NoWelcome
$application = New-MgApplication -DisplayName $ApplicationName -SignInAudience 'AzureADMyOrg'
$principal = New-MgServicePrincipal -AppId $application.AppId

# How it proves itself: better a certificate (its public part, .cer or .pem, with an RSA key), else a client secret.
if ($CertificateFile) {
    $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($CertificateFile)
    $key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = 'Gatepost' }
    Update-MgApplication -ApplicationId $application.Id -KeyCredentials @($key)
} else {
    $term = @{ DisplayName = 'Gatepost'; EndDateTime = (Get-Date).AddMonths($SecretMonths) }
    $secret = Add-MgApplicationPassword -ApplicationId $application.Id -PasswordCredential $term
    Write-Output 'The client secret, shown this once. Put it into a file that only you can read:'
    Write-Output $secret.SecretText
}

# Exchange keeps its own pointer to the application. Its ObjectId is the one of the service principal (Enterprise
# applications), not the one of the app registration.
New-ServicePrincipal -AppId $application.AppId -ObjectId $principal.Id -DisplayName $ApplicationName
"""

_XOAUTH2 = """\
# --- SMTP AUTH with a token -------------------------------------------------------------------------------------
# SMTP.SendAsApp of Office 365 Exchange Online lets the application sign in at smtp.office365.com. Consent is the
# assignment itself. It opens no mailbox: that is the next step, for one mailbox alone.
$exchange = Get-MgServicePrincipal -Filter "AppId eq '00000002-0000-0ff1-ce00-000000000000'"
$role = $exchange.AppRoles | Where-Object { $_.Value -eq 'SMTP.SendAsApp' }
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id `
    -ResourceId $exchange.Id -AppRoleId $role.Id

# The mailbox that the relay signs in as. For other senders in From: Add-RecipientPermission, SendAs, for each of them.
Add-MailboxPermission -Identity $Mailbox -User $principal.Id -AccessRights FullAccess -AutoMapping $false

# SMTP AUTH may be switched off for the organization; for this mailbox it is switched on.
Set-CASMailbox -Identity $Mailbox -SmtpClientAuthenticationDisabled $false
"""

_GRAPH = """\
# --- Microsoft Graph --------------------------------------------------------------------------------------------
# Role-based access for applications: Mail.Send for this mailbox alone. Give the application no Mail.Send in Microsoft
# Entra beside it, for the two add up, and that one is for every mailbox. (Application access policies, the older way to
# narrow it, are for applications that have one already.)
$address = (Get-Mailbox -Identity $Mailbox).PrimarySmtpAddress
New-ManagementScope -Name "$ApplicationName mailbox" -RecipientRestrictionFilter "PrimarySmtpAddress -eq '$address'"
New-ManagementRoleAssignment -App $principal.Id -Role 'Application Mail.Send' `
    -CustomResourceScope "$ApplicationName mailbox"

# It takes effect within two hours; this asks Exchange what it will allow.
Test-ServicePrincipalAuthorization -Identity $principal.Id -Resource $Mailbox
"""


def _ending(parts: Sequence[Part]) -> str:
    """What to run on the relay afterwards."""
    lines = [
        f"# --- On the relay {'-' * 95}",
        '$known = "--oauth-tenant $Tenant --oauth-client-id $($application.AppId) --user-name $Mailbox"',
        "Write-Output 'Now on the relay (for a certificate with --oauth-certificate-pfx in place of the secret):'",
    ]
    if Part.XOAUTH2 in parts:
        lines.append(
            "Write-Output \"gatepost connector add --outbound --name 'Microsoft 365' --recipient-domains '*' "
            "--use-mx-record false --smart-hosts smtp.office365.com:587 --tls-settings DomainValidation "
            '--authentication-method XOAUTH2 $known --oauth-client-secret-file FILE"'
        )
    if Part.GRAPH in parts:
        lines.append(
            "Write-Output \"gatepost connector add --outbound --name 'Microsoft Graph' --recipient-domains '*' "
            '--transport MicrosoftGraph $known --oauth-client-secret-file FILE"'
        )
    return "\n".join([*lines, "Write-Output 'gatepost m365 check'"]) + "\n"
