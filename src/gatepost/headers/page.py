"""The whole analysis as one page that needs nothing else: no script, no link, no file; and its parts for other pages.

A template shows what strangers wrote. Jinja escapes markup, `visible` whatever reorders, hides or controls, and the
page's own policy forbids everything but its one style.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from gatepost.mail import visible

from .analysis import Analysis
from .answer import sentence_of
from .notes import Note
from .page_style import PAGE_STYLE
from .picture import draw_picture
from .picture_style import PICTURE_STYLE
from .roles import Hop
from .words import duration, say, word

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

_MOST_ROWS = 200  # of each kind; what is left out is counted
_LONGEST_VALUE = 2_000
_STYLE = PAGE_STYLE + PICTURE_STYLE
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def draw_page(found: Sequence[Analysis], *, language: str = "en") -> str:
    """One HTML document about one message or several."""
    messages = [page_values(one, language=language, name=f"way_{number}") for number, one in enumerate(found, 1)]
    title = word("page.title", language)
    subject = found[0].summary.get("subject", "") if len(found) == 1 else ""
    return (
        _pages()
        .get_template("page.html")
        .render(
            language=language,
            messages=messages,
            nothing=word("page.nothing", language),
            policy=_POLICY,
            style=Markup(_STYLE),  # noqa: S704  our own
            title=f"{title}{': ' if language == 'en' else '：'}{subject}" if subject else title,
        )
    )


def page_values(analysis: Analysis, *, language: str = "en", name: str = "way") -> dict[str, Any]:
    """What the macro `report` of templates/report.html reads; `name` begins the ids of its picture.

    All texts are in the language and of bounded number and length, but for the browser still a stranger's.
    """

    def told(code: str, **arguments: str | int) -> str:
        return say(Note(code, arguments), language)

    waited = sum(hop.delay for hop in analysis.hops if hop.delay is not None and hop.delay > 0)
    vouched = [one for one in analysis.authentication if one.results]
    other = analysis.other
    return {
        "say": told,
        "verdict": sentence_of(analysis, language=language),
        "through": analysis.verdict.certain and analysis.verdict.note.code.startswith("through_"),
        "evidence": [say(note, language) for note in analysis.verdict.evidence],
        "picture": Markup(  # noqa: S704  draw_picture escapes
            draw_picture(analysis, language=language, name=name, heading=False, styled=False)
        ),
        "summary": [
            (key.title().replace("-Id", "-ID").replace("Cc", "CC"), text) for key, text in analysis.summary.items()
        ],
        "findings": [
            {"severity": str(finding.severity), "sentence": say(finding.note, language)}
            for finding in analysis.findings[:_MOST_ROWS]
        ],
        "hops": [_hop(hop, waited, language) for hop in analysis.hops[:_MOST_ROWS]],
        "hops_left": max(0, len(analysis.hops) - _MOST_ROWS),
        "total": None if analysis.total is None else duration(analysis.total, language),
        "vouched": [
            {
                "header": one.header,
                "server": one.server,
                "results": [
                    {
                        "method": result.method,
                        "result": result.result,
                        "comment": result.comment,
                        "meaning": _together([say(note, language) for note in result.meanings], language),
                    }
                    for result in one.results[:_MOST_ROWS]
                ],
            }
            for one in vouched[:20]
        ],
        "vouched_left": max(0, len(vouched) - 20),
        "reports": [
            {
                "title": word(f"title.{report.title}", language),
                "rows": [
                    {
                        "key": entry.key,
                        "value": entry.value,
                        "meaning": _together([say(note, language) for note in entry.meanings], language)
                        or word(entry.label, language),
                    }
                    for entry in report.entries[:_MOST_ROWS]
                    if entry.value
                ],
                "left": max(0, len(report.entries) - _MOST_ROWS),
            }
            for report in analysis.reports
            if any(entry.value for entry in report.entries)
        ],
        "other": [(field.name, field.value) for field in other[:_MOST_ROWS]],
        "other_left": max(0, len(other) - _MOST_ROWS),
    }


def _hop(hop: Hop, waited: float, language: str) -> dict[str, Any]:
    received = hop.received
    client = received.name or received.hello or received.address
    if hop.from_role is not None:
        client = f"{client} ({word(f'role.{hop.from_role}', language)})"
    if received.tls.used:
        secured = " ".join(filter(None, (received.tls.version or word("picture.tls", language), received.tls.cipher)))
        secured += f" ({word('picture.outdated', language)})" if received.tls.weak else ""
    else:  # a line that names no client tells of no network
        secured = word("picture.in_clear", language) if received.address or received.hello else ""
    delay = "" if hop.delay is None else duration(hop.delay, language)
    if hop.delay is not None and hop.delay <= -1:
        delay += f" ({word('picture.clocks', language)})"
    return {
        "number": hop.number,
        "client": client,
        "host": received.host or received.by,
        "role": word(f"role.{hop.role}", language),
        "trust": str(hop.trust),
        "believed": word(f"trust.{hop.trust}", language),
        "time": "" if received.moment is None else f"{received.moment.at:%Y-%m-%d %H:%M:%S}",
        "delay": delay,
        "share": max(1, round(100 * hop.delay / waited)) if waited and hop.delay is not None and hop.delay > 0 else 0,
        "secured": secured,
        "connector": (hop.mark and hop.mark.connector) or "",
    }


def _together(sentences: Sequence[str], language: str) -> str:
    return (" " if language == "en" else "").join(sentences)


def report_templates() -> "BaseLoader":
    """Where report.html is found, for the environment of another page."""
    from jinja2 import PackageLoader  # slow to import, and most commands write no page

    return PackageLoader("gatepost.headers")


@cache
def _pages() -> "Environment":
    from jinja2 import Environment, StrictUndefined

    return Environment(
        loader=report_templates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
    )


def _finalize(value: Any) -> Any:
    """Every value that a template writes goes through here, so that none can be forgotten."""
    return visible(value, _LONGEST_VALUE) if type(value) is str else value
