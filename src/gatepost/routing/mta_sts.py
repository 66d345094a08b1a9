"""MTA-STS (RFC 8461): what a policy's text says, and which hosts it names. Fetching and keeping are outbound's."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

_MODES = ("enforce", "testing", "none")
LONGEST_AGE = 31_557_600  # seconds; RFC 8461 §3.2: a larger max_age means this


@dataclass(frozen=True, slots=True, kw_only=True)
class MtaSts:
    """A domain's policy. `id` comes from the DNS; the rest from the web server, empty where it was not asked.

    `problem` is a sentence where there is a record without a policy that counts; `invalid` says that a text was there.
    """

    id: str
    mode: str = ""
    mx: tuple[str, ...] = ()
    max_age: int | None = None
    problem: str = ""
    invalid: bool = False


def read_record(texts: Sequence[str]) -> MtaSts | None:
    """The TXT records of `_mta-sts.DOMAIN` (RFC 8461 §3.1); None where none is a policy's."""
    fields = [_fields(it) for it in texts if it.startswith("v=STSv1")]
    if not fields:
        return None
    if len(fields) > 1 or not (name := fields[0].get("id", "")):
        return MtaSts(id="", problem="The DNS record is not valid: there must be one, with an id (RFC 8461 §3.1).")
    return MtaSts(id=name)


def read_policy(text: str, *, id_: str) -> MtaSts:
    """The policy file (RFC 8461 §3.2)."""
    mode, version, age = "", "", ""
    mx: list[str] = []
    for line in text.splitlines():
        key, _, value = line.partition(":")
        key, value = key.strip(), value.strip()
        if key == "mx":
            mx.append(value.lower().rstrip("."))
        elif key == "mode":
            mode = mode or value
        elif key == "version":
            version = version or value
        elif key == "max_age":
            age = age or value
    problem = ""
    if version != "STSv1" or mode not in _MODES or not (age.isascii() and age.isdecimal() and len(age) < 11):
        problem = "The policy is not valid: it needs version STSv1, a mode, and max_age (RFC 8461 §3.2)."
    elif not mx and mode != "none":
        problem = "The policy names no mail host."
    known = mode if mode in _MODES else ""
    seconds = None if problem else min(int(age), LONGEST_AGE)
    return MtaSts(id=id_, mode=known, mx=tuple(mx), max_age=seconds, problem=problem, invalid=bool(problem))


def covers(policy: MtaSts, host: str) -> bool:
    """Whether the policy names a mail host; a star stands for one label (RFC 8461 §4.1)."""
    return any(
        fnmatchcase(host, it) and host.count(".") == it.count(".") if it.startswith("*.") else host == it
        for it in policy.mx
    )


def _fields(record: str) -> dict[str, str]:
    pairs = (it.partition("=") for it in record.split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}
