"""People as a script writes them: `a@contoso.com`, `Anna <a@contoso.com>`, or several of them parted by commas.

`email.utils` is not used, as nowhere on envelopes: it reads some texts as something else than they say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gatepost.mail import Address, BadAddress, parse_mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """An address, and how its owner is called beside it."""

    address: Address
    name: str = ""

    def __str__(self) -> str:
        """As .NET shows a MailAddress."""
        return f'"{self.name}" <{self.address}>' if self.name else str(self.address)


def read_correspondent(text: str) -> Correspondent:
    """One of them. Raises BadAddress."""
    if any(char < " " or char == "\x7f" for char in text):
        raise BadAddress("there is a control character in it")
    name, opening, rest = _without_quoted(text).partition("<")
    if not opening:
        return Correspondent(address=parse_mailbox(text.strip()))
    inner, closing, after = rest.partition(">")
    if not closing or after.strip():
        raise BadAddress("what stands in < > must be the last thing")
    start = len(name) + 1
    return Correspondent(
        address=parse_mailbox(text[start : start + len(inner)].strip()), name=_unquoted(text[: len(name)])
    )


def read_correspondents(text: str) -> tuple[Correspondent, ...]:
    """Those of a list with commas; none in an empty text. Raises BadAddress, naming the one that is wrong."""
    found = []
    for part in _parted(text):
        if part.strip():
            try:
                found.append(read_correspondent(part))
            except BadAddress as bad:
                raise BadAddress(f"{part.strip()!r} is not an address: {bad}") from None
    return tuple(found)


def _parted(text: str) -> Iterator[str]:
    start = 0
    for at, char in enumerate(_without_quoted(text)):
        if char == ",":
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _without_quoted(text: str) -> str:
    """The same length, with whatever stands in double quotes made harmless, so that signs there do not count."""
    shown = []
    inside = escaped = False
    for char in text:
        if escaped:
            shown.append("x")
            escaped = False
        elif char == '"':
            inside = not inside
            shown.append("x")
        elif inside:
            escaped = char == "\\"
            shown.append("x")
        else:
            shown.append(char)
    return "".join(shown)


def _unquoted(name: str) -> str:
    name = name.strip()
    if len(name) < 2 or not (name.startswith('"') and name.endswith('"')):
        return name
    text, escaped = [], False
    for char in name[1:-1]:
        if char == "\\" and not escaped:
            escaped = True
            continue
        text.append(char)
        escaped = False
    return "".join(text)
