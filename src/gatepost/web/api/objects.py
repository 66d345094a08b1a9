"""What operators decide, as resources: list, show, add, change, remove; one table, the same five routes a row.

Objects are found by name or GUID (a name with a slash only by GUID). Bodies are Exchange's properties; `Name` is the
name, and what only tells where an object stands (`Guid`, `Identity`, times) is ignored, so that what was read can be
sent back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from gatepost.config import ObjectKind
from gatepost.errors import ConfigRefused, NotFound
from gatepost.manage import Answer

from ..refusals import one_refused
from .answers import Cursor, Limit, must_match, page_of, paged, said, tagged
from .asking import BEARER, Asked, AskedRoute, Known
from .documented import ASKING, CHANGING, READING, answers, body
from .object_schemas import name_of

Organization = Annotated[
    str | None,
    Query(max_length=255, description="The organization, by name or GUID; needless while there is only one."),
]
WhatIf = Annotated[bool, Query(description="Check everything and say what would be; store nothing.")]
IfMatch = Annotated[
    str | None, Header(description="ETags of the object: change it only while it is in one of these states.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of object. `noun` is the first half of its verbs, `fixed` what its verbs are always told.

    `shows`: there is a verb that shows one; else it is looked up in the list. `scoped`: it belongs to an organization.
    """

    path: str
    kind: ObjectKind
    noun: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    shows: bool = True
    scoped: bool = True

    @property
    def word(self) -> str:
        """For names of operations: `inbound_connector`."""
        return str(self.kind).replace(" ", "_").lower()

    def key(self, found: Mapping[str, Any]) -> str:
        """What names exactly this one; organizations go by name, as everything in them does."""
        return str(found["Guid"] if self.scoped else found["Name"])

    async def one(self, asked: Asked, identity: str, organization: str | None) -> dict[str, Any]:
        """The object of that name or GUID; raises NotFound."""
        if self.shows:
            answer = await asked.call(f"{self.noun}.show", identity=identity, organization=organization, **self.fixed)
            found: dict[str, Any] = answer.value
            return found
        answer = await asked.call(f"{self.noun}.list", organization=organization, **self.fixed)
        wanted = identity.strip().lower()
        for row in answer.value:
            if wanted in (row["Name"].lower(), row["Guid"]):
                return dict(row)
        raise NotFound(f"No {self.kind} is called '{identity}'. Remedy: GET /api/v1/{self.path} lists them.")

    async def altered(
        self,
        asked: Asked,
        verb: str,
        identity: str,
        *,
        organization: str | None,
        if_match: str | None,
        what_if: bool,
        **arguments: Any,
    ) -> Answer:
        """Change or remove the object, in the state that If-Match names or not at all; raises AskedWrongly.

        Which state it is is looked at again where it is stored, so that no other face comes in between.
        """
        before = await self.one(asked, identity, organization)
        must_match(if_match, before)
        if if_match is not None and if_match.strip() != "*":
            arguments["seen"] = before["WhenChangedUTC"]
        arguments |= {"identity": self.key(before), "what_if": what_if or None, **_where(self, organization)}
        try:
            return await asked.call(f"{self.noun}.{verb}", **arguments)
        except ConfigRefused:
            must_match(if_match, await self.one(asked, self.key(before), organization))
            raise


RESOURCES = (
    Resource(path="inbound-connectors", kind=ObjectKind.INBOUND, noun="connector", fixed={"outbound": False}),
    Resource(path="outbound-connectors", kind=ObjectKind.OUTBOUND, noun="connector", fixed={"outbound": True}),
    Resource(path="accepted-domains", kind=ObjectKind.DOMAIN, noun="domain"),
    Resource(path="dkim-signing-configs", kind=ObjectKind.SIGNING, noun="dkim"),
    Resource(path="transport-rules", kind=ObjectKind.RULE, noun="rule"),
    Resource(path="organizations", kind=ObjectKind.ORGANIZATION, noun="organization", shows=False, scoped=False),
    Resource(path="users", kind=ObjectKind.USER, noun="user"),
    Resource(path="tokens", kind=ObjectKind.TOKEN, noun="token"),
)


def objects() -> APIRouter:
    """The routes of every resource."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])
    for resource in RESOURCES:
        _reading(router, resource)
        _adding(router, resource)
        _changing(router, resource)
    return router


def _where(resource: Resource, organization: str | None) -> dict[str, Any]:
    """The organization as an argument, for objects that belong to one."""
    return {**resource.fixed, "organization": organization} if resource.scoped else dict(resource.fixed)


def _reading(router: APIRouter, resource: Resource) -> None:
    tags: list[str | Enum] = [resource.path]
    name = name_of(resource.kind)

    @router.get(
        f"/{resource.path}",
        operation_id=f"list_{resource.word}s",
        summary=f"Every {resource.kind}, by organization and name",
        tags=tags,
        responses=answers(name, page=True),
    )
    async def list_them(
        asked: Known, limit: Limit = 100, cursor: Cursor = None, organization: Organization = None
    ) -> Response:
        answer = await asked.call(f"{resource.noun}.list", organization=organization, **resource.fixed)
        return paged(page_of(answer.value, _place, limit=limit, cursor=cursor), asked.request)

    @router.get(
        f"/{resource.path}/{{identity}}",
        operation_id=f"show_{resource.word}",
        summary=f"One {resource.kind}, by name or GUID",
        tags=tags,
        responses=answers(name),
    )
    async def show(asked: Known, identity: str, organization: Organization = None) -> Response:
        return tagged(await resource.one(asked, identity, organization))


def _place(row: Mapping[str, Any]) -> str:
    """The order in which lists come."""
    return f"{(row.get('Organization') or '').lower()}\n{row['Name'].lower()}"


def _adding(router: APIRouter, resource: Resource) -> None:
    name = name_of(resource.kind)

    @router.post(
        f"/{resource.path}",
        operation_id=f"add_{resource.word}",
        summary=f"Add an {resource.kind}" if str(resource.kind)[0] in "aeio" else f"Add a {resource.kind}",
        tags=[resource.path],
        status_code=201,
        responses={
            200: {**answers(name)[200], "description": "With `what_if`: what would have been added."},
            **answers(name, status=201, refused=ASKING),
        },
        openapi_extra=body(f"{name}New"),
    )
    async def add(asked: Known, organization: Organization = None, what_if: WhatIf = False) -> Response:
        given, organization = _owned(await asked.request.properties(), organization)
        if organization is not None and not resource.scoped:
            raise one_refused("organization", "is given, but an organization is in none", "leave it out")
        arguments = {"name": _taken(given, "name"), "properties": given, **_where(resource, organization)}
        if resource.kind is ObjectKind.USER:
            arguments["password"] = _taken(given, "password") or ""
        if resource.kind is ObjectKind.TOKEN:  # `Token` in the answer is the only time that it is told
            arguments["all_organizations"] = _flag(given, "allorganizations")
        answer = await asked.call(f"{resource.noun}.add", what_if=what_if or None, **arguments)
        if what_if:
            return said(answer.value, answer.warnings)
        location = f"/api/v1/{resource.path}/{answer.value['Guid']}"
        return tagged(answer.value, answer.warnings, status=201, headers={"Location": location})


def _changing(router: APIRouter, resource: Resource) -> None:
    name = name_of(resource.kind)
    tags: list[str | Enum] = [resource.path]

    @router.patch(
        f"/{resource.path}/{{identity}}",
        operation_id=f"change_{resource.word}",
        summary="Change the given properties; lists also by what comes and goes",
        tags=tags,
        responses=answers(name, refused=CHANGING),
        openapi_extra=body(f"{name}Change"),
    )
    async def change(
        asked: Known,
        identity: str,
        organization: Organization = None,
        what_if: WhatIf = False,
        if_match: IfMatch = None,
    ) -> Response:
        given, organization = _owned(await asked.request.properties(), organization)
        answer = await resource.altered(
            asked, "set", identity, organization=organization, if_match=if_match, what_if=what_if, properties=given
        )
        return tagged(answer.value, answer.warnings)

    @router.delete(
        f"/{resource.path}/{{identity}}",
        operation_id=f"remove_{resource.word}",
        summary="Remove exactly this one",
        tags=tags,
        responses=answers("Removed", refused=(*READING, 412)),
    )
    async def remove(
        asked: Known,
        identity: str,
        organization: Organization = None,
        what_if: WhatIf = False,
        if_match: IfMatch = None,
    ) -> Response:
        answer = await resource.altered(
            asked, "remove", identity, organization=organization, if_match=if_match, what_if=what_if
        )
        return said(answer.value, answer.warnings)


def _taken(given: dict[str, Any], name: str) -> Any:
    """Take a property out of the body, upper and lower case alike."""
    key = next((key for key in given if key.lower() == name), None)
    return None if key is None else given.pop(key)


def _flag(given: dict[str, Any], name: str) -> bool | None:
    value = _taken(given, name)
    if value is not None and not isinstance(value, bool):
        raise one_refused("AllOrganizations", f"must be true or false, is {value!r}", "write true or false")
    return value


def _owned(given: dict[str, Any], organization: str | None) -> tuple[dict[str, Any], str | None]:
    """The properties, and whose they are: the query says it, or the body's Organization, or both the same."""
    given = dict(given)
    said_inside = _taken(given, "organization")
    if said_inside is None:
        return given, organization
    if not isinstance(said_inside, str):
        raise one_refused("Organization", f"must be text, is {said_inside!r}", "write its name")
    if organization is not None and organization.lower() != said_inside.lower():
        raise one_refused(
            "Organization",
            f"is '{said_inside}' in the body and '{organization}' in the address",
            "leave one of the two out",
        )
    return given, said_inside
