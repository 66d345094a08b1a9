"""The four cmdlets that every kind of object has: New-, Get-, Set- and Remove-."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gatepost.config import ObjectKind
from gatepost.shell import Bound, Parameter

from .cmdlet import Cmdlet, Shown, Wish, as_listed, nothing
from .properties import (
    ANY_IDENTITY,
    FORCE,
    IDENTITY,
    ORGANIZATION,
    in_organization,
    properties_of,
)
from .sizes import RESULT_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What the four have in common. `verbs` is the first half of their verbs' names, `extra` their fixed arguments."""

    noun: str
    kind: ObjectKind
    verbs: str
    columns: tuple[str, ...]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def _one(self) -> str:
        """The kind with its article."""
        return f"{'an' if str(self.kind)[0] in 'aeio' else 'a'} {self.kind}"

    def new(
        self, *parameters: Parameter, name: Callable[[Bound], Any] = lambda bound: bound.get("Name"), example: str
    ) -> Cmdlet:
        """`name` says what the object will be called."""

        def wish(bound: Bound) -> Wish:
            return self._wish("add", bound, name=name(bound), properties=properties_of(self.kind, bound))

        return Cmdlet(
            name=f"New-{self.noun}",
            synopsis=f"Adds {self._one}; what is not given takes its default.",
            parameters=(*parameters, ORGANIZATION),
            translate=wish,
            target=lambda bound: str(name(bound)),
            columns=self.columns,
            changes=True,
            example=example,
        )

    def get(self, *parameters: Parameter, show: Callable[[Any, Bound], Shown] = as_listed, example: str) -> Cmdlet:
        """Without an identity, or with `$null`, all of them; an unknown identity is an error, never all (DESIGN 3)."""

        def wish(bound: Bound) -> Wish:
            identity = bound.get("Identity")
            if identity is None or identity == "":
                return self._wish("list", bound)
            return self._wish("show", bound, identity=identity)

        return Cmdlet(
            name=f"Get-{self.noun}",
            synopsis=f"Shows one {self.kind}, or all of them.",
            parameters=(ANY_IDENTITY, *parameters, RESULT_SIZE, ORGANIZATION),
            translate=wish,
            show=show,
            columns=self.columns,
            example=example,
        )

    def set(self, *parameters: Parameter, example: str) -> Cmdlet:
        def wish(bound: Bound) -> Wish:
            properties = properties_of(self.kind, bound)
            if "Name" in bound:
                properties["Name"] = bound.get("Name")
            return self._wish("set", bound, identity=bound.get("Identity"), properties=properties)

        def unchanged(value: Any, bound: Bound) -> tuple[str, ...]:
            if "Name" in bound or properties_of(self.kind, bound):
                return ()
            return (f"Nothing of {self.kind} '{value['Name']}' was changed: no property was given.",)

        return Cmdlet(
            name=f"Set-{self.noun}",
            synopsis=f"Changes the given properties of {self._one}.",
            parameters=(IDENTITY, *parameters, ORGANIZATION, FORCE),
            translate=wish,
            show=nothing,
            remarks=unchanged,
            changes=True,
            example=example,
        )

    def remove(self, *, example: str) -> Cmdlet:
        def wish(bound: Bound) -> Wish:
            return self._wish("remove", bound, identity=bound.get("Identity"))

        return Cmdlet(
            name=f"Remove-{self.noun}",
            synopsis=f"Removes exactly one {self.kind}. It asks first, unless -Confirm:$false is given.",
            parameters=(IDENTITY, ORGANIZATION, FORCE),
            translate=wish,
            show=nothing,
            changes=True,
            asks=True,
            example=example,
        )

    def _wish(self, verb: str, bound: Bound, **arguments: Any) -> Wish:
        return Wish(verb=f"{self.verbs}.{verb}", arguments=arguments | self.extra | in_organization(bound))
