"""Makes the signature of what a file holds: its grams in a Bloom filter (Bloom, 1970) with one hash a gram.

A reading process makes it, from the very texts that it looks at for the people who are looked for.
"""

import numpy as np
from numpy.typing import NDArray

from connectors.customs_files.first_look import bare
from connectors.customs_files.folding import fold_but_case
from connectors.customs_files.index.grams import DIGITS, DIGITS_FROM, FACTOR, NUMBER_BITS, NUMBERS, Keyed
from connectors.customs_files.reading import Reading

BITS_PER_GRAM = 8  # at least; so one in eight says yes by chance, or fewer, and a word has several grams
_BITS_MIN, _BITS_MAX = 64, 1 << 23
_SOME_BYTES = 1 << 20
_TABLE_FROM_BYTES = 1 << 15  # below it a table of all grams that there may be costs more than what is there twice
_APART = b"\x1e"
_POWERS = [np.uint32(10**each) for each in range(DIGITS - 1, -1, -1)]


class Signing:
    """Takes the texts of one file, and makes its signature."""

    def __init__(self, keyed: Keyed) -> None:
        self._keyed = keyed
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._marked: NDArray[np.bool_] | None = None
        self._numbers: list[NDArray[np.uint32]] = []

    def note(self, folded: bytes) -> None:
        """One more text, in which everything that reading would bring up stands in one run."""
        text = bare(folded)
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        if self._waiting_bytes >= _SOME_BYTES:
            self._take()

    def of(self, reading: Reading) -> bytes | None:
        """The signature, with all that was read beside what was looked at only."""
        for layer in reading.layers:
            self.note(fold_but_case("\x1e".join([each.text for each in layer.document.passages])))
        return self.signature()

    def signature(self) -> bytes | None:
        """None if the file holds so much that hardly anything could be ruled out."""
        self._take()
        if self._marked is not None:
            self._numbers.append(np.flatnonzero(self._marked).astype(np.uint32))
        numbers = np.concatenate(self._numbers) if self._numbers else np.zeros(0, np.uint32)
        if len(numbers) * BITS_PER_GRAM > _BITS_MAX:
            numbers = np.unique(numbers)
        size = _bits_for(len(numbers))
        if size > _BITS_MAX:
            return None
        bits = np.zeros(size, np.bool_)
        bits[self._hashes(numbers) & np.uint64(size - 1)] = True
        size = min(size, _bits_for(int(np.count_nonzero(bits))))
        return np.packbits(bits.reshape(-1, size).any(axis=0), bitorder="little").tobytes()

    def _hashes(self, numbers: NDArray[np.uint32]) -> NDArray[np.uint64]:
        blocks = np.zeros((len(numbers), 2), "<u8")
        blocks[:, 0] = numbers
        return np.frombuffer(self._keyed.blocks(blocks.tobytes()), "<u8")[::2].astype(np.uint64)

    def _take(self) -> None:
        text = _APART.join(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0
        for at in range(0, len(text), _SOME_BYTES):
            numbers = _numbers(text[at : at + _SOME_BYTES + DIGITS])
            if self._marked is None and len(text) < _TABLE_FROM_BYTES:
                self._numbers.append(numbers)
                continue
            if self._marked is None:
                self._marked = np.zeros(NUMBERS, np.bool_)
            self._marked[numbers] = True


def _bits_for(grams: int) -> int:
    return max(_BITS_MIN, 1 << (grams * BITS_PER_GRAM - 1).bit_length())


def _numbers(text: bytes) -> NDArray[np.uint32]:
    """Of all grams, as `grams.grams` has them; some twice."""
    each = np.frombuffer(text, np.uint8)
    if len(each) < 4:
        return np.zeros(0, np.uint32)
    wide = each.astype(np.uint32)
    fours = wide[:-3] | wide[1:-2] << np.uint32(8) | wide[2:-1] << np.uint32(16) | wide[3:] << np.uint32(24)
    digit = each - np.uint8(ord("0")) < 10
    behind = len(each) - DIGITS
    at = np.flatnonzero(np.logical_and.reduce([digit[1 + some : 1 + some + behind] for some in range(DIGITS)]))
    sixes = wide[at] * np.uint32(10**DIGITS)
    for some, power in enumerate(_POWERS, 1):
        sixes += (wide[at + some] - np.uint32(ord("0"))) * power
    return np.concatenate((_spread(fours), _spread(sixes) + np.uint32(DIGITS_FROM)))


def _spread(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    values *= np.uint32(FACTOR)
    values >>= np.uint32(32 - NUMBER_BITS)
    return values
