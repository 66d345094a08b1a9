"""Which owners a settlement makes us tell: of failures, and of a delay once. The sender's report is another matter."""

from collections.abc import Callable, Sequence

from gatepost.mail import Address, Deferred, Failed, about_mail_itself, cause_of, subject_of
from gatepost.spool import Claim, Notice, Settled

OwnerOf = Callable[[Claim], Address | None]
_MOST_HEADER = 32_768  # octets in which subject and Auto-Submitted are looked for


class Owing:
    """Finds out who is to be told. `owner_of` asks the configuration of now."""

    def __init__(self, owner_of: OwnerOf) -> None:
        self._owner_of = owner_of

    def caused_by(self, claim: Claim, results: Sequence[Settled], now: float) -> tuple[Notice, ...]:
        """The notices that these results cause, for one owner.

        None where it would go round in circles: of mail to the owner (a digest that failed is no reason for the next),
        and of machines' reports on mail, which come from the null sender and say what they are.
        """
        told = [it for it in results if _kind(claim, it) is not None]
        owner = self._owner_of(claim) if told else None
        if owner is None:
            return ()
        header = claim.content.beginning(_MOST_HEADER)
        if claim.envelope.sender is None and about_mail_itself(header):
            return ()
        waiting = {one.row: one.recipient.address for one in claim.waiting}
        return tuple(
            _notice(claim, it, waiting[it.row], owner, subject_of(header), now)
            for it in told
            if str(waiting[it.row]).lower() != str(owner).lower()
        )


def _kind(claim: Claim, result: Settled) -> str | None:
    if isinstance(result.outcome, Failed):
        return "failed"
    warned = next(one.warned for one in claim.waiting if one.row == result.row)
    return "delayed" if isinstance(result.outcome, Deferred) and result.warned and not warned else None


def _notice(claim: Claim, result: Settled, to: Address, owner: Address, subject: str, now: float) -> Notice:
    outcome = result.outcome
    assert isinstance(outcome, Deferred | Failed)
    said = f"{outcome.host}: {outcome.reason}" if outcome.host else outcome.reason
    return Notice(
        row=result.row,
        kind="failed" if isinstance(outcome, Failed) else "delayed",
        owner=str(owner),
        organization=claim.organization or "",
        at=now,
        detail={
            "id": claim.id,
            "recipient": str(to),
            "sender": claim.envelope.reverse_path,
            "subject": subject,
            "cause": cause_of(outcome).value,
            "said": said,
            "client": claim.client,
            "connector": claim.connector,
        },
    )
