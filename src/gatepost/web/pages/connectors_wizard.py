"""/connectors/new: the wizard, one page a step. What was typed so far is a draft on the server.

Each step is judged as soon as it is sent, by the code that will judge the whole: `connector.add` as a supposition.
What it says of steps that nobody has seen yet is not told. A way out can be validated before it is stored
(connectors_trying.py).
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import ConfigRefused, GatepostError
from gatepost.manage import Answer

from ..refusals import AskedWrongly, Refusal, refusal_of
from .centre import Centre
from .connectors_answers import whole
from .connectors_certificates import with_certificate
from .connectors_drafts import Draft, Drafts
from .connectors_scenarios import FIELDS, SCENARIOS, fresh, merged, missing, rows
from .connectors_sentences import ends, sections
from .connectors_trying import outcome, run_of, try_out
from .forms import Form
from .view import View

_STEP = "connectors/step.html"


def routes(centre: Centre, drafts: Drafts) -> list[BaseRoute]:
    """The first step, every other one, and the end."""
    wizard = Wizard(drafts=drafts)
    return [
        centre.page("/connectors/new", wizard.begin),
        centre.form("/connectors/new", wizard.begun),
        centre.page("/connectors/new/{key}/{step}", wizard.show),
        centre.form("/connectors/new/{key}/{step}", wizard.take),
        centre.page("/connectors/{kind}/{guid}/created", wizard.created),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """The handlers, around the drafts that they share."""

    drafts: Drafts

    async def begin(self, view: View) -> Response:
        """Where mail comes from and goes to. Other pages link here with an address to allow."""
        chosen = view.form.text("scenario") or view.asked("scenario") or "own-server"
        return self._mail_flow(view, chosen=chosen)

    async def begun(self, view: View) -> Response:
        scenario = SCENARIOS.get(view.form.text("scenario"))
        if scenario is None:
            return view.refused(
                ConfigRefused(["scenario is not chosen. Remedy: choose one."]), _STEP, **_first(view, "")
            )
        fields = {**fresh(scenario), "organization": (view.form.text("organization"),)}
        if (address := view.form.text("ip")) and not scenario.outbound:
            fields |= {"identify": ("ip",), "SenderIPAddresses": (address,)}
        draft = self.drafts.begin(view.caller.who, fields)
        return view.go(draft.address("name"))

    async def show(self, view: View) -> Response:
        draft, step = self._asked(view)
        if view.form:  # interrupted by the end of a session
            draft = self.drafts.keep(draft, fields=merged(draft.fields, step, view.form))
        if step == "mail-flow":
            return self._mail_flow(view, chosen=draft.scenario.key, draft=draft)
        if step == "review":
            if draft.first_open != "review":
                return view.go(draft.address(draft.first_open))
            return await self._review(view, draft)
        return view.draw(_STEP, **await _told(view, draft, step))

    async def take(self, view: View) -> Response:
        """One step's form, on to the next or back to the one before; the last one makes the connector."""
        draft, step = self._asked(view)
        if step == "review":
            return await self._create(view, draft)
        if step == "mail-flow":
            return self._redirected(view, draft)
        draft = self.drafts.keep(draft, fields=merged(draft.fields, step, view.form))
        if view.form.text("go") == "back":
            return view.go(draft.address(draft.beside(step, -1)))
        try:
            draft = self.drafts.keep(draft, fields=await with_certificate(view, step, draft.fields))
        except GatepostError as error:
            return view.refused(error, _STEP, **_values(draft, step))
        problems = await self._problems(view, draft, step)
        if problems is not None:
            self.drafts.keep(draft, passed=draft.passed - {step})
            return view.refused(problems, _STEP, **await _told(view, draft, step))
        if step == "validation" and (answer := await self._tried(view, draft)) is not None:
            return answer
        self.drafts.keep(draft, passed=draft.passed | {step})
        return view.go(draft.address(draft.beside(step, +1)))

    async def _tried(self, view: View, draft: Draft) -> Response | None:
        """What the buttons of the validation do; None to go on to the next step."""
        go = view.form.text("go")
        if go in ("validate", "stop"):
            try:
                draft = self.drafts.keep(draft, **await try_out(view, draft, go))
            except GatepostError as error:
                return view.refused(error, _STEP, **await _told(view, draft, "validation"))
            return view.go(draft.address("validation"))
        run = await run_of(view, draft)
        if run is None or run["succeeded"] or go == "anyway":
            return None
        return view.draw(_STEP, **await _told(view, draft, "validation") | {"unsure": True})

    async def created(self, view: View) -> Response:
        from .connectors import found, kind_of

        targets = (await view.call("test.targets")).value
        offered = any(it["kind"] == "listener" and it["tls"] != ["none"] for it in targets)
        connector = await found(view)
        return view.draw("connectors/created.html", connector=connector, kind=kind_of(view), tls_offered=offered)

    def _asked(self, view: View) -> tuple[Draft, str]:
        """The draft and the step of the address; raises NotFound, or AskedWrongly for a step of another scenario."""
        draft = self.drafts.find(str(view.request.path_params["key"]), view.caller.who)
        step = str(view.request.path_params["step"])
        if step not in draft.scenario.steps:
            raise AskedWrongly(404, "not_found", "There is no such step. Remedy: begin again with Add a connector.")
        return draft, step

    def _mail_flow(self, view: View, *, chosen: str, draft: Draft | None = None) -> Response:
        return view.draw(_STEP, **_first(view, chosen, draft))

    def _redirected(self, view: View, draft: Draft) -> Response:
        """Another scenario keeps what both ask for, and begins anew with the rest."""
        scenario = SCENARIOS.get(view.form.text("scenario"), draft.scenario)
        fields = {**draft.fields, "organization": (view.form.text("organization"),)}
        passed = draft.passed
        if scenario is not draft.scenario:
            fields = {**fields, **fresh(scenario)}
            passed = frozenset({"mail-flow"})
        draft = self.drafts.keep(draft, fields=fields, passed=passed)
        return view.go(draft.address("name"))

    async def _problems(self, view: View, draft: Draft, step: str) -> GatepostError | None:
        """What is wrong with the steps seen so far."""
        seen = [it for it in draft.scenario.steps if it in draft.passed or it == step]
        wrong = missing(step, draft.given)
        try:
            await self._added(view, draft, seen, what_if=True)
        except GatepostError as error:
            refusal = refusal_of(error)
            known = {name for it in seen for name in FIELDS[it]}
            kept = tuple(it for it in refusal.problems if it.field is None or it.field in known)
            told = {it.field for it in kept}
            if more := [it for it in wrong if it.partition(" ")[0] not in told]:
                kept += refusal_of(ConfigRefused(more)).problems
            if not kept:
                return None
            found = AskedWrongly(refusal.status, refusal.code, kept[0].message)
            found.refusal = Refusal(status=refusal.status, code=refusal.code, problems=kept)
            return found
        return ConfigRefused(wrong) if wrong else None

    async def _added(self, view: View, draft: Draft, steps: Any, *, what_if: bool) -> Answer:
        properties = {**draft.carried, **whole(draft.scenario, draft.given, steps), "ConnectorSource": "AdminUI"}
        if not what_if:
            properties |= outcome(await run_of(view, draft))
        return await view.call(
            "connector.add",
            name=draft.given.text("Name"),
            properties=properties,
            outbound=draft.scenario.outbound,
            organization=draft.organization,
            what_if=what_if or None,
        )

    async def _review(self, view: View, draft: Draft, error: GatepostError | None = None) -> Response:
        scenario = draft.scenario
        try:
            answer = await self._added(view, draft, scenario.steps, what_if=True)
        except GatepostError as refused:
            step = _step_of(draft, refused)
            return view.refused(refused, _STEP, **_values(draft, step))
        properties = {**draft.carried, **whole(scenario, draft.given, scenario.steps)}
        arguments = {
            "name": draft.given.text("Name"),
            "properties": properties,
            "outbound": scenario.outbound,
            "organization": draft.organization,
        }
        values: dict[str, Any] = {
            **_values(draft, "review"),
            "connector": answer.value,
            "ends": ends(answer.value, view, outbound=scenario.outbound),
            "sections": [
                it for it in sections(answer.value, view, outbound=scenario.outbound) if it.step in scenario.steps
            ],
            "recipients": rows(draft.given, "ValidationRecipients"),
            "run": await run_of(view, draft),
            "warnings": answer.warnings,
            "commands": (await view.call("connector.commands", **arguments)).value,
            "foreseen": await _foreseen(view, arguments),
        }
        if error is not None:
            return view.refused(error, "connectors/review.html", **values)
        return view.draw("connectors/review.html", **values)

    async def _create(self, view: View, draft: Draft) -> Response:
        if view.form.text("go") == "back":
            return view.go(draft.address(draft.beside("review", -1)))
        if draft.first_open != "review":
            return view.go(draft.address(draft.first_open))
        try:
            answer = await self._added(view, draft, draft.scenario.steps, what_if=False)
        except GatepostError as error:
            return await self._review(view, draft, error)
        self.drafts.end(draft)
        address = f"/connectors/{draft.scenario.kind}/{answer.value['Guid']}/created"
        return view.go(address, warnings=answer.warnings)


async def _foreseen(view: View, arguments: dict[str, Any]) -> Any:
    """What of the last days' sessions would now be accepted or refused; None where it decides nothing there."""
    if arguments["outbound"]:
        return None
    return (await view.call("connector.foresee", **arguments)).value


def _step_of(draft: Draft, error: GatepostError) -> str:
    """Where the first problem is told."""
    names = [it.field for it in refusal_of(error).problems]
    steps = [step for step in draft.scenario.steps for name in names if name in FIELDS[step]]
    return steps[0] if steps else "name"


def _first(view: View, chosen: str, draft: Draft | None = None) -> dict[str, Any]:
    given = draft.given if draft is not None else Form(fields={"organization": (view.form.text("organization"),)})
    return {
        "scenario": draft.scenario if draft is not None else None,
        "scenarios": SCENARIOS,
        "draft": draft,
        "step": "mail-flow",
        "given": given,
        "chosen": chosen,
        "ip": view.form.text("ip") or view.asked("ip"),
        "new": True,
    }


def _values(draft: Draft, step: str) -> dict[str, Any]:
    return {
        "scenario": draft.scenario,
        "draft": draft,
        "step": step,
        "given": draft.given,
        "new": True,
    }


async def _told(view: View, draft: Draft, step: str) -> dict[str, Any]:
    """What a step shows, with the validation that goes on or has ended."""
    run = await run_of(view, draft) if step == "validation" else None
    return {**_values(draft, step), "run": run, "unsure": False}
