"""The head of a script: `param( … )` with types, defaults and attributes (about_Functions_Advanced_Parameters)."""

import re
from dataclasses import dataclass, replace

from gatepost.errors import ScriptRefused
from gatepost.mail import visible

from ..tree import Expression, Literal, Script, ScriptParameter, Variable
from .keywords import StatementReader
from .tokens import END

_PARAM = re.compile(r"param(?=\s*\()", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\[\s*+([^\W\d][\w.]*+)\s*+(?=\()")
_NAMED = re.compile(r"([^\W\d]\w*+)[ \t]*+(=?)")
# These change nothing for a script that is run here; CmdletBinding would allow -Verbose, which is always there.
_NO_EFFECT = frozenset({"cmdletbinding", "outputtype", "allownull", "allowemptystring", "allowemptycollection"})
_FILLED = frozenset({"validatenotnull", "validatenotnullorempty", "validatenotnullorwhitespace"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`[Name(value, Key = value)]`; the name and the keys in lower case. A key alone means `$true`."""

    offset: int
    name: str
    values: tuple[Expression, ...]
    named: dict[str, Expression | None]


class ScriptReader(StatementReader):
    """Reads a whole script."""

    def script(self) -> Script:
        self.skip_breaks()
        place = self.place()
        while _ATTRIBUTE.match(self.text, self.at):  # [CmdletBinding()]
            attribute = self._attribute()
            if attribute.name not in _NO_EFFECT:
                raise self._not_here(attribute)
            self.skip_breaks()
        parameters = self._parameters() if _PARAM.match(self.text, self.at) else ()
        body = self.statements(END, self.at)
        return Script(place=place, parameters=parameters, body=body, text=self.source.text)

    def _parameters(self) -> tuple[ScriptParameter, ...]:
        self.at += len("param")
        self.skip_lines()
        start = self.at
        self.enter()
        self.at += 1
        found: list[ScriptParameter] = []
        while self.skip_lines() != ")":
            if found:
                if self.text[self.at] != ",":
                    raise self._in_head(start)
                self.at += 1
                self.skip_lines()
            one = self._parameter(len(found), start)
            if any(one.name.casefold() == other.name.casefold() for other in found):
                raise self.source.refused_at(
                    one.place, f"The parameter ${visible(one.name, 40)} stands here twice. Remedy: delete one of them."
                )
            found.append(one)
        self.close(")", start)
        return tuple(found)

    def _parameter(self, position: int, opened: int) -> ScriptParameter:
        """`[Parameter(Mandatory)] [ValidateSet('a', 'b')] [string] $Name = 'a'`."""
        parameter = ScriptParameter(place=self.place(), name="")
        while self.skip_lines() == "[":
            if _ATTRIBUTE.match(self.text, self.at):
                parameter = self._with(self._attribute(), parameter, position)
            else:
                parameter = replace(parameter, type_name=self.type_name().name)
        if self.text[self.at] != "$":
            raise self._in_head(opened)
        parameter = replace(parameter, name=self.variable().name)
        if self.skip_lines() != "=":
            return parameter
        self.at += 1
        self.skip_lines()
        return replace(parameter, default=self.expression(commas=False))

    def _in_head(self, opened: int) -> Exception:
        if self.text[self.at] == END:
            return self.unclosed(")", opened)
        return self.refused(
            "This is no parameter of the script. Remedy: write param([type]$Name = value, …), with commas between."
        )

    # --- attributes ---

    def _attribute(self) -> Attribute:
        found = _ATTRIBUTE.match(self.text, self.at)
        assert found is not None
        offset, opened = self.at, found.end()
        values: list[Expression] = []
        named: dict[str, Expression | None] = {}
        self.at = opened
        self.enter()
        self.at += 1
        while self.skip_lines() != ")":
            if values or named:
                if self.text[self.at] != ",":
                    raise self.misplaced()
                self.at += 1
                self.skip_lines()
            if key := _NAMED.match(self.text, self.at):
                self.at = key.end()
                self.skip_lines()
                named[key[1].lower()] = self.expression(commas=False) if key[2] else None
            else:
                values.append(self.expression(commas=False))
        self.close(")", opened)
        if self.skip_lines() != "]":
            raise self.unclosed("]", offset) if self.text[self.at] == END else self.misplaced()
        self.at += 1
        return Attribute(offset=offset, name=found[1].lower(), values=tuple(values), named=named)

    def _with(self, attribute: Attribute, parameter: ScriptParameter, position: int) -> ScriptParameter:
        """The parameter as this attribute describes it."""
        name, named = attribute.name, attribute.named
        if name in _NO_EFFECT:
            return parameter
        if name in _FILLED and not attribute.values and not named:
            return replace(parameter, filled=True)
        if name == "validateset" and attribute.values and not named:
            choices = tuple(str(value.value) for value in attribute.values if isinstance(value, Literal))
            if len(choices) == len(attribute.values):
                return replace(parameter, choices=choices)
        if name == "parameter" and not attribute.values and not named.keys() - {"mandatory", "position", "helpmessage"}:
            if _says(named, "position") not in (None, position):
                raise self.refused(
                    f"Parameters take values without names in the order they are written in; this one is number "
                    f"{position}, counted from 0. Remedy: delete Position, or move the parameter.",
                    at=attribute.offset,
                )
            mandatory = _says(named, "mandatory")
            if mandatory in (None, True, False):
                return replace(parameter, mandatory=bool(mandatory))
        raise self._not_here(attribute)

    def _not_here(self, attribute: Attribute) -> ScriptRefused:
        return self.refused(
            f"[{visible(attribute.name, 40)}( … )] in this form is not understood here. "
            "Remedy: use [Parameter(Mandatory)], [ValidateSet('a', 'b')] or [ValidateNotNullOrEmpty()], "
            "and check other conditions with if and throw.",
            at=attribute.offset,
        )


def _says(named: dict[str, Expression | None], key: str) -> object:
    """What is written for a key: a literal's value, True for `$true` or for the key alone; None if it is not there."""
    if key not in named:
        return None
    value = named[key]
    if value is None:
        return True
    if isinstance(value, Variable):
        return {"true": True, "false": False}.get(value.name.lower(), value)
    return value.value if isinstance(value, Literal) else value
