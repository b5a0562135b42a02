"""What is remembered of a text: each four bytes in a row, and each five digits behind another byte, as keyed hashes.

The text is as a first look compares it (`first_look.bare`). Whatever stands in it has all of its grams among the
text's; the converse is for a reader to say. Digits have longer ones because a table soon holds most fours of them.
"""

import hmac
import sys
from array import array
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES = 16
DIGITS = 5
NUMBER_BITS = 22  # tell the grams of a kind apart: few enough to mark those of a long text in a table
FACTOR = 0x9E3779B1  # 2^32 by the golden ratio: spreads what is alike (Knuth, volume 3, 6.4)
DIGITS_FROM = 1 << NUMBER_BITS  # from here on the numbers are of grams with digits
NUMBERS = 2 << NUMBER_BITS
_HASH_BYTES, _BLOCK_BYTES = 8, 16


class Keyed:
    """A pseudo-random function of 64 bits: AES-128 of the number, of which half is kept."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305 - single blocks: a permutation, not a way to encrypt texts

    def blocks(self, blocks: bytes) -> bytes:
        """Of numbers in little-endian blocks of 16 bytes; the first 8 bytes of each block are its hash."""
        return self._cipher.encryptor().update(blocks)

    def hashes(self, numbers: Iterable[int]) -> list[int]:
        """In the order of the numbers."""
        blocks = b"".join(number.to_bytes(_BLOCK_BYTES, "little") for number in numbers)
        hashed = array("Q", self.blocks(blocks))
        if sys.byteorder == "big":
            hashed.byteswap()
        return hashed[:: _BLOCK_BYTES // _HASH_BYTES].tolist()


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose, of `KEY_BYTES`."""
    return hmac.digest(key, purpose, "sha256")[:KEY_BYTES]


def grams(word: bytes) -> set[int]:
    """The numbers of all grams of something that a text may hold; none if it is shorter than four bytes."""
    fours = {_spread(int.from_bytes(word[at : at + 4], "little")) for at in range(len(word) - 3)}
    sixes = (word[at : at + DIGITS + 1] for at in range(len(word) - DIGITS))
    numbers = (each[0] * 10**DIGITS + int(each[1:]) for each in sixes if each[1:].isdigit())
    return fours | {DIGITS_FROM + _spread(each) for each in numbers}


def _spread(value: int) -> int:
    return (value * FACTOR & 0xFFFFFFFF) >> (32 - NUMBER_BITS)
