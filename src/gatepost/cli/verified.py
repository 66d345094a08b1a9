"""What `gatepost verify` found, for people: each recipient's copy with its path, the verdict and what is wrong."""

from rich.console import Console
from rich.text import Text

from gatepost.tools import Verified

from .render import clean
from .way import show_hops, show_verdict


def show_verified(out: Console, verified: Verified) -> None:
    """One recipient: where the copy is, its path, the verdict with its evidence, and every problem."""
    found = verified.found
    title = f"{clean(verified.sent.recipient)}: "
    if found is None:
        out.print(Text.assemble((title, "bold"), ("no copy", "red")), soft_wrap=True)
    else:
        place = f"found after {verified.seconds:.1f} s, {clean(found.place)}"
        out.print(Text.assemble((title, "bold"), (place, "green")), soft_wrap=True)
    if verified.analysis is not None:
        show_verdict(out, verified.analysis, "en")
        show_hops(out, verified.analysis, "en")
    if verified.entry is not None:
        text = f"Trace here: {verified.entry.status}; gatepost trace show {verified.entry.id}"
        out.print(Text(text, style="dim"), soft_wrap=True)
    for problem in verified.problems:
        out.print(Text(clean(problem), style="red"), soft_wrap=True)
    for remark in verified.remarks:
        out.print(Text(clean(remark), style="yellow"), soft_wrap=True)
    out.print()
