"""From an attempt to what is written down: new states, next attempts, reports, lines of the journal."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, assert_never

from gatepost.mail import Cause, Deferred, Delivered, Failed, Outcome, cause_of
from gatepost.mail import reply as say
from gatepost.routing import Patience
from gatepost.spool import Claim, Settled, Settlement, Waiting

from .delivery import Attempt
from .owing import Owing
from .returns import Returns
from .terms import Journal

AT_ONCE = 1.0  # seconds until recipients beyond the host's limit of one transaction are tried again


class Settling:
    """Makes settlements. Decides nothing about mail: `routing` has judged, `Patience` says when again."""

    def __init__(
        self, patience: Patience, returns: Returns, owing: Owing, *, journal: Journal, jitter: Callable[[], float]
    ) -> None:
        self._patience = patience
        self._returns = returns
        self._owing = owing
        self._journal = journal
        self._jitter = jitter
        self.failures: Counter[Cause] = Counter()  # recipients given up since the start

    def settlement(self, claim: Claim, attempt: Attempt, now: float, *, moved: Sequence[Settled] = ()) -> Settlement:
        """The result of an attempt at `claim.waiting` less those that `moved` to another destination."""
        if moved:
            gone = {settled.row for settled in moved}
            tried: Sequence[Waiting] = [one for one in claim.waiting if one.row not in gone]
        else:
            tried = claim.waiting
        outcomes = attempt.outcomes
        progress = len(tried) > 1 and any(isinstance(o, Delivered) for o in outcomes)
        results = [
            self._settled(claim, one, outcome, (now, progress)) for one, outcome in zip(tried, outcomes, strict=True)
        ]
        results.extend(moved)
        return Settlement(
            claim=claim,
            at=now,
            results=tuple(results),
            story=attempt.story,
            reports=self._returns.caused_by(claim, results, now, dsn_passed=attempt.dsn_passed, final=attempt.final),
            notices=self._owing.caused_by(claim, results, now),
        )

    def returned(self, claim: Claim, now: float, *, by: str) -> Settlement:
        """An operator gives the recipients up: the sender hears that they were given up, and not by whom."""
        outcome = Failed("", "returned undelivered by the administrator of this relay", say.RETURNED)
        results = [Settled(row=one.row, outcome=outcome, warned=one.warned) for one in claim.waiting]
        return Settlement(
            claim=claim,
            at=now,
            results=tuple(results),
            story={"by": by},
            reports=self._returns.caused_by(claim, results, now, dsn_passed=False, final=False),
            notices=self._owing.caused_by(claim, results, now),
            kind="bounce",
        )

    def _settled(self, claim: Claim, one: Waiting, outcome: Outcome, when: tuple[float, bool]) -> Settled:
        if not isinstance(outcome, Deferred):
            return Settled(row=one.row, outcome=outcome, warned=one.warned)
        now, progress = when
        reply = outcome.reply
        if progress and reply is not None and reply.code in (452, 552) and outcome.reason.startswith("RCPT:"):
            # RFC 5321 §4.5.3.1.10: the rest goes in another transaction, and this one has moved something.
            return Settled(row=one.row, outcome=outcome, due=now + AT_ONCE, warned=one.warned)
        due = self._patience.next_attempt(one.attempts, now, jitter=self._jitter(), received_at=claim.received_at)
        if due is None:
            words = f"given up after {one.attempts} attempts; the last one: {outcome.reason}"
            return Settled(row=one.row, outcome=Failed("", words, say.EXPIRED), warned=one.warned)
        warn = self._patience.wants_warning(now, received_at=claim.received_at, warned=one.warned)
        return Settled(row=one.row, outcome=outcome, due=due, warned=one.warned or warn)

    def tell(self, settlement: Settlement, attempt: Attempt | None = None) -> None:
        """The journal's lines, written after the commit; `attempt` is what was settled, if anything was tried."""
        claim, fact = settlement.claim, self._journal.fact
        addresses = {one.row: one.recipient.address for one in claim.waiting}
        for result in settlement.results:
            outcome, to = result.outcome, str(addresses[result.row])
            match outcome:
                case Delivered():
                    fact("delivered", id=claim.id, to=to, host=outcome.host, reply=str(outcome.reply))
                case Deferred():
                    fact(
                        "deferred",
                        id=claim.id,
                        to=to,
                        host=outcome.host,
                        reason=outcome.reason,
                        due=None if result.due is None else datetime.fromtimestamp(result.due, UTC),
                        destination=result.destination or claim.destination,
                    )
                case Failed():
                    cause = cause_of(outcome)
                    self.failures[cause] += 1
                    fact("failed", id=claim.id, to=to, host=outcome.host, cause=cause.value, reason=outcome.reason)
                case _:
                    assert_never(outcome)
        if attempt is not None and attempt.outcomes:
            self._journal.quiet_fact("attempted", partial(_attempted, settlement, attempt))
        for report in settlement.reports:
            fact("reported", id=report.id, on=claim.id, kind=report.story["report"])


def _attempted(settlement: Settlement, attempt: Attempt) -> dict[str, Any]:
    """What is told of the attempt as a whole: its counts, and the words of the outcome that is worst."""
    outcomes = [it.outcome for it in settlement.results if it.destination is None]  # less those that go elsewhere
    counts = Counter(map(type, outcomes))
    worst = next((it for kind in (Failed, Deferred) for it in outcomes if isinstance(it, kind)), None)
    said = outcomes[0] if worst is None else worst
    story = settlement.story
    return {
        "id": settlement.claim.id,
        "destination": settlement.claim.destination,
        "host": story.get("host") or said.host,
        "port": story.get("port"),
        "way": story.get("way"),
        "tls": story.get("tls"),
        "cipher": story.get("cipher"),
        "began": datetime.fromtimestamp(settlement.at - attempt.seconds, UTC),
        "seconds": round(attempt.seconds, 3),
        "delivered": counts[Delivered],
        "deferred": counts[Deferred],
        "failed": counts[Failed],
        "reply": None if said.reply is None else str(said.reply),
        "cause": None if worst is None else cause_of(worst).value,
        "reason": None if worst is None else worst.reason,
    }
