"""What the wizard asks: a scenario has steps, a step has fields, and some of them have to be filled. Pure.

Where a field is a property, it has the property's name, so that what is refused is told at the field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from . import connectors_terms
from .forms import Form

Fields = Mapping[str, tuple[str, ...]]
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """From whom to whom mail flows; one of the four that the first step offers.

    `more` are sections that the wizard does not ask for: they have good defaults, and are edited once it is made.
    """

    key: str
    outbound: bool
    connector_type: str
    steps: tuple[str, ...]
    more: tuple[str, ...] = ()

    @property
    def sections(self) -> tuple[str, ...]:
        """All that can be decided, the wizard's steps first."""
        return (*self.steps, *self.more)

    @property
    def kind(self) -> str:
        """As addresses have it."""
        return "outbound" if self.outbound else "inbound"


_OUT = ("mail-flow", "name", "use", "routing", "security", "validation", "review")
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        it.key: it
        for it in (
            Scenario(
                key="own-server",
                outbound=False,
                connector_type="OnPremises",
                steps=("mail-flow", "name", "identity", "review"),
                more=("changes", "devices"),
            ),
            Scenario(
                key="from-partner",
                outbound=False,
                connector_type="Partner",
                steps=("mail-flow", "name", "identity", "restrictions", "review"),
            ),
            Scenario(
                key="to-own-server",
                outbound=True,
                connector_type="OnPremises",
                steps=_OUT,
                more=("sign-in", "terms"),
            ),
            Scenario(key="to-partner", outbound=True, connector_type="Partner", steps=_OUT, more=("sign-in", "terms")),
        )
    }
)
TICKS: Mapping[str, tuple[str, ...]] = {
    "name": ("Enabled", "CloudServicesMailEnabled"),
    "identity": ("RequireTls",),
    "restrictions": ("RequireTls", "RestrictDomainsToCertificate", "RestrictDomainsToIPAddresses"),
    "changes": ("RepairHeaders",),
    "devices": ("InternalRecipientsOnly",),
}
LIMITS = ("MaxMessageSize", "MaxRecipientsPerMessage", "MaxMessagesPerMinute", "MaxConnections")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "mail-flow": ("scenario", "organization"),
    "name": ("Name", "Comment", "Owner", "ProtocolLoggingLevel", *TICKS["name"]),
    "identity": ("identify", "TlsSenderCertificateName", "SenderIPAddresses", "SenderDomains", *TICKS["identity"]),
    "restrictions": ("TlsSenderCertificateName", "SenderIPAddresses", *TICKS["restrictions"]),
    "changes": ("RewriteSenders", "SenderRewriteAddress", *TICKS["changes"]),
    "use": ("use", "RecipientDomains"),
    "routing": ("route", "SmartHosts", "FallbackConnectors", "LimitPreset", "WhenLimited"),
    "security": ("TlsSettings", "TlsDomain", "SmtpDaneMode", "MtaStsMode", "ClientCertificatePfx"),
    "sign-in": (
        "way",
        "UserName",
        "Password",
        "SmartHosts",
        "OAuthTenant",
        "OAuthClientId",
        "OAuthClientSecret",
        "OAuthCertificatePfx",
        "OAuthAuthority",
        "GraphEndpoint",
    ),
    "terms": connectors_terms.FIELDS,
    "validation": ("ValidationRecipients",),
    "devices": ("MinimumTlsVersion", "BareLineFeeds", *LIMITS, *TICKS["devices"]),
    "review": (),
}
SECTIONS = (
    "name",
    "use",
    "routing",
    "security",
    "sign-in",
    "terms",
    "identity",
    "restrictions",
    "changes",
    "devices",
)  # those that can be edited alone


def scenario_of(connector: Mapping[str, Any], *, outbound: bool) -> Scenario:
    """The scenario that a connector stands for."""
    return next(
        it
        for it in SCENARIOS.values()
        if it.outbound is outbound and it.connector_type == str(connector["ConnectorType"])
    )


def fresh(scenario: Scenario) -> Fields:
    """What a new run of the wizard begins with."""
    own = scenario.connector_type == "OnPremises"
    fields = {"scenario": scenario.key, "Enabled": "true"}
    if own:
        fields |= {"CloudServicesMailEnabled": "true"}
    if scenario.outbound:
        fields |= {"use": "domains", "route": "hosts" if own else "mx", "TlsSettings": "CertificateValidation"}
        fields |= {"SmtpDaneMode": "Opportunistic", "MtaStsMode": "Opportunistic"}
    else:
        fields |= {"identify": "certificate" if own else "domain"}
        if not own:
            fields |= {"RequireTls": "true"}
    return {name: (value,) for name, value in fields.items()}


def merged(fields: Fields, step: str, form: Form) -> Fields:
    """The fields with those of one step as they were sent. What was not sent keeps its value, but a tick is off."""
    sent = {name: form.fields[name] for name in FIELDS[step] if name in form.fields}
    ticks = {name: form.fields.get(name, ("",)) for name in TICKS.get(step, ())}
    return {**fields, **sent, **ticks}


def rows(given: Form, name: str) -> list[str]:
    """A list of single values; without scripts several may stand in one row."""
    return [part for line in given.texts(name) for part in _BETWEEN.split(line) if part]


_NEEDED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "name": (("Name", "", ""),),
    "identity": (
        ("TlsSenderCertificateName", "identify", "certificate|either"),
        ("SenderIPAddresses", "identify", "ip|either"),
        ("SenderDomains", "identify", "domain"),
    ),
    "restrictions": (
        ("TlsSenderCertificateName", "RestrictDomainsToCertificate", "true"),
        ("SenderIPAddresses", "RestrictDomainsToIPAddresses", "true"),
    ),
    "changes": (("SenderRewriteAddress", "RewriteSenders", "NotAccepted|All"),),
    "use": (("RecipientDomains", "use", "domains"),),
    "routing": (("SmartHosts", "route", "hosts"),),
    "security": (("TlsDomain", "TlsSettings", "DomainValidation"),),
    "sign-in": (
        ("UserName", "way", "password|xoauth2|graph"),
        ("SmartHosts", "way", "xoauth2"),
        ("OAuthTenant", "way", "xoauth2|graph"),
        ("OAuthClientId", "way", "xoauth2|graph"),
    ),
}
_CHOICES: Mapping[str, str] = {
    "identity": "identify",
    "use": "use",
    "routing": "route",
    "security": "TlsSettings",
    "sign-in": "way",
    "changes": "RewriteSenders",
}


def missing(step: str, given: Form) -> list[str]:
    """What a step needs and has not, as sentences of the form that `config` writes."""
    found = []
    if (choice := _CHOICES.get(step)) and not given.text(choice):
        found.append(f"{choice} is not chosen. Remedy: choose one of the ways.")
    for name, choice, values in _NEEDED.get(step, ()):
        if (not choice or given.text(choice) in values.split("|")) and not rows(given, name):
            found.append(f"{name} is missing. Remedy: give it.")
    return found
