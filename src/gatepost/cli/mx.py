"""gatepost mx: where a domain takes its mail, asked and ordered as the relay itself does it."""

import asyncio
from typing import Annotated, Any

import typer

from gatepost.config import Settings
from gatepost.mail import BadAddress, canonical_domain
from gatepost.outbound import DnsResolver
from gatepost.routing import Answer, attempt_order

from . import render
from .asking import REFUSED, TRY_LATER, AsJson, end, settings_of

_COLUMNS = {"preference": "PREFERENCE", "host": "HOST", "addresses": "ADDRESSES"}


def register(app: typer.Typer) -> None:
    """Put the command on the tree."""
    app.command()(mx)


def mx(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(help="The domain.", metavar="DOMAIN")],
    as_json: AsJson = False,
) -> None:
    """Show the mail hosts of a domain, best first, with their addresses. Needs no running relay.

    Example: gatepost mx contoso.com
    """
    try:
        name = canonical_domain(domain.rpartition("@")[2])
    except BadAddress as wrong:
        end(REFUSED, "refused", (f"'{domain}' is not a domain: {wrong}. Remedy: write contoso.com.",), as_json=as_json)
    found, problem, later = asyncio.run(_look_up(name, settings_of(context, as_json=as_json)))
    if problem:
        end(TRY_LATER if later else REFUSED, "try_later" if later else "refused", (problem,), as_json=as_json)
    if as_json:
        render.json_out({"domain": name, "hosts": found})
    else:
        render.table(found, _COLUMNS, empty="No mail hosts.")


async def _look_up(name: str, settings: Settings) -> tuple[list[dict[str, Any]], str, bool]:
    """The hosts, or a sentence why there are none and whether it may be different later."""
    resolver = DnsResolver([str(it) for it in settings.resolvers])
    answer = await resolver.mx(name)
    order = attempt_order(name, answer, ourselves=(), shuffle=lambda hosts: hosts.sort(key=lambda it: it.host))
    if not isinstance(order, tuple):
        sentence = order.reason[:1].upper() + order.reason[1:]
        remedy = "try again, or name working resolvers" if answer.answer is Answer.TROUBLE else "check the spelling"
        return [], f"{sentence}. Remedy: {remedy}.", answer.answer is Answer.TROUBLE
    addresses = await asyncio.gather(*(resolver.addresses(host.host) for host in order))
    found: list[dict[str, Any]] = [
        {"preference": host.preference, "host": host.host, "addresses": list(known.addresses)}
        for host, known in zip(order, addresses, strict=True)
    ]
    return found, "", False
