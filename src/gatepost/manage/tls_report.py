"""What came of TLS on the way out, by recipient domain: a day's counts in the form of a TLS report (RFC 8460 §4)."""

from datetime import date

from gatepost.config import utc
from gatepost.errors import ConfigRefused, NotFound
from gatepost.mail import told_of

from .desk import Answer, Call


async def report(call: Call, *, day: str | None = None, domain: str | None = None) -> Answer:
    """The counts of one day (`2026-11-24`, UTC; today where none is named), of all recipient domains or of one.

    The JSON is that of RFC 8460 §4.4, with as many policies as there are: what a domain's report would hold is there
    when one is named.
    """
    desk = call.desk
    if desk.outbound is None:
        raise ConfigRefused(["This server sends no mail. Remedy: start it with gatepost serve."])
    counts = desk.outbound.tls_counts
    known = counts.days()
    wanted = day or known[0]
    if wanted not in known:
        raise NotFound(f"Nothing is known of the day '{wanted}'. Remedy: use one of: {', '.join(known)}.")
    policies = [it for it in counts.of(wanted) if domain in (None, it["policy"]["policy-domain"])]
    hostname = desk.settings.hostname
    told = told_of(
        date.fromisoformat(wanted),
        organization=hostname,
        contact=f"postmaster@{hostname}",
        report_id=f"{wanted}_{domain or 'all'}@{hostname}",
        policies=policies,
    )
    warnings = (f"The day is not over: this is how it stands at {utc(desk.clock())}.",) if wanted == known[0] else ()
    return Answer(value=told, warnings=warnings if day is not None else ())
