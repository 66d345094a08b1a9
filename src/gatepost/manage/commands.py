"""One new connector as the other faces write it: a cmdlet, a command line, a JSON body for REST.

Pure, and made from the table of properties alone. What is a default anyway is left out, and so is who made it; a
secret is never written, but what stands in its place says that one is needed.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from gatepost.config import PROPERTIES, ObjectKind, Property

from .recreate import written

_CMDLETS = {ObjectKind.INBOUND: "New-InboundConnector", ObjectKind.OUTBOUND: "New-OutboundConnector"}
_ALWAYS = frozenset({"ConnectorType", "RequireTls", "UseMXRecord"})  # their defaults hang on the other properties
_RESULTS = frozenset({"ConnectorSource", "IsValidated", "LastValidationTimestamp"})
_PLACE = "(the secret)"


def commands_of(
    kind: ObjectKind, name: str, properties: Mapping[str, Any], *, organization: str | None = None
) -> dict[str, str]:
    """`PowerShell`, `Cli` and `Json`, each ready to be pasted."""
    decided = list(_decided(kind, properties))
    return {
        "PowerShell": _cmdlet(kind, name, decided, organization),
        "Cli": _command_line(kind, name, decided, organization),
        "Json": _body(name, decided, organization),
    }


def _decided(kind: ObjectKind, properties: Mapping[str, Any]) -> Iterator[tuple[Property, Any]]:
    for item in PROPERTIES[kind]:
        value = properties.get(item.name)
        plain = value in (None, "", [], ()) or value == item.default
        if item.name not in _RESULTS and (not plain or (item.name in _ALWAYS and value is not None)):
            yield item, _PLACE if item.kind.secret else value


def _cmdlet(kind: ObjectKind, name: str, decided: list[tuple[Property, Any]], organization: str | None) -> str:
    pairs = [("Name", name), *((item.name, value) for item, value in decided)]
    if organization is not None:
        pairs.append(("Organization", organization))
    return " ".join([_CMDLETS[kind], *(f"-{word} {written(value)}" for word, value in pairs)])


def _command_line(kind: ObjectKind, name: str, decided: list[tuple[Property, Any]], organization: str | None) -> str:
    words = ["gatepost", "connector", "add", *(["--outbound"] if kind is ObjectKind.OUTBOUND else [])]
    words += _flag("--name", name)
    for item, value in decided:
        for one in value if item.kind.each else [value]:
            words += _flag(item.flag, ("true" if one else "false") if isinstance(one, bool) else str(one))
    if organization is not None:
        words += _flag("--organization", organization)
    return shlex.join(words)


def _flag(flag: str, value: str) -> list[str]:
    """A value that looks like a flag is bound to its own."""
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def _body(name: str, decided: list[tuple[Property, Any]], organization: str | None) -> str:
    body: dict[str, Any] = {"Name": name, **{item.name: value for item, value in decided}}
    if organization is not None:
        body["Organization"] = organization
    return json.dumps(body, indent=2, ensure_ascii=False)
