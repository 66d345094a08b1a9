"""Which hops can be believed: from the newest down, as far as each believed server vouches for the one below it.

The newest line was written by the server where the copy lay, which its reader trusts. A line tells who handed the
message over; the next older line is believed only when its writer is shown to be that client: a server of the same
owner, a provider whose name the line above looked up, or a host of ours whose address it saw or whose connector it
matched. Below the first that is not, anyone may have written anything.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from .hops import Line
from .owners import Own, is_inside, is_provider, owner_of, owners_of
from .received import Product, Received


class Trust(StrEnum):
    """Trusted; claimed by a line nobody vouches for; or suspect: it names a host that cannot have written it there,
    unless a server on the way wrote no line.
    """

    TRUSTED = "trusted"
    CLAIMED = "claimed"
    SUSPECT = "suspect"


def trust_in(lines: Sequence[Line], own: Own, looked_up: Mapping[str, str]) -> list[Trust]:
    """One for each line, oldest first. `looked_up` is what else tells the name of an address (EOP's CIP and PTR)."""
    found: list[Trust] = []
    above: Line | None = None
    believed = True
    for line in reversed(lines):
        if above is None or (believed and _vouches(above, line.received, own, looked_up)):
            found.append(Trust.TRUSTED)
        elif _poses(line.received, above.received, own):
            found.append(Trust.SUSPECT)
            believed = False
        else:
            found.append(Trust.CLAIMED)
            believed = False
        above = line
    return found[::-1]


def _vouches(above: Line, older: Received, own: Own, looked_up: Mapping[str, str]) -> bool:
    """Does the believed line `above` show that the writer of `older` was its client?"""
    seen = above.received
    writer = older.host
    if above.received.local or (not seen.address and not seen.hello):
        return True  # from a program on the same machine, or from an inner part that has no name
    if above.mark is not None and above.mark.connector is not None and own.has_host(seen.host):
        return True  # our own relay knew its client by a connector
    name = seen.name or looked_up.get(seen.address, "")
    if own.has_host(writer):
        return own.has_address(seen.address) or name == writer or (own.has_host(seen.host) and is_inside(seen.address))
    owner = owner_of(writer)
    if owner and owner == owner_of(name):
        return is_provider(owner) or owner == owner_of(seen.host)  # a stranger's server may write what it likes
    if owner and owner == owner_of(seen.host):
        # Inside one owner's house names are not looked up; a stranger could greet with the name, but not from within.
        return is_inside(seen.address) or (seen.product is Product.EXCHANGE_ONLINE and owner == owner_of(seen.hello))
    return is_inside(seen.address) and seen.product is not Product.EXCHANGE_ONLINE


def _poses(older: Received, above: Received, own: Own) -> bool:
    """Does a line name a host of ours, or a provider's, although the line above it saw somebody else?"""
    owner = owner_of(older.host)
    if not (own.has_host(older.host) or is_provider(owner)):
        return False
    if above.local or is_inside(above.address) or not (above.hello or above.name):
        return False
    if older.host in (above.hello.lower(), above.name):
        return False
    return owner not in owners_of((above.name,) if above.name else (above.hello,))
