"""One request to the admin centre by somebody signed in, and the ways to answer it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gatepost.manage import VERBS, Answer, Caller, Desk, Role, Scope

from ..refusals import Problem, refusal_of
from .catalogue import words_of
from .drawing import draw
from .forms import Form
from .notices import Notice, Notices
from .sentences import read
from .visitor import Preferences, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """What was refused, for the page that shows a form again."""

    all: tuple[Problem, ...] = ()

    def at(self, name: str) -> tuple[Problem, ...]:
        """Those about one field."""
        return tuple(it for it in self.all if (it.field or "") == name)

    def elsewhere(self, names: Iterable[str]) -> tuple[Problem, ...]:
        """Those about none of these fields."""
        known = set(names)
        return tuple(it for it in self.all if it.field not in known)

    def __bool__(self) -> bool:
        return bool(self.all)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page's handler works with. `form` is empty where the request is no form."""

    request: Request
    desk: Desk
    visitor: Visitor
    preferences: Preferences
    notices: Notices = field(repr=False)
    marks: Mapping[str, str]  # of the moment before anything was asked: what the page shows is not older
    form: Form = field(default_factory=Form)

    @property
    def caller(self) -> Caller:
        return self.visitor.caller

    @property
    def may_change(self) -> bool:
        """Whether to show what changes something; `manage` decides again when it is asked."""
        return self.caller.role is not Role.VIEW_ONLY

    @property
    def organizations(self) -> list[str]:
        """Those the caller may look at, by name."""
        own = self.caller.organization
        return [own] if own is not None else sorted(it.name for it in self.desk.config.current().organizations)

    @property
    def sandboxes(self) -> list[str]:
        """Of these, those whose mail is not sent: every page says so."""
        return [it for it in self.organizations if self.desk.config.current().rulebook.is_sandbox(it)]

    @property
    def organization(self) -> str | None:
        """The one being looked at; None means all of them."""
        return self.visitor.organization

    @property
    def partial(self) -> bool:
        """Whether a script of ours asks for a part of the page, not for the page."""
        return self.request.headers.get("hx-request") == "true"

    def gettext(self, text: str) -> str:
        return words_of(self.preferences.language).gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Words for a number, which stands where they say %(num)d."""
        return words_of(self.preferences.language).ngettext(one, many, count) % {"num": count}

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default).strip()

    def seen(self, changed: str) -> str:
        """The state that a form is about: as it was when an interrupted form was drawn, else as it is now."""
        return self.form.text("seen", changed) if self.request.method == "GET" else changed

    def notices_now(self) -> list[Notice]:
        """What is to be said once, on a page and not on a part of one, which shows nothing of it."""
        return [] if self.partial else self.notices.take(self.visitor.seal)

    async def call(self, verb: str, **arguments: Any) -> Answer:
        """Ask the desk, for the organization being looked at. An argument that is None was not given."""
        given = {name: value for name, value in arguments.items() if value is not None}
        if self.organization is not None and "organization" not in given and _takes_organization(verb):
            given["organization"] = self.organization
        return await self.desk.call(verb, given, caller=self.caller)

    def draw(self, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A template with these values; `view` and `problems` are always there."""
        given: Mapping[str, Any] = {"view": self, "problems": Problems(), **values}
        return draw(template, self.preferences.language, status=status, **given)

    def refused(self, error: Exception, template: str, /, **values: Any) -> HTMLResponse:
        """The form again, with what is wrong with it; raises the error if it is none of ours."""
        refusal = refusal_of(error)
        names = {*self.form.fields, *self.form.files, *self.request.query_params}
        problems = Problems(all=tuple(_placed(it, names) for it in refusal.problems))
        return self.draw(template, status=refusal.status, **{"problems": problems, **values})

    def go(self, address: str, notice: str = "", *, warnings: Iterable[str] = ()) -> Response:
        """On to another page, where `notice` and warnings are said once."""
        said = (read(it, self.preferences.language) for it in warnings)
        for text, kind in [(notice, "done"), *((it, "warning") for it in said)]:
            if text:
                self.notices.leave(self.visitor.seal, text, kind)
        if self.partial:
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, status_code=303)


def _placed(problem: Problem, names: Collection[str]) -> Problem:
    """A problem at the field of the form that its sentence begins with, where it has no other place."""
    word = problem.message.partition(" ")[0].rstrip(":")
    return replace(problem, field=word) if problem.field is None and word in names else problem


def _takes_organization(verb: str) -> bool:
    found = VERBS.get(verb)
    return (
        found is not None
        and found.scope is Scope.ORGANIZATION
        and found.names == "organization"
        and verb != "organization.list"
    )
