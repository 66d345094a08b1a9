"""The wizard's answers as Exchange's properties, and back: pure, so that making, cloning and editing are one thing."""

from collections.abc import Iterable, Mapping
from typing import Any

from . import connectors_terms
from .connectors_scenarios import LIMITS, Fields, Scenario, rows, scenario_of
from .forms import Form


def properties_of(scenario: Scenario, step: str, given: Form) -> dict[str, Any]:
    """The properties that one step decides."""
    match step:
        case "name":
            own = scenario.connector_type == "OnPremises"
            decided: dict[str, Any] = {"Enabled": given.ticked("Enabled"), "Comment": given.text("Comment")}
            if not scenario.outbound:
                decided["Owner"] = given.text("Owner") or None
            if level := given.text("ProtocolLoggingLevel"):  # the wizard does not ask for it
                decided["ProtocolLoggingLevel"] = level
            return decided | ({"CloudServicesMailEnabled": given.ticked("CloudServicesMailEnabled")} if own else {})
        case "identity" if scenario.connector_type == "OnPremises":
            return _own_identity(given)
        case "identity":
            if given.text("identify") == "ip":
                return {"SenderDomains": ["*"], "SenderIPAddresses": rows(given, "SenderIPAddresses")}
            return {"SenderDomains": rows(given, "SenderDomains")}
        case "restrictions":
            return _restrictions(given)
        case "changes":
            return {
                "RepairHeaders": given.ticked("RepairHeaders"),
                "RewriteSenders": given.text("RewriteSenders"),
                "SenderRewriteAddress": given.text("SenderRewriteAddress") or None,
            }
        case "use":
            use = given.text("use")
            return {
                "IsTransportRuleScoped": use == "rule",
                "AllAcceptedDomains": use == "accepted",
                "RecipientDomains": rows(given, "RecipientDomains") if use == "domains" else [],
            }
        case "routing":
            route = given.text("route")
            routing = {
                "UseMXRecord": route == "mx",
                "SmartHosts": rows(given, "SmartHosts") if route == "hosts" else [],
            }
            if "LimitPreset" in given.fields:  # asked of a connector that is there, not of a new one
                routing |= {
                    "FallbackConnectors": [name for name in given.texts("FallbackConnectors") if name],  # with spaces
                    "LimitPreset": given.text("LimitPreset"),
                    "WhenLimited": given.text("WhenLimited") or "Wait",
                }
            return routing
        case "security":
            setting = given.text("TlsSettings")
            named = setting == "DomainValidation"
            return {
                "TlsSettings": setting,
                "TlsDomain": given.text("TlsDomain") or None if named else None,
                "SmtpDaneMode": given.text("SmtpDaneMode") or "Opportunistic",
                "MtaStsMode": given.text("MtaStsMode") or "Opportunistic",
                "ClientCertificatePfx": given.text("ClientCertificatePfx") or None,
            }
        case "sign-in":
            return _signing_in(given)
        case "terms":
            return connectors_terms.terms_of(given)
        case "devices":
            return {
                "MinimumTlsVersion": given.text("MinimumTlsVersion"),
                "BareLineFeeds": given.text("BareLineFeeds"),
                "InternalRecipientsOnly": given.ticked("InternalRecipientsOnly"),
                **{name: connectors_terms.limit(given.text(name)) for name in LIMITS},
            }
        case "validation":
            return {"ValidationRecipients": rows(given, "ValidationRecipients")}
        case _:
            return {}


def changed_properties(scenario: Scenario, step: str, *, before: Form, given: Form) -> dict[str, Any]:
    """What a section's form changes. Connectors made elsewhere may be none that the wizard would make, and what nobody
    touched stays as it is."""
    was = properties_of(scenario, step, before)
    return {
        name: value
        for name, value in properties_of(scenario, step, given).items()
        if name not in was or value != was[name] or given.texts(name) != before.texts(name)
    }


_VERIFIED = ("CertificateValidation", "DomainValidation")
_OF_THE_APPLICATION = (
    "OAuthTenant",
    "OAuthClientId",
    "OAuthClientSecret",
    "OAuthCertificatePfx",
    "OAuthCertificatePassword",
)


def _signing_in(given: Form) -> dict[str, Any]:
    """How the relay proves itself to the host, and with Graph also by what mail leaves.

    A secret that is not typed stays as it is. What would contradict the choice is cleared with it.
    """
    way = given.text("way")
    by_token, to_graph = way in ("xoauth2", "graph"), way == "graph"
    decided: dict[str, Any] = {
        "Transport": "MicrosoftGraph" if to_graph else "Smtp",
        "AuthenticationMethod": "XOAUTH2" if way == "xoauth2" else "Password",
        "UserName": given.text("UserName") or None if way != "none" else None,
    }
    if by_token:
        decided |= {
            "OAuthTenant": given.text("OAuthTenant") or None,
            "OAuthClientId": given.text("OAuthClientId") or None,
        }
        decided |= {
            name: given.text(name) or None for name in ("OAuthCertificatePfx", "OAuthAuthority", "GraphEndpoint")
        }
        if given.secret("OAuthClientSecret"):
            decided |= {"OAuthClientSecret": given.secret("OAuthClientSecret")}
            decided |= {"OAuthCertificatePfx": None, "OAuthCertificatePassword": None}
    else:
        decided |= dict.fromkeys(_OF_THE_APPLICATION)
    if way != "password":
        decided["Password"] = None
    elif given.secret("Password"):
        decided["Password"] = given.secret("Password")
    if to_graph:
        decided |= {"UseMXRecord": False, "SmartHosts": [], "TlsDomain": None}
        decided |= {"ClientCertificatePfx": None, "ClientCertificatePassword": None}
        if given.text("TlsSettings") not in _VERIFIED:
            decided["TlsSettings"] = "CertificateValidation"
    elif way == "xoauth2":
        decided |= {"UseMXRecord": False, "SmartHosts": rows(given, "SmartHosts")}
        if given.text("TlsSettings") not in _VERIFIED:
            decided["TlsSettings"] = "DomainValidation"
    elif given.text("transport") == "MicrosoftGraph":
        decided["UseMXRecord"] = True  # what took its mail is gone, and it named no host
    return decided


def _own_identity(given: Form) -> dict[str, Any]:
    way = given.text("identify")
    by_name, by_address = way in ("certificate", "either"), way in ("ip", "either")
    return {
        "RequireTls": way == "certificate" or (by_address and given.ticked("RequireTls")),
        "TlsSenderCertificateName": given.text("TlsSenderCertificateName") or None if by_name else None,
        "SenderIPAddresses": rows(given, "SenderIPAddresses") if by_address else [],
    }


def _restrictions(given: Form) -> dict[str, Any]:
    """A partner known by its addresses can be held to TLS; one known by its domain to more."""
    by_address = given.text("identify") == "ip"
    named = given.ticked("RestrictDomainsToCertificate") and not by_address
    narrowed = given.ticked("RestrictDomainsToIPAddresses") and not by_address
    return {
        "RequireTls": given.ticked("RequireTls") or named,
        "RestrictDomainsToCertificate": named,
        "TlsSenderCertificateName": given.text("TlsSenderCertificateName") or None if named else None,
        "RestrictDomainsToIPAddresses": narrowed,
        "SenderIPAddresses": rows(given, "SenderIPAddresses") if by_address or narrowed else [],
    }


def whole(scenario: Scenario, given: Form, steps: Iterable[str]) -> dict[str, Any]:
    """Every property that these steps decide; what makes a new connector one of its scenario is always there."""
    decided: dict[str, Any] = {"ConnectorType": scenario.connector_type}
    if not scenario.outbound:
        decided["SenderDomains"] = ["*"]
    for step in steps:
        decided |= properties_of(scenario, step, given)
    return decided


def answers_to(connector: Mapping[str, Any], *, outbound: bool) -> Fields:
    """How the wizard would have been answered for this connector: `properties_of` gives the properties again."""
    scenario = scenario_of(connector, outbound=outbound)
    ticked = [name for name in _TICKED if connector.get(name)]
    fields: dict[str, Iterable[str]] = {
        "scenario": [scenario.key],
        "organization": [connector["Organization"]],
        "Name": [connector["Name"]],
        "Comment": [connector["Comment"]],
        "ProtocolLoggingLevel": [connector["ProtocolLoggingLevel"]],
        **{name: ["true"] for name in ticked},
    }
    if outbound:
        rule, accepted = connector["IsTransportRuleScoped"], connector["AllAcceptedDomains"]
        fields |= {
            "use": ["rule" if rule else "accepted" if accepted else "domains"],
            "RecipientDomains": connector["RecipientDomains"],
            "route": ["mx" if connector["UseMXRecord"] else "graph" if way_in(connector) == "graph" else "hosts"],
            "SmartHosts": connector["SmartHosts"],
            "FallbackConnectors": connector["FallbackConnectors"],
            "LimitPreset": [connector["LimitPreset"]],
            "WhenLimited": [connector["WhenLimited"]],
            "TlsSettings": [connector["TlsSettings"] or "Opportunistic"],
            "TlsDomain": [connector["TlsDomain"] or ""],
            "SmtpDaneMode": [connector["SmtpDaneMode"]],
            "MtaStsMode": [connector["MtaStsMode"]],
            "ClientCertificatePfx": [connector["ClientCertificatePfx"] or ""],
            "ValidationRecipients": connector["ValidationRecipients"],
            "transport": [connector["Transport"]],
            "way": [way_in(connector)],
            **{name: [connector[name] or ""] for name in _SIGNING_IN},
            **connectors_terms.answers_to_terms(connector),
        }
    else:
        domains = [bare(it) for it in connector["SenderDomains"]]
        fields |= {
            "identify": [_identified(connector, scenario, domains)],
            "TlsSenderCertificateName": [connector["TlsSenderCertificateName"] or ""],
            "SenderIPAddresses": connector["SenderIPAddresses"],
            "SenderDomains": domains,
            "RewriteSenders": [connector["RewriteSenders"]],
            "SenderRewriteAddress": [connector["SenderRewriteAddress"] or ""],
            "Owner": [connector["Owner"] or ""],
            "MinimumTlsVersion": [connector["MinimumTlsVersion"]],
            "BareLineFeeds": [connector["BareLineFeeds"]],
            **{name: ["" if connector[name] is None else connector[name]] for name in LIMITS},
        }
    return {name: tuple(map(str, values)) for name, values in fields.items()}


_SIGNING_IN = ("UserName", "OAuthTenant", "OAuthClientId", "OAuthCertificatePfx", "OAuthAuthority", "GraphEndpoint")


def way_in(connector: Mapping[str, Any]) -> str:
    """How a connector proves itself: none, password, xoauth2 or graph."""
    if connector["Transport"] == "MicrosoftGraph":
        return "graph"
    if connector["AuthenticationMethod"] == "XOAUTH2":
        return "xoauth2"
    return "password" if connector["UserName"] else "none"


_TICKED = (
    "Enabled",
    "CloudServicesMailEnabled",
    "RequireTls",
    "RestrictDomainsToCertificate",
    "RestrictDomainsToIPAddresses",
    "RepairHeaders",
    "InternalRecipientsOnly",
)


def _identified(connector: Mapping[str, Any], scenario: Scenario, domains: list[str]) -> str:
    by_name, by_address = bool(connector["TlsSenderCertificateName"]), bool(connector["SenderIPAddresses"])
    if scenario.connector_type == "Partner":
        return "ip" if by_address and domains == ["*"] else "domain"
    return "either" if by_name and by_address else "ip" if by_address else "certificate"


def bare(pattern: str) -> str:
    """A sender domain as people write it.

    >>> bare("smtp:*.contoso.com;1")
    '*.contoso.com'
    """
    return pattern.removeprefix("smtp:").partition(";")[0]
