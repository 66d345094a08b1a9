"""Foreign text made harmless: nothing in it can move a cursor, hide a word or fill a screen."""

import unicodedata

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # categories that no terminal shows as a character


def visible(text: str, limit: int = 120) -> str:
    """Foreign text for an error message or a picture: one line of at most `limit` characters."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def printable(text: str) -> str:
    """Text with its control characters escaped; lines stay lines."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    return "".join(_escaped(sign) if unicodedata.category(sign) in UNSEEN else sign for sign in text)


def _escaped(sign: str) -> str:
    if sign in "\n\t":
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
