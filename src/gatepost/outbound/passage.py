"""One claim by one of several ways: the first that can be used, and at once the next where it turns out that it cannot.

What a way has taken is settled before the next is asked, so that a crash in between costs no second copy. Whether an
outcome speaks of the way or of the message is `routing.finding_of`'s to say.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gatepost.mail import Cause, Deferred, Delivered, Failed, Outcome, cause_of
from gatepost.routing import NO_LIMITS, Finding, MxRoute, SmartHostRoute, finding_of
from gatepost.spool import Claim, Waiting

from .delivery import Attempt, Delivery
from .session import OutboundSession
from .ways import Leg, Limited, Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some recipients of a claim and what came of them; `last` where none are left."""

    claim: Claim
    attempt: Attempt
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The recipients that are left have to wait for a limit; `way` names the one whose limit it is.

    `crowded`: only its connections are all in use. `page` is how many messages may go then, where that is known.
    """

    claim: Claim
    until: float
    reason: str
    way: str
    crowded: bool
    page: int | None


@dataclass(slots=True)
class _Passed:
    """A way that did not take some recipients: why, and what it said to each (by row), if it was asked at all."""

    name: str
    because: str
    said: dict[int, tuple[Outcome, str]]


Route = SmartHostRoute | MxRoute


def governed(route: Route) -> bool:
    """Whether a claim needs more than an attempt: there are further ways, or limits to keep."""
    return bool(route.further) or (route.way is not None and route.way.limits != NO_LIMITS)


class Passage:
    """Takes claims along their routes."""

    def __init__(self, *, delivery: Delivery, ways: Ways) -> None:
        self._delivery, self._ways = delivery, ways
        self._legs: dict[str, tuple[Route, list[Leg]]] = {}  # by destination, as long as the route is the same

    async def steps(self, claim: Claim, route: Route, session: OutboundSession | None) -> AsyncIterator[Part | Pause]:
        """The parts of the claim as they are done with; the last one is `last`, or a pause."""
        left = claim
        passed: list[_Passed] = []
        legs, skipped = self._order(route, claim)
        passed += [_Passed(leg.name, self._ways.why_not(leg), {}) for leg in skipped]
        kept = session
        waits: Pause | None = None
        for number, leg in enumerate(legs):
            more = number + 1 < len(legs)
            here = _of_leg(left, leg, route)
            if here is None:
                continue
            if (limit := self._ways.limited(leg.way, recipients=len(here.waiting))) is not None:
                if leg.way is not None and leg.way.passes_on and more:
                    passed.append(_Passed(leg.name, f"its limit is reached: {limit.reason}", {}))
                    continue
                waits = _pause(left, leg, limit)
                break
            if not route.further:  # nothing to choose: how the way stands is the lane's own business
                yield Part(claim=here, attempt=await self._try(here, leg, kept, more=False), last=True)
                return
            attempt = await self._ask(here, leg, kept, more=more)
            kept = None
            findings = _findings(attempt)
            if self._is_full(attempt, leg):
                yield Part(claim=left, attempt=attempt, last=True)
                return
            self._learn(leg, attempt, findings)
            done, missed = _sorted(here, attempt, findings)
            if missed:
                because = next(it.reason for it in findings if it is not None)
                passed.append(_Passed(leg.name, because, missed))
            if done is not None:
                part, result = done
                result.story |= _story(passed[:-1] if missed else passed)
                gone = {one.row for one in part.waiting}
                rest = [one for one in left.waiting if one.row not in gone]
                if not rest:
                    if (
                        isinstance(leg.route, MxRoute)
                        and isinstance(route, SmartHostRoute)
                        and result.session is not None
                    ):
                        await result.session.quit()  # the lane's next message may be for another domain
                        result.session = None
                    yield Part(claim=part, attempt=result, last=True)
                    return
                if result.session is not None:
                    await result.session.quit()
                    result.session = None
                yield Part(claim=part, attempt=result, last=False)
                left = narrowed(left, rest)
            elif attempt.session is not None:
                await attempt.session.quit()
        if kept is not None:
            await kept.quit()
        if waits is not None:
            yield replace(waits, claim=left)
            return
        yield Part(claim=left, attempt=_nobody(left, passed), last=True)

    def _order(self, route: Route, claim: Claim) -> tuple[list[Leg], list[Leg]]:
        """The legs to try, and those to pass over. Where all would be passed over, all are tried: nothing is lost."""
        legs = self._legs_of(route, claim)
        if len(legs) == 1:
            return legs, []
        good: list[Leg] = []
        skipped: list[Leg] = []
        for leg in legs:
            (good if self._ways.admits(leg) else skipped).append(leg)
        return (good, skipped) if good else (legs, [])

    def _legs_of(self, route: Route, claim: Claim) -> list[Leg]:
        """The first way and the further ones, of those by MX one a recipient domain."""
        known = self._legs.get(claim.destination)
        if known is not None and known[0] is route:
            return known[1]
        legs = [Leg(route)]
        for way in route.further:
            if not way.by_mx:
                legs.append(Leg(SmartHostRoute(way=way)))
            else:
                domains = dict.fromkeys(one.recipient.address.domain for one in claim.waiting)
                legs += [Leg(MxRoute(domain=domain, way=way)) for domain in domains]
        if isinstance(route, SmartHostRoute) and not any(way.by_mx for way in route.further):
            self._legs[claim.destination] = (route, legs)  # the same for every message; a connector has one
        return legs

    async def _ask(self, claim: Claim, leg: Leg, session: OutboundSession | None, *, more: bool) -> Attempt:
        """Try the claim by a way of which it is to be learnt whether it can be used."""
        self._ways.asked(leg)
        try:
            return await self._try(claim, leg, session, more=more)
        except BaseException:
            self._ways.unanswered(leg)
            raise

    async def _try(self, claim: Claim, leg: Leg, session: OutboundSession | None, *, more: bool) -> Attempt:
        count = len(claim.waiting)
        self._ways.begin(leg.way, session, recipients=count)
        attempt: Attempt | None = None
        try:
            attempt = await self._delivery.attempt(claim, leg.route, session, hurry=more)
            return attempt
        finally:
            taken = 0 if attempt is None else sum(isinstance(it, Delivered) for it in attempt.outcomes)
            self._ways.end(leg.way, None if attempt is None else attempt.session, refused=count - taken)

    def _is_full(self, attempt: Attempt, leg: Leg) -> bool:
        """The host works, and only wants no further connection: the message is for those that are open."""
        if not attempt.unreached or not self._ways.in_use(leg.way):
            return False
        first = attempt.outcomes[0]
        full = isinstance(first, Deferred) and first.reply is not None and first.reply.code < 500
        if full:
            self._ways.unanswered(leg)
        return full

    def _learn(self, leg: Leg, attempt: Attempt, findings: Sequence[Finding | None]) -> None:
        if attempt.unfit:  # it was not asked: nothing is learnt of it
            self._ways.unanswered(leg)
            return
        found = [it for it in findings if it is not None]
        if found:
            self._ways.failed(leg, next((it for it in found if it.lasting), found[0]))
        elif attempt.uncertain:
            self._ways.failed(leg, Finding(reason=_reason(attempt.outcomes[0])))
        else:
            self._ways.worked(leg)


def _pause(claim: Claim, leg: Leg, limit: Limited) -> Pause:
    return Pause(
        claim=claim,
        until=limit.until,
        reason=limit.reason,
        way=leg.name,
        crowded=limit.crowded,
        page=None if leg.way is None else leg.way.limits.messages_per_minute,
    )


def _findings(attempt: Attempt) -> list[Finding | None]:
    """What each outcome says of the way; None where it is the message's own."""
    if all(type(outcome) is Delivered for outcome in attempt.outcomes):
        return [None] * len(attempt.outcomes)
    if attempt.uncertain:  # it may have been taken: another way would make a second copy
        return [None] * len(attempt.outcomes)
    if attempt.unfit:
        return [Finding(reason=_reason(outcome)) for outcome in attempt.outcomes]
    stages = attempt.stages or ("",) * len(attempt.outcomes)
    if not attempt.unreached and not attempt.stages:  # refused by ourselves, on a session that works
        return [None] * len(attempt.outcomes)
    found = [finding_of(outcome, stage) for outcome, stage in zip(attempt.outcomes, stages, strict=True)]
    if attempt.retry_after:
        found = [it and replace(it, pause=attempt.retry_after) for it in found]
    if attempt.broken:
        return [it or Finding(reason=_reason(outcome)) for it, outcome in zip(found, attempt.outcomes, strict=True)]
    return found


def _sorted(
    claim: Claim, attempt: Attempt, findings: Sequence[Finding | None]
) -> tuple[tuple[Claim, Attempt] | None, dict[int, tuple[Outcome, str]]]:
    """Those whose fate is known, as a claim of their own, and what the others were told, by row."""
    if not any(findings):
        return (claim, attempt), {}
    known: list[Waiting] = []
    numbers: list[int] = []
    missed: dict[int, tuple[Outcome, str]] = {}
    for number, (one, finding) in enumerate(zip(claim.waiting, findings, strict=True)):
        if finding is None:
            known.append(one)
            numbers.append(number)
        else:
            missed[one.row] = (attempt.outcomes[number], finding.reason)
    if not known:
        return None, missed
    if not missed:
        return (claim, attempt), missed
    stages = tuple(attempt.stages[number] for number in numbers) if attempt.stages else ()
    result = replace(attempt, outcomes=[attempt.outcomes[number] for number in numbers], stages=stages)
    return (narrowed(claim, known), result), missed


def _nobody(claim: Claim, passed: Sequence[_Passed]) -> Attempt:
    """No way took these recipients: they failed if each way was asked and refused them for good, else they wait."""
    outcomes = [_declined(one, passed) for one in claim.waiting]
    unreached = all(isinstance(it, Deferred) and it.host_trouble for it in outcomes)
    return Attempt(outcomes, unreached=unreached, story=_story(passed))


def _declined(one: Waiting, passed: Sequence[_Passed]) -> Outcome:
    concerned = [it for it in passed if not it.said or one.row in it.said]
    said = [it.said[one.row][0] for it in concerned if it.said]
    words = (f"'{it.name}': {it.said[one.row][1] if it.said else it.because}" for it in concerned)
    reason = f"no way could be used. {'; '.join(words)}"
    last = said[-1] if said else None
    if last is not None and len(said) == len(concerned) and all(isinstance(it, Failed) for it in said):
        return Failed(last.host, reason, last.reply, cause=_cause(last))
    trouble = all(isinstance(it, Failed) or (isinstance(it, Deferred) and it.host_trouble) for it in said)
    reply = None if last is None else last.reply
    return Deferred("", reason, reply, host_trouble=trouble, cause=_cause(last))


def _cause(last: Outcome | None) -> Cause | None:
    """What was the matter with the last way that was asked: nobody could tell it from the words on all of them."""
    return cause_of(last) if isinstance(last, Deferred | Failed) else None


def _story(passed: Sequence[_Passed]) -> dict[str, Any]:
    """For the trace: the ways that were not used, and why."""
    return {"not_used": [{"way": it.name, "because": it.because} for it in passed]} if passed else {}


def _of_leg(left: Claim, leg: Leg, route: Route) -> Claim | None:
    """The recipients that the leg is for: an MX takes those of its domain alone."""
    if isinstance(leg.route, SmartHostRoute) or isinstance(route, MxRoute):
        return left
    here = [one for one in left.waiting if one.recipient.address.domain == leg.route.domain]
    return narrowed(left, here) if here else None


def narrowed(claim: Claim, waiting: Sequence[Waiting]) -> Claim:
    """The claim for some of its recipients."""
    if len(waiting) == len(claim.waiting):
        return claim
    envelope = replace(claim.envelope, recipients=tuple(one.recipient for one in waiting))
    return replace(claim, envelope=envelope, waiting=tuple(waiting))


def _reason(outcome: Outcome) -> str:
    return "" if isinstance(outcome, Delivered) else outcome.reason
