"""The recipient lists of accepted domains: mailboxes by address, and aliases with what they stand for."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from gatepost.mail import Address, without_detail

# An address in its compared form, to the addresses that it is an alias of; a mailbox has none.
Entries = Mapping[str, tuple[Address, ...]]

_NONE: Entries = MappingProxyType({})


class AddressBook:
    """Every list of one snapshot, under the names of their accepted domains. Filled once, then only read."""

    __slots__ = ("_lists",)

    def __init__(self, lists: Mapping[str, Entries] | None = None) -> None:
        self._lists = {name: entries for name, entries in (lists or {}).items() if entries}

    def of(self, domain_name: str) -> Entries:
        """The list of an accepted domain, empty where it has none."""
        return self._lists.get(domain_name, _NONE)


def compared(address: Address, *, plus: bool) -> str:
    """The form in which addresses are the same: upper and lower case alike, as in Exchange, and without quotes.

    `plus`: and without what follows a `+`.

    >>> compared(Address("Anna+News", "contoso.com"), plus=True)
    'anna@contoso.com'
    """
    local = (without_detail(address) if plus else address).local
    if local.startswith('"'):  # RFC 5321 §4.1.2: the quotes are not part of the name
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)
    return f"{local.lower()}@{address.domain}"
