"""A message's header as transport rules ask of it: the texts of its fields by name, decoded once for all the rules."""

from gatepost.mail import HeaderBlock, readable

MOST_OCTETS = 8_000  # of all fields of one name; what is behind them is not looked at
_OF_ONE = 2_000  # octets of one field


class HeaderTexts:
    """The texts of a header's fields; nothing is read of a name that nobody asks for."""

    __slots__ = ("_block", "_texts")

    def __init__(self, block: HeaderBlock | None) -> None:
        self._block = block
        self._texts: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """The texts of all fields of that name, upper and lower case alike, in their order."""
        key = name.lower()
        texts = self._texts.get(key)
        if texts is None:
            texts = self._texts[key] = self._read(key)
        return texts

    def _read(self, name: str) -> tuple[str, ...]:
        texts: list[str] = []
        left = MOST_OCTETS
        for value in [] if self._block is None else self._block.every(name):
            if left <= 0:
                break
            octets = min(left, _OF_ONE)
            texts.append(readable(value, octets=octets))
            left -= min(len(value), octets) or 1
        return tuple(texts)


NO_HEADER = HeaderTexts(None)
