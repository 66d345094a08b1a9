"""Texts: quoted strings, here-strings and the words of command arguments, with their escapes and expansion.

What stands in `$( )` inside a text is read in place, by the same parser at the same position, so a text of a million
nested pieces is still read once (about_Quoting_Rules, about_Special_Characters).
"""

import re

from gatepost.mail import visible

from ..tree import Expandable, Expression, Literal, Place, Sub
from .tokens import DOUBLE_QUOTES, END, PLAIN_WORD, QUOTES, SINGLE_QUOTES, WORD_ENDS, Reader

_SINGLE = re.compile(rf"(?:[^{SINGLE_QUOTES}{END}]++|[{SINGLE_QUOTES}]{{2}})*")
_TWO_SINGLE = re.compile(rf"([{SINGLE_QUOTES}])[{SINGLE_QUOTES}]")
_PLAIN_DOUBLE = re.compile(rf"[^{DOUBLE_QUOTES}`${END}]++")
_PLAIN_LINE = re.compile(rf"[^\r\n`${END}]++")
_HERE = re.compile(rf"@([{QUOTES}])[ \t]*+(?=[\r\n])")
_HERE_END = {
    "'": re.compile(rf"(\r\n?|\n)[{SINGLE_QUOTES}]@"),
    '"': re.compile(rf"(\r\n?|\n)[{DOUBLE_QUOTES}]@"),
}
_INDENTED_END = re.compile(rf"[\r\n][ \t]++[{QUOTES}]@")
_LINE_END = re.compile(r"\r\n?|\n")
_WORD_END = re.compile(rf"[{WORD_ENDS}]")
_CODE_POINT = re.compile(r"u\{([0-9a-fA-F]{1,6})\}")
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_UNCLOSED = "The text that begins here is never closed. Remedy: close it with {}, or look for a text above that is not."


class StringReader(Reader):
    """Reads texts. Between its parts an expandable text holds expressions."""

    def quoted(self) -> Literal | Expandable:
        """A string that begins here with a quote of either kind."""
        return self._single() if self.text[self.at] in SINGLE_QUOTES else self._double()

    def _single(self) -> Literal:
        place, start = self.place(), self.at
        found = _SINGLE.match(self.text, start + 1)
        assert found is not None  # the pattern matches nothing as well
        if self.text[found.end()] == END:
            raise self.source.unfinished(start, _UNCLOSED.format("'"))
        self.at = found.end() + 1
        return Literal(place=place, value=_TWO_SINGLE.sub(r"\1", found[0]))

    def _double(self) -> Literal | Expandable:
        place, start = self.place(), self.at
        self.enter()  # it may hold $( ) with further texts in them
        self.at += 1
        parts: list[str | Expression] = []
        while True:
            self._plain(_PLAIN_DOUBLE, parts)
            sign = self.text[self.at]
            if sign == END:
                raise self.source.unfinished(start, _UNCLOSED.format('"'))
            if sign not in DOUBLE_QUOTES:
                parts.append(self._special(sign, start))
            elif self.text[self.at + 1] in DOUBLE_QUOTES:
                parts.append(sign)
                self.at += 2
            else:
                self.at += 1
                self.leave()
                return _text(place, parts)

    # --- here-strings ---

    def here_string(self) -> Literal | Expandable:
        """A text between `@'` or `@"` at the end of a line and the same, turned round, at the beginning of one."""
        place, start = self.place(), self.at
        found = _HERE.match(self.text, start)
        if found is None:
            if self.text[start + 2 :].strip(" \t" + END) == "":
                raise self._here_unclosed(start)
            raise self.refused(
                "The text of a here-string begins on the line after this, and something follows on the same line. "
                "Remedy: start a new line here, or use plain quotes."
            )
        self.at = found.end()
        if found[1] in DOUBLE_QUOTES:
            return self._here_expandable(place, start)
        ending = _HERE_END["'"].search(self.text, self.at)
        if ending is None:
            raise self._here_unclosed(start)
        body = self.text[self._line_end() : ending.start()]
        self.at = ending.end()
        return Literal(place=place, value=body)

    def _here_expandable(self, place: Place, start: int) -> Literal | Expandable:
        parts: list[str | Expression] = []
        first = True
        self.enter()
        while True:
            self._plain(_PLAIN_LINE, parts)
            sign = self.text[self.at]
            if sign == END:
                raise self._here_unclosed(start)
            if sign not in "\r\n":
                parts.append(self._special(sign, start))
                continue
            ending = _HERE_END['"'].match(self.text, self.at)
            if ending:
                self.at = ending.end()
                self.leave()
                return _text(place, parts)
            end = self._line_end()
            if not first:  # the end of the line with @" is not part of the text
                parts.append(self.text[self.at : end])
            self.at, first = end, False

    def _line_end(self) -> int:
        """Where the line begins that follows the end of a line here."""
        found = _LINE_END.match(self.text, self.at)
        return found.end() if found else self.at

    def _here_unclosed(self, start: int) -> Exception:
        quote = "'" if self.text[start + 1] in SINGLE_QUOTES else '"'
        if _INDENTED_END.search(self.text, start):
            why = f"and spaces stand before its {quote}@. Remedy: move {quote}@ to the beginning of its line."
        else:
            why = f"which is never closed. Remedy: end it with {quote}@ at the beginning of a line of its own."
        return self.source.unfinished(start, f"A here-string begins here, {why}")

    # --- words ---

    def word(self) -> Literal | Expandable:
        """An argument without quotes around it, or with some inside: `*.contoso.com`, `C:\\Temp\\$name.csv`, `a"b c"d`.

        It ends at a space or at one of `{ } ( ) , ; & | < >`.
        """
        place, start = self.place(), self.at
        parts: list[str | Expression] = []
        while True:
            self._plain(PLAIN_WORD, parts)
            sign = self.text[self.at]
            if sign in QUOTES:
                inner = self.quoted()
                parts.extend([str(inner.value)] if isinstance(inner, Literal) else inner.parts)
            elif sign == "$" or (sign == "`" and self.text[self.at + 1] not in "\r\n" + END):
                parts.append(self._special(sign, start))
            else:
                return _text(place, parts, bare=True)

    def word_goes_on(self, offset: int) -> bool:
        """Would a word that has come so far have more characters?"""
        return not _WORD_END.match(self.text, offset) and self.text[offset : offset + 2] not in ("`\r", "`\n")

    # --- what a backtick or a dollar begins ---

    def _plain(self, pattern: re.Pattern[str], parts: list[str | Expression]) -> None:
        found = pattern.match(self.text, self.at)
        if found:
            parts.append(found[0])
            self.at = found.end()

    def _special(self, sign: str, start: int) -> str | Expression:
        if sign == "`":
            return self._escape(start)
        follows = self.text[self.at + 1]
        if follows == "(":
            return self.sub_expression()
        if follows.isalnum() or follows in "_?{$^":
            return self.variable()
        self.at += 1
        return "$"

    def sub_expression(self) -> Sub:
        """`$( … )`."""
        place, start = self.place(), self.at
        self.enter()
        self.at += 2
        body = self.statements(")", start)
        self.leave()
        return Sub(place=place, body=body)

    def _escape(self, start: int) -> str:
        self.at += 1
        sign = self.text[self.at]
        if sign == END:
            raise self.source.unfinished(start, "The text ends in a backtick. Remedy: close the text.")
        point = _CODE_POINT.match(self.text, self.at)
        if point:
            code = int(point[1], 16)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise self.refused(
                    f"There is no character with the number {visible(point[1])}. Remedy: write its Unicode number."
                )
            self.at = point.end()
            return chr(code)
        self.at += 1
        return _ESCAPES.get(sign, sign)


def _text(place: Place, parts: list[str | Expression], *, bare: bool = False) -> Literal | Expandable:
    """The parts as one node, neighbouring texts joined."""
    joined: list[str | Expression] = []
    run: list[str] = []
    for part in [*parts, None]:
        if isinstance(part, str):
            run.append(part)
            continue
        if run:
            joined.append("".join(run))
            run = []
        if part is not None:
            joined.append(part)
    if not joined or (len(joined) == 1 and isinstance(joined[0], str)):
        return Literal(place=place, value=str(joined[0]) if joined else "", bare=bare)
    return Expandable(place=place, parts=tuple(joined))
