"""Which reports a settlement causes. None to the null sender: no bounce for a bounce (RFC 5321 §6.1)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gatepost.mail import (
    Address,
    BodyKind,
    Deferred,
    Delivered,
    Envelope,
    Failed,
    Language,
    Notify,
    Recipient,
    ReportedRecipient,
    TlsWish,
    write_report,
)
from gatepost.mail import report as reporting
from gatepost.spool import Arrival, Claim, Content, Hold, Settled, Waiting


class Returns:
    """Writes the reports of this relay."""

    def __init__(
        self,
        *,
        hostname: str,
        new_id: Callable[[], str],
        boundary: Callable[[], str],
        destination: Callable[[Address, str | None], str],
        expand: Callable[[Address], tuple[Address, ...]] = lambda address: (address,),
        give_up_after: float,
        postmaster: Callable[[str | None], str | None] = lambda _: None,
        in_sandbox: Callable[[str | None], bool] = lambda _: False,
        language: Callable[[str | None], Language] = lambda _: Language.ENGLISH,
    ) -> None:
        self._hostname = hostname
        self._new_id = new_id
        self._boundary = boundary
        self._destination = destination
        self._expand = expand
        self._give_up_after = give_up_after
        self._postmaster = postmaster
        self._in_sandbox = in_sandbox
        self._language = language

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
        message_id = f"<{id_}.report@{self._hostname}>"
        postmaster = self._postmaster(claim.organization)
        readers = self._expand(sender)  # the sender may be an alias of ours
        report = write_report(
            recipients,
            original,
            to=sender,
            hostname=self._hostname,
            queue_id=claim.id,
            arrival=datetime.fromtimestamp(claim.received_at, UTC),
            now=datetime.fromtimestamp(now, UTC),
            boundary=self._boundary(),
            message_id=message_id,
            postmaster=postmaster if postmaster is not None and postmaster.isascii() else None,
            envid=claim.envelope.envid,
            full=full,
            language=self._language(claim.organization),
        )
        return Arrival(
            id=id_,
            envelope=Envelope(
                sender=None,
                recipients=tuple(Recipient(address=reader, notify=(Notify.NEVER,)) for reader in readers),
                body=BodyKind.SEVEN_BIT if report.isascii() else BodyKind.EIGHT_BIT,
                smtputf8=not (sender.is_ascii and all(reader.is_ascii for reader in readers)),
                tls=wish if wish is TlsWish.REQUIRED else TlsWish.USUAL,
            ),
            content=Content(octets=len(report), inline=report),
            destinations=tuple(self._destination(reader, claim.organization) for reader in readers),
            received_at=now,
            client="",
            organization=claim.organization,
            subject=f"{kind}: report on {claim.id}",
            message_id=message_id,
            story={"report": kind, "on": claim.id},
            holds=(Hold(sandbox=True),) * len(readers) if self._in_sandbox(claim.organization) else (),
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
