"""A conversation of the test sender on the terminal: each line as it is said, then what came of it and what to do."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from gatepost.tools import Advice, ChainLink, ProbeResult, RecipientAnswer, Said, Side

from .render import clean

_COLOURS = {Side.CLIENT: ("> ", "cyan"), Side.SERVER: ("< ", "green"), Side.NOTE: ("* ", "dim")}


class Narrator:
    """Prints what is said. Where nobody reads any more it falls silent, and the conversation goes on."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._silent = False

    def hear(self, said: Said) -> None:
        """One line, now."""
        if self._silent:
            return
        try:
            self._out.print(_said(said), soft_wrap=True)
        except OSError:  # this is called from within the event loop, which has no use for it
            self._silent = True


def show_result(out: Console, result: ProbeResult, host: str) -> None:
    """What came of it: TLS and both chains, the recipients' answers, the advice."""
    out.print()
    if result.tls_version is not None:
        _tls(out, result)
    for remark in result.remarks:
        show_advice(out, remark, indent="")
    for number, answer in enumerate(result.answers):
        following = result.answers[number + 1 :]
        _answer(out, answer, advised=not any(other.advice == answer.advice for other in following))
    if result.trouble is not None:
        show_advice(out, result.trouble, indent="")
    if result.accepted:
        count = len(result.answers)
        all_of_them = "The recipient was" if count == 1 else f"All {count} recipients were"
        took = "" if result.seconds is None else f" after {result.seconds:.2f} s"
        out.print(Text(f"{all_of_them} accepted by {clean(host)}{took}.", style="bold green"), soft_wrap=True)


def show_advice(out: Console, advice: Advice, *, indent: str = "  ") -> None:
    """What it means, what is known, what usually is behind it, and the next step."""
    out.print(Text(f"{indent}{clean(advice.means)}", style="yellow"), soft_wrap=True)
    for fact in advice.facts:
        out.print(Text(f"{indent}Here: {clean(fact)}"), soft_wrap=True)
    for reason in advice.reasons:
        out.print(Text(f"{indent}Often: {clean(reason)}", style="dim"), soft_wrap=True)
    out.print(Text(f"{indent}Next: {clean(advice.next_step)}"), soft_wrap=True)


def _tls(out: Console, result: ProbeResult) -> None:
    out.print(Text(f"TLS {result.tls_version}, {result.cipher}", style="bold"))
    _chain(out, "The server showed", result.server_chain)
    verdict = result.server_problem or "The server's certificate is valid for this name."
    out.print(Text(f"  {clean(verdict)}", style="yellow" if result.server_problem else "green"), soft_wrap=True)
    if result.server_advice is not None:
        out.print(Text(f"  Next: {clean(result.server_advice.next_step)}"), soft_wrap=True)
    if result.presented:
        told = "We showed" if result.certificate_asked else "The server did not ask for our certificate"
        _chain(out, told, result.presented)


def _said(said: Said) -> Text:
    sign, colour = _COLOURS[said.side]
    if said.side is Side.SERVER and said.text[:1] in "45":
        colour = "red"
    return Text.assemble((f"{said.at:7.3f} ", "dim"), (sign + clean(said.text), colour))


def _chain(out: Console, title: str, chain: Sequence[ChainLink]) -> None:
    out.print(Text(f"{title}:"))
    for depth, link in enumerate(chain):
        uses = "any use" if link.uses is None else ", ".join(link.uses) or "no use"
        names = f" for {', '.join(link.names[:5])}" if link.names else ""
        text = f"{clean(link.subject)}{clean(names)} ({clean(uses)}; until {link.not_after[:10]})"
        out.print(Text("  " * (depth + 1) + text), soft_wrap=True)


def _answer(out: Console, answer: RecipientAnswer, *, advised: bool) -> None:
    """A recipient's line; the advice stands once, below the last recipient that it is for."""
    colour = "green" if answer.accepted else "red"
    text = f"{clean(answer.address)}: {clean(answer.reply)} ({answer.stage})"
    out.print(Text(text, style=colour), soft_wrap=True)
    if answer.advice is not None and advised:
        show_advice(out, answer.advice)
