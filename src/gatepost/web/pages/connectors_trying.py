"""The validation email of a connector that is not stored yet: begun, watched and stopped from a step of the wizard."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatepost.errors import GatepostError, NotFound, Refused

from ..refusals import AskedWrongly, refusal_of
from .connectors_answers import whole
from .connectors_drafts import Draft
from .connectors_scenarios import rows
from .view import View

Run = Mapping[str, Any]


def wished(draft: Draft) -> dict[str, Any]:
    """The connector as it would be, as far as it matters to a validation."""
    steps = [it for it in draft.scenario.steps if it not in ("name", "review")]
    return {**draft.carried, **whole(draft.scenario, draft.given, steps)}


async def try_out(view: View, draft: Draft, go: str) -> dict[str, Any]:
    """Begin a validation, or stop the one that goes on; what the draft is to keep of it. Raises what is refused."""
    if go == "stop":
        if await run_of(view, draft) is not None:
            await view.call("validation.stop", id=draft.validation)
        return {}
    if (run := await run_of(view, draft)) is not None and run["running"]:
        return {}  # the button was pressed twice
    properties = wished(draft)
    try:
        answer = await view.call(
            "validation.begin",
            name=draft.given.text("Name"),
            properties=properties,
            recipients=rows(draft.given, "ValidationRecipients"),
            organization=draft.organization,
        )
    except Refused as error:
        raise _at_the_field(error) from None
    return {"validation": answer.value["id"], "validated": properties}


async def run_of(view: View, draft: Draft) -> Run | None:
    """The validation of these very answers; None where there is none, or they have changed since."""
    if not draft.validation or draft.validated != wished(draft):
        return None
    try:
        run: Run = (await view.call("validation.show", id=draft.validation)).value
    except NotFound:
        return None
    return run


def outcome(run: Run | None) -> dict[str, Any]:
    """What is stored of a validation with its connector; nothing of one that has not ended."""
    if run is None or run["running"]:
        return {}
    return {"IsValidated": run["succeeded"], "LastValidationTimestamp": run["ended"]}


def _at_the_field(error: GatepostError) -> AskedWrongly:
    """Everything else of the connector has been looked at: what is wrong now are the recipients."""
    refusal = refusal_of(error)
    problems = tuple(replace(it, field=it.field or "ValidationRecipients") for it in refusal.problems)
    found = AskedWrongly(refusal.status, refusal.code, problems[0].message)
    found.refusal = replace(refusal, problems=problems)
    return found
