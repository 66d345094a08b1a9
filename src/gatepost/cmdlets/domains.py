"""Accepted domains, and the organizations that own them."""

from dataclasses import replace
from typing import Any

from gatepost.config import ObjectKind
from gatepost.shell import Bound, Parameter

from .cmdlet import Cmdlet, Wish, nothing
from .family import Family
from .properties import (
    FORCE,
    IDENTITY,
    NAME,
    ORGANIZATION,
    parameters_of,
    properties_of,
)

_DOMAIN = Family(
    noun="AcceptedDomain",
    kind=ObjectKind.DOMAIN,
    verbs="domain",
    columns=("Name", "DomainName", "DomainType", "Default"),
)
_MAKE_DEFAULT = {"Default": ("MakeDefault",)}  # Exchange's name of the parameter, whose property is Default


def _domain_name(bound: Bound) -> Any:
    """Exchange's -Name is a label; here a domain is called what it is."""
    return bound.get("DomainName") or bound.get("Name")


def _which(bound: Bound) -> dict[str, Any]:
    organization = bound.get("Organization") or bound.get("Identity")
    return {"identity": organization} if organization else {}


def _show_organization(bound: Bound) -> Wish:
    identity = _which(bound).get("identity")
    return Wish(verb="organization.list", arguments={"organization": identity} if identity else {})


def _set_organization(bound: Bound) -> Wish:
    properties = properties_of(ObjectKind.ORGANIZATION, bound)
    return Wish(verb="organization.set", arguments={"properties": properties, **_which(bound)})


def _new_organization(bound: Bound) -> Wish:
    properties = properties_of(ObjectKind.ORGANIZATION, bound)
    return Wish(verb="organization.add", arguments={"name": bound.get("Name"), "properties": properties})


def _remove_organization(bound: Bound) -> Wish:
    return Wish(verb="organization.remove", arguments={"identity": bound.get("Identity")})


_ORGANIZATION_COLUMNS = ("Name", "RejectDirectSend", "Postmaster", "WhenChangedUTC")
_WHICH = Parameter(
    name="Identity", help="The organization; only needed where there are several.", position=0, by_property=True
)

DOMAINS: tuple[Cmdlet, ...] = (
    _DOMAIN.new(
        replace(NAME, help="The domain, where DomainName does not name it.", required=False),
        *parameters_of(ObjectKind.DOMAIN, aliases=_MAKE_DEFAULT),
        name=_domain_name,
        example="New-AcceptedDomain -Name contoso.com -DomainType Authoritative",
    ),
    _DOMAIN.get(example="Get-AcceptedDomain"),
    _DOMAIN.set(
        *parameters_of(ObjectKind.DOMAIN, aliases=_MAKE_DEFAULT),
        example="Set-AcceptedDomain contoso.com -DomainType InternalRelay",
    ),
    _DOMAIN.remove(example="Remove-AcceptedDomain contoso.com"),
    Cmdlet(
        name="Get-OrganizationConfig",
        synopsis="Shows the organizations' own settings.",
        parameters=(_WHICH, ORGANIZATION),
        translate=_show_organization,
        columns=_ORGANIZATION_COLUMNS,
        example="Get-OrganizationConfig | Format-List RejectDirectSend",
    ),
    Cmdlet(
        name="Set-OrganizationConfig",
        synopsis="Changes an organization's own settings.",
        parameters=(_WHICH, *parameters_of(ObjectKind.ORGANIZATION), ORGANIZATION, FORCE),
        translate=_set_organization,
        show=nothing,
        target=lambda bound: str(_which(bound).get("identity", "the organization")),
        changes=True,
        example="Set-OrganizationConfig -RejectDirectSend $true",
    ),
    Cmdlet(
        name="New-Organization",
        synopsis="Adds an organization. It concerns the whole server.",
        parameters=(NAME, *parameters_of(ObjectKind.ORGANIZATION)),
        translate=_new_organization,
        columns=_ORGANIZATION_COLUMNS,
        changes=True,
        example="New-Organization -Name Fabrikam",
    ),
    Cmdlet(
        name="Remove-Organization",
        synopsis="Removes an organization that holds nothing. It asks first, unless -Confirm:$false is given.",
        parameters=(IDENTITY,),
        translate=_remove_organization,
        show=nothing,
        changes=True,
        asks=True,
        example="Remove-Organization Fabrikam",
    ),
)
