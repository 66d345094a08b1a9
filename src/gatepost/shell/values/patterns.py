"""Wildcards (`-like`) and regular expressions (`-match`, `-replace`, `-split`) in .NET's spelling."""

import re
from functools import lru_cache

from gatepost.mail import visible

from ..failures import failed

_GROUP = re.compile(r"\(\?(<|')([A-Za-z_]\w*)[>']")
_REPLACEMENT = re.compile(r"\$(?:(\$)|(&)|(\d{1,3})|\{(\w+)\})")
_LONGEST = 10_000  # characters of a pattern


@lru_cache(maxsize=256)
def wildcard(pattern: str, *, exact: bool = False) -> re.Pattern[str]:
    """A wildcard pattern: `*`, `?`, `[a-z]`, a backtick before a sign that means itself (about_Wildcards)."""
    _bounded(pattern)
    found: list[str] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        at += 1
        if sign == "*":
            if not found or found[-1] != ".*":
                found.append(".*")
        elif sign == "?":
            found.append(".")
        elif sign == "`" and at < len(pattern):
            found.append(re.escape(pattern[at]))
            at += 1
        elif sign == "[" and (end := pattern.find("]", at + 1)) > 0:
            found.append(f"[{_members(pattern[at:end])}]")
            at = end + 1
        else:
            found.append(re.escape(sign))
    return _compiled("".join(found), pattern, re.DOTALL | (re.NOFLAG if exact else re.IGNORECASE))


def _members(text: str) -> str:
    return "".join(sign if sign == "-" and 0 < at < len(text) - 1 else re.escape(sign) for at, sign in enumerate(text))


def has_wildcard(text: str) -> bool:
    return any(sign in text for sign in "*?[")


@lru_cache(maxsize=256)
def expression(pattern: str, *, exact: bool = False) -> re.Pattern[str]:
    """A regular expression in .NET's spelling: `(?<name>…)` names a group."""
    _bounded(pattern)
    spelled = _GROUP.sub(r"(?P<\2>", pattern).replace(r"\z", r"\Z")
    return _compiled(spelled, pattern, re.NOFLAG if exact else re.IGNORECASE)


def _bounded(pattern: str) -> None:
    if len(pattern) > _LONGEST:
        raise failed(
            f"A pattern is {len(pattern):,} characters long; at most {_LONGEST:,} are allowed. "
            "Remedy: use a shorter one."
        )


def _compiled(spelled: str, pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    try:
        return re.compile(spelled, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise failed(
            f"The pattern '{visible(pattern)}' is not valid: {error}. "
            "Remedy: put a backslash before signs that are meant literally, such as . ( [ + ? *.",
            type_name="System.Text.RegularExpressions.RegexParseException",
        ) from None


def replaced(text: str, pattern: re.Pattern[str], replacement: str) -> str:
    """.NET's replacement: `$1`, `${name}`, `$&` for all of it, `$$` for a dollar sign."""

    def fill(found: re.Match[str]) -> str:
        def one(mark: re.Match[str]) -> str:
            dollar, whole, number, name = mark.groups()
            if dollar:
                return "$"
            try:
                group = 0 if whole else int(number) if number else int(name) if name.isdigit() else name
                return found.group(group) or ""
            except IndexError:  # no such group: .NET leaves the text
                return mark.group()

        return _REPLACEMENT.sub(one, replacement)

    return pattern.sub(fill, text)


def groups_of(found: re.Match[str]) -> dict[int | str, str]:
    """What $Matches holds: the whole match under 0, and the groups that took part. .NET numbers the unnamed ones."""
    named = {number: name for name, number in found.re.groupindex.items()}
    unnamed = [number for number in range(found.re.groups + 1) if number not in named]
    keys: dict[int, int | str] = {number: at for at, number in enumerate(unnamed)} | named
    taken = ((key, found.group(number)) for number, key in keys.items())
    return {key: text for key, text in taken if text is not None}
