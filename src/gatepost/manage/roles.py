"""Who asks, in which role, and what that role may do: one table of rules for every face.

Exchange's two role groups, and above them the owner, who holds the server's files and so its admin socket:

    View-Only Organization Management   reads what its organization has
    Organization Management             reads and changes it
    Owner                               everything, in every organization

Whoever belongs to one organization neither sees nor touches another: its objects are not found, as if they were not
there. What concerns the whole server needs the owner, or Organization Management of every organization.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gatepost.config import PROPERTIES, ObjectKind, Record, RoleGroup, World
from gatepost.connectors import SmtpUser
from gatepost.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from .desk import Answer


class Role(StrEnum):
    """What a caller may do, most first; the value is the word in sentences."""

    OWNER = "Owner"
    ORGANIZATION_MANAGEMENT = RoleGroup.ORGANIZATION_MANAGEMENT.value
    VIEW_ONLY = RoleGroup.VIEW_ONLY.value


class Scope(StrEnum):
    """What a verb concerns."""

    ORGANIZATION = "organization"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `organization` None means every organization; `address` is where the wish came from, where known.

    `origin` is the face: `cli`, `rest`, `cmdlet` or `web`.
    """

    who: str
    origin: str
    role: Role
    organization: str | None
    address: str | None = None

    @classmethod
    def owner(cls, who: str, *, origin: str = "cli") -> "Caller":
        """Whoever may open the server's own files, and so may do everything."""
        return cls(who=who, origin=origin, role=Role.OWNER, organization=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that an operator can do.

    `changes`: it stores, sends or drops something, so the view-only role may not. `names` is the argument that names
    the organization; a caller of one organization has it filled in.
    """

    function: Callable[..., Awaitable["Answer"]]
    changes: bool
    scope: Scope = Scope.ORGANIZATION
    names: str = "organization"


def permitted(name: str, verb: Verb, arguments: Mapping[str, Any], *, caller: Caller, world: World) -> dict[str, Any]:
    """The arguments as this caller may give them; raises NotAllowed, or NotFound for another's organization."""
    if verb.changes and caller.role is Role.VIEW_ONLY:
        raise NotAllowed(
            f"{name} changes something, and {caller.who} has the role {Role.VIEW_ONLY}. "
            f"Remedy: ask somebody with the role {Role.ORGANIZATION_MANAGEMENT}."
        )
    if verb.scope is Scope.SERVER:
        for_all_of_them(caller, name)
    if caller.organization is None:
        return dict(arguments)
    given = arguments.get(verb.names)
    if given is not None and not _same(world, given, caller.organization):
        raise NotFound(f"No organization is called '{given}'. Remedy: use {caller.organization}, or leave it out.")
    return {**arguments, verb.names: caller.organization}


def for_all_of_them(caller: Caller, what: str) -> None:
    """Raise NotAllowed unless the caller's role holds in every organization. `what` begins the sentence."""
    if caller.organization is not None:
        raise NotAllowed(
            f"{what} concerns the whole server, and {caller.who} has a role in organization '{caller.organization}' "
            f"alone. Remedy: ask somebody with the role {Role.ORGANIZATION_MANAGEMENT} of every organization, or use "
            "the gatepost command on the server."
        )


def within_reach(caller: Caller, pairs: Iterable[tuple[Record | None, Record | None]]) -> None:
    """Raise NotAllowed where a change reaches beyond the caller's organization.

    Out of reach are other organizations' objects, however they came into the change; users whose role groups hold in
    every organization, because with their password one has the server; and files of the server.
    """
    if caller.organization is None:
        return
    for before, after in pairs:
        for record in (before, after):
            if record is not None and _beyond(record, caller.organization):
                for_all_of_them(caller, record.label)
        for name in _new_places(before, after) if after is not None else ():
            for_all_of_them(caller, f"{name}, a place on the server's disk,")


def _new_places(before: Record | None, after: Record) -> Iterator[str]:
    """The properties that now name another file or folder of the server than before."""
    for item in PROPERTIES[after.kind]:
        old, new = (getattr(it.model, item.field) if it is not None else None for it in (before, after))
        if item.on_disk and new and new != old:
            yield item.name


def _beyond(record: Record, organization: str) -> bool:
    owner = record.name if record.kind is ObjectKind.ORGANIZATION else record.organization
    return owner != organization or (isinstance(record.model, SmtpUser) and record.model.all_organizations)


def _same(world: World, given: Any, organization: str) -> bool:
    """Whether a name or GUID means the organization; an empty name means it as well."""
    try:
        return given == "" or (isinstance(given, str) and world.organization(given) == organization)
    except NotFound:
        return False
