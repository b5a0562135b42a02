"""Asks the signature of a file whether the file may hold anybody looked for."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from connectors.customs_files.index.grams import Keyed, grams

_Bit = tuple[int, int]
"""A byte of a signature by its place, and a mask of one bit."""


class Question:
    """`needs` are sets of what a text must hold all of one of, as `FirstLook.needs`."""

    def __init__(self, needs: Iterable[AbstractSet[bytes]] | None, keyed: Keyed) -> None:
        self._needs: list[list[int]] = []
        self.is_open = needs is None
        """True if every file may hold somebody: what is looked for is too short to be asked for."""
        for words in needs or ():
            hashes = keyed.hashes({each for word in words for each in grams(word)})
            self.is_open = self.is_open or not hashes
            self._needs.append(hashes)
        self._by_size: dict[int, Sequence[tuple[_Bit, Sequence[_Bit]]]] = {}

    def may_be_met(self, signature: bytes) -> bool:
        """False only if the file that it was made of holds nobody."""
        if self.is_open:
            return True
        for (place, bit), others in self._bits(len(signature)):
            if signature[place] & bit:
                for other, mask in others:
                    if not signature[other] & mask:
                        break
                else:
                    return True
        return False

    def _bits(self, size: int) -> Sequence[tuple[_Bit, Sequence[_Bit]]]:
        if size not in self._by_size:
            last = size * 8 - 1
            needed = {tuple(sorted({hashed & last for hashed in hashes})) for hashes in self._needs}
            each = [[(at >> 3, 1 << (at & 7)) for at in places] for places in needed]
            self._by_size[size] = [(first, others) for first, *others in each]
        return self._by_size[size]
