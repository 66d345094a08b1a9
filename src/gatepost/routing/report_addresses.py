"""Where a domain wants its TLS reports: the TXT record of `_smtp._tls.DOMAIN` (RFC 8460 §3)."""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from gatepost.mail import Address, BadAddress, parse_mailbox

MOST = 5  # addresses of one record that are written to; RFC 8460 sets no limit, and strangers write records


def report_addresses(texts: Sequence[str]) -> tuple[Address | str, ...]:
    """Mailboxes, and URLs that begin with https://; none where there is no valid record, or not exactly one.

    >>> report_addresses(["v=TLSRPTv1; rua=mailto:tls@contoso.com,https://tls.contoso.com/v1"])
    (Address(local='tls', domain='contoso.com'), 'https://tls.contoso.com/v1')
    """
    records = [it for it in texts if it.startswith("v=TLSRPTv1;")]
    if len(records) != 1:
        return ()
    found: list[Address | str] = []
    for field in records[0].split(";")[1:]:
        name, _, uris = field.strip().partition("=")
        if name.strip() == "rua":
            found += [it for uri in uris.split(",") if (it := _address(uri.strip())) is not None]
    return tuple(dict.fromkeys(found))[:MOST]


def _address(uri: str) -> Address | str | None:
    if not uri.isascii() or not uri.isprintable() or " " in uri:
        return None
    scheme, _, rest = uri.partition(":")
    try:
        if scheme.lower() == "mailto":
            mailbox = parse_mailbox(unquote(rest.partition("?")[0], errors="strict"))
            return mailbox if mailbox.is_ascii else None  # the report is in ASCII, for everybody can take that
        parts = urlsplit(uri)
        port = parts.port  # raises where it is no number
    except (BadAddress, ValueError):
        return None
    return uri if scheme.lower() == "https" and parts.hostname and parts.username is None and port != 0 else None
