"""What went wrong, as HTTP says it: a status, and one shape of body for every refusal.

    {"error": {"code": "refused", "message": "…", "problems": [{"field": "SmartHosts", "message": "…", "remedy": "…"}]}}

`code` is a word for programs, `message` the first problem's sentence, `field` the property or parameter that a problem
is about, where it is about one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gatepost.config import PROPERTIES
from gatepost.errors import (
    GatepostError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    ScriptRefused,
    SpoolUnavailable,
    TooManyAttempts,
)

MOST_PROBLEMS = 100
MOST_CHARACTERS = 2000  # of one sentence: it may quote a value, and a value may be a megabyte
_REMEDY = " Remedy: "
FIELDS = {"Name", *(item.name for items in PROPERTIES.values() for item in items)}
_WORD = re.compile(r"(?:^|: )([A-Za-z]\w*)")  # at the start, or behind the object that a sentence begins with
_ARGUMENT = re.compile(r"[a-z]+(?:\.[a-z]+)?: (\w+) (?:is not an argument|is missing)")  # as the desk says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    message: str
    remedy: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A whole answer that says no."""

    status: int
    code: str
    problems: tuple[Problem, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


class AskedWrongly(GatepostError):
    """The request cannot be answered."""

    def __init__(self, status: int, code: str, sentence: str, *, about: str | None = None) -> None:
        self.refusal = Refusal(status=status, code=code, problems=(problem(sentence, about),))
        super().__init__(sentence)


def problem(sentence: str, about: str | None = None) -> Problem:
    """One of our sentences in its parts. Its field is the first word that is a property's name."""
    message, _, remedy = sentence[:MOST_CHARACTERS].partition(_REMEDY)
    if about is None and (argument := _ARGUMENT.match(message)):
        about = argument[1]
    if about is None:
        about = next((word for word in _WORD.findall(message) if word in FIELDS), None)
    return Problem(message=message, remedy=remedy or None, field=about)


def refusal_of(error: Exception) -> Refusal:
    """The refusal for an error that a request ended with; raises it again if it is none of ours."""
    match error:
        case AskedWrongly():
            return error.refusal
        case HTTPException():
            return _of_framework(error)
        case Refused():  # ConfigRefused and its kin
            return refused(422, "refused", [problem(it) for it in error.problems])
        case ScriptRefused():
            return refused(422, "refused", [problem(error.detail)])
        case NotFound():
            return refused(404, "not_found", [problem(error.detail)])
        case NotAllowed():
            return refused(403, "not_allowed", [problem(error.detail)])
        case NotSignedIn():
            headers = {"WWW-Authenticate": 'Bearer realm="gatepost"'}
            return refused(401, "not_signed_in", [problem(error.detail)], headers)
        case TooManyAttempts():
            headers = {"Retry-After": str(max(1, round(error.retry_after + 0.5)))}
            return refused(429, "too_many_attempts", [problem(str(error))], headers)
        case SpoolUnavailable():
            return refused(503, "try_later", [problem(str(error))], {"Retry-After": "30"})
    raise error


def broken() -> Refusal:
    """What is said when something inside failed. What it was stands in the log, not here."""
    return refused(500, "trouble", [problem("Something inside failed. Remedy: look at the log.")])


def body_of(refusal: Refusal) -> dict[str, Any]:
    """The one shape."""
    shown = [{"field": it.field, "message": it.message, "remedy": it.remedy} for it in refusal.problems]
    return {"error": {"code": refusal.code, "message": refusal.problems[0].message, "problems": shown}}


def response_of(refusal: Refusal) -> Response:
    return Response(
        orjson.dumps(body_of(refusal)),
        status_code=refusal.status,
        headers=dict(refusal.headers),
        media_type="application/json",
    )


def one_refused(name: str, words: str, remedy: str) -> AskedWrongly:
    """A single parameter is wrong."""
    return AskedWrongly(422, "refused", f"{name} {words}. Remedy: {remedy}.", about=name)


def refused(status: int, code: str, problems: Sequence[Problem], headers: Mapping[str, str] | None = None) -> Refusal:
    """Every problem, up to a number that somebody may still read."""
    shown = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        shown.append(Problem(message=f"There are {len(problems) - MOST_PROBLEMS} more problems like these."))
    return Refusal(status=status, code=code, problems=tuple(shown), headers=headers or {})


_STATUS = {
    404: ("not_found", "There is nothing at this address. Remedy: the addresses are in /api/v1/openapi.json."),
    405: ("method_not_allowed", "This address does not take that method. Remedy: see the Allow header."),
}


def _of_framework(error: HTTPException) -> Refusal:
    """What routing itself refuses; where reading the body was refused by us, FastAPI has wrapped that."""
    if isinstance(error.__cause__, AskedWrongly):
        return error.__cause__.refusal
    code, sentence = _STATUS.get(error.status_code, ("refused", f"{error.detail}. Remedy: correct the request."))
    return refused(error.status_code, code, [problem(sentence)], error.headers)


def codes() -> Iterable[tuple[int, str, str]]:
    """Every status with its code and meaning, for the documents."""
    return (
        (400, "malformed", "The body is not JSON, or not JSON as we take it."),
        (401, "not_signed_in", "There is no token, or none that counts."),
        (403, "not_allowed", "The role does not allow it."),
        (404, "not_found", "There is no such object or address, or it belongs to another organization."),
        (405, "method_not_allowed", "The address does not take that method."),
        (408, "too_slow", "The body did not arrive in time."),
        (412, "changed", "If-Match names another state than the present one."),
        (413, "too_large", "The body is too large."),
        (415, "not_json", "The body is not declared as application/json."),
        (421, "misdirected", "The Host header names somebody else."),
        (422, "refused", "What was asked is wrong; every problem is listed."),
        (429, "too_many_attempts", "Too many wrong attempts to sign in; see Retry-After."),
        (429, "too_many_requests", "Too many requests of one address at one time; see Retry-After."),
        (500, "trouble", "Something inside failed; the log says what."),
        (503, "try_later", "The spool cannot be read or written now; see Retry-After."),
    )
