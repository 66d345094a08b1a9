"""Every kind of property values, by name: how each is read from JSON, kept in the model, and shown again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from gatepost.connectors import Algorithm, BadPattern, canonical_name, pattern_of
from gatepost.mail import Address, BadAddress, canonical_domain, parse_mailbox

from . import hosts
from .access import RoleGroup
from .kind import Kind, Wrong, line, optional
from .secrets import hash_password, hash_token
from .values import boolean as read_boolean
from .values import octets as read_octets
from .values import split_host_port

_PATTERN = re.compile(r"(?:smtp:)?([^;:]+)(?:;(\d{1,3}))?", re.IGNORECASE)


def _boolean(value: Any) -> bool:
    try:
        return bool(read_boolean(value))
    except ValueError:
        raise Wrong(f"must be true or false, is {value!r}", "write true or false") from None


def _domain(text: str) -> str:
    try:
        name = canonical_domain(text)
    except BadAddress as wrong:
        raise Wrong(f"value '{text}' is not a domain: {wrong}", "write a domain such as contoso.com") from None
    if name.startswith("["):
        raise Wrong(f"value '{text}' is an address, not a domain", "write a domain such as contoso.com")
    return name


def wildcard_domain(text: str) -> str:
    """A domain, or `*.domain` for it and everything below; the star stands for nothing else."""
    if text == "*":
        raise Wrong("value '*' stands for every domain", "name the domain, or *.domain with everything below it")
    if text.startswith("*."):
        return "*." + _domain(text[2:])
    if "*" in text:
        suggestion = text.replace("*", "").strip(".")
        raise Wrong(
            f"value '{text}' has a wildcard that is not a leading label",
            f"write {suggestion} for the domain itself or *.{suggestion} with everything below it",
        )
    return _domain(text)


def certificate_name(text: str) -> str:
    """A name that certificates can carry, or `*.domain`: what would match no certificate is refused."""
    name = wildcard_domain(text)
    if canonical_name(name) is not None:
        return name
    if name.startswith("*.") and "." not in name[2:]:
        raise Wrong(
            f"value '{text}' stands for a whole top-level domain, which belongs to nobody, so it would match nothing",
            "give the host name, or *.domain with your own domain, such as *.contoso.com",
        )
    raise Wrong(
        f"value '{text}' is no name that a certificate can carry, so it would match nothing",
        "give the host name on the certificate, such as relay.contoso.com",
    )


def domain_pattern(value: Any) -> str:
    """Exchange's address-space forms: `*`, `contoso.com`, `smtp:*.contoso.com;1`."""
    text = line(value)
    found = _PATTERN.fullmatch(text)
    if not found:
        raise Wrong(f"value '{text}' is not a domain pattern", "write contoso.com, *.contoso.com or *")
    if found[2] and not 1 <= int(found[2]) <= 100:
        raise Wrong(f"value '{text}' has the cost {found[2]}", "give a cost from 1 to 100, or leave it out")
    name = found[1].strip()
    return name if name == "*" else wildcard_domain(name)


def _address(value: Any) -> Address:
    text = line(value)
    try:
        return parse_mailbox(text)
    except BadAddress as wrong:
        raise Wrong(f"value '{text}' is not an address: {wrong}", "write user@contoso.com") from None


def _mailbox(value: Any) -> str:
    return str(_address(value))


def _sender(value: Any) -> str:
    text = line(value)
    return "*@" + _domain(text[2:]) if text.startswith("*@") else _mailbox(text)


def _pem(value: Any) -> str:
    """PEM text of one or more CAs, read here so that an unreadable one is refused on the way in."""
    remedy = "give the text from BEGIN CERTIFICATE to END CERTIFICATE"
    if not isinstance(value, str) or len(value) > 65_536 or "-----BEGIN CERTIFICATE-----" not in value:
        raise Wrong("value is not a PEM certificate", remedy)
    if "PRIVATE KEY" in value:
        raise Wrong("value contains a private key", "give the CA's certificate alone")
    from cryptography import x509  # late: every command of the command line waits for what this room imports

    try:
        x509.load_pem_x509_certificates(value.encode("utf-8", "replace"))
    except ValueError:
        raise Wrong("value is a PEM certificate that cannot be read", remedy) from None
    return value.strip() + "\n"


def _identifier(text: str) -> str:
    """A tenant or an application at Microsoft Entra: it becomes part of an address, so nothing else may be in it."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?", text):
        raise Wrong(f"value '{text}' is no identifier", "copy the GUID, or write the tenant's domain")
    return text


def https_origin(text: str) -> str:
    """`https://host` or `https://host:port` from that or from the host alone; a path has no place in it."""
    host = text.removeprefix("https://").removesuffix("/")
    try:
        found = split_host_port(host, port=443)
        canonical_domain(found.host if ":" not in found.host else f"[IPv6:{found.host}]")
    except ValueError:
        raise Wrong(f"value '{text}' is not an HTTPS address", "write https://host, without a path") from None
    return f"https://{found}".removesuffix(":443")


def origin_kind(otherwise: str) -> Kind:
    """An HTTPS address; what is not set is `otherwise`."""
    return Kind(word="address", read=lambda value: optional(https_origin)(value) or otherwise)


def _header_name(text: str) -> str:
    if not re.fullmatch(r"[!-9;-~]{1,64}", text):
        raise Wrong(f"value '{text}' is not the name of a header field", "write it without the colon, such as X-Mailer")
    return text


def _pattern(value: Any) -> str:
    text = line(value)
    try:
        pattern_of(text)
    except BadPattern as wrong:
        raise Wrong(
            f"value '{text}' is no text pattern: it {wrong}",
            "see the text patterns in the guide on rules; a backslash makes a sign literal",
        ) from None
    return text


def _secret(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 1024 or "\0" in value:
        raise Wrong("must be a text of 1 to 1024 characters", "give the secret as text")
    return value


_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")


def _selector(value: Any) -> str:
    text = line(value).lower()
    if not _SELECTOR.fullmatch(text) or len(text) > 100:
        raise Wrong(f"value '{text[:100]}' is not a selector", "write a short name such as selector1")
    return text


def _private_key(kind: str) -> Callable[[Any], str]:
    """Reads PEM, or what is already in the store's form, so that a key that cannot sign is refused on the way in."""

    def read(value: Any) -> str:
        from gatepost.signing import BadKey, key_kind, key_text, read_key  # late, as above

        remedy = f"give an {'RSA' if kind == 'rsa' else 'Ed25519'} private key in PEM, without a password"
        if not isinstance(value, str) or len(value) > 16_384:
            raise Wrong("is not a private key", remedy)
        try:
            key = read_key(value)
        except BadKey as bad:
            raise Wrong(str(bad), remedy) from None
        if key_kind(key) != kind:
            raise Wrong(f"is an {key_kind(key)} key", remedy)
        return key_text(key)

    return read


def _key_size(value: Any) -> int:
    for size in (2048, 3072, 4096):
        if value in (size, str(size)):
            return size
    raise Wrong(f"must be 2048, 3072 or 4096, is {value!r}", "write 2048, which every receiver takes")


def choice(options: type[StrEnum] | tuple[str, ...], *, empty: str | None = None) -> Kind:
    """One of a few words, upper and lower case alike; `empty` is what None, "" and $null mean, where that
    is allowed."""
    words = [str(option) for option in options]
    made: Callable[[str], Any] = options if isinstance(options, type) else str

    def read(value: Any) -> Any:
        if empty is not None and value in (None, "", "$null", "$Null", "$NULL"):
            return made(empty)
        for word in words:
            if isinstance(value, str) and value.strip().lower() == word.lower():
                return made(word)
        raise Wrong(f"must be {' or '.join(words)}, is {value!r}", f"write one of {', '.join(words)}")

    def show(value: Any) -> Any:
        return None if empty is not None and str(value) == empty else str(value)

    return Kind(word="|".join(words), read=read, show=show)


def count(low: int, high: int) -> Kind:
    """A whole number, or not set."""

    def read(value: Any) -> int | None:
        if value is None or value in ("", "$null"):
            return None
        number = int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value) else value
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise Wrong(f"must be a whole number from {low} to {high}, is {value!r}", "correct the number")
        return number

    return Kind(word="number", read=read)


def filled(low: int, high: int, *, otherwise: int) -> Kind:
    """A whole number; what is not set is `otherwise`."""
    kind = count(low, high)

    def read(value: Any) -> int:
        number = kind.read(value)
        return otherwise if number is None else int(number)

    return Kind(word=kind.word, read=read)


def _size(value: Any) -> int | None:
    if value is None or value in ("", "$null"):
        return None
    try:
        size = read_octets(value)
    except ValueError as wanted:
        raise Wrong(f"must be {wanted}, is {value!r}", "correct the size") from None
    if size < 1024:
        raise Wrong(f"is {size} octets", "allow at least 1024")
    return int(size)


def utc(seconds: float) -> str:
    """Exchange's form, `2026-07-23T22:55:13.0000000Z`: seven digits after the point."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.isoformat(timespec='microseconds').removesuffix('+00:00')}0Z"  # %Y has no zeros before year 1000


def _moment(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 date or time; one without a zone is in UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"value '{text}' is not a time", "write 2027-01-31 or 2027-01-31T12:00:00Z") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


TEXT = Kind(word="text", read=lambda value: "" if value is None else line(value))
OPTIONAL_TEXT = Kind(word="text", read=optional(str))
BOOLEAN = Kind(word="true|false", read=_boolean)
SIZE = Kind(word="octets", read=_size)
FILE = Kind(word="file", read=optional(str))
IDENTIFIER = Kind(word="identifier", read=optional(_identifier))
SECRET = Kind(word="text", read=_secret, secret=True)
PASSWORD = Kind(word="text", read=_secret, secret=True, hashed=hash_password)
TOKEN_SECRET = Kind(word="text", read=_secret, secret=True, hashed=hash_token)
MOMENT = Kind(word="time", read=optional(_moment), show=lambda seconds: None if seconds is None else utc(seconds))
SELECTOR = Kind(word="name", read=_selector)
KEY_SIZE = Kind(word="number", read=_key_size)
RSA_KEY = Kind(word="private key", read=_private_key("rsa"), secret=True)
ED25519_KEY = Kind(word="private key", read=_private_key("ed25519"), secret=True)
_ALGORITHM = choice(Algorithm)
ALGORITHMS = Kind(word=_ALGORITHM.word, read=_ALGORITHM.read, show=str, each=True)
ROLE_GROUP = choice(RoleGroup)
ROLE_GROUPS = Kind(word=ROLE_GROUP.word, read=ROLE_GROUP.read, show=str, each=True)
CERTIFICATE_NAME = Kind(word="name", read=optional(certificate_name))
ADDRESS = Kind(word="address", read=optional(_mailbox))
OWN_ADDRESS = Kind(word="address", read=optional(hosts.own_address))
MAILBOX = Kind(word="address", read=optional(_address), show=lambda mailbox: None if mailbox is None else str(mailbox))
LMTP_SERVER = Kind(word="host", read=optional(hosts.lmtp_server))
NETWORKS = Kind(word="network", read=hosts.network, show=hosts.network_text, each=True)
BLOCKED_NETWORKS = Kind(word="network", read=hosts.blocked_network, show=hosts.network_text, each=True)
SENDER_DOMAINS = Kind(word="domain", read=domain_pattern, show=lambda name: f"smtp:{name};1", each=True)
DOMAIN_PATTERNS = Kind(word="domain", read=domain_pattern, each=True)
DOMAINS = Kind(word="domain", read=lambda value: wildcard_domain(line(value)), each=True)
DOMAIN = Kind(word="domain", read=lambda value: wildcard_domain(line(value)))
OPTIONAL_DOMAIN = Kind(word="domain", read=optional(_domain))
SMART_HOSTS = Kind(word="host", read=hosts.smart_host, show=hosts.show_smart_host, each=True)
HEADER_NAME = Kind(word="name", read=optional(_header_name))
PATTERNS = Kind(word="pattern", read=_pattern, each=True)
TEXTS = Kind(word="text", read=line, each=True)
NAMES = Kind(word="name", read=line, each=True)  # of other objects; `config.links` looks whether they are there
ADDRESSES = Kind(word="address", read=_mailbox, each=True)
SENDERS = Kind(word="address", read=_sender, each=True)
PEMS = Kind(word="file", read=_pem, each=True)
