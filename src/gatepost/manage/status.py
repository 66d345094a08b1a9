"""How the relay is: ready or why not, and its numbers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from gatepost.mail import Cause

from .asked import whose
from .desk import Answer, Call
from .signing import key_troubles

if TYPE_CHECKING:
    from .desk import Desk


class Owned(Protocol):
    """What belongs to an organization."""

    @property
    def organization(self) -> str: ...


SANDBOX_NOTE = (
    "An organization is a sandbox: its mail is taken and not sent. "
    "Remedy: once it is to be sent, gatepost organization set NAME --sandbox false."
)
# What /metrics says of each number; the same sentences as in the documentation.
METRICS = {
    "gatepost_ready": "1 while /readyz is 200.",
    "gatepost_configuration_generation": "Grows with each change of the configuration.",
    "gatepost_objects": "Objects configured.",
    "gatepost_sessions": "Clients connected now.",
    "gatepost_certificate_expiry_seconds": "Seconds until the certificate of a listener expires; negative when it has.",
    "gatepost_queue_recipients": "Recipients that have not left.",
    "gatepost_queue_destinations": "Destinations that mail waits for.",
    "gatepost_way_usable": "1 while mail goes by the outbound connector; 0 while it is left alone or off.",
    "gatepost_tls_sessions_total": "Sessions to other hosts since the start, by policy and by what came of TLS.",
    "gatepost_failures_total": "Recipients given up since the start, by cause.",
    "gatepost_facts_total": "How often each fact of the log happened since the start.",
}


def readiness(desk: "Desk") -> dict[str, Any]:
    """`ready` only while mail can be taken and kept. Every trouble is a sentence; `notes` are what will become one."""
    troubles: list[str] = []
    notes: list[str] = []
    if desk.has_spool:
        spool = desk.spool
        if not spool.healthy:
            troubles.append(f"The spool cannot be written: {spool.trouble or 'unknown trouble'}")
        elif (refusal := spool.has_room()) is not None:
            troubles.append(f"The spool has no room: clients are answered {refusal}")
    if desk.inbound is not None:
        if not desk.inbound.addresses:
            troubles.append("No listener is open.")
        troubles += [
            it.problem or "A server certificate is not usable." for it in desk.inbound.certificates if not it.usable
        ]
        for certificate in desk.inbound.certificates:
            # One that is served although its files have gone bad is no trouble yet, but soon will be.
            if certificate.usable and certificate.problem:
                notes.append(certificate.problem)
            if (soon := certificate.expires_soon(desk.clock())) is not None:
                notes.append(soon)
    if any(it.sandbox for it in desk.config.current().organizations):  # without its name: who asks may be another's
        notes.append(SANDBOX_NOTE)
    notes += key_troubles(desk.config)  # mail is taken and kept all the same
    return {"ready": not troubles, "troubles": troubles, "notes": list(dict.fromkeys(notes))}


async def status(call: Call, *, organization: str | None = None) -> Answer:
    """Readiness, listeners, counts of objects and of the queue, for the front page; of one organization or of all."""
    desk = call.desk
    snapshot = desk.config.current()
    ready = readiness(desk)
    own = whose(call, organization)

    def count(objects: Iterable[Owned]) -> int:
        return sum(own in (None, it.organization) for it in objects)

    value: dict[str, Any] = {
        **ready,
        "hostname": desk.settings.hostname,
        **({"data_dir": str(desk.settings.data_dir.absolute())} if call.caller.organization is None else {}),
        "uptime_seconds": round(desk.clock() - desk.started, 1),
        "generation": snapshot.generation,
        "organizations": [it.name for it in snapshot.organizations if own in (None, it.name)],
        "accepted_domains": count(snapshot.accepted_domains),
        "inbound_connectors": count(snapshot.inbound),
        "outbound_connectors": count(snapshot.outbound),
        "users": count(snapshot.users),
    }
    if desk.inbound is not None:
        value["listeners"] = [
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in desk.inbound.addresses
        ]
        value["sessions"] = desk.inbound.sessions
    if desk.has_spool:
        counts = await desk.spool.counts(organization=own)
        value["queue"] = {"waiting": counts.waiting, "sending": counts.sending, "held": counts.held}
    return Answer(value=value)  # what is worth a warning stands in `notes` already, and once is enough


async def samples(desk: "Desk") -> list[tuple[str, str, dict[str, str], float]]:
    """Numbers for Prometheus; destinations stay out because strangers could make any number of them."""
    snapshot = desk.config.current()
    found: list[tuple[str, str, dict[str, str], float]] = [
        ("gatepost_ready", "gauge", {}, float(readiness(desk)["ready"])),
        ("gatepost_configuration_generation", "counter", {}, float(snapshot.generation)),
        ("gatepost_objects", "gauge", {"kind": "accepted_domain"}, float(len(snapshot.accepted_domains))),
        ("gatepost_objects", "gauge", {"kind": "inbound_connector"}, float(len(snapshot.inbound))),
        ("gatepost_objects", "gauge", {"kind": "outbound_connector"}, float(len(snapshot.outbound))),
        ("gatepost_objects", "gauge", {"kind": "user"}, float(len(snapshot.users))),
    ]
    if desk.inbound is not None:
        found.append(("gatepost_sessions", "gauge", {}, float(desk.inbound.sessions)))
        now = desk.clock()
        for certificate in desk.inbound.certificates:
            if (until := certificate.expires_at) is not None:
                labels = {"listener": certificate.name}
                found.append(("gatepost_certificate_expiry_seconds", "gauge", labels, float(round(until - now))))
    if desk.has_spool:
        counts = await desk.spool.counts()
        for state, number in (
            ("waiting", counts.waiting),
            ("sending", counts.sending),
            ("held", counts.held),
        ):
            found.append(("gatepost_queue_recipients", "gauge", {"state": state}, float(number)))
        found.append(("gatepost_queue_destinations", "gauge", {}, float(len(counts.by_destination))))
    if desk.outbound is not None:
        left_alone = {it.way for it in desk.outbound.ways.standings()}
        for connector in snapshot.outbound:
            way = snapshot.routes.way(connector.organization, connector.name)
            labels = {"organization": connector.organization, "connector": connector.name}
            usable = way is not None and way.name not in left_alone
            found.append(("gatepost_way_usable", "gauge", labels, float(usable)))
        for (policy, result), number in sorted(desk.outbound.tls_counts.totals.items()):
            labels = {"policy": policy, "result": result}
            found.append(("gatepost_tls_sessions_total", "counter", labels, float(number)))
        for cause in Cause:
            given_up = float(desk.outbound.failures.get(cause, 0))
            found.append(("gatepost_failures_total", "counter", {"cause": cause.value}, given_up))
    facts = getattr(desk.journal, "counts", None) or {}
    for name in sorted(facts):
        found.append(("gatepost_facts_total", "counter", {"fact": name}, float(facts[name])))
    return found
