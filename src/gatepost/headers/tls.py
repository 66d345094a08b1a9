"""Was a hop encrypted, and how: the forms in which each maker of servers writes it into a Received line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Tls:
    """`version` as OpenSSL writes it (TLSv1.3); it and the cipher are empty where the line does not tell."""

    used: bool
    version: str = ""
    cipher: str = ""

    @property
    def weak(self) -> bool:
        """A version that no one should speak any more (RFC 8996)."""
        return self.version in ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")


CLEAR = Tls(used=False)
_TOLD = Tls(used=True)

# Each is anchored where the server's own words begin, so that a client's name cannot pass for them.
_VERSION = r"((?:TLS|SSL)\s?v?\d(?:[._]\d)?)"
# The name OpenSSL gave to every cipher older than TLS 1.3, whatever the version that was spoken.
_ANY = r"TLSv1/SSLv3"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"version=({_ANY})\s+cipher=([\w-]+)",  # Haraka and OpenSMTPD, once
        rf"using {_VERSION} with cipher ([\w-]+)",  # Postfix
        rf"using {_VERSION}$",  # Postini
        rf"version={_VERSION},?\s+cipher=([\w-]+)",  # Microsoft, Gmail, sendmail, Mimecast, Haraka, Gatepost
        rf"version={_VERSION}",
        rf"{_VERSION}:([\w+-]+)",  # Exim, OpenSMTPD
        rf"{_VERSION}$",  # Exim since 4.94, whose cipher follows `tls`
    )
)
_BARE = re.compile(r"(?:TLS$|[uU]sing TLS|version=(?:TLS|SSL))")  # Exchange 2007 says (TLS), Mimecast (Using TLS)
_QMAIL = re.compile(r"\(?([A-Z][A-Z0-9-]{5,60}) encrypted\)?$")  # patched qmail
_SLASHES = re.compile(r"E?SMTPA?/TLS(?:/([\w-]+))?", re.I)  # IronPort
# RFC 3848, RFC 6531, and Exchange's own word for webmail.
_ENCRYPTED = ("SMTPS", "SMTPSA", "LMTPS", "LMTPSA", "HTTPS")
_DIGITS = re.compile(r"\d(?:[._]\d)?$")


def read_tls(protocol: str, comments: Sequence[str], cipher: str = "") -> Tls:
    """`protocol` is what stands behind `with`, `cipher` what stands behind Exim's and Haraka's `tls`."""
    for comment in comments:
        # Every form begins with one of these letters; most comments are names and addresses.
        if comment[:1] in ("u", "U", "v", "T", "S") and (told := _from_comment(comment, cipher)) is not None:
            return told
    first, _, further = protocol.partition(" ")
    first = first.rstrip(";")  # a second `with` follows
    if first.upper().endswith(_ENCRYPTED) or cipher:
        return Tls(True, "", cipher) if cipher else _TOLD
    if (found := _SLASHES.match(first)) is not None:
        return Tls(True, "", found[1] or "")
    if "STARTTLS" in further.upper().split():
        return _TOLD
    for comment in comments:
        if (found := _QMAIL.match(comment)) is not None:
            return Tls(True, "", found[1])
    return CLEAR


@lru_cache(maxsize=256)  # versions and ciphers are few
def _from_comment(comment: str, cipher: str) -> Tls | None:
    for form in _FORMS:
        if (found := form.match(comment)) is not None:
            told = found[2] if form.groups > 1 else cipher
            return Tls(True, _version(found[1]), told)
    return Tls(True, "", cipher) if _BARE.match(comment) else None


def _version(text: str) -> str:
    """`TLS1_2`, `TLSv1.2` and `TLS1.2` are one; what stands for several is none."""
    if text == _ANY:
        return ""
    digits = _DIGITS.search(text)
    return f"{text[:3]}v{digits[0].replace('_', '.') if digits else ''}"
