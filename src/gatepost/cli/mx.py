"""gatepost mx: where a domain takes its mail, asked and ordered as the relay itself does it, and on which terms.

Only the DNS is asked, unless --probe says to connect.
"""

import asyncio
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from gatepost.checks import OTHER, Lookups, MailHosts
from gatepost.config import Settings
from gatepost.mail import BadAddress, canonical_domain
from gatepost.outbound import FetchTerms, heard, mta_sts
from gatepost.routing import (
    DomainSays,
    HostPort,
    MtaSts,
    TlsPolicy,
    Unfit,
    demand_of,
    policy_covers,
    prohibited,
)
from gatepost.tools import ProbeRequest, TlsMode, probe

from . import render
from .asking import REFUSED, TRY_LATER, AsJson, end, settings_of

_COLUMNS = {"preference": "PREFERENCE", "host": "HOST", "addresses": "ADDRESSES", "tlsa": "TLSA", "tls": "TLS"}
_SECONDS = 15.0  # for one host


def register(app: typer.Typer) -> None:
    """Put the command on the tree."""
    app.command()(mx)


def mx(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(help="The domain.", metavar="DOMAIN")],
    probing: Annotated[
        bool,
        typer.Option("--probe", help="Connect to port 25 of each host for its TLS, and fetch the MTA-STS policy."),
    ] = False,
    port: Annotated[int, typer.Option("--port", help="Port to connect to, with --probe.", min=1, max=65535)] = 25,
    as_json: AsJson = False,
) -> None:
    """Show the mail hosts of a domain, best first.

    Also what they and the domain publish about TLS. Needs no running relay.

    Example: gatepost mx contoso.com --probe
    """
    try:
        name = canonical_domain(domain.rpartition("@")[2])
    except BadAddress as wrong:
        end(REFUSED, "refused", (f"'{domain}' is not a domain: {wrong}. Remedy: write contoso.com.",), as_json=as_json)
    settings = settings_of(context, as_json=as_json)
    found, told = asyncio.run(_look_up(name, settings, probing=probing, port=port))
    if found.problem:
        remedy = "try again, or name working resolvers" if found.later else "check the spelling"
        problem = f"{found.problem} Remedy: {remedy}."
        end(
            TRY_LATER if found.later else REFUSED,
            "try_later" if found.later else "refused",
            (problem,),
            as_json=as_json,
        )
    if as_json:
        render.json_out(told)
    else:
        _show(told)


async def _look_up(name: str, settings: Settings, *, probing: bool, port: int) -> tuple[MailHosts, dict[str, Any]]:
    """The hosts of a domain, and all that is told of them."""
    lookups = Lookups([str(it) for it in settings.resolvers], trusted=settings.trust_resolvers)
    found, answer = await lookups.mail_hosts(name), await lookups.mx(name)
    terms = FetchTerms(allow_private=settings.delivery.allow_private_mx) if probing else None
    policy, *hosts = await asyncio.gather(
        mta_sts(lookups, name, terms=terms),
        *(_host(lookups, settings, it.host, it.preference, probing=probing, port=port) for it in found.hosts),
    )
    live = policy if policy is not None and not policy.problem else None
    for host in hosts:
        smtp = HostPort(host=host["host"])
        said = await heard(lookups, smtp, domain=name, proved=answer.proved)
        host["demand"] = _demand(host["host"], replace(said, policy=live))
    told = {
        "domain": name,
        "provider": found.provider,
        "dnssec": lookups.trusted and answer.proved,
        "dane_possible": lookups.trusted,
        "hosts": hosts,
        "mta_sts": None if policy is None else _policy(policy, found),
    }
    return found, told


async def _host(
    lookups: Lookups, settings: Settings, host: str, preference: int, *, probing: bool, port: int
) -> dict[str, Any]:
    addresses, tlsa = await asyncio.gather(lookups.addresses(host), lookups.fingerprints(host))
    told: dict[str, Any] = {
        "preference": preference,
        "host": host,
        "addresses": list(addresses.addresses),
        "tlsa": list(tlsa.texts),
        "tlsa_authenticated": tlsa.authenticated and bool(tlsa.texts),
        "tlsa_problem": f"The TLSA records of {host} cannot be looked up: {tlsa.trouble}." if tlsa.trouble else None,
    }
    if probing:
        told["tls"] = await _tls(settings, host, addresses.addresses, port)
    return told


async def _tls(settings: Settings, host: str, addresses: tuple[str, ...], port: int) -> dict[str, Any]:
    """What the host offers on port 25; `problem` says what is wrong with it, or why nothing is known."""
    allow = settings.delivery.allow_private_mx
    usable = [
        it for it in sorted(addresses, key=lambda it: ":" in it) if prohibited(it, allow_private_mx=allow) is None
    ]
    if not usable:
        return {"version": None, "problem": "It has no address that an MX may lead to."}
    result = await probe(
        ProbeRequest(
            host=host,
            port=port,
            address=usable[0],
            sender=None,
            recipients=(),
            message=b"",
            tls=TlsMode.STARTTLS,
            hello=settings.hostname,
            timeout=_SECONDS,
        )
    )
    problem = result.server_problem or (result.trouble.means if result.trouble is not None else None)
    return {
        "version": result.tls_version,
        "cipher": result.cipher,
        "asks_for_certificate": result.certificate_asked,
        "problem": problem,
    }


def _demand(host: str, said: DomainSays) -> dict[str, Any]:
    """What delivery would demand of the host where no connector says otherwise."""
    demand = demand_of(host, said, level=TlsPolicy.OPPORTUNISTIC)
    if isinstance(demand, Unfit):
        return {"policy": demand.kind, "tls": "required", "usable": False, "because": demand.reason}
    return {
        "policy": demand.kind,
        "tls": "required" if demand.required else "if offered",
        "usable": True,
        "because": demand.because,
    }


def _policy(policy: MtaSts, found: MailHosts) -> dict[str, Any]:
    """The policy as it is told; a policy that was fetched is compared with the MX."""
    problem = policy.problem
    if not problem and policy.mode in ("enforce", "testing"):
        missing = [it.host for it in found.hosts if not policy_covers(policy, it.host)]
        if missing:
            problem = f"The policy does not name {', '.join(missing)}."
    kept = {key: value for key, value in asdict(policy).items() if key != "invalid"}
    return {**kept, "mx": list(policy.mx), "problem": problem or None, "mode": policy.mode or None}


# --- for people --------------------------------------------------------------------------------------------


def _show(told: dict[str, Any]) -> None:
    rows = [{**it, "tls": _offer(it.get("tls"))} for it in told["hosts"]]
    columns = {
        key: title for key, title in _COLUMNS.items() if key in ("host", "preference") or any(r[key] for r in rows)
    }
    render.table(rows, columns, empty="No mail hosts.")
    who = told["provider"]
    if who != OTHER:
        render.line(f"The mail is taken by {who}.")
    if any(it["tlsa"] and not it["tlsa_authenticated"] for it in told["hosts"]):
        render.line("The resolver does not prove the TLSA records by DNSSEC, so they do not count.", style="yellow")
    for problem in (it["tlsa_problem"] for it in told["hosts"] if it["tlsa_problem"]):
        render.line(problem, style="yellow")
    if not told["dane_possible"]:
        words = "DANE does not count here: no trusted resolver validates DNSSEC (see trust_resolvers)."
        render.line(words, style="yellow")
    for host in told["hosts"]:
        if host["demand"]["because"]:
            what = "Delivery demands of" if host["demand"]["usable"] else "Delivery would not use"
            render.line(f"{what} {host['host']}: {host['demand']['because']}.")
    policy = told["mta_sts"]
    if policy is None:
        return
    mode = f", mode {policy['mode']}" if policy["mode"] else ""
    names = f", for {', '.join(policy['mx'])}" if policy["mx"] else ""
    render.line(f"MTA-STS policy {policy['id'] or '(none)'}{mode}{names}.")
    if policy["problem"]:
        render.line(policy["problem"], style="yellow")


def _offer(tls: dict[str, Any] | None) -> str:
    if tls is None:
        return ""
    if tls["version"] is None:
        return str(tls["problem"] or "none")
    return f"{tls['version']}; {tls['problem']}" if tls["problem"] else str(tls["version"])
