"""gatepost rule …: mail that is held, redirected, copied, or kept in the sandbox."""

from typing import Annotated, Any

import typer

from gatepost.config import ObjectKind

from . import render
from .asking import AsJson, InOrganization, answer
from .flags import must_change, with_properties

rules = typer.Typer(no_args_is_help=True, help="Transport rules: mail that is held, redirected or copied.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(rules, name="rule")


_Identity = Annotated[str, typer.Argument(help="Name or GUID of the rule.", metavar="RULE")]
_COLUMNS = {"Priority": "PRIORITY", "Name": "NAME", "Enabled": "ENABLED", "Does": "DOES", "ExpiryDate": "UNTIL"}
_ASKED = {"priority": "PRIORITY", "name": "NAME", "applies": "APPLIES", "because": "WHY NOT"}


def _does(rule: dict[str, Any]) -> str:
    """The actions of a rule in a few words."""
    done = [word for name, word in (("Hold", "hold"), ("Sandbox", "sandbox")) if rule[name]]
    done += [f"redirect to {', '.join(rule['RedirectMessageTo'])}"] if rule["RedirectMessageTo"] else []
    done += [f"copy to {', '.join(rule['BlindCopyTo'])}"] if rule["BlindCopyTo"] else []
    return "; ".join([*done, *(["stop"] if rule["StopRuleProcessing"] else [])])


@rules.command("list")
def list_rules(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List transport rules in the order in which they are asked.

    Example: gatepost rule list
    """

    def show(rows: Any) -> None:
        told = [{**row, "Does": _does(row)} for row in rows]
        render.table(told, _COLUMNS, empty="There are no transport rules. Add one with gatepost rule add.")

    answer(context, "rule.list", as_json=as_json, show=show, organization=organization)


@rules.command("show")
def show_rule(
    context: typer.Context, rule: _Identity, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Show one transport rule.

    Example: gatepost rule show 'Test mail'
    """
    answer(context, "rule.show", as_json=as_json, show=render.pairs, identity=rule, organization=organization)


@rules.command("add")
@with_properties(ObjectKind.RULE, edits=False)
def add_rule(
    context: typer.Context,
    name: Annotated[str, typer.Option("--name", help="What the rule is called.", metavar="NAME")],
    properties: dict[str, Any],
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Hold, redirect or copy mail from now on. All that is named must hold; nothing that was taken before is touched.

    Example: gatepost rule add --name 'Test mail' --recipient-domain-is contoso.com --hold true
    """
    answer(
        context,
        "rule.add",
        as_json=as_json,
        show=render.done("Added transport rule"),
        name=name,
        properties=properties,
        organization=organization,
    )


@rules.command("set")
@with_properties(ObjectKind.RULE, edits=True)
def set_rule(
    context: typer.Context,
    rule: _Identity,
    properties: dict[str, Any],
    name: Annotated[str | None, typer.Option("--name", help="A new name.", metavar="NAME")] = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Change properties of a transport rule. What it holds already stays held.

    Example: gatepost rule set 'Test mail' --add-sent-to anna@contoso.com
    """
    if name is not None:
        properties["Name"] = name
    must_change(properties)
    answer(
        context,
        "rule.set",
        as_json=as_json,
        show=render.done("Changed transport rule"),
        identity=rule,
        properties=properties,
        organization=organization,
    )


@rules.command("enable")
def enable_rule(
    context: typer.Context, rule: _Identity, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Let a transport rule count again.

    Example: gatepost rule enable 'Test mail'
    """
    said = render.done("Enabled transport rule")
    answer(context, "rule.enable", as_json=as_json, show=said, identity=rule, organization=organization)


@rules.command("disable")
def disable_rule(
    context: typer.Context, rule: _Identity, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Keep a transport rule, and let it count no longer.

    Example: gatepost rule disable 'Test mail'
    """
    said = render.done("Disabled transport rule")
    answer(context, "rule.disable", as_json=as_json, show=said, identity=rule, organization=organization)


@rules.command("remove")
def remove_rule(
    context: typer.Context, rule: _Identity, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Remove a transport rule. What it holds stays held until it is released.

    Example: gatepost rule remove 'Test mail'
    """
    said = render.done("Removed transport rule", "removed")
    answer(context, "rule.remove", as_json=as_json, show=said, identity=rule, organization=organization)


@rules.command("explain")
def explain_rules(
    context: typer.Context,
    rcpt: Annotated[str, typer.Option("--rcpt", help="The recipient.", metavar="ADDRESS")],
    mail_from: Annotated[str, typer.Option("--mail-from", help="The sender.", metavar="ADDRESS")] = "",
    ip: Annotated[str, typer.Option("--ip", help="The client's IP address.", metavar="ADDRESS")] = "127.0.0.1",
    connector: Annotated[
        str | None, typer.Option("--connector", help="The inbound connector it comes through.", metavar="NAME")
    ] = None,
    subject: Annotated[str, typer.Option("--subject", help="The subject.", metavar="TEXT")] = "",
    size: Annotated[int, typer.Option("--size", help="The size in octets.", metavar="NUMBER", min=0)] = 0,
    header: Annotated[
        list[str] | None, typer.Option("--header", help="A line of its header, 'X-Mailer: Scanner'.", metavar="LINE")
    ] = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Say what the rules would make of a message, and of each rule why it is not for it.

    Example: gatepost rule explain --mail-from a@contoso.com --rcpt b@fabrikam.com --subject 'Invoice 7'
    """
    answer(
        context,
        "rule.explain",
        as_json=as_json,
        show=_explained,
        rcpt=rcpt,
        mail_from=mail_from,
        ip=ip,
        connector=connector,
        subject=subject,
        size=size,
        headers=header or [],
        organization=organization,
    )


def _explained(it: Any) -> None:
    for one in it["recipients"]:
        for reason in one["reasons"] or [f"No rule is for mail to {one['recipient']}: it goes its way."]:
            render.line(reason, style="yellow" if one["reasons"] else "green")
    if it["rules"]:
        render.line("")
        render.table(it["rules"], _ASKED, empty="")
