"""The analyser: a message or its header in, everything that can be said about its way out. Pure, and never raises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .antispam import Report, Taken, level_of, read_reports, taken_by_exchange
from .authentication import Vouched, failed_methods, read_authentication
from .dates import Moment, read_date
from .hops import Line, circles, gather, timing
from .notes import Finding, error, remark, warning
from .owners import NOBODY, Own, is_inside
from .reading import Form, HeaderField, Reading, decoded, read
from .roles import Hop, Role, roles_of
from .trust import Trust, trust_in
from .verdict import Verdict, judge

SUMMARY = ("subject", "message-id", "archived-at", "date", "from", "reply-to", "to", "cc")
_SUMMARISED = frozenset(SUMMARY)
_ANALYSED = frozenset({*SUMMARY, "received"})
_MOST_OF_A_KIND = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that was found. `hops` are oldest first; `total` is in seconds; `summary` has only what the header has.

    Who vouches for the message in how many words is taken from its `fields` when somebody asks.
    """

    form: Form
    messages: int
    summary: dict[str, str]
    created: Moment | None
    hops: tuple[Hop, ...]
    total: float | None
    reports: tuple[Report, ...]
    verdict: Verdict
    findings: tuple[Finding, ...]
    fields: tuple[HeaderField, ...]

    @property
    def authentication(self) -> tuple[Vouched, ...]:
        """All that was said of the sender, newest first."""
        return read_authentication(self.fields)

    @property
    def other(self) -> tuple[HeaderField, ...]:
        """The fields that are neither in the summary nor a hop."""
        return tuple(field for field in self.fields if field.key not in _ANALYSED)


def analyse(source: bytes | str, own: Own = NOBODY, *, now: datetime | None = None, message: int = 1) -> Analysis:
    """Read a header or a whole message, of an mbox its `message`th; `now` is the reader's clock, for dates to come."""
    reading = read(source, message=message)
    lines, findings = gather(reading.fields)
    reports = read_reports(reading.fields)
    taken = taken_by_exchange(reports)
    timed = timing(lines, now)
    believed = trust_in(lines, own, {taken.address: taken.looked_up} if taken.looked_up else {})
    hops = tuple(
        Hop(
            number=place + 1,
            received=line.received,
            mark=line.mark,
            delay=timed.delays[place],
            trust=believed[place],
            role=role,
            from_role=from_role,
            ours=ours,
        )
        for place, (line, (role, from_role, ours)) in enumerate(zip(lines, roles_of(lines, believed, own), strict=True))
    )
    summary = _summary(reading.fields)
    found = [
        *_about_the_input(reading, lines),
        *findings,
        *timed.findings,
        *circles(lines),
        *_about_trust(hops),
        *_about_tls(hops),
        *_about_spam(reports, taken),
        *_about_vouching(reading.fields),
    ]
    order = ("error", "warning", "note")
    found.sort(key=lambda finding: order.index(finding.severity))
    return Analysis(
        form=reading.form,
        messages=reading.messages,
        summary=summary,
        created=read_date(summary["date"]) if "date" in summary else None,
        hops=hops,
        total=timed.total,
        reports=reports,
        verdict=judge(hops, taken, own),
        findings=tuple(found),
        fields=reading.fields,
    )


def _summary(fields: Sequence[HeaderField]) -> dict[str, str]:
    """The fields a reader looks for first; of several with one name the last counts, as at Microsoft's."""
    found = {field.key: field.value for field in fields if field.key in _SUMMARISED}
    return {name: decoded(found[name]) for name in SUMMARY if name in found}


# --- findings --------------------------------------------------------------------------------------------------------


def _about_the_input(reading: Reading, lines: Sequence[Line]) -> list[Finding]:
    match reading.form:
        case Form.OUTLOOK:
            return [error("outlook_item")]
        case Form.NOTHING:
            return [error("no_header")]
        case _:
            pass
    found: list[Finding] = []
    if not lines:
        found.append(warning("no_received"))
    if reading.messages > 1:
        found.append(remark("several_messages", count=reading.messages))
    if reading.folding_lost:
        found.append(remark("folding_lost"))
    if reading.cut:
        found.append(warning("cut"))
    return found


def _about_trust(hops: Sequence[Hop]) -> list[Finding]:
    """Where trust ends, and which lines do not join."""
    suspects = [hop for hop in hops if hop.trust is Trust.SUSPECT]
    found = [
        warning("suspect", hop.number, host=hop.received.host, below=hop.number + 1)
        for hop in suspects[:_MOST_OF_A_KIND]
    ]
    claimed = [hop.number for hop in hops if hop.trust is not Trust.TRUSTED]
    if claimed:
        found.append(remark("trust_ends", max(claimed) + 1))
    return found


def _about_tls(hops: Sequence[Hop]) -> list[Finding]:
    """Where the message went in the clear between two houses, and where with a version that is broken."""
    found: list[Finding] = []
    for hop in hops:
        received = hop.received
        if received.tls.weak:
            found.append(warning("weak_tls", hop.number, version=received.tls.version))
        elif not received.tls.used and _between_houses(hop):
            found.append(warning("in_clear", hop.number, host=received.host, address=received.address))
    return found[:_MOST_OF_A_KIND]


def _between_houses(hop: Hop) -> bool:
    """Did the message cross a network that strangers see? Inside one provider's house nobody looks."""
    if hop.received.local or hop.role in (Role.HUB, Role.FILTER):
        return False
    return bool(hop.received.address) and not is_inside(hop.received.address)


_VERDICTS = {
    "SPM": warning("spam"),
    "SKS": warning("spam"),
    "SKB": warning("spam_by_policy"),
    "BLK": warning("blocked_by_user"),
    "SFE": remark("allowed_by_user"),
    "SKA": remark("allowed_by_policy"),
    "SKI": remark("inside_organization"),
    "SKQ": remark("released"),
    "DMS": remark("verdict_set_aside"),
}
_PLACES = {"I": "to_inbox", "J": "to_junk", "C": "to_folder"}


def _about_spam(reports: Sequence[Report], taken: Taken) -> list[Finding]:
    """What a reader of Microsoft's reports has to know, in the way of its analyser's rules (§8.2)."""
    named = {report.title: report for report in reports}
    found: list[Finding] = []
    forefront = named.get("forefront")
    if forefront is not None:
        verdict = forefront.get("SFV").upper()
        if verdict in _VERDICTS:
            found.append(_VERDICTS[verdict])
        if forefront.get("IPV").upper() == "CAL":
            found.append(remark("address_allowed"))
    elif taken.entity:
        found.append(remark("no_report"))
    microsoft = named.get("microsoft")
    level = level_of(microsoft.get("BCL")) if microsoft is not None else None
    if level is not None and level >= 6:
        found.append(warning("bulk", level=level))
    delivery = named.get("mailbox_delivery")
    if delivery is not None and (code := _PLACES.get(delivery.get("dest"))) is not None:
        found.append(remark(code))
    return found


def _about_vouching(fields: Sequence[HeaderField]) -> list[Finding]:
    """Failures in the newest results: those of the server that took the message last."""
    failed = failed_methods(fields)
    return [warning(f"{method}_fail") for method in ("spf", "dkim", "dmarc") if method in failed]
