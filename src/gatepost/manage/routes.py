"""The ways out: how each stands, and which a message like this would take, by the code that decides for real ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from gatepost.config import ObjectKind
from gatepost.connectors import OutboundConnector
from gatepost.errors import ConfigRefused
from gatepost.mail import Address, BadAddress, parse_mailbox
from gatepost.routing import LmtpRoute, MailboxRoute, MxRoute, SmartHostRoute, Way, explain_choice, limits_of

from .asked import whose
from .desk import Answer, Call, WayLeftAlone
from .shown import moment


async def list_routes(call: Call, *, organization: str | None = None) -> Answer:
    """Every outbound connector as a way: how it stands, its limits and what went by it, and the ways behind it.

    `standing` is closed (it carries mail), open (left alone until `asked_again_at`), half-open (one message is asking),
    or off (disabled, in test mode, or without a host). A connector by MX stands open while that is so for any domain.
    """
    own = whose(call, organization)
    table = call.desk.config.current().routes
    open_ways: dict[str, WayLeftAlone] = {}
    for one in left_alone(call):
        open_ways.setdefault(one.way, one)
    rows: list[dict[str, Any]] = []
    for record in call.desk.config.world.of(ObjectKind.OUTBOUND, own):
        model = record.model
        if not isinstance(model, OutboundConnector):
            continue
        way = table.way(record.organization, record.name)
        rows.append(
            {
                "connector": record.name,
                "organization": record.organization,
                "guid": record.guid,
                **_standing(None if way is None else open_ways.get(way.name), off=way is None),
                "fallback_connectors": list(model.fallback_connectors),
                "limits": _limits(model),
                "used": _used(call, way),
            }
        )
    return Answer(value=rows)


async def explain_route(
    call: Call,
    *,
    rcpt: str,
    mail_from: str = "",
    connector: str | None = None,
    organization: str | None = None,
) -> Answer:
    """Which ways a message would take, in their order, and why not the others. Nothing is sent.

    `connector` names the inbound connector that it came through. Without an organization the message is incoming mail
    of the one that has accepted the recipient's domain, or of the only one.
    """
    problems: list[str] = []
    recipient = _address("rcpt", rcpt, problems)
    sender = None if mail_from in ("", "<>") else _address("mail_from", mail_from, problems)
    if problems or recipient is None:
        raise ConfigRefused(problems)
    desk = call.desk
    table = desk.config.current().routes
    organizations = [it.name for it in desk.config.current().organizations]
    own = whose(call, organization) or (organizations[0] if len(organizations) == 1 else table.owner(recipient.domain))
    if connector:
        connector = desk.config.world.find(ObjectKind.INBOUND, connector, own).name
    found = explain_choice(recipient, own, table, sender=sender, connector=connector or None)
    route = found.route
    value: dict[str, Any] = {
        "destination": route.destination,
        "organization": own,
        "ways": [],
        "left_out": list(found.left_out),
        "passed": [{"connector": name, "because": why} for name, why in found.passed],
    }
    if isinstance(route, MailboxRoute | LmtpRoute):
        value["ways"] = [{"way": route.destination, "hosts": [], "standing": "closed"}]
    else:
        open_legs = {one.leg: one for one in left_alone(call)}
        value["ways"] = [_way(way, recipient.domain, open_legs) for way in (route.way, *route.further)]
    return Answer(value=value)


def left_alone(call: Call) -> Sequence[WayLeftAlone]:
    """The ways that are not asked now."""
    outbound = call.desk.outbound
    return () if outbound is None else outbound.ways.standings()


def _way(way: Way | None, domain: str, open_legs: Mapping[str, WayLeftAlone]) -> dict[str, Any]:
    smart = way is not None and not way.by_mx
    leg = SmartHostRoute(way=way) if way is not None and smart else MxRoute(domain=domain, way=way)
    hosts = [f"the MX of {domain}"]
    if way is not None and smart:
        hosts = [str(host) for host in way.smart_hosts] or [f"Microsoft Graph at {way.graph}"]
    told = _standing(open_legs.get(leg.destination), off=False)
    return {"way": "MX" if way is None else way.connector, "hosts": hosts, **told}


def _standing(found: WayLeftAlone | None, *, off: bool) -> dict[str, Any]:
    if off or found is None:
        return {"standing": "off" if off else "closed", "reason": None, "since": None, "asked_again_at": None}
    return {
        "standing": str(found.standing),
        "reason": found.reason,
        "since": moment(found.since),
        "asked_again_at": moment(found.asked_again_at),
    }


def _limits(model: OutboundConnector) -> dict[str, int | None]:
    limits = limits_of(model)
    return {
        "messages_per_minute": limits.messages_per_minute,
        "connections": limits.connections,
        "session_minutes": limits.session_minutes,
        "recipients_per_day": limits.recipients_per_day,
    }


def _used(call: Call, way: Way | None) -> dict[str, int]:
    outbound = call.desk.outbound
    if outbound is None or way is None:
        return {"connections": 0, "messages_of_a_minute": 0, "recipients_of_24_hours": 0}
    use = outbound.ways.use(way)
    return {
        "connections": use.connections,
        "messages_of_a_minute": use.messages,
        "recipients_of_24_hours": use.recipients,
    }


def _address(name: str, text: str, problems: list[str]) -> Address | None:
    try:
        return parse_mailbox(text.strip().removeprefix("<").removesuffix(">"))
    except BadAddress as wrong:
        problems.append(f"{name} '{text}' is not an address: {wrong}. Remedy: write user@contoso.com.")
        return None
