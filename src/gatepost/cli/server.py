"""gatepost setting, certificate, traffic, tls-report: how the server was started, what it shows, and its numbers."""

from typing import Annotated, Any

import typer

from . import render
from .asking import AsJson, InOrganization, answer

settings = typer.Typer(no_args_is_help=True, help="The start-up settings that the running server goes by.")
traffic = typer.Typer(no_args_is_help=True, help="What happened to mail lately.")
certificates = typer.Typer(no_args_is_help=True, help="The certificates that the listeners show.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(settings, name="setting")
    tree.add_typer(certificates, name="certificate")
    tree.add_typer(traffic, name="traffic")
    tree.command("tls-report")(tls_report)


def tls_report(
    context: typer.Context,
    day: Annotated[str | None, typer.Option("--day", help="Day (UTC), such as 2026-11-24.", metavar="DAY")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", help="Only this recipient domain.", metavar="DOMAIN")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the sessions to other hosts by what came of TLS.

    With --json in the form of a TLS report (RFC 8460). Without --day: today's so far.

    Example: gatepost tls-report --domain contoso.com --json
    """
    columns = {"domain": "DOMAIN", "policy": "POLICY", "good": "GOOD", "failed": "FAILED", "why": "WHY"}

    def show(told: Any) -> None:
        rows = [
            {
                "domain": it["policy"]["policy-domain"],
                "policy": it["policy"]["policy-type"],
                "good": it["summary"]["total-successful-session-count"],
                "failed": it["summary"]["total-failure-session-count"],
                "why": ", ".join(dict.fromkeys(one["result-type"] for one in it["failure-details"])),
            }
            for it in told["policies"]
        ]
        render.table(rows, columns, empty="No sessions.")

    answer(context, "tls-report", as_json=as_json, show=show, day=day, domain=domain)


@traffic.command("hours")
def hours(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """Count what happened to mail in each of the last 24 hours.

    Example: gatepost traffic hours
    """
    columns = {
        "hour": "HOUR",
        "accepted": "ACCEPTED",
        "delivered": "DELIVERED",
        "deferred": "DEFERRED",
        "failed": "FAILED",
        "refused": "REFUSED",
    }

    def show(told: Any) -> None:
        render.table(told["hours"], columns, empty="")

    answer(context, "traffic.hours", as_json=as_json, show=show, organization=organization)


@settings.command("list")
def list_settings(context: typer.Context, as_json: AsJson = False) -> None:
    """List every start-up setting with its value; secrets only as set or not.

    Example: gatepost setting list
    """

    def show(told: Any) -> None:
        rows = [{**it, "default": "default" if it["default"] else ""} for it in told["settings"]]
        render.table(rows, {"name": "NAME", "value": "VALUE", "default": "", "help": "WHAT IT IS FOR"}, empty="")

    answer(context, "setting.list", as_json=as_json, show=show)


@certificates.command("list")
def list_certificates(context: typer.Context, as_json: AsJson = False) -> None:
    """List the certificate of each listener: usable or why not, and until when.

    Example: gatepost certificate list
    """
    columns = {"listener": "LISTENER", "usable": "USABLE", "expires": "EXPIRES", "remark": "REMARK"}

    def show(told: Any) -> None:
        rows = [{**it, "remark": it["problem"] or it["warning"]} for it in told]
        render.table(
            rows, columns, empty="No listener has a certificate. Give one in gatepost.toml, under [[listener]]."
        )

    answer(context, "certificate.list", as_json=as_json, show=show)
