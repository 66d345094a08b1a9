"""What is asked about, as every question about mail and devices names it."""

from gatepost.errors import NotFound

from .desk import Call

MOST_ROWS = 5000  # rows of one answer


def whose(call: Call, organization: str | None) -> str | None:
    """The one organization that is asked about, by its name; None for all, and for mail that is nobody's."""
    return call.desk.config.world.organization(organization) if organization else None


def unknown(id: str) -> NotFound:  # noqa: A002
    """The refusal where a queue id names no message."""
    return NotFound(f"No message has the queue id '{id}'. Remedy: look it up with queue list or trace find.")


def page(limit: int) -> int:
    """How many rows an answer has at most, when so many are asked for."""
    return max(1, min(int(limit), MOST_ROWS))
