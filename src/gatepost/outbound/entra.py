"""What Microsoft Entra says when it gives no token, in words for an administrator, each with a remedy. Pure.

The numbers are those of Microsoft's list "Microsoft Entra authentication and authorization error codes".
"""

import re

from gatepost.routing import Application, one_line

_CODE = re.compile(r"AADSTS(\d{4,8})")
_SECRETS = "in the app registration, Certificates & secrets"

# By number: what is wrong, and what to do. {tenant} and {app} are the connector's OAuthTenant and OAuthClientId.
_WORDS: dict[str, tuple[str, str]] = {
    "7000215": (
        "The client secret of application {app} is wrong",
        f"give the secret's Value, not its ID, {_SECRETS}",
    ),
    "7000222": (
        "The client secret of application {app} has expired",
        f"make a new one {_SECRETS}, and set OAuthClientSecret; a certificate lasts longer",
    ),
    "7000218": ("The application proved itself with nothing", "set OAuthClientSecret or OAuthCertificatePfx"),
    "700016": (
        "Tenant {tenant} knows no application {app}",
        "check OAuthClientId and OAuthTenant, and grant admin consent in that tenant",
    ),
    "7000229": (
        "Application {app} has no service principal in tenant {tenant}",
        "grant admin consent to the application in that tenant",
    ),
    "7000112": ("Application {app} is disabled in tenant {tenant}", "enable it under Enterprise applications"),
    "90002": ("There is no tenant {tenant}", "check OAuthTenant, and OAuthAuthority where it is a national cloud"),
    "900023": ("{tenant} is neither a tenant's GUID nor a domain of one", "check OAuthTenant"),
    "900382": ("The tenant is in another cloud", "set OAuthAuthority to that cloud's"),
    "700027": (
        "The certificate of application {app} is not one that is registered",
        f"upload the certificate (without its key) {_SECRETS}, or name the PFX of the one that is there",
    ),
    "700024": ("The clock of this server is wrong: the application's proof is outside its time", "set the clock"),
    "700023": ("The application's proof is for another authority", "check OAuthAuthority"),
    "50012": (
        "The certificate of application {app} is not one that is registered",
        f"upload the certificate (without its key) {_SECRETS}",
    ),
    "500011": (
        "Tenant {tenant} has no service {resource}",
        "check that the tenant has Exchange Online, and that OAuthAuthority and GraphEndpoint are of its cloud",
    ),
    "1002012": ("The scope {resource}/.default is not known", "check GraphEndpoint and OAuthAuthority"),
    "70011": ("The scope {resource}/.default is not known", "check GraphEndpoint and OAuthAuthority"),
    "53003": (
        "A Conditional Access policy of tenant {tenant} forbids the sign-in of application {app}",
        "except the application, or the address of this relay, in the policy for workload identities",
    ),
    "530034": ("The tenant's policy forbids the sign-in", "look at the application's sign-in log in Microsoft Entra"),
    "90033": ("Microsoft Entra is not available at the moment", "wait; it is tried again"),
    "90055": ("Tenant {tenant} asked for too many tokens", "wait; it is tried again"),
    "50196": ("Microsoft Entra sees too many sign-ins of the application", "wait; it is tried again"),
}
# The library's words where the authority has no such tenant, or where somebody else has answered in its place.
_NO_TENANT = "Unable to get authority configuration"
_BY_ERROR = {
    "temporarily_unavailable": "90033",
    "unauthorized_client": "700016",
    "invalid_tenant": "90002",
}


def explain_refusal(said: str, application: Application) -> str:
    """A sentence with its remedy. `said` is the error and its description as they came."""
    found = _CODE.search(said)
    number = found[1] if found is not None else ""
    if _NO_TENANT in said:
        return (
            f"{application.authority} knows no tenant {application.tenant}. Remedy: check OAuthTenant, and "
            "OAuthAuthority where it is a national cloud; if both are right, a proxy has answered in its place."
        )
    error = said.partition(":")[0].strip()
    words = _WORDS.get(number) or _WORDS.get(_BY_ERROR.get(error, ""))
    if words is None:
        return (
            f"Microsoft Entra gives no token: {_first_line(said) or 'it does not say why'}. "
            "Remedy: look at the application's sign-in log in Microsoft Entra."
        )
    known = {"tenant": application.tenant, "app": application.client_id, "resource": application.resource}
    means, remedy = (text.format(**known) for text in words)
    return f"{means}{f' (AADSTS{number})' if number else ''}. Remedy: {remedy}."


def _first_line(said: str) -> str:
    """Without the trace ids behind it: they would make every refusal another one."""
    text = re.split(r"\s+Trace ID:|\r|\n", said, maxsplit=1)[0]
    return one_line(text)[:300].strip().rstrip(".:")
