"""Results in the words and the form of RFC 8601, and what can be read back of our own."""

import re

from gatepost.mail import value
from gatepost.signing import Verdict

FIELD = "Authentication-Results"
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
_LONGEST = 255  # characters of a value
_WIDTH = 68  # of a line, less the tabs in front of it


@value
class Statement:
    """One result: `spf=pass reason="…" smtp.mailfrom=contoso.com`. `properties` are names with values, in order."""

    method: str
    verdict: Verdict
    reason: str = ""
    properties: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.method}={self.verdict}"]
        if self.reason:
            parts.append(f"reason={_quoted(self.reason)}")
        parts += [f"{name}={_value(text)}" for name, text in self.properties if text]
        lines = [parts[0]]
        for part in parts[1:]:
            if len(lines[-1]) + len(part) < _WIDTH:
                lines[-1] += f" {part}"
            else:
                lines.append(part)
        return "\r\n\t\t".join(lines)

    @property
    def line(self) -> str:
        """The same without folds, for the trace."""
        return " ".join(str(self).split())


def results_of(relay: str, statements: tuple[Statement, ...]) -> str:
    """The value of the field: who has checked, and what came of it. The chain's state has to be the first."""
    assert statements[0].method == "arc", "`chain_said` looks there, and nowhere where strangers' words stand"
    return ";\r\n\t".join([relay, *map(str, statements)])


def results_field(results: str) -> bytes:
    """The field itself."""
    return f"{FIELD}: {results}\r\n".encode()


_CHAIN = re.compile(r"([^;\s]++);\s++arc=([a-z]++)")


def chain_said(results: str, relay: str) -> Verdict | None:
    """What a field that `results_of` has written says of the chain; None for any other."""
    found = _CHAIN.match(results)
    return Verdict(found[2]) if found is not None and found[1] == relay and found[2] in list(Verdict) else None


def _value(text: str) -> str:
    return text if len(text) <= _LONGEST and _TOKEN.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text[:_LONGEST])
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
