"""The TLS report of a day: in the form of the RFC, for all domains or one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotAllowed, NotFound
from gatepost.journal import Journal
from gatepost.manage import Caller, Desk
from gatepost.outbound.tls_counts import TlsCounts
from gatepost.routing import Demand, TlsFault

NOON = 1_795_521_600.0  # 2026-11-24


class Carriers:
    """An outbound side that has only counted."""

    def __init__(self) -> None:
        self.tls_counts = TlsCounts(folder=None, clock=lambda: NOON, journal=Journal.silent())
        self.tls_counts.count(Demand(domain="fabrikam.com"))
        self.tls_counts.count(Demand(domain="contoso.net"), host="mx.contoso.net", fault=TlsFault.NO_STARTTLS)


def ask(folder: Path, caller: Caller | None = None, *, outbound: bool = True, **arguments: Any) -> Any:
    async def run() -> Any:
        async with Config.open(folder) as config:
            carriers: Any = Carriers() if outbound else None
            settings = load_settings(environ={"GATEPOST_HOSTNAME": "relay.contoso.com"})
            desk = Desk(config=config, settings=settings, outbound=carriers, clock=lambda: NOON)
            return (await desk.call("tls-report", arguments, caller=caller or Caller.owner("anna"))).value

    return asyncio.run(run())


def test_a_report_has_the_form_of_rfc_8460(tmp_path: Path) -> None:
    told = ask(tmp_path)
    assert told["organization-name"] == "relay.contoso.com"
    assert told["date-range"] == {
        "start-datetime": "2026-11-24T00:00:00Z",
        "end-datetime": "2026-11-24T23:59:59Z",
    }
    assert told["contact-info"] == "postmaster@relay.contoso.com"
    assert [it["policy"]["policy-domain"] for it in told["policies"]] == ["contoso.net", "fabrikam.com"]


def test_it_may_be_about_one_domain_and_one_day(tmp_path: Path) -> None:
    told = ask(tmp_path, domain="contoso.net", day="2026-11-24")
    assert [it["summary"]["total-failure-session-count"] for it in told["policies"]] == [1]
    with pytest.raises(NotFound, match="Nothing is known of the day"):
        ask(tmp_path, day="2026-11-01")


def test_a_server_that_sends_no_mail_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="This server sends no mail"):
        ask(tmp_path, outbound=False)


def test_it_is_not_for_those_who_manage_one_organization_alone(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        ask(tmp_path, Caller(who="anna", origin="rest", role=Caller.owner("x").role, organization="Default"))
