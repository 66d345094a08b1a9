"""What is said once on the next page: "Connector created". Kept by the server, so that no address can forge one."""

from collections import OrderedDict
from dataclasses import dataclass, field

_MOST_READERS, _MOST_EACH = 1000, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`kind`: done, warning, or token: a secret that is shown this once."""

    text: str = field(repr=False)
    kind: str


class Notices:
    """Notices by whom they wait for."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, list[Notice]] = OrderedDict()

    def leave(self, reader: str, text: str, kind: str) -> None:
        mine = self._waiting.setdefault(reader, [])
        mine.append(Notice(text=text, kind=kind))
        del mine[:-_MOST_EACH]
        while len(self._waiting) > _MOST_READERS:
            self._waiting.popitem(last=False)

    def take(self, reader: str) -> list[Notice]:
        """Those that wait, once."""
        return self._waiting.pop(reader, [])
