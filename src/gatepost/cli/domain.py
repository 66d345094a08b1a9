"""gatepost domain … and gatepost organization …: what is ours."""

from typing import Annotated, Any

import typer

from gatepost.config import ObjectKind

from . import render
from .asking import AsJson, InOrganization, answer
from .flags import must_change, with_properties
from .foreseen import WhatIf, foretell

domains = typer.Typer(no_args_is_help=True, help="Accepted domains: what we take mail for.")
organizations = typer.Typer(no_args_is_help=True, help="Organizations; one exists from the start.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(domains, name="domain")
    tree.add_typer(organizations, name="organization")


_Name = Annotated[str, typer.Argument(help="The domain.", metavar="DOMAIN")]
_Organization = Annotated[str, typer.Argument(help="Name of the organization.", metavar="NAME")]
_COLUMNS = {
    "DomainName": "DOMAIN",
    "DomainType": "TYPE",
    "MatchSubDomains": "SUBDOMAINS",
    "Default": "DEFAULT",
    "Maildir": "MAILDIR",
    "Organization": "ORGANIZATION",
}


@domains.command("list")
def list_domains(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List accepted domains.

    Example: gatepost domain list
    """

    def show(rows: Any) -> None:
        render.table(rows, _COLUMNS, empty="There are no accepted domains yet. Add one with gatepost domain add.")

    answer(context, "domain.list", as_json=as_json, show=show, organization=organization)


@domains.command("show")
def show_domain(
    context: typer.Context, domain: _Name, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Show one accepted domain.

    Example: gatepost domain show contoso.com
    """
    answer(context, "domain.show", as_json=as_json, show=render.pairs, identity=domain, organization=organization)


@domains.command("add")
@with_properties(ObjectKind.DOMAIN, edits=False, without=["DomainName"])
def add_domain(
    context: typer.Context,
    domain: _Name,
    properties: dict[str, Any],
    organization: InOrganization = None,
    what_if: WhatIf = False,
    as_json: AsJson = False,
) -> None:
    """Accept mail for a domain.

    Example: gatepost domain add contoso.com --domain-type Authoritative
    """
    if what_if:
        edit = {"action": "add", "kind": "domain", "name": domain, "properties": properties}
        foretell(context, edit, organization=organization, as_json=as_json)
        return
    answer(
        context,
        "domain.add",
        as_json=as_json,
        show=render.done("Added accepted domain"),
        name=domain,
        properties=properties,
        organization=organization,
    )


@domains.command("set")
@with_properties(ObjectKind.DOMAIN, edits=True, without=["DomainName"])
def set_domain(
    context: typer.Context,
    domain: _Name,
    properties: dict[str, Any],
    organization: InOrganization = None,
    what_if: WhatIf = False,
    as_json: AsJson = False,
) -> None:
    """Change properties of an accepted domain.

    Example: gatepost domain set contoso.com --match-sub-domains true
    """
    must_change(properties)
    if what_if:
        edit = {"action": "set", "kind": "domain", "name": domain, "properties": properties}
        foretell(context, edit, organization=organization, as_json=as_json)
        return
    answer(
        context,
        "domain.set",
        as_json=as_json,
        show=render.done("Changed accepted domain"),
        identity=domain,
        properties=properties,
        organization=organization,
    )


@domains.command("remove")
def remove_domain(
    context: typer.Context,
    domain: _Name,
    organization: InOrganization = None,
    what_if: WhatIf = False,
    as_json: AsJson = False,
) -> None:
    """No longer accept mail for a domain.

    Example: gatepost domain remove contoso.com
    """
    if what_if:
        edit = {"action": "remove", "kind": "domain", "name": domain}
        foretell(context, edit, organization=organization, as_json=as_json)
        return
    answer(
        context,
        "domain.remove",
        as_json=as_json,
        show=render.done("Removed accepted domain", "removed"),
        identity=domain,
        organization=organization,
    )


@organizations.command("list")
def list_organizations(context: typer.Context, as_json: AsJson = False) -> None:
    """List organizations.

    Example: gatepost organization list
    """
    columns = {"Name": "NAME", "RejectDirectSend": "REJECT DIRECT SEND", "Postmaster": "POSTMASTER"}

    def show(rows: Any) -> None:
        render.table(rows, columns, empty="")

    answer(context, "organization.list", as_json=as_json, show=show)


@organizations.command("add")
@with_properties(ObjectKind.ORGANIZATION, edits=False)
def add_organization(
    context: typer.Context, name: _Organization, properties: dict[str, Any], as_json: AsJson = False
) -> None:
    """Add an organization; from then on commands need --organization.

    Example: gatepost organization add Fabrikam
    """
    answer(
        context,
        "organization.add",
        as_json=as_json,
        show=render.done("Added organization"),
        name=name,
        properties=properties,
    )


@organizations.command("set")
@with_properties(ObjectKind.ORGANIZATION, edits=True)
def set_organization(
    context: typer.Context,
    name: _Organization,
    properties: dict[str, Any],
    what_if: WhatIf = False,
    as_json: AsJson = False,
) -> None:
    """Change properties of an organization.

    Example: gatepost organization set Default --reject-direct-send true
    """
    must_change(properties)
    if what_if:
        edit = {"action": "set", "kind": "organization", "name": name, "properties": properties}
        foretell(context, edit, organization=None, as_json=as_json)
        return
    answer(
        context,
        "organization.set",
        as_json=as_json,
        show=render.done("Changed organization"),
        identity=name,
        properties=properties,
    )


@organizations.command("remove")
def remove_organization(context: typer.Context, name: _Organization, as_json: AsJson = False) -> None:
    """Remove an empty organization.

    Example: gatepost organization remove Fabrikam
    """
    answer(
        context,
        "organization.remove",
        as_json=as_json,
        show=render.done("Removed organization", "removed"),
        identity=name,
    )
