"""Single compressed files: gzip, bzip2, xz. What is in them is read, and compressed anew where it changes."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Changed, Document, Edit, Part, UnreadableError

_SMALL_BYTES = 65_536
_HAS_CHECK, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Method:
    name: str
    magic: bytes
    open: Callable[[], _Decompressor]
    pack: Callable[[bytes, bytes], bytes]
    """New content, given what was packed before."""


def _gzip(content: bytes, before: bytes) -> bytes:
    """The head is kept: it has the name and the date."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(content) + packer.flush()
    ends = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return before[: _head_bytes(before)] + packed + ends


def _head_bytes(content: bytes) -> int:
    flags, at = content[3], 10
    if flags & _HAS_EXTRA:
        at += 2 + int.from_bytes(content[at : at + 2], "little")
    for flag in (_HAS_NAME, _HAS_COMMENT):
        if flags & flag:
            at = content.index(0, at) + 1
    return at + 2 if flags & _HAS_CHECK else at


_METHODS = (
    _Method("gzip", b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31), _gzip),
    _Method("bzip2", b"BZh", bz2.BZ2Decompressor, lambda content, _: bz2.compress(content)),
    _Method("xz", b"\xfd7zXZ\x00", lzma.LZMADecompressor, lambda content, _: lzma.compress(content)),
)
MAGICS = tuple(each.magic for each in _METHODS)


def read(content: bytes, asked: Asked) -> Document | None:
    """Read a compressed file; None if it is none. Raises UnreadableError if it is broken, or unpacks to too much."""
    if not content.startswith(MAGICS):
        return None
    method = next(each for each in _METHODS if content.startswith(each.magic))
    try:
        inner = _unpacked(content, method, asked.limits)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        raise UnreadableError(f"a broken {method.name} file") from None
    document = Document(method.name, Decoded(content, "", "latin-1", 0))
    document.parts.append(Part("content", inner, _packing(method, content)))
    return document


def _unpacked(content: bytes, method: _Method, limits: Limits) -> bytes:
    out = bytearray()
    rest = content
    while rest.strip(b"\0"):
        stream = method.open()
        out += stream.decompress(rest, limits.part_bytes_max + 1 - len(out))
        if len(out) > limits.part_bytes_max:
            raise UnreadableError(f"unpacks to more than {limits.part_bytes_max} bytes")
        if not stream.eof:
            raise EOFError
        rest = stream.unused_data
    if len(out) > max(_SMALL_BYTES, len(content) * limits.ratio_max):
        raise UnreadableError(f"unpacks to more than {limits.ratio_max} times its size")
    return bytes(out)


def _packing(method: _Method, before: bytes) -> Callable[[Changed], Sequence[Edit]]:
    return lambda changed: [Edit(0, len(before), method.pack(changed.content, before))]
