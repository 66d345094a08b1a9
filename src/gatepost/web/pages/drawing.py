"""Templates into pages: one Jinja environment a language, escaping everything, and a strict policy for the browser.

Whatever a template shows may be hostile: subjects, EHLO names, replies, names of certificates. Jinja escapes markup;
`inert` makes visible what would reorder or hide text.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from gatepost.headers import report_templates

from .catalogue import LANGUAGES, words_of
from .sentences import read, told

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Not "no-referrer", with which browsers send "Origin: null" and a form could not be told from a foreign one.
_HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Vary": "Accept-Language, Cookie"}
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_INVISIBLE = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)  # and bidi
_SURROGATES = range(0xD800, 0xE000)  # half a character; no page can carry one
_SHOWN = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_INVISIBLE, *_SURROGATES)} | {9: " ", 10: "\n"}
_TO_SHOW = re.compile(f"[{re.escape(''.join(chr(code) for code in _SHOWN if code != 10))}]")


def inert(value: object) -> str:
    """Text with every control and direction character written as what it is.

    >>> inert("invoice\\u202efdp.exe")
    'invoice\\\\u202efdp.exe'
    """
    text = value if isinstance(value, str) else str(value)  # escaped text stays so
    if _TO_SHOW.search(text) is None:  # nearly always, and a long list has a thousand values
        return text
    return text.replace("\r\n", "\n").translate(_SHOWN)  # browsers end the lines of a form with both


def draw(template: str, language: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, or a part of one."""
    text = _pages(language).get_template(template).render(language=language, **values)
    return HTMLResponse(text, status_code=status, headers={**_HEADERS, "Content-Language": language})


def attached(content: str | bytes, name: str, kind: str) -> Response:
    """A file to keep and not to show: whatever is in it, the browser runs nothing of it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(content, media_type=kind, headers=headers)


@cache
def _pages(language: str) -> Environment:
    pages = Environment(
        loader=ChoiceLoader([PackageLoader("gatepost.web"), PrefixLoader({"way": report_templates()})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
        extensions=["jinja2.ext.i18n"],
    )
    words = words_of(language)
    pages.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    pages.filters |= {"inert": inert, "clock": _clock, "octets": _octets, "flagged": _flagged, "paired": _paired}
    pages.filters |= {"told": partial(told, language=language), "read": partial(read, language=language)}
    pages.globals["languages"] = LANGUAGES
    return pages


def _finalize(value: Any) -> Any:
    """Every value that a template writes goes through here, so that none can be forgotten.

    A translated sentence has the values that stand in it escaped already; they may still turn the text round.
    """
    return inert(value) if isinstance(value, str) else value


def _clock(moment: str) -> str:
    """An ISO 8601 moment for people, to the second, in UTC."""
    return f"{moment[:10]} {moment[11:19]} UTC"


def _octets(count: int) -> str:
    """A size for people.

    >>> _octets(1536)
    '1.5 KiB'
    """
    size = float(count)
    for unit in ("octets", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "octets" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _paired(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values that are their own words, as options of a choice."""
    return [(value, value) for value in values]


def _flagged(values: Mapping[str, Any]) -> str:
    """A query string of what is not empty, for links that keep a list's filters."""
    return urlencode({name: value for name, value in values.items() if value not in (None, "")}, doseq=True)
