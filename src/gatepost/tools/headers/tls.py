"""Was a hop encrypted, and how: the forms in which each maker of servers writes it into a Received line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


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
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"using {_VERSION} with cipher ([\w-]+)",  # Postfix
        rf"version={_VERSION},?\s+cipher=([\w-]+)",  # Microsoft, Gmail, sendmail, Mimecast, Haraka, Gatepost
        rf"version={_VERSION}",
        rf"{_VERSION}:([\w+-]+)",  # Exim, OpenSMTPD
        rf"{_VERSION}$",  # Exim since 4.94, whose cipher follows `tls`
    )
)
_BARE = re.compile(r"(?:TLS$|using TLS|version=(?:TLS|SSL))")  # Exchange 2007 says (TLS)
_QMAIL = re.compile(r"\(?([A-Z][A-Z0-9-]{5,60}) encrypted\)?$")  # patched qmail
_SLASHES = re.compile(r"E?SMTPA?/TLS(?:/([\w-]+))?", re.I)  # IronPort
# RFC 3848, RFC 6531, and Exchange's own word for webmail.
_ENCRYPTED = ("SMTPS", "SMTPSA", "LMTPS", "LMTPSA", "HTTPS")
_DIGITS = re.compile(r"\d(?:[._]\d)?$")


def read_tls(protocol: str, comments: Sequence[str], cipher: str = "") -> Tls:
    """`protocol` is what stands behind `with`, `cipher` what stands behind Exim's and Haraka's `tls`."""
    for comment in comments:
        # Every form begins with one of these letters; most comments are names and addresses.
        if comment[:1] not in ("u", "v", "T", "S"):
            continue
        for form in _FORMS:
            if (found := form.match(comment)) is not None:
                told = found[2] if form.groups > 1 else cipher
                return Tls(True, _version(found[1]), told)
        if _BARE.match(comment):
            return Tls(True, "", cipher)
    first, _, further = protocol.partition(" ")
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


def _version(text: str) -> str:
    """`TLS1_2`, `TLSv1.2` and `TLS1.2` are one."""
    digits = _DIGITS.search(text)
    return f"{text[:3]}v{digits[0].replace('_', '.') if digits else ''}"
