"""A resolver that answers from a table, for the tests of what is found out about strangers."""

import asyncio
from collections.abc import Mapping

import dns.rdataclass
import dns.rdatatype
from dns.rdata import Rdata, from_text
from dns.rdtypes.ANY.TXT import TXT

from gatepost.outbound.resolver import RecordAnswer
from gatepost.routing import Answer


class Table:
    """TXT records by name, and others as (name, kind). Names with `gone` in them do not exist.

    `broken` has no answer; for `silent` names none ever comes.
    """

    def __init__(
        self,
        texts: Mapping[str, tuple[str, ...]] | None = None,
        others: Mapping[tuple[str, str], tuple[str, ...]] | None = None,
        *,
        broken: str = "",
        silent: bool = False,
    ) -> None:
        self._records: dict[tuple[str, str], tuple[Rdata, ...]] = {
            (name, "TXT"): tuple(_text(it) for it in found) for name, found in (texts or {}).items()
        }
        for (name, kind), found in (others or {}).items():
            read = dns.rdatatype.from_text(kind)
            self._records[(name, kind)] = tuple(from_text(dns.rdataclass.IN, read, it) for it in found)
        self._broken = broken
        self._silent = silent
        self.asked: list[tuple[str, str]] = []

    async def records(self, name: str, kind: str) -> RecordAnswer:
        self.asked.append((name, kind))
        if self._silent:
            await asyncio.Event().wait()
        if name == self._broken:
            return RecordAnswer(answer=Answer.TROUBLE)
        if (found := self._records.get((name, kind))) is not None:
            return RecordAnswer(answer=Answer.FOUND, records=found)
        return RecordAnswer(answer=Answer.NO_NAME if "gone" in name else Answer.EMPTY)


def _text(text: str) -> TXT:
    octets = text.encode()
    pieces = [octets[at : at + 255] for at in range(0, len(octets), 255)]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, pieces)
