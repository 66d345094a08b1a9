"""What is known of a conversation at the moment it goes wrong: the facts that tell one cause from another."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType

# `250-relay.contoso.com Hello [203.0.113.9]`: Exchange, Gatepost and Google tell a client whom they see.
_SEEN_AS = re.compile(r"250[- ].*\[(?:IPv6:)?([0-9A-Fa-f.:]{3,45})\]")


class TlsMode(StrEnum):
    """When TLS begins: never, after STARTTLS, or at once."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Where a conversation was held and how far it came.

    `heard` says that the server has spoken at all, `heard_inside` that it did so within TLS; `banner` is what it said
    first, `extensions` what it offered in its last answer to EHLO. `seen_as` is our address as the server told it.
    `certificate`: we had one to show, for `certificate_names`; `certificate_asked`: the server wanted to see one.
    """

    host: str = ""
    port: int = 25
    mode: TlsMode = TlsMode.NONE
    heard: bool = False
    heard_inside: bool = False
    banner: str = ""
    encrypted: bool = False
    extensions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    seen_as: str = ""
    null_sender: bool = False
    sender_domain: str = ""
    certificate: bool = False
    certificate_names: tuple[str, ...] = ()
    certificate_asked: bool = False
    signed_in: bool = False

    @property
    def by_address(self) -> bool:
        """Whether the server was named by its IP address."""
        return is_address(self.host)


def is_address(host: str) -> bool:
    """Whether this is an IP address, not a name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def seen_as(lines: Iterable[str]) -> str:
    """The client's address as a server's lines tell it, or nothing."""
    found = next((match[1] for line in lines if (match := _SEEN_AS.match(line))), "")
    return found if is_address(found) else ""
