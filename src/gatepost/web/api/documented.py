"""What the OpenAPI document says of a route: its answers, its refusals and its body."""

from collections.abc import Iterable
from typing import Any

from ..refusals import codes
from .object_schemas import Schema
from .schemas import enveloped, reference

MEANING = {status: f"`{code}`: {meaning}" for status, code, meaning in codes()}
READING = (401, 403, 404, 421, 422, 500, 503)
ASKING = (400, *READING, 408, 413, 415)  # with a body
CHANGING = (*ASKING, 412)


def answers(
    schema: Schema | str, *, status: int = 200, page: bool = False, refused: Iterable[int] = READING
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: its value in the envelope, and each refusal that it can end with."""
    value = reference(schema) if isinstance(schema, str) else schema
    said: dict[int | str, dict[str, Any]] = {status: {"content": _json(enveloped(value, page=page))}}
    return {**said, **{it: {"description": MEANING[it], "content": _json(reference("Refusal"))} for it in refused}}


def body(schema: str) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its body as properties."""
    return {"requestBody": {"required": True, "content": _json(reference(schema))}}


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
