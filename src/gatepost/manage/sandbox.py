"""The sandbox: mail that is kept to be looked at, and not sent.

It is held mail like any other (queue.py lists, releases and drops it); here is what may be done with it alone: its
letters may be read, because it is for that that they are kept.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from gatepost.config import Record
from gatepost.connectors import Organization
from gatepost.errors import ConfigRefused
from gatepost.spool import State

from .asked import unknown, whose
from .desk import Answer, Call

_MOST = 40 << 20  # octets: what the admin socket answers in one line


async def show(
    call: Call,
    *,
    id: str,  # noqa: A002
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """The whole message, in Base64; the audit log says who has read it. Only of a message in the sandbox.

    `what_if` says how large it is, and shows nothing of it.
    """
    spool = call.desk.spool
    message = await spool.show(id, organization=whose(call, organization))
    if message is None:
        raise unknown(id)
    if not any(it.sandbox and it.state is State.HELD for it in message.recipients):
        raise ConfigRefused(
            [f"Message '{id}' is not in the sandbox. Remedy: look at what is: gatepost sandbox list."],
        )
    if message.octets > _MOST:
        raise ConfigRefused(
            [
                f"Message '{id}' has {message.octets} octets, and {_MOST} can be shown. "
                f"Remedy: release it to a mailbox: gatepost sandbox release {id}."
            ]
        )
    if what_if:
        return Answer(value={"id": id, "octets": message.octets, "message": ""})
    octets = await spool.content(id)
    if octets is None:
        raise unknown(id)
    await call.note("read", "message", id, {"sender": message.sender, "subject": message.subject})
    return Answer(value={"id": id, "octets": len(octets), "message": b64encode(octets).decode()})


async def on_sandbox(call: Call, before: Record, after: Mapping[str, Any]) -> tuple[str, ...]:
    """What stays as it was when an organization becomes a sandbox or is none any more: the change counts from the next
    message on."""
    was = isinstance(before.model, Organization) and before.model.sandbox
    if was == after["Sandbox"] or not call.desk.has_spool:
        return ()
    if after["Sandbox"]:
        waiting = (await call.desk.spool.counts(organization=before.name)).waiting
        words = f"that waits already is still sent (recipients: {waiting}). Remedy: hold what is not to leave."
        return (f"Mail of organization '{before.name}' {words}",) if waiting else ()
    groups = await call.desk.spool.held_by(organization=before.name)
    kept = sum(it.recipients for it in groups if it.sandbox)
    words = (
        f"that is in the sandbox stays there (recipients: {kept}). Remedy: send it with gatepost sandbox release --all"
    )
    return (f"Mail of organization '{before.name}' {words}, or throw it away with drop --all.",) if kept else ()
