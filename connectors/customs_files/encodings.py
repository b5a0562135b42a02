"""Bytes to text and back, with the place of every character in the bytes.

Files seldom say how they are encoded. What has no mark is read as UTF-8, and bytes that are not UTF-8 each for
themselves as Windows-1252, so that a file of mixed encodings is read whole.
"""

import codecs
import re
import threading
from array import array
from dataclasses import dataclass, field

from connectors.customs_files.views import Sign

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "mixed"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARACTER = re.compile(
    rb"[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]"
)
_MARKS_BEGIN = b"\xff\xfe\xef\0"
_CONTROLS = bytes(set(range(32)) - set(b"\0\t\n\r\f\x1a\x1b\x1c\x1d\x1e\x1f")) + b"\x7f"
_SAMPLE_BYTES = 65_536
_SHORT_BYTES = 4096
_STRIDE = 16_384
_signs = threading.local()  # what hyperscan scans with is for one thread at a time


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WINDOWS_1252[byte] for byte in wrong), error.end


_WINDOWS_1252 = [bytes([byte]).decode("cp1252", "ignore") or bytes([byte]).decode("latin-1") for byte in range(256)]
codecs.register_error("habeas-windows-1252", _as_windows_1252)


class UndecodableError(ValueError):
    """The bytes are not in the encoding they claim, or in none that can be edited exactly."""


@dataclass(slots=True)
class Decoded:
    """A text and the bytes it was read from."""

    content: bytes
    text: str
    codec: str
    mark_bytes: int
    _marks: "array[int]" = field(default_factory=lambda: array("Q"))
    _strict: bool = True

    def byte(self, index: int) -> int:
        """The place in the bytes where the character of that index begins."""
        if len(self.text) == len(self.content) - self.mark_bytes:
            return self.mark_bytes + index
        if not self._marks:
            self._measure()
        if not self._strict:
            return self._marks[index]
        stride = index // _STRIDE
        return self._marks[stride] + len(self._encode(self.text[stride * _STRIDE : index]))

    def encode(self, text: str) -> bytes:
        """Write a replacement in the encoding of the text. Raises UnicodeEncodeError if it can't be."""
        return text.encode(self._plain_codec)

    def read_again(self, raw: bytes) -> str:
        """Other bytes in the same encoding."""
        return raw.decode(self._plain_codec, "habeas-windows-1252" if self.codec == "mixed" else "strict")

    @property
    def _plain_codec(self) -> str:
        return "utf-8" if self.codec == "mixed" else self.codec

    def _encode(self, text: str) -> bytes:
        unicode_form = self._plain_codec.startswith("utf-")
        return text.encode(self._plain_codec, "surrogatepass" if unicode_form else "strict")

    def _measure(self) -> None:
        body = self.content[self.mark_bytes :]
        if self.codec == "mixed" and not is_utf8(body):
            self._strict = False
            places = array("Q", (self.mark_bytes + each.start() for each in _CHARACTER.finditer(body)))
            places.append(len(self.content))
            self._marks = places
            return
        at = self.mark_bytes
        marks = array("Q", [at])
        for start in range(0, len(self.text), _STRIDE):
            at += len(self._encode(self.text[start : start + _STRIDE]))
            marks.append(at)
        self._marks = marks


def decode(content: bytes, declared: str | None = None) -> Decoded | None:
    """Read bytes as text; None if they are no text.

    A byte order mark wins over the `declared` encoding. Raises UndecodableError if the bytes are not in the declared
    encoding.
    """
    if content[:1] in _MARKS_BEGIN:
        for mark, marked in _MARKS:
            if content.startswith(mark):
                return _decoded(content, marked, len(mark))
    codec = _known(declared) or _wide(content) or ("mixed" if _is_text(content) else None)
    return _decoded(content, codec, 0) if codec else None


def _decoded(content: bytes, codec: str, mark_bytes: int) -> Decoded:
    body = content[mark_bytes:] if mark_bytes else content
    if codec == "mixed":
        return Decoded(content, body.decode("utf-8", "habeas-windows-1252"), codec, mark_bytes)
    try:
        text = body.decode(codec)
        exact = text.encode(codec) == body
    except UnicodeError:
        raise UndecodableError(f"not in the encoding it claims ({codec})") from None
    if not exact:
        raise UndecodableError(f"an encoding that can't be written back exactly ({codec})")
    return Decoded(content, text, codec, mark_bytes)


def _known(declared: str | None) -> str | None:
    """The codec to read with; the encodings that people declare loosely are read as mixed."""
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return None
    loose = {"utf-8", "ascii", "iso8859-1", "cp1252", "utf-8-sig"}
    return "mixed" if name in loose else {"utf-16": None, "utf-32": None}.get(name, name)


def _wide(content: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of the sample is mostly zero."""
    sample = content[:_SAMPLE_BYTES]
    half = len(sample) // 2
    if half < 2 or len(content) % 2 or 0 not in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _is_text(content: bytes) -> bool:
    if len(content) <= _SAMPLE_BYTES:
        return _is_text_throughout(content)
    return _is_text_throughout(content[:_SAMPLE_BYTES]) and _is_text_throughout(content[-_SAMPLE_BYTES:])


def _is_text_throughout(sample: bytes) -> bool:
    if sample.count(0) * 20 > len(sample):
        return False
    if len(sample) > _SHORT_BYTES and not _has_controls(sample):
        return True
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls * 200 <= len(sample)


def _has_controls(sample: bytes) -> bool:
    """Tells in a fraction of the time that it takes to count them, where there is much."""
    sign: Sign | None = getattr(_signs, "controls", None)
    if sign is None:
        sign = _signs.controls = Sign(b"[%b]" % b"".join(b"\\x%02x" % each for each in _CONTROLS))
    return sign.within(sample)


def is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
