"""What EHLO offers, written and read."""

from functools import lru_cache

from gatepost.mail import Reply


@lru_cache(maxsize=1024)  # the same clients come again and again
def welcome(first: str, *, max_message_size: int, starttls: bool, tls: bool, auth: bool, xclient: bool) -> Reply:
    """The answer to EHLO: `first`, then what we offer in the order in which Exchange lists it."""
    lines = [first, f"SIZE {max_message_size}", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES"]
    if starttls:
        lines.append("STARTTLS")
    if auth:
        lines.append("AUTH PLAIN LOGIN")
    lines += ["8BITMIME", "BINARYMIME", "CHUNKING", "SMTPUTF8"]
    if tls:
        lines.append("REQUIRETLS")  # RFC 8689 §2: offered within TLS only
    if xclient:
        lines.append("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT")
    return Reply(250, None, "\n".join(lines))


def read_offer(reply: Reply) -> dict[str, str]:
    """The lines of an EHLO answer behind the first: upper-case keyword to parameters. Later lines win."""
    extensions: dict[str, str] = {}
    for line in reply.text.split("\n")[1:]:
        keyword, _, rest = line.strip().partition(" ")
        keyword = keyword.upper()
        if keyword.startswith("AUTH="):  # the form of servers that predate RFC 2554
            keyword, rest = "AUTH", f"{keyword[5:]} {rest}"
        if keyword == "AUTH" and "AUTH" in extensions:
            rest = f"{extensions['AUTH']} {rest}"
        if keyword:
            extensions[keyword] = " ".join(rest.split())
    return extensions


def size_limit(extensions: dict[str, str]) -> int | None:
    """The server's SIZE, or None when it names none; 0 means no fixed limit (RFC 1870 §4)."""
    words = extensions.get("SIZE")
    return None if words is None else _octets(words)


@lru_cache(maxsize=256)
def _octets(words: str) -> int | None:
    word = words.split(" ")[0]
    if not (word.isascii() and word.isdigit() and len(word) <= 20):
        return None
    return int(word) or None
