"""The header analyser: the way a message took, what filters and connectors said of it, and whether it was ours.

Owns    the reading of pasted headers, Received lines of every maker, dates, trust in hops, roles, and the verdict;
        and the words for all of it, in three languages, as a picture and as a page.
Never   opens anything (but the list of public suffixes, which comes with its library), reads a clock, or raises:
        whatever is pasted gives an analysis, in time linear in its length.
Read    analysis.py; then reading.py, received.py, hops.py, trust.py, roles.py, verdict.py; words.py and answer.py;
        stations.py and picture.py; page.py and its templates last.
"""

from .analysis import Analysis, analyse
from .answer import sentence_of, values
from .antispam import Entry, Report
from .authentication import Result, Vouched
from .notes import Finding, Note, Severity
from .owners import NOBODY, Own
from .page import draw_page, page_values, report_templates
from .picture import draw_picture
from .picture_style import PICTURE_STYLE
from .reading import Form
from .received import Product, Received
from .roles import Hop, Role
from .tls import Tls
from .trust import Trust
from .verdict import Verdict
from .words import LANGUAGES, brief, duration, say, word

__all__ = [
    "LANGUAGES",
    "NOBODY",
    "PICTURE_STYLE",
    "Analysis",
    "Entry",
    "Finding",
    "Form",
    "Hop",
    "Note",
    "Own",
    "Product",
    "Received",
    "Report",
    "Result",
    "Role",
    "Severity",
    "Tls",
    "Trust",
    "Verdict",
    "Vouched",
    "analyse",
    "brief",
    "draw_page",
    "draw_picture",
    "duration",
    "page_values",
    "report_templates",
    "say",
    "sentence_of",
    "values",
    "word",
]
