"""What FastAPI and pydantic find wrong with a request, in our words."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from .. import refusals
from ..refusals import MOST_CHARACTERS, Problem, Refusal, refused


def refusal_of(error: Exception) -> Refusal:
    """The refusal for an error that a program's request ended with; raises it again if it is none of ours."""
    if isinstance(error, RequestValidationError):
        return refused(422, "refused", [_mistake(it) for it in error.errors()])
    return refusals.refusal_of(error)


def _mistake(mistake: Mapping[str, Any]) -> Problem:
    """One finding of pydantic in our words."""
    place = [part for part in mistake["loc"] if part not in ("body", "query", "path", "header")]
    name = ".".join(map(str, place)) or None
    words, remedy = _words(mistake["type"], mistake.get("ctx") or {}, mistake["msg"])
    return Problem(field=name, message=f"{name or 'The body'} {words}."[:MOST_CHARACTERS], remedy=remedy)


def _words(kind: str, limits: Mapping[str, Any], otherwise: str) -> tuple[str, str]:
    match kind:
        case "missing":
            return "is missing", "give it."
        case "extra_forbidden":
            return "is not known here", "leave it out; what is known stands in /api/v1/openapi.json."
        case "string_type" | "string_unicode":
            return "must be text", "put it in quotes."
        case "bool_type" | "bool_parsing":
            return "must be true or false", "write true or false."
        case "int_type" | "int_parsing" | "int_from_float" | "int_parsing_size":
            return "must be a whole number", "correct the number."
        case "list_type" | "tuple_type":
            return "must be a list", "write […]."
        case "dict_type" | "model_type" | "model_attributes_type":
            return "must be a JSON object", "write {…}."
        case "greater_than_equal" | "less_than_equal":
            bound = limits.get("ge", limits.get("le"))
            return f"must be {'at least' if 'ge' in limits else 'at most'} {bound}", "correct the number."
        case "string_too_long" | "too_long":
            return f"is longer than {limits.get('max_length')}", "shorten it."
        case "string_too_short" | "too_short":
            return "is empty", "give it."
        case "literal_error" | "enum":
            return f"must be {limits.get('expected')}", "use one of these."
        case _:
            return f"is wrong: {otherwise}", "correct it."
