"""Text that a stranger may have written, made harmless for a terminal, a line of a log, or a field of one."""


def printable(text: str) -> str:
    """Every character that is not printable as its number.

    >>> printable("EHLO x\\r\\nforged")
    'EHLO x\\\\x0d\\\\x0aforged'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
