"""Which reports a settlement causes. None to the null sender: no bounce for a bounce (RFC 5321 §6.1)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gatepost.mail import (
    BodyKind,
    Deferred,
    Delivered,
    Failed,
    Notify,
    ReportedRecipient,
    TlsWish,
    write_report,
)
from gatepost.mail import report as reporting
from gatepost.spool import Arrival, Claim, Settled, Waiting

from .letters import Letters


class Returns:
    """Writes the reports of this relay."""

    def __init__(
        self, letters: Letters, *, new_id: Callable[[], str], boundary: Callable[[], str], give_up_after: float
    ) -> None:
        self._letters = letters
        self._new_id = new_id
        self._boundary = boundary
        self._give_up_after = give_up_after

    def caused_by(
        self, claim: Claim, results: Sequence[Settled], now: float, *, dsn_passed: bool, final: bool
    ) -> tuple[Arrival, ...]:
        """The reports for these results: failures, a first delay, and successes where they were asked for.

        `dsn_passed`: the next host offered DSN and was told what the sender wants, so it reports success
        itself. `final`: delivered means into a mailbox, not onwards.
        """
        if claim.envelope.sender is None:
            return ()
        waiting = {one.row: one for one in claim.waiting}
        reports: dict[str, list[ReportedRecipient]] = {}
        for result in results:
            one = waiting[result.row]
            kind = _wanted(one, result, dsn_passed=dsn_passed)
            if kind is not None:
                until = None
                if kind == "delayed":
                    until = datetime.fromtimestamp(claim.received_at + self._give_up_after, UTC)
                reports.setdefault(kind, []).append(
                    ReportedRecipient(
                        address=one.recipient.address,
                        outcome=result.outcome,
                        orcpt=one.recipient.orcpt,
                        relayed=not final,
                        retry_until=until,
                    )
                )
        return tuple(self._arrival(claim, kind, recipients, now) for kind, recipients in reports.items())

    def _arrival(self, claim: Claim, kind: str, recipients: list[ReportedRecipient], now: float) -> Arrival:
        sender = claim.envelope.sender
        assert sender is not None
        id_ = self._new_id()
        full = claim.envelope.ret == "FULL" and kind == "failed" and claim.content.octets <= reporting.MAX_RETURNED
        full = full and claim.envelope.body is not BodyKind.BINARY
        wish = claim.envelope.tls
        full = full and wish is not TlsWish.REQUIRED  # RFC 8689 §5: the text of such a message is not sent back
        original = claim.content.beginning(reporting.MAX_RETURNED if full else reporting.MAX_HEADER_RETURNED)
        letters = self._letters
        message_id = f"<{id_}.report@{letters.hostname}>"
        report = write_report(
            recipients,
            original,
            to=sender,
            hostname=letters.hostname,
            queue_id=claim.id,
            arrival=datetime.fromtimestamp(claim.received_at, UTC),
            now=datetime.fromtimestamp(now, UTC),
            boundary=self._boundary(),
            message_id=message_id,
            postmaster=letters.writer(claim.organization),
            envid=claim.envelope.envid,
            full=full,
            language=letters.language(claim.organization),
        )
        return letters.arrival(
            report,
            id=id_,
            to=[sender],
            organization=claim.organization,
            at=now,
            subject=f"{kind}: report on {claim.id}",
            message_id=message_id,
            story={"report": kind, "on": claim.id},
            tls=wish if wish is TlsWish.REQUIRED else TlsWish.USUAL,
        )


def _wanted(one: Waiting, result: Settled, *, dsn_passed: bool) -> str | None:
    """The kind of report that the sender is to have on this result, by NOTIFY (RFC 3461 §4.1), or None."""
    notify = one.recipient.notify
    if Notify.NEVER in notify:
        return None
    match result.outcome:
        case Failed():
            return "failed" if not notify or Notify.FAILURE in notify else None
        case Deferred():
            fresh = result.warned and not one.warned
            return "delayed" if fresh and (not notify or Notify.DELAY in notify) else None
        case Delivered():
            return "delivered" if Notify.SUCCESS in notify and not dsn_passed else None
