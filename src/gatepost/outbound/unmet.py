"""A session that cannot be had on the route's terms, and what that means for the message."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from gatepost.mail import Cause, Deferred, Failed
from gatepost.routing import TlsFault, host_failed, judge
from gatepost.smtp import ClosedByServer

from .session import Step


class TermsNotMet(Exception):
    """The session cannot be used on the route's terms; the argument is the outcome for the message.

    `fault` is counted for the domain's report, where TLS was what was wrong.
    """

    def __init__(self, outcome: Deferred | Failed, fault: TlsFault | None = None) -> None:
        self.outcome = outcome
        self.fault = fault
        super().__init__(outcome.reason)


@contextmanager
def about(cause: Cause) -> Iterator[None]:
    """What goes wrong inside has that cause, unless a reply of the host tells its own."""
    try:
        yield
    except TermsNotMet as not_met:
        outcome = not_met.outcome
        told = outcome if outcome.reply is not None else replace(outcome, cause=cause)
        raise TermsNotMet(told, not_met.fault) from None


def outcome_of(step: Step, host: str) -> Deferred | Failed:
    """Why a session did not come about."""
    if isinstance(step, ClosedByServer):
        if step.reply is None:
            return host_failed(host, f"{step.stage}: {step.reason}")
        fate = judge(step.reply, host, step.stage)
        if isinstance(fate, Deferred | Failed):
            return fate
    return host_failed(host, f"the server answered with {type(step).__name__}")
