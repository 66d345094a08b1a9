"""How much and how many: what a connector allows its clients, and the refusal of what is beyond, with its remedy.

Whether a limit is reached is counted by the hands, who have the clock and the sessions; the words are these.
"""

from gatepost.mail import Reply, reply

from .attribution import Origin
from .decision import Decision
from .directory import Directory
from .model import InboundConnector
from .words import command, quoted


def too_many_sessions(origin: Origin, directory: Directory) -> Decision:
    """One more session than MaxConnections."""
    connector = _own(origin)
    return _beyond(
        origin,
        reply.TOO_MANY_FOR_CONNECTOR,
        f"has {connector.max_connections} sessions open, which is its MaxConnections.",
        "Let its clients open fewer sessions at once, or close them when they are done, or allow more: "
        + command(directory, connector, "max-connections", ["NUMBER"]),
    )


def too_often(origin: Origin, directory: Directory) -> Decision:
    """One more message than MaxMessagesPerMinute."""
    connector = _own(origin)
    return _beyond(
        origin,
        reply.RATE_LIMITED,
        f"takes {connector.max_messages_per_minute} messages a minute, which is its MaxMessagesPerMinute.",
        "Let its clients send more slowly, or allow more: "
        + command(directory, connector, "max-messages-per-minute", ["NUMBER"]),
    )


def too_big(announced: int, origin: Origin, directory: Directory) -> Decision:
    """A message announced as larger than MaxMessageSize."""
    connector = _own(origin)
    return _beyond(
        origin,
        reply.TOO_BIG,
        f"takes messages up to its MaxMessageSize of {connector.max_message_size} octets, "
        f"and the client announced {announced}.",
        "Send a smaller message (fewer pages, or a lower resolution), or allow more: "
        + command(directory, connector, "max-message-size", ["OCTETS"]),
    )


def too_many_recipients(origin: Origin, directory: Directory) -> Decision:
    """One more recipient than MaxRecipientsPerMessage; the client may send to the rest in a message of their own."""
    connector = _own(origin)
    return _beyond(
        origin,
        reply.TOO_MANY_RECIPIENTS,
        f"takes {connector.max_recipients_per_message} recipients a message, which is its MaxRecipientsPerMessage.",
        "Write to fewer people at once, or to a distribution list, or allow more: "
        + command(directory, connector, "max-recipients-per-message", ["NUMBER"]),
    )


def _beyond(origin: Origin, answer: Reply, words: str, remedy: str) -> Decision:
    name = _own(origin).name
    return Decision(
        result="reject" if answer.code >= 500 else "defer",
        organization=origin.organization,
        connector=name,
        reply=answer,
        reasons=(*origin.reasons, f"Connector {quoted(name)} {words}"),
        remedies=(remedy,),
    )


def _own(origin: Origin) -> InboundConnector:
    assert origin.connector is not None, "limits are a connector's"
    return origin.connector
