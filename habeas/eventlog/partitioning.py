"""Which partition a key lies in: the same as every Kafka client says, on both engines, for ever."""

import struct
import threading
from functools import lru_cache

_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C
_M = 0x5BD1E995
_KEYS_REMEMBERED = 16_384


def murmur2(data: bytes) -> int:
    """The 32-bit MurmurHash2 of Kafka's `Utils.murmur2`, unsigned."""
    length = len(data)
    words, tail = divmod(length, 4)
    digest = _SEED ^ length
    for word in struct.unpack_from(f"<{words}I", data):
        mixed = (word * _M) & _MASK
        mixed = ((mixed ^ (mixed >> 24)) * _M) & _MASK
        digest = ((digest * _M) & _MASK) ^ mixed
    if tail:
        digest = ((digest ^ int.from_bytes(data[-tail:], "little")) * _M) & _MASK
    digest = ((digest ^ (digest >> 13)) * _M) & _MASK
    return digest ^ (digest >> 15)


@lru_cache(maxsize=_KEYS_REMEMBERED)
def partition_of(key: bytes, partitions: int) -> int:
    """Where `key` lies among so many partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


class Partitioner:
    """Keys by their hash; records without a key in turn, topic by topic. For any number of threads."""

    def __init__(self) -> None:
        self._turns: dict[str, int] = {}
        self._lock = threading.Lock()

    def choose(self, topic: str, key: bytes | None, partitions: int) -> int:
        """The partition of the next record with this key."""
        if key is not None:
            return partition_of(key, partitions)
        with self._lock:
            turn = self._turns.get(topic, 0)
            self._turns[topic] = turn + 1
        return turn % partitions
