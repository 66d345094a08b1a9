"""An analysis as one JSON-ready value: the shape that scripts, pages and pictures read."""

from collections.abc import Sequence
from typing import Any

from .analysis import Analysis
from .antispam import Report
from .authentication import Vouched
from .notes import Finding
from .roles import Hop
from .words import duration, say, word


def values(analysis: Analysis, *, language: str = "en") -> dict[str, Any]:
    """Hops oldest first; times in UTC; `sentence`, `label` and `meaning` in the language, everything else in codes."""
    verdict = analysis.verdict
    return {
        "summary": {name.replace("-", "_"): text for name, text in analysis.summary.items()},
        "hops": [_hop(hop) for hop in analysis.hops],
        "total_seconds": analysis.total,
        "antispam": {report.title: _report(report, language) for report in analysis.reports},
        "authentication": [_vouched(one, language) for one in analysis.authentication],
        "verdict": sentence_of(analysis, language=language),
        "verdict_code": verdict.note.code,
        "certain": verdict.certain,
        "evidence": [say(note, language) for note in verdict.evidence],
        "relay": verdict.relay or None,
        "connector": verdict.connector or None,
        "queue_id": verdict.queue_id or None,
        "findings": [_finding(finding, language) for finding in analysis.findings],
        "other": [{"name": field.name, "value": field.value} for field in analysis.other],
        "form": str(analysis.form),
        "messages": analysis.messages,
        "created": None if analysis.created is None else analysis.created.at.isoformat(),
        "delivered_after": None if not analysis.total else duration(analysis.total, language),
    }


def sentence_of(analysis: Analysis, *, language: str = "en") -> str:
    """The verdict, and where it rests on nothing that can be believed, that it does."""
    verdict = analysis.verdict
    sentence = say(verdict.note, language)
    if verdict.certain or verdict.note.code == "relay_not_believed":
        return sentence
    return f"{sentence}{' ' if language == 'en' else ''}{word('uncertain', language)}"


def _hop(hop: Hop) -> dict[str, Any]:
    received = hop.received
    return {
        "hop": hop.number,
        "from": received.from_,
        "by": received.by,
        "with": received.with_,
        "id": received.id,
        "for": received.for_,
        "via": received.via,
        "time": None if received.moment is None else received.moment.at.isoformat(),
        "delay_seconds": hop.delay,
        "tls": received.tls.used,
        "tls_version": received.tls.version or None,
        "cipher": received.tls.cipher or None,
        "role": str(hop.role),
        "from_role": None if hop.from_role is None else str(hop.from_role),
        "trust": str(hop.trust),
        "ours": hop.ours,
        "connector": None if hop.mark is None else hop.mark.connector,
        "address": received.address or None,
        "product": str(received.product) or None,
    }


def _report(report: Report, language: str) -> dict[str, Any]:
    return {
        entry.key: {
            "value": entry.value,
            "label": word(entry.label, language),
            "meaning": _together([say(note, language) for note in entry.meanings]),
        }
        for entry in report.entries
    }


def _vouched(one: Vouched, language: str) -> dict[str, Any]:
    return {
        "header": one.header,
        "server": one.server or None,
        "instance": one.instance or None,
        "results": [
            {
                "method": result.method,
                "result": result.result,
                "comment": result.comment or None,
                "properties": result.properties,
                "meaning": _together([say(note, language) for note in result.meanings]),
            }
            for result in one.results
        ],
        "tags": one.tags,
    }


def _finding(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "severity": str(finding.severity),
        "code": finding.note.code,
        "hop": finding.hop or None,
        "sentence": say(finding.note, language),
    }


def _together(sentences: Sequence[str]) -> str | None:
    return " ".join(sentences) or None
