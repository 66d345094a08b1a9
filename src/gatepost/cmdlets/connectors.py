"""Inbound and outbound connectors, and what is asked about them: Validate-, Test-, and who is blocked."""

from typing import Any

from gatepost.config import ObjectKind
from gatepost.shell import Bound, Parameter, Takes

from .cmdlet import Cmdlet, Shown, Wish, as_listed, nothing
from .family import Family
from .properties import (
    IDENTITY,
    NAME,
    NEW_NAME,
    ORGANIZATION,
    in_organization,
    parameters_of,
)

_INBOUND = Family(
    noun="InboundConnector",
    kind=ObjectKind.INBOUND,
    verbs="connector",
    # No published page shows Exchange's own default table; these four are what is looked for.
    columns=("Name", "SenderDomains", "SenderIPAddresses", "Enabled"),
)
_OUTBOUND = Family(
    noun="OutboundConnector",
    kind=ObjectKind.OUTBOUND,
    verbs="connector",
    columns=("Name", "RecipientDomains", "SmartHosts", "Enabled"),
    extra={"outbound": True},
)


def _without_special(value: Any, bound: Bound) -> Shown:
    """Connectors for transport rules and for tests are hidden unless asked for, as in Exchange (§9.1)."""
    if bound.get("Identity"):
        return as_listed(value, bound)
    scoped = bool(bound.get("IsTransportRuleScoped", False))
    return [
        it
        for it in value
        if it["IsTransportRuleScoped"] is scoped and (not it["TestMode"] or bound.get("IncludeTestModeConnectors"))
    ]


def _validate(bound: Bound) -> Wish:
    arguments = {"identity": bound.get("Identity"), "outbound": True, "recipients": bound.get("Recipients") or []}
    return Wish(verb="connector.validate", arguments=arguments | in_organization(bound))


_ASKED = {"IP": "ip", "MailFrom": "mail_from", "Rcpt": "rcpt", "CertName": "cert_names", "CertPem": "cert_pem",
          "Tls": "tls", "TlsVersion": "tls_version", "Hello": "hello", "User": "user"}  # fmt: skip


def _explain(bound: Bound) -> Wish:
    # `$null` as a sender is the null sender; elsewhere the verb says that an empty text is not enough.
    asked = {
        argument: "" if bound.get(name) is None else bound.get(name)
        for name, argument in _ASKED.items()
        if name in bound
    }
    return Wish(verb="connector.explain", arguments=asked | in_organization(bound))


def _explained(value: Any, bound: Bound) -> Shown:
    return [{name.capitalize(): it for name, it in value.items()}]


def _explain_route(bound: Bound) -> Wish:
    asked = {
        "rcpt": bound.get("Rcpt") or "",
        "mail_from": bound.get("MailFrom") or "",
        "connector": bound.get("Connector"),
    }
    return Wish(verb="route.explain", arguments=asked | in_organization(bound))


def _route_explained(value: Any, bound: Bound) -> Shown:
    return [
        {
            "Destination": value["destination"],
            "Organization": value["organization"],
            "Ways": [it["way"] for it in value["ways"]],
            "NotUsed": [f"{it['way']}: {it['reason']}" for it in value["ways"] if it["standing"] != "closed"],
            "LeftOut": value["left_out"],
            "Passed": [f"{it['connector']}: {it['because']}" for it in value["passed"]],
        }
    ]


def _ways(value: Any, bound: Bound) -> Shown:
    wanted = str(bound.get("Identity") or "").lower()
    return [
        {
            "Name": it["connector"],
            "Standing": it["standing"],
            "Reason": it["reason"],
            "AskedAgainAt": it["asked_again_at"],
            "FallbackConnectors": it["fallback_connectors"],
            "Organization": it["organization"],
            "Guid": it["guid"],
        }
        for it in value
        if wanted in ("", it["guid"].lower(), it["connector"].lower())
    ]


def _route_list(bound: Bound) -> Wish:
    return Wish(verb="route.list", arguments=in_organization(bound))


def _inbound_list(bound: Bound) -> Wish:
    return Wish(verb="connector.list", arguments=in_organization(bound))


def _blocked(value: Any, bound: Bound) -> Shown:
    wanted = str(bound.get("ConnectorId") or "").lower()
    return [
        {"ConnectorId": it["Guid"], "Name": it["Name"], "ConnectorType": it["ConnectorType"],
         "WhenChangedUTC": it["WhenChangedUTC"], "Organization": it["Organization"]}
        for it in value
        if it["Blocked"] and wanted in ("", it["Guid"].lower(), it["Name"].lower())
    ]  # fmt: skip


def _unblock(bound: Bound) -> Wish:
    arguments = {"identity": bound.get("ConnectorId"), "properties": {"Blocked": False}}
    return Wish(verb="connector.set", arguments=arguments | in_organization(bound))


_CONNECTOR = Parameter(
    name="ConnectorId", help="GUID or name.", position=0, required=True, pipeline=True, by_property=True,
    aliases=("Identity",),
)  # fmt: skip

CONNECTORS: tuple[Cmdlet, ...] = (
    _INBOUND.new(
        NAME,
        *parameters_of(ObjectKind.INBOUND, required={"SenderDomains"}),
        example="New-InboundConnector -Name 'SMTP Relay (TLS)' -ConnectorType OnPremises -SenderDomains '*' "
        "-RequireTls $true -TlsSenderCertificateName relay.contoso.com",
    ),
    _INBOUND.get(example="Get-InboundConnector | Format-List Name, Enabled, SenderIPAddresses"),
    _INBOUND.set(
        NEW_NAME,
        *parameters_of(ObjectKind.INBOUND),
        example="Set-InboundConnector 'SMTP Relay (Non-TLS)' -SenderIPAddresses @{Add='192.0.2.11'}",
    ),
    _INBOUND.remove(example="Remove-InboundConnector 'SMTP Relay (Non-TLS)' -Confirm:$false"),
    Cmdlet(
        name="Test-InboundConnector",
        synopsis="Says what would become of a message that came like this, and why; nothing is sent.",
        parameters=(
            Parameter(name="IP", help="The client's address.", required=True, aliases=("ClientIP",)),
            Parameter(name="MailFrom", help="The sender; '<>' for none.", required=True, aliases=("SenderAddress",)),
            Parameter(name="Rcpt", help="The recipient.", required=True, aliases=("RecipientAddress",)),
            Parameter(name="CertName", takes=Takes.TEXTS, help="Names on a trusted client certificate."),
            Parameter(name="CertPem", help="The client certificate with its chain, as PEM text."),
            Parameter(name="Tls", takes=Takes.SWITCH, help="The session uses TLS (implied by a certificate)."),
            Parameter(name="TlsVersion", help="The newest TLS that the client knows: TLSv1.0 to TLSv1.3."),
            Parameter(name="Hello", help="The EHLO name."),
            Parameter(name="User", help="The user who has signed in with AUTH."),
            ORGANIZATION,
        ),
        translate=_explain,
        show=_explained,
        target=lambda bound: str(bound.get("IP")),
        example="Test-InboundConnector -IP 203.0.113.9 -MailFrom a@contoso.com -Rcpt b@fabrikam.com",
    ),
    _OUTBOUND.new(
        NAME,
        *parameters_of(ObjectKind.OUTBOUND),
        example="New-OutboundConnector -Name Upstream -RecipientDomains '*' -UseMXRecord $false "
        "-SmartHosts contoso-com.mail.protection.outlook.com -TlsSettings CertificateValidation",
    ),
    _OUTBOUND.get(
        Parameter(name="IsTransportRuleScoped", takes=Takes.BOOLEAN, help="Those that only transport rules use."),
        Parameter(name="IncludeTestModeConnectors", takes=Takes.BOOLEAN, help="Those in test mode, too."),
        show=_without_special,
        example="Get-OutboundConnector Upstream",
    ),
    _OUTBOUND.set(
        NEW_NAME,
        *parameters_of(ObjectKind.OUTBOUND),
        example="Set-OutboundConnector Upstream -SmartHosts relay1.contoso.com, relay2.contoso.com:2525",
    ),
    _OUTBOUND.remove(example="Remove-OutboundConnector Upstream"),
    Cmdlet(
        name="Validate-OutboundConnector",
        synopsis="Looks at an outbound connector again and tries each of its smart hosts; one object for each task.",
        parameters=(
            IDENTITY,
            Parameter(name="Recipients", takes=Takes.TEXTS, help="Who gets a test message. None: none is sent."),
            ORGANIZATION,
        ),
        translate=_validate,
        columns=("TaskName", "IsTaskSuccessful", "TaskDetail"),
        changes=True,
        example="Validate-OutboundConnector Upstream -Recipients b@fabrikam.com",
    ),
    Cmdlet(
        name="Test-OutboundRoute",
        synopsis="Says by which outbound connectors a message would leave, in their order, and why not by the others.",
        parameters=(
            Parameter(name="Rcpt", help="The recipient.", required=True, aliases=("RecipientAddress",)),
            Parameter(name="MailFrom", help="The sender; '<>' for none.", aliases=("SenderAddress",)),
            Parameter(name="Connector", help="The inbound connector that took the message."),
            ORGANIZATION,
        ),
        translate=_explain_route,
        show=_route_explained,
        target=lambda bound: str(bound.get("Rcpt")),
        example="Test-OutboundRoute -Rcpt b@fabrikam.com -MailFrom scanner@contoso.com -Connector Devices",
    ),
    Cmdlet(
        name="Get-OutboundRoute",
        synopsis="Shows the outbound connectors as ways: closed is in use, open is left alone until it is asked again.",
        parameters=(
            Parameter(name="Identity", help="GUID or name. Without it: all of them.", position=0, by_property=True),
            ORGANIZATION,
        ),
        translate=_route_list,
        show=_ways,
        columns=("Name", "Standing", "AskedAgainAt", "FallbackConnectors"),
        example="Get-OutboundRoute",
    ),
    Cmdlet(
        name="Get-BlockedConnector",
        synopsis="Shows the inbound connectors that refuse everything until they are unblocked.",
        parameters=(
            Parameter(name="ConnectorId", help="GUID or name. Without it: all of them.", position=0,
                      by_property=True, aliases=("Identity",)),
            ORGANIZATION,
        ),
        translate=_inbound_list,
        show=_blocked,
        columns=("Name", "ConnectorId", "ConnectorType", "WhenChangedUTC"),
        example="Get-BlockedConnector",
    ),
    Cmdlet(
        name="Remove-BlockedConnector",
        synopsis="Unblocks an inbound connector. It asks first, unless -Confirm:$false is given.",
        parameters=(
            _CONNECTOR,
            Parameter(name="Reason", help="Accepted for Exchange.", ignored=True),
            ORGANIZATION,
        ),
        translate=_unblock,
        show=nothing,
        target=lambda bound: str(bound.get("ConnectorId")),
        changes=True,
        asks=True,
        example="Get-BlockedConnector | Remove-BlockedConnector",
    ),
)  # fmt: skip
