"""Validate a connector: its properties again, and for an outbound one its smart hosts, with a test message if asked.

A stored one is validated at once; one that is not stored yet, as it would be, in a run that can be watched and
stopped. Nothing is stored but, where asked, the result itself.
"""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind, Record, utc
from gatepost.connectors import OutboundConnector
from gatepost.errors import ConfigRefused
from gatepost.mail import Address, BadAddress, domain_matches, parse_mailbox

from .desk import Answer, Call
from .validation_tasks import Validation, run_tasks


async def validate(
    call: Call,
    *,
    identity: str,
    outbound: bool = False,
    organization: str | None = None,
    recipients: list[str] | None = None,
    remember: bool = False,
    what_if: bool = False,
) -> Answer:
    """Look at a stored connector again. `recipients` of an outbound one get a test message through each smart host.

    `remember` stores the result with an outbound connector: IsValidated, LastValidationTimestamp,
    ValidationRecipients. `what_if` looks at its properties alone, asks no host and stores nothing.
    """
    kind = ObjectKind.OUTBOUND if outbound else ObjectKind.INBOUND
    record = call.desk.config.world.find(kind, identity, organization)
    edit = Edit(action="check", kind=kind, name=record.guid, organization=record.organization)
    checked = await call.preview([edit])
    run = Validation(who=call.who, target=record.name)
    run.end(*_CHECKED)
    if isinstance(record.model, OutboundConnector):
        addresses = _addresses(record.model, recipients or [])
        if not what_if:
            await run_tasks(call, record.model, addresses, run)
            if remember:
                await _remember(call, record, run.tasks, recipients or [])
    elif recipients:
        raise ConfigRefused(["recipients belong to an outbound connector. Remedy: leave them out, or say outbound."])
    return Answer(value=run.tasks, warnings=checked.warnings)


_CHECKED = ("Check the properties", "No contradictions.")


async def begin(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any],
    recipients: list[str] | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Begin to validate an outbound connector that is not stored: `id` is what `validation.show` wants.

    `name` and `properties` are those that `connector.add` will get; what that would refuse is refused here. Raises
    TooManyAttempts as well, for each run speaks to hosts that somebody has only typed.
    """
    edit = Edit(
        action="add", kind=ObjectKind.OUTBOUND, name=name, organization=organization, properties=dict(properties)
    )
    foreseen = await call.change([edit], what_if=True)
    model = next(after.model for _, after in foreseen.pairs if after is not None)
    assert isinstance(model, OutboundConnector)
    addresses = _addresses(model, recipients or [])
    if what_if:
        return Answer(value={"id": None}, warnings=foreseen.warnings)
    call.desk.trials.allow(call.who, call.desk.clock())
    told = {"SmartHosts": list(model.smart_hosts), "ValidationRecipients": recipients or []}
    await call.note("validate", "outbound", name, told)
    run = Validation(who=call.who, target=name)
    run.end(*_CHECKED)
    key = call.desk.validations.begin(run, _followed(call, model, addresses, run))
    return Answer(value={"id": key}, warnings=foreseen.warnings)


async def _followed(call: Call, model: OutboundConnector, addresses: list[Address], run: Validation) -> None:
    try:
        await run_tasks(call, model, addresses, run)
    finally:
        run.ended = call.desk.clock()


async def show(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """How far a validation is: what it is doing, the tasks that have ended, what was said; only for who began it."""
    return Answer(value=_shown(call.desk.validations.find(id, call.who)))


async def stop(call: Call, *, id: str, organization: str | None = None) -> Answer:  # noqa: A002
    """End a validation where it is. One that has ended stays as it is."""
    run = call.desk.validations.find(id, call.who)
    run.stopped = run.stopped or run.running
    await call.desk.validations.stop(id)
    if run.ended is None:  # it had not even begun
        run.ended = call.desk.clock()
    return Answer(value=_shown(run))


def _shown(run: Validation) -> dict[str, Any]:
    said = [{"at": it.at, "side": str(it.side), "text": it.text} for it in run.said]
    return {
        "target": run.target,
        "running": run.running,
        "stopped": run.stopped,
        "succeeded": run.succeeded,
        "ended": None if run.ended is None else utc(run.ended),
        "doing": run.doing if run.running else "",
        "tasks": list(run.tasks),
        "said": said,
    }


async def _remember(call: Call, record: Record, tasks: list[dict[str, Any]], recipients: list[str]) -> None:
    properties = {
        "IsValidated": all(it["IsTaskSuccessful"] for it in tasks),
        "LastValidationTimestamp": utc(call.desk.clock()),
        "ValidationRecipients": recipients,
    }
    edit = Edit(
        action="set", kind=record.kind, name=record.guid, organization=record.organization, properties=properties
    )
    await call.change([edit])


def _addresses(connector: OutboundConnector, texts: list[str]) -> list[Address]:
    """The recipients, each in a domain of the connector; raises ConfigRefused with every problem."""
    found, problems = [], []
    for text in texts:
        try:
            address = parse_mailbox(text)
        except BadAddress as wrong:
            problems.append(f"recipient '{text}' is not an address: {wrong}. Remedy: write user@contoso.com.")
            continue
        covered = any(domain_matches(pattern, address.domain) for pattern in connector.recipient_domains)
        if not covered and not connector.all_accepted_domains:
            problems.append(
                f"recipient '{text}': The domain of the recipient is not configured as part of connector. "
                "Remedy: choose one in RecipientDomains."
            )
        found.append(address)
    if problems:
        raise ConfigRefused(problems)
    return found
